"""Flow logs of a VPC in an encrypted log group."""

from dataclasses import dataclass

import pulumi
from pulumi_aws import ec2, iam

from ..base import checks
from ..base.component import Component, tags
from ..base.errors import InvalidArgumentError
from ..base.here import Here
from ..base.log_group import create_log_group
from ..base.statements import Statement, policy_json, service_trust_json


@dataclass(frozen=True, kw_only=True)
class FlowLogArgs:
    """The record of every connection in a VPC, accepted or refused.

    Attributes:
        here: Where the VPC is, under which key its records are kept, and whether a plan that would delete them is stopped.
        vpc_id: The VPC.
        retention_days: Days to keep records, one of the values of CloudWatch PutRetentionPolicy; as the other logs of `here` by
            default.

    Raises:
        InvalidArgumentError: on a number of days that CloudWatch Logs does not offer.
    """

    here: Here
    vpc_id: pulumi.Input[str]
    retention_days: int | None = None

    def __post_init__(self) -> None:
        if self.retention_days is not None and (expected := checks.log_retention(self.retention_days)):
            raise InvalidArgumentError(self, "retention_days", self.retention_days, expected)


class FlowLog(Component):
    """A flow log with its log group and the role that writes to this group only.

    Outputs: `log_group_name`.
    """

    log_group_name: pulumi.Output[str]

    def __init__(self, name: str, args: FlowLogArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        here = args.here
        log_group = create_log_group(
            self,
            name,
            here=here,
            log_class="access",
            # Nobody's words, and as many as all others together: Logs Insights reads them where they are.
            shipped=False,
            retention_days=args.retention_days,
        )
        self.log_group_name = log_group.name
        role = iam.Role(
            name,
            assume_role_policy=service_trust_json(
                "vpc-flow-logs.amazonaws.com",
                account_id=here.account_id,
                source_arn=f"arn:aws:ec2:{here.region}:{here.account_id}:vpc-flow-log/*",
            ),
            description=f"Writes {name}",
            tags=tags(name),
            opts=self.child(),
        )
        write = Statement(
            sid="WriteFlowLog",
            actions=("logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"),
            resources=(log_group.arn, pulumi.Output.concat(log_group.arn, ":*")),
        )
        policy = iam.RolePolicy(f"{name}-write", role=role.name, policy=policy_json([write]), opts=self.child())
        ec2.FlowLog(
            name,
            region=here.region,
            vpc_id=args.vpc_id,
            traffic_type="ALL",
            log_destination_type="cloud-watch-logs",
            log_destination=log_group.arn,
            iam_role_arn=role.arn,
            tags=tags(name),
            # Without its permission the flow log is created and stays silent.
            opts=self.child(depends_on=[policy]),
        )
        self.register_outputs({"logGroupName": self.log_group_name})
