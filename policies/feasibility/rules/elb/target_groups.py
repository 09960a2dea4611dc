"""Target groups, and what is attached to them, that Elastic Load Balancing refuses."""

import re
from typing import Final

from policies.feasibility.data.failures import failures
from policies.feasibility.engine.bounds import at_most, between, choice
from policies.feasibility.engine.order import after_any
from policies.feasibility.engine.shapes import absent, given, inside, of, present, requires, saying, unless, when
from policies.kit.references import arn_of, referrers, target
from policies.kit.resource import Resource
from policies.kit.rule import NOT_JUDGED, Answers, Finding, Rules
from policies.kit.values import UNKNOWN, as_number

rules: Final = Rules("feasibility", failures())

_GROUP: Final = "lb/targetGroup"
_WEB: Final = ("HTTP", "HTTPS")
_NETWORK: Final = ("TCP", "TLS", "UDP", "TCP_UDP", "QUIC", "TCP_QUIC")
_LAMBDA: Final = "because its target type is lambda"
_ATTACHMENT: Final = "lb/targetGroupAttachment"

rules.named("target-group-shape", "F332", _GROUP).add(
    of(
        when(
            "targetType",
            ("lambda",),
            saying(
                "ValidationError: Protocol cannot be specified for target groups with target type 'lambda'",
                absent("port protocol vpcId protocolVersion", _LAMBDA),
            ),
        ),
        when(
            "targetType",
            ("instance", "ip", "alb"),
            saying("ValidationError: A port must be specified", present("port", "because targets listen on a port")),
            saying("ValidationError: A protocol must be specified", present("protocol", "because targets speak one")),
            saying("ValidationError: A VPC ID must be specified", present("vpcId", "because targets are in a VPC")),
            default="instance",
        ),
        when("targetType", ("alb",), choice("protocol", ("TCP",))),
        when("protocol", ("GENEVE",), choice("port", (6081, "6081"))),
        unless("protocol", _WEB, absent("protocolVersion", "because only HTTP and HTTPS have versions"), default="HTTP"),
        choice("protocolVersion", ("HTTP1", "HTTP2", "GRPC")),
        between("port", 1, 65535),
    ),
    description="A target group has protocol, port and VPC as its target type asks.",
    remediation="Set port, protocol and vpcId, and none of them for Lambda.",
)
rules.named("target-group-health-check", "F333", _GROUP).add(
    of(
        when(
            "protocol",
            _WEB,
            inside("healthCheck", choice("protocol", _WEB), at_most("timeout", "interval", default=30, strictly=True)),
        ),
        unless("protocol", _WEB, inside("healthCheck", at_most("timeout", "interval", default=30)), default="HTTP"),
        inside(
            "healthCheck",
            choice("protocol", ("HTTP", "HTTPS", "TCP")),
            when("protocol", ("TCP",), absent("path matcher", "because a TCP check asks for no page")),
            between("interval", 5, 300, unit="seconds"),
            between("timeout", 2, 120, unit="seconds"),
            between("healthyThreshold", 2, 10),
            between("unhealthyThreshold", 2, 10),
        ),
    ),
    description="A health check has the protocol, times and counts that its target group can have.",
    remediation="Use an HTTP check for HTTP groups, a timeout below the interval, and path and matcher with HTTP checks only.",
)


@rules.rule("target-group-matcher", "F333", _GROUP)
def _matcher(group: Resource) -> Answers:
    """A health check matches codes that exist for its protocol, on a port that can be.

    Set matcher to codes such as "200" or "200-399".
    """
    matcher, port = group.get("healthCheck.matcher"), group.get("healthCheck.port")
    path = group.get("healthCheck.path")
    if isinstance(path, str) and path and not path.startswith("/"):
        yield Finding("healthCheck.path", path, "a path that starts with /")
    if port not in (None, "", "traffic-port") and not 1 <= (as_number(port) or 0) <= 65535:
        yield Finding("healthCheck.port", port, "traffic-port or 1 to 65535")
    if matcher in (None, ""):
        return
    lowest, highest = (0, 99) if group.get("protocolVersion") == "GRPC" else (200, 499)
    highest = 599 if lowest and group.get("protocol") in _NETWORK else highest
    codes = [code.strip() for code in re.split(r"[,-]", str(matcher))]
    if not all(code.isdigit() and lowest <= int(code) <= highest for code in codes):
        yield Finding("healthCheck.matcher", matcher, f"codes from {lowest} to {highest}, as in 200,202 or 200-299")


_COOKIES: Final = ("lb_cookie", "app_cookie")
_NO_STICKINESS: Final = (
    "InvalidConfigurationRequest: Stickiness type '{}' is not supported for target groups with the {} protocol"
)

