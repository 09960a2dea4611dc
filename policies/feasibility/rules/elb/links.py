"""How load balancers, listeners and target groups of a stack hang together."""

from typing import Final

from policies.kit.references import referrers, target
from policies.kit.resource import Resource
from policies.kit.values import Value

_FORWARDS: Final = (
    ("lb/listener", "defaultActions[].targetGroupArn"),
    ("lb/listener", "defaultActions[].forward.targetGroups[].arn"),
    ("lb/listenerRule", "actions[].targetGroupArn"),
    ("lb/listenerRule", "actions[].forward.targetGroups[].arn"),
)


def forwarders(group: Resource) -> list[Resource]:
    """The listeners and rules that send traffic to a target group."""
    found = [user for kind, prop in _FORWARDS for user in referrers(group, kind, prop)]
    return list({user.urn: user for user in found}.values())


def balancer_type(listener: Resource) -> Value:
    """The type of the load balancer of a listener; None if it is not in this stack.

    Raises:
        UnknownValueError: if the plan does not say which load balancer it is.
    """
    balancer = target(listener, "loadBalancerArn", "lb/loadBalancer")
    return None if balancer is None else balancer.get("loadBalancerType") or "application"
