"""The web application firewall in front of a load balancer."""

from dataclasses import dataclass
from typing import Final

import pulumi
from pulumi_aws import wafv2

from ..base.component import Component, tags
from ..base.here import Here
from ..base.log_group import create_log_group
from . import edge_checks

REQUESTS_PER_ADDRESS: Final = 10_000  # in five minutes; a lender's office is one address

# Managed rule group -> rules of it that only count. Together 1,125 of the 1,500 capacity units in an ACL's price
# (docs.aws.amazon.com/waf/latest/developerguide/aws-managed-rule-groups-list.html).
MANAGED_RULE_GROUPS: Final[dict[str, tuple[str, ...]]] = {
    "AWSManagedRulesAmazonIpReputationList": (),
    # Blocks bodies above 8 KB, which uploads and larger queries are.
    "AWSManagedRulesCommonRuleSet": ("SizeRestrictions_BODY",),
    "AWSManagedRulesKnownBadInputsRuleSet": (),
    "AWSManagedRulesSQLiRuleSet": (),
}
# What Slack sends along is a message with commands and links in it, which look like what these look for.
SEARCHING_BODIES: Final = ("AWSManagedRulesCommonRuleSet", "AWSManagedRulesSQLiRuleSet")
REDACTED_HEADERS: Final = ("authorization", "cookie")


_Scope = wafv2.WebAclRuleStatementManagedRuleGroupStatementScopeDownStatementArgs
_Match = wafv2.WebAclRuleStatementManagedRuleGroupStatementScopeDownStatementByteMatchStatementArgs
_Field = wafv2.WebAclRuleStatementManagedRuleGroupStatementScopeDownStatementByteMatchStatementFieldToMatchArgs


@dataclass(frozen=True, kw_only=True)
class FirewallArgs:
    """A firewall.

    Attributes:
        here: Where the load balancer is, and how the firewall's log is kept.
        load_balancer_arn: The application load balancer it protects.
        signed_path: A path whose bodies are not searched for attacks, because whoever answers there knows by a signature who
            wrote them before it reads them; None, the default, without.
    """

    here: Here
    load_balancer_arn: pulumi.Input[str]
    signed_path: str | None = None


