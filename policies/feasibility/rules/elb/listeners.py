"""Listeners that Elastic Load Balancing refuses: protocols, actions, certificates."""

from collections.abc import Iterator
from typing import Final

from policies.feasibility.data.failures import failures
from policies.feasibility.engine.bounds import at_most_items, between, choice
from policies.feasibility.engine.joins import unique
from policies.feasibility.engine.networks import short, vpcs_of
from policies.feasibility.engine.relations import plain, vpc_of
from policies.feasibility.engine.shapes import absent, blocks, each_block, given, inside, of, present, unless, when
from policies.feasibility.rules.elb.links import balancer_type
from policies.kit.checks import all_of
from policies.kit.references import reference, referrers, targets
from policies.kit.resource import Resource
from policies.kit.rows import Block
from policies.kit.rule import NOT_JUDGED, Answers, Finding, Rules
from policies.kit.values import UNKNOWN, Value, as_number, read

rules: Final = Rules("feasibility", failures())

_LISTENER: Final = "lb/listener"
_RULE: Final = "lb/listenerRule"
_ACTIONS: Final = {_LISTENER: "defaultActions", _RULE: "actions"}
_WEB: Final = ("HTTP", "HTTPS")
_PROTOCOLS: Final = {
    "application": _WEB,
    "network": ("TCP", "TLS", "UDP", "TCP_UDP", "QUIC", "TCP_QUIC"),
}
_TLS: Final = ("HTTPS", "TLS")
_SAME: Final = {"protocol": "#{protocol}", "host": "#{host}", "port": "#{port}", "path": "/#{path}"}


@rules.rule("listener-protocol", "F320", _LISTENER)
def _protocol(listener: Resource) -> Answers:
    """A listener has a protocol of its load balancer's type.

    Use HTTP or HTTPS on an application load balancer, TCP, TLS, UDP or TCP_UDP on a network load balancer.
    """
    kind = balancer_type(listener)
    protocol, port = listener.get("protocol"), listener.get("port")
    if kind == "gateway":
        for name, value in (("protocol", protocol), ("port", port)):
            if value is not None:
                yield Finding(name, value, "nothing on a gateway load balancer", detail=name)
    elif kind is not None and (allowed := _PROTOCOLS.get(str(kind))):
        if protocol is None and kind == "network":
            yield Finding("protocol", protocol, " or ".join(allowed))
        elif protocol is not None and protocol not in allowed:
            expected = f"{' or '.join(allowed)} on a load balancer of type {kind}"
            answer = f"ValidationError: Listener protocol '{protocol}' must be one of '{', '.join(allowed)}'"
            yield Finding("protocol", protocol, expected, answer=answer)
        if port is None:
            answer = "ValidationError: A listener port must be specified"
            yield Finding("port", port, "1 to 65535", detail="port", answer=answer)


rules.named("listener-certificate-ready", "F325 F077", _LISTENER).add(
    of(
        when("protocol", _TLS, present("certificateArn", "because TLS needs a certificate")),
        unless(
            "protocol",
            _TLS,
            absent("certificateArn sslPolicy", "because only HTTPS and TLS listeners have certificates"),
            default="HTTPS",
        ),
    ),
    description="A listener with TLS has a certificate, one without has none.",
    remediation="Set certificateArn on HTTPS and TLS listeners only.",
)


@rules.rule("listener-certificate-validated", "F077", _LISTENER, needs_stack=True)
def _validated(listener: Resource) -> Answers:
    """A certificate of this stack is of the listener's region, and validated before the listener is created.

    Take certificateArn from acm.CertificateValidation.
    """
    for certificate in targets(listener, "certificateArn", "acm/certificate"):
        if given(certificate.get("privateKey")) or given(certificate.get("certificateAuthorityArn")):
            continue  # imported or of a private authority: nothing to wait for
        waits = referrers(certificate, "acm/certificateValidation", "certificateArn")
        if not any(listener.after(wait) for wait in waits):
            expected = "the certificateArn of a CertificateValidation, so that the certificate is issued by then"
            yield Finding("certificateArn", certificate.name, expected)


_FINAL: Final = ("forward", "redirect", "fixed-response")
_BLOCKS: Final = {
    "redirect": "redirect",
    "fixed-response": "fixedResponse",
    "authenticate-cognito": "authenticateCognito",
    "authenticate-oidc": "authenticateOidc",
}

