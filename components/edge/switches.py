"""The two listener rules by which recovery switches a region: the latch tells Route 53, the gate keeps everybody out."""

import pulumi
from pulumi_aws import lb

from ..base.component import Component, tags
from ..base.here import Place
from . import edge_checks


def create_switches(owner: Component, here: Place, listener_arn: pulumi.Input[str], *, running: bool) -> None:
    """Create latch and gate as children of `owner`, before all other rules; both are recovery's from then on.

    The latch begins closed wherever it is: only a failover opens it, once the region has been tried. The gate begins open with
    `running`, and closed without: then it answers 503, whoever asks.
    """
    latch = _rule(
        f"{owner.name}-active",
        owner,
        here,
        listener_arn,
        priority=edge_checks.LATCH_PRIORITY,
        path=edge_checks.LATCH_PATH,
        status=edge_checks.LATCH_CLOSED,
        says="standby",
        left_alone="actions",
    )
    gate = _rule(
        f"{owner.name}-closed",
        owner,
        here,
        listener_arn,
        priority=edge_checks.GATE_PRIORITY,
        path=edge_checks.GATE_OPEN if running else edge_checks.GATE_CLOSED,
        status="503",
        says="closed",
        left_alone="conditions",
    )
    here.switch("latch", owner.name, rule=latch.arn, open=edge_checks.LATCH_OPEN, closed=edge_checks.LATCH_CLOSED)
    here.switch("gate", owner.name, rule=gate.arn, open=edge_checks.GATE_OPEN, closed=edge_checks.GATE_CLOSED)


def _rule(
    name: str,
    owner: Component,
    here: Place,
    listener_arn: pulumi.Input[str],
    *,
    priority: int,
    path: str,
    status: str,
    says: str,
    left_alone: str,
) -> lb.ListenerRule:
    return lb.ListenerRule(
        name,
        region=here.region,
        listener_arn=listener_arn,
        priority=priority,
        conditions=[lb.ListenerRuleConditionArgs(path_pattern=lb.ListenerRuleConditionPathPatternArgs(values=[path]))],
        actions=[
            lb.ListenerRuleActionArgs(
                type="fixed-response",
                fixed_response=lb.ListenerRuleActionFixedResponseArgs(
                    content_type="text/plain", message_body=says, status_code=status
                ),
            )
        ],
        tags=tags(name),
        opts=owner.child(ignore_changes=here.left_alone(left_alone)),
    )
