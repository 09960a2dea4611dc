"""Every name that is looked up in a VPC, in an encrypted log group."""

from dataclasses import dataclass

import pulumi
from pulumi_aws import cloudwatch, route53

from ..base.component import Component, tags
from ..base.here import Here
from ..base.log_group import create_log_group
from ..base.statements import Statement, policy_json, services


@dataclass(frozen=True, kw_only=True)
class QueryLogArgs:
    """The record of what a VPC's resolver is asked, and what it answers.

    Attributes:
        here: Where the VPC is, under which key its queries are kept, for how long, and whether a plan that would delete them is
            stopped.
        vpc_id: The VPC.
    """

    here: Here
    vpc_id: pulumi.Input[str]


class QueryLog(Component):
    """A query log of a VPC's resolver, with its log group, which Route 53 Resolver writes by CloudWatch Logs' delivery.

    Outputs: `log_group_name`.
    """

    log_group_name: pulumi.Output[str]

    def __init__(self, name: str, args: QueryLogArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        here = args.here
        # Nobody's words, and many: Logs Insights reads them where they are.
        group = create_log_group(self, name, here=here, log_class="access", shipped=False)
        self.log_group_name = group.name
        # docs.aws.amazon.com/AmazonCloudWatch/latest/logs/AWS-vended-logs-permissions.html
        write = Statement(
            sid="DeliveriesOfThisAccount",
            principals=services("delivery.logs.amazonaws.com"),
            actions=("logs:CreateLogStream", "logs:PutLogEvents"),
            resources=(pulumi.Output.concat(group.arn, ":log-stream:*"),),
            conditions={
                "StringEquals": {"aws:SourceAccount": here.account_id},
                "ArnLike": {"aws:SourceArn": f"arn:aws:logs:{here.region}:{here.account_id}:*"},
            },
        )
        allowed = cloudwatch.LogResourcePolicy(
            name,
            region=here.region,
            # A physical name: AWS asks for one, and a region has few of them.
            policy_name=f"{pulumi.get_stack()}-{name}",
            policy_document=policy_json([write]),
            opts=self.child(),
        )
        config = route53.ResolverQueryLogConfig(
            name,
            region=here.region,
            destination_arn=pulumi.Output.concat(group.arn, ":*"),
            tags=tags(name),
            opts=self.child(depends_on=[allowed]),
        )
        route53.ResolverQueryLogConfigAssociation(
            name,
            region=here.region,
            resolver_query_log_config_id=config.id,
            resource_id=args.vpc_id,
            opts=self.child(),
        )
        self.register_outputs({"logGroupName": self.log_group_name})