_ACTION: Final = (
    choice("type", ("forward", *_BLOCKS, "jwt-validation")),
    *(when("type", (kind,), present(block, f"because the action is {kind}")) for kind, block in _BLOCKS.items()),
    unless("type", ("forward",), absent("targetGroupArn forward", "because the action does not forward")),
    inside(
        "fixedResponse",
        present("contentType", "because the response has a body type"),
        choice("contentType", ("text/plain", "text/css", "text/html", "application/javascript", "application/json")),
    ),
    inside(
        "redirect",
        choice("protocol", ("HTTP", "HTTPS", "#{protocol}")),
        present("statusCode", "HTTP_301 or HTTP_302"),
        choice("statusCode", ("HTTP_301", "HTTP_302")),
    ),
    inside(
        "forward",
        at_most_items("targetGroups", 5, "target groups"),
        inside("stickiness", between("duration", 1, 604800, unit="seconds")),
    ),
)
"""What every action of a listener or rule has to be."""

for _name, _kind in (("listener-action", _LISTENER), ("listener-rule-action", _RULE)):
    rules.named(_name, "F321", _kind).add(
        each_block(f"{_ACTIONS[_kind]}[]", *_ACTION),
        description="An action has what its type needs and nothing of another type.",
        remediation="Set the block that belongs to the action's type, and only that.",
    )


@rules.rule("listener-last-action", "F322", "lb/listener lb/listenerRule")
def _last_action(resource: Resource) -> Answers:
    """The last action forwards, redirects or answers, and sends what it forwards to somewhere.

    End the actions with forward, redirect or fixed-response; name targetGroupArn or forward.targetGroups.
    """
    prop = _ACTIONS[resource.kind]
    found = list(blocks(resource, f"{prop}[]"))
    if not found:
        if not resource.get(prop):
            yield Finding(prop, resource.get(prop), "at least one action")
        return
    ordered = sorted(found, key=lambda pair: as_number(pair[1].get("order")) or 0)
    kinds = [block.get("type") for _, block in ordered]
    if all(kind is not UNKNOWN and kind not in (None, *_FINAL) for kind in kinds):
        yield Finding(f"{prop}[].type", kinds[-1], " or ".join(_FINAL))
    for where, block in found:
        if block.get("type") == "forward":
            groups = read(block, "forward.targetGroups")
            if block.get("targetGroupArn") is None and groups is None and "forward" not in block:
                yield Finding(f"{where}.targetGroupArn", None, "a target group to forward to", detail="forward")
            elif not given(groups) and given(block.get("forward")):
                yield Finding(f"{where}.forward.targetGroups", groups, "at least one target group", detail="groups")


@rules.rule("listener-redirect", "F323", "lb/listener lb/listenerRule")
def _redirect(resource: Resource) -> Answers:
    """A redirect changes something, does not leave HTTPS for HTTP, and names a port and path that can be.

    Change protocol, host, port or path in the redirect.
    """
    for where, redirect in blocks(resource, f"{_ACTIONS[resource.kind]}[].redirect"):
        yield from _redirect_values(where, redirect)
        own: dict[str, Value] = {}
        if resource.kind == _LISTENER:
            own = {"protocol": resource.get("protocol") or "HTTP", "port": resource.get("port")}
        if all(_unchanged(redirect.get(name) or same, same, own.get(name)) for name, same in _SAME.items()):
            answer = "InvalidLoadBalancerAction: The RedirectConfig is not valid because it creates a loop."
            yield Finding(where, dict(redirect), "another protocol, host, port or path", detail="loop", answer=answer)
        if own.get("protocol") == "HTTPS" and redirect.get("protocol") == "HTTP":
            yield Finding(f"{where}.protocol", "HTTP", "HTTPS: a listener with TLS cannot redirect to plain HTTP", detail="tls")


def _unchanged(value: Value, same: str, own: Value) -> bool:
    return value == same or (own is not None and str(value) == str(own))


def _redirect_values(where: str, redirect: Block) -> Iterator[Finding]:
    port, path = redirect.get("port"), redirect.get("path")
    if port is not None and port is not UNKNOWN and port != "#{port}" and not 1 <= (as_number(port) or 0) <= 65535:
        yield Finding(f"{where}.port", port, "1 to 65535 or #{port}", detail="port")
    if isinstance(path, str) and path and not path.startswith("/"):
        yield Finding(f"{where}.path", path, "a path that starts with /", detail="path")