class Firewall(Component):
    """A web ACL of AWS's managed rules and a rate limit per client address, with its log.

    Where recovery switches, nothing of it keeps Route 53's checkers from the latch: a list of AWS's that names one of their
    addresses must not decide where users go. What is let through reaches nothing but a fixed answer.

    Outputs: `arn`; `log_group_name`.
    """

    arn: pulumi.Output[str]
    log_group_name: pulumi.Output[str]

    def __init__(self, name: str, args: FirewallArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        web_acl = wafv2.WebAcl(
            name,
            region=args.here.region,
            description="What may reach the load balancer",
            scope="REGIONAL",
            default_action=wafv2.WebAclDefaultActionArgs(allow=wafv2.WebAclDefaultActionAllowArgs()),
            rules=_rules(latch=args.here.switched, signed_path=args.signed_path),
            visibility_config=wafv2.WebAclVisibilityConfigArgs(
                cloudwatch_metrics_enabled=True, metric_name=name, sampled_requests_enabled=True
            ),
            tags=tags(name),
            opts=self.child(),
        )
        wafv2.WebAclAssociation(
            name, region=args.here.region, web_acl_arn=web_acl.arn, resource_arn=args.load_balancer_arn, opts=self.child()
        )
        log_group = create_log_group(
            self,
            f"{name}-log",
            here=args.here,
            log_class="access",
            # WAF logs to nothing that is called otherwise.
            name_prefix=f"aws-waf-logs-{name}-",
        )
        wafv2.WebAclLoggingConfiguration(
            f"{name}-logging",
            region=args.here.region,
            resource_arn=web_acl.arn,
            log_destination_configs=[log_group.arn],
            redacted_fields=[
                wafv2.WebAclLoggingConfigurationRedactedFieldArgs(
                    single_header=wafv2.WebAclLoggingConfigurationRedactedFieldSingleHeaderArgs(name=header)
                )
                for header in REDACTED_HEADERS
            ],
            opts=self.child(),
        )
        self.arn = web_acl.arn
        self.log_group_name = log_group.name
        self.register_outputs({"arn": self.arn, "logGroupName": self.log_group_name})


def _rules(*, latch: bool, signed_path: str | None) -> list[wafv2.WebAclRuleArgs]:
    first = [_latch(0)] if latch else []
    groups = enumerate(MANAGED_RULE_GROUPS.items(), start=len(first) + 1)
    return [*first, _rate_limit(len(first)), *(_managed(*group, priority=number, but=signed_path) for number, group in groups)]


def _latch(priority: int) -> wafv2.WebAclRuleArgs:
    return wafv2.WebAclRuleArgs(
        name="latch",
        priority=priority,
        action=wafv2.WebAclRuleActionArgs(allow=wafv2.WebAclRuleActionAllowArgs()),
        statement=wafv2.WebAclRuleStatementArgs(
            byte_match_statement=wafv2.WebAclRuleStatementByteMatchStatementArgs(
                search_string=edge_checks.LATCH_PATH,
                positional_constraint="EXACTLY",
                field_to_match=wafv2.WebAclRuleStatementByteMatchStatementFieldToMatchArgs(
                    uri_path=wafv2.WebAclRuleStatementByteMatchStatementFieldToMatchUriPathArgs()
                ),
                text_transformations=[
                    wafv2.WebAclRuleStatementByteMatchStatementTextTransformationArgs(priority=0, type="NONE")
                ],
            )
        ),
        visibility_config=_visible("latch"),
    )


def _rate_limit(priority: int) -> wafv2.WebAclRuleArgs:
    return wafv2.WebAclRuleArgs(
        name="rate-limit",
        priority=priority,
        action=wafv2.WebAclRuleActionArgs(block=wafv2.WebAclRuleActionBlockArgs()),
        statement=wafv2.WebAclRuleStatementArgs(
            rate_based_statement=wafv2.WebAclRuleStatementRateBasedStatementArgs(
                aggregate_key_type="IP", limit=REQUESTS_PER_ADDRESS, evaluation_window_sec=300
            )
        ),
        visibility_config=_visible("rate-limit"),
    )


def _managed(group: str, counted: tuple[str, ...], *, priority: int, but: str | None) -> wafv2.WebAclRuleArgs:
    count = wafv2.WebAclRuleStatementManagedRuleGroupStatementRuleActionOverrideActionToUseArgs(
        count=wafv2.WebAclRuleStatementManagedRuleGroupStatementRuleActionOverrideActionToUseCountArgs()
    )
    return wafv2.WebAclRuleArgs(
        name=group,
        priority=priority,
        override_action=wafv2.WebAclRuleOverrideActionArgs(none=wafv2.WebAclRuleOverrideActionNoneArgs()),
        statement=wafv2.WebAclRuleStatementArgs(
            managed_rule_group_statement=wafv2.WebAclRuleStatementManagedRuleGroupStatementArgs(
                vendor_name="AWS",
                name=group,
                rule_action_overrides=[
                    wafv2.WebAclRuleStatementManagedRuleGroupStatementRuleActionOverrideArgs(name=rule, action_to_use=count)
                    for rule in counted
                ],
                scope_down_statement=_but(but) if but and group in SEARCHING_BODIES else None,
            )
        ),
        visibility_config=_visible(group),
    )


def _but(path: str) -> _Scope:
    """All requests but those of exactly that path."""
    found = _Match(
        search_string=path,
        positional_constraint="EXACTLY",
        field_to_match=_Field(
            uri_path=wafv2.WebAclRuleStatementManagedRuleGroupStatementScopeDownStatementByteMatchStatementFieldToMatchUriPathArgs()
        ),
        text_transformations=[
            wafv2.WebAclRuleStatementManagedRuleGroupStatementScopeDownStatementByteMatchStatementTextTransformationArgs(
                priority=0, type="NONE"
            )
        ],
    )
    return _Scope(
        not_statement=wafv2.WebAclRuleStatementManagedRuleGroupStatementScopeDownStatementNotStatementArgs(
            statement=_Scope(byte_match_statement=found)
        )
    )


def _visible(name: str) -> wafv2.WebAclRuleVisibilityConfigArgs:
    return wafv2.WebAclRuleVisibilityConfigArgs(
        cloudwatch_metrics_enabled=True, metric_name=name, sampled_requests_enabled=True
    )