rules.named("target-group-stickiness", "F334", _GROUP).add(
    of(
        when(
            "protocol",
            _WEB,
            saying(
                _NO_STICKINESS.format("source_ip", "HTTP"),
                inside("stickiness", choice("type", _COOKIES)),
            ),
        ),
        when(
            "protocol",
            ("TCP", "UDP", "TCP_UDP", "TLS"),
            saying(
                _NO_STICKINESS.format("lb_cookie", "TCP"),
                inside("stickiness", when("enabled", (True,), choice("type", ("source_ip",)), default=True)),
            ),
        ),
        when("protocol", ("GENEVE",), inside("stickiness", choice("type", ("source_ip_dest_ip", "source_ip_dest_ip_proto")))),
        inside(
            "stickiness",
            present("type", "such as lb_cookie"),
            when("type", ("app_cookie",), present("cookieName", "because type is app_cookie")),
            between("cookieDuration", 1, 604800, unit="seconds"),
        ),
    ),
    description="Stickiness is of a type that the target group's protocol has.",
    remediation="Use lb_cookie or app_cookie for HTTP and HTTPS, source_ip for TCP and UDP.",
)
rules.named("target-group-attributes", "F335", _GROUP).add(
    of(
        between("slowStart", 30, 900, unit="seconds", also=(0,)),
        between("deregistrationDelay", 0, 3600, unit="seconds"),
        when(
            "protocol",
            _NETWORK,
            absent("loadBalancingAlgorithmType", "because only application load balancers do that"),
            unless("slowStart", (0,), absent("slowStart", "because only application load balancers do that")),
        ),
        when("protocol", _WEB, absent("proxyProtocolV2 connectionTermination", "because only network load balancers do that")),
        when(
            "loadBalancingAlgorithmType",
            ("least_outstanding_requests", "weighted_random"),
            unless("slowStart", (0,), absent("slowStart", "because slow start needs round_robin")),
        ),
        unless(
            "loadBalancingAlgorithmType",
            ("weighted_random",),
            unless(
                "loadBalancingAnomalyMitigation",
                ("off", None),
                absent("loadBalancingAnomalyMitigation", "or loadBalancingAlgorithmType: weighted_random"),
            ),
        ),
        unless("targetType", ("lambda",), absent("lambdaMultiValueHeadersEnabled", "because its targets are not functions")),
        requires("stickiness.cookieName", "stickiness.type"),
    ),
    description="A target group's attributes are those of its protocol, in the ranges that they have.",
    remediation="Remove the attribute or set a value in the range.",
)


@rules.rule("target-attachment", "F336", _ATTACHMENT, needs_stack=True)
def _attachment(attachment: Resource) -> Answers:
    """What is attached to a target group is of its target type.

    Attach an instance id, an address, a function or a load balancer as targetType says; leave port out for functions.
    """
    group = target(attachment, "targetGroupArn", _GROUP)
    if group is None:
        return
    kind = group.get("targetType") or "instance"
    if kind == "lambda" and given(attachment.get("port")):
        yield Finding("port", attachment.get("port"), "nothing, because the target is a function", detail="port")
    value, have = attachment.get("targetId"), _target_kinds(attachment)
    if not have:
        if value is UNKNOWN:
            yield NOT_JUDGED
    elif kind not in have:
        expected = f"a target of type {kind}, which target group {group.name} takes, not {' or '.join(have)}"
        yield Finding("targetId", value, expected, detail="type")


_TARGETS: Final[dict[str, tuple[str, ...]]] = {
    "lambda/function": ("lambda",),
    "lambda/alias": ("lambda",),
    "lb/loadBalancer": ("alb",),
    "ec2/instance": ("instance", "ip"),
    "ec2/networkInterface": ("ip",),
}


def _target_kinds(attachment: Resource) -> tuple[str, ...]:
    """The types that a target may be of; none where the plan does not tell."""
    value = attachment.get("targetId")
    if value is UNKNOWN:
        sources = attachment.sources("targetId") or set()
        return next((kinds for source, kinds in _TARGETS.items() if sources == {source}), ())
    text = str(value)
    arn = arn_of(text)
    if arn is not None:
        return {"lambda": ("lambda",), "elasticloadbalancing": ("alb",)}.get(arn.service, ())
    return ("instance",) if text.startswith("i-") else ("ip",) if re.fullmatch(r"[\d.]+|[0-9a-f:]+", text) else ()


@rules.rule("target-function-permission", "F337", _ATTACHMENT, needs_stack=True)
def _function_permission(attachment: Resource) -> Answers:
    """A function is attached to a target group after the load balancer was allowed to invoke it.

    Declare lambda.Permission for elasticloadbalancing.amazonaws.com and name it in dependsOn of the attachment.
    """
    function = target(attachment, "targetId", "lambda/function") if "lambda" in _target_kinds(attachment) else None
    if function is not None:
        service = "elasticloadbalancing.amazonaws.com"
        allowed = [one for one in referrers(function, "lambda/permission", "function") if one.get("principal") == service]
        missing = f"a Permission that lets {service} invoke {function.name}"
        yield from after_any(attachment, allowed, "targetId", function.name, missing=missing)