@rules.rule("listener-target-protocol", "F324", "lb/listener lb/listenerRule", needs_stack=True)
def _target_protocol(resource: Resource) -> Answers:
    """A listener forwards to target groups whose protocol its own protocol can carry.

    Use HTTP or HTTPS groups behind an application load balancer; match TCP, TLS and UDP behind a network one.
    """
    prop = _ACTIONS[resource.kind]
    groups = targets(resource, f"{prop}[].targetGroupArn", "lb/targetGroup")
    groups += targets(resource, f"{prop}[].forward.targetGroups[].arn", "lb/targetGroup")
    protocol = resource.get("protocol") if resource.kind == _LISTENER else "HTTP"
    for group in {group.urn: group for group in groups}.values():
        have = group.get("protocol")
        if have is UNKNOWN or protocol is UNKNOWN or group.get("targetType") is UNKNOWN:
            yield NOT_JUDGED
            continue
        function = group.get("targetType") == "lambda" and protocol in _WEB
        allowed = _CARRIES.get(protocol)
        if allowed and have is not None and have not in allowed and not function:
            expected = f"a target group with protocol {' or '.join(allowed)} ({group.name} has {have})"
            yield Finding(prop, group.name, expected, detail=group.name)


_CARRIES: Final = {
    "HTTP": _WEB,
    "HTTPS": _WEB,
    "TCP": ("TCP", "TCP_UDP"),
    "TLS": ("TCP", "TLS"),
    "UDP": ("UDP", "TCP_UDP"),
    "TCP_UDP": ("TCP_UDP",),
}


@rules.rule("listener-target-vpc", "F340", "lb/listener", needs_stack=True)
def _target_vpc(listener: Resource) -> Answers:
    """A listener's target groups are in the VPC of its load balancer.

    Set vpcId of the target group to the load balancer's VPC.
    """
    for balancer in targets(listener, "loadBalancerArn", "lb/loadBalancer"):
        homes = vpcs_of(balancer, "subnets[]")
        for group in targets(listener, "defaultActions[].targetGroupArn", "lb/targetGroup"):
            if homes and vpc_of(group) not in (None, *homes):
                answer = "InvalidConfigurationRequest: The target group is in a different VPC than the load balancer"
                expected = f"a target group of {short(homes[0])}"
                yield Finding("defaultActions[].targetGroupArn", group.name, expected, detail=group.name, answer=answer)


rules.named("listener-tls-settings", "F325", _LISTENER).add(
    all_of(
        of(
            unless("protocol", ("TLS",), absent("alpnPolicy", "because only TLS listeners negotiate ALPN"), default="TLS"),
            unless("protocol", ("HTTPS",), absent("mutualAuthentication", "because only HTTPS listeners do"), default="HTTPS"),
            between("port", 1, 65535),
        ),
        each_block(
            "mutualAuthentication",
            choice("mode", ("off", "verify", "passthrough")),
            when("mode", ("verify",), present("trustStoreArn", "because mode is verify")),
            unless("mode", ("verify",), absent("trustStoreArn", "because mode is not verify"), default="verify"),
        ),
    ),
    description="Settings of TLS are on listeners with TLS.",
    remediation="Remove the setting, or use the protocol that has it.",
)


@rules.rule("listener-authentication", "F326", _LISTENER)
def _authentication(listener: Resource) -> Answers:
    """Only HTTPS listeners sign users in.

    Use protocol HTTPS with a certificate.
    """
    protocol = listener.get("protocol")
    for _, kind in listener.each("defaultActions[].type"):
        if kind is UNKNOWN:
            yield NOT_JUDGED
        elif str(kind).startswith("authenticate") and protocol != "HTTPS":
            answer = f"InvalidLoadBalancerAction: Actions of type '{kind}' are supported only on HTTPS listeners"
            yield Finding("protocol", protocol, "HTTPS", detail=str(kind), answer=answer)


def _place(listener: Resource) -> tuple[object, ...] | None:
    if listener.get("port") is None:
        return None
    udp = "UDP" in str(listener.get("protocol"))
    return (reference(listener, "loadBalancerArn", "lb/loadBalancer"), str(plain(listener, "port")[0]), udp)


rules.named("listener-port-once", "F327", _LISTENER, needs_stack=True).add(
    unique(
        _LISTENER,
        _place,
        "port",
        "a port of its own; {other} listens there already",
        answer="DuplicateListener: A listener already exists on this port for this load balancer",
    ),
    description="A load balancer has one listener per port.",
    remediation="Use listener rules on the one listener, or another port.",
)
