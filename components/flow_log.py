"""Flow logs of a VPC in an encrypted log group."""

from dataclasses import dataclass

import pulumi
from pulumi_aws import cloudwatch, ec2, iam

from components import checks
from components.component import Component, InvalidArgumentError, tags
from components.permissions import Statement, policy_json, service_trust_json


@dataclass(frozen=True, kw_only=True)
class FlowLogArgs:
    """The record of every connection in a VPC, accepted or refused.

    Attributes:
        region: AWS region of the VPC, e.g. `us-east-2`.
        account_id: Account of the VPC.
        vpc_id: The VPC.
        key_arn: Customer managed key of the log group; its policy lets CloudWatch Logs use it.
        retention_days: Days to keep records; one of the values of CloudWatch PutRetentionPolicy.
        protect: Stop a plan that would delete the records; true by default.
    """

    region: str
    account_id: str
    vpc_id: pulumi.Input[str]
    key_arn: pulumi.Input[str]
    retention_days: int
    protect: bool = True

    def __post_init__(self) -> None:
        if expected := checks.log_retention(self.retention_days):
            raise InvalidArgumentError(self, "retention_days", self.retention_days, expected)


class FlowLog(Component):
    """A flow log with its log group and the role that writes to this group only.

    Outputs: `log_group_name`.
    """

    log_group_name: pulumi.Output[str]

    def __init__(self, name: str, args: FlowLogArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        log_group = cloudwatch.LogGroup(
            name,
            region=args.region,
            retention_in_days=args.retention_days,
            kms_key_id=args.key_arn,
            tags=tags(name),
            opts=self.child(protect=args.protect),
        )
        self.log_group_name = log_group.name
        role = iam.Role(
            name,
            assume_role_policy=service_trust_json(
                "vpc-flow-logs.amazonaws.com",
                account_id=args.account_id,
                source_arn=f"arn:aws:ec2:{args.region}:{args.account_id}:vpc-flow-log/*",
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
            region=args.region,
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
