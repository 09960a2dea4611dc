"""Cases of policies/feasibility/rules/elb/listeners.py."""

from collections.abc import Mapping
from typing import Any

from tests.policies.given.feasibility.lb import GROUP_ARN, RULE, across, on
from tests.policies.given.feasibility.parts import LISTENER, LOAD_BALANCER, TARGET_GROUP, VPC
from tests.policies.harness import UNKNOWN, Planned, planned, ref
from tests.policies.table import Cases, about

CERTIFICATE = "aws:acm/certificate:Certificate"
VALIDATION = "aws:acm/certificateValidation:CertificateValidation"
TO_GROUP = ref(TARGET_GROUP, "group")


def forward(arn: object = GROUP_ARN) -> dict[str, Any]:
    return {"type": "forward", "targetGroupArn": arn}


def redirect(**to: Any) -> dict[str, Any]:
    return {"type": "redirect", "redirect": {"statusCode": "HTTP_301", **to}}


def listener(*actions: object, **inputs: Any) -> dict[str, Any]:
    return {"port": 80, "protocol": "HTTP", **inputs, "defaultActions": list(actions)}


def with_certificate(*more: Planned, fields: Mapping[str, Any] | None = None) -> list[Planned]:
    source = (VALIDATION, "wait") if more else (CERTIFICATE, "certificate")
    refs = {"certificateArn": [source, (CERTIFICATE, "certificate")]}
    return [
        planned(CERTIFICATE, "certificate", **(fields or {})),
        *more,
        Planned(token=LISTENER, inputs={"certificateArn": UNKNOWN, "protocol": "HTTPS"}, refs=refs),
    ]


WAIT = planned(VALIDATION, "wait", certificateArn=ref(CERTIFICATE, "certificate"))


def to_group(group: Mapping[str, Any], protocol: object, token: str = LISTENER) -> list[Planned]:
    prop = "defaultActions" if token == LISTENER else "actions"
    inputs = {prop: [forward(TO_GROUP)], **({"protocol": protocol} if token == LISTENER else {})}
    return [planned(TARGET_GROUP, "group", **group), planned(token, **inputs)]


def ports(one: object, other: object, balancers: tuple[str, str] = ("a", "a")) -> list[Planned]:
    return [
        planned(LISTENER, name, loadBalancerArn=balancer, port=port, protocol="HTTP")
        for name, balancer, port in (("first", balancers[0], one), ("it", balancers[1], other))
    ]


def in_front(home: str) -> list[Planned]:
    return [
        *across("us-east-2a", "us-east-2b", vpcs=("vpc", "vpc")),
        *([] if home == "vpc" else [planned(VPC, home)]),
        planned(TARGET_GROUP, "group", vpcId=ref(VPC, home)),
        planned(LISTENER, loadBalancerArn=ref(LOAD_BALANCER, "it"), defaultActions=[forward(TO_GROUP)]),
    ]


CASES: dict[str, Cases] = {
    "listener-protocol": Cases(
        token=LISTENER,
        fails=[
            on({}, {"protocol": "TCP", "port": 80}),
            on({"loadBalancerType": "network"}, {"protocol": "HTTP", "port": 80}),
            on({"loadBalancerType": "network"}, {"port": 80}),
            on({"loadBalancerType": "gateway"}, {"protocol": "TCP"}),
            on({"loadBalancerType": "gateway"}, {"protocol": UNKNOWN}),
            on({}, {"protocol": "HTTP"}),
            on({}, {"protocol": "TLS", "port": 443}, token="aws:alb/listener:Listener"),
        ],
        passes=[
            on({}, {"protocol": "HTTPS", "port": 443}),
            on({"loadBalancerType": "network"}, {"protocol": "TCP_UDP", "port": 53}),
            on({"loadBalancerType": "gateway"}, {}),
            on({}, {"port": 80}),
            {"protocol": "TCP", "loadBalancerArn": "arn:aws:elasticloadbalancing:us-east-2:111111111111:loadbalancer/net/a/b"},
        ],
        unknown=[
            on({"loadBalancerType": UNKNOWN}, {"protocol": "TCP", "port": 80}),
            on({}, {"protocol": UNKNOWN, "port": 80}),
            {"loadBalancerArn": UNKNOWN, "protocol": "TCP"},
        ],
    ),
    "listener-certificate-ready": Cases(
        token=LISTENER,
        fails=[
            {"protocol": "HTTPS"},
            {"protocol": "TLS", "sslPolicy": "ELBSecurityPolicy-TLS13-1-2-2021-06"},
            {"protocol": "HTTP", "certificateArn": UNKNOWN},
            {"protocol": "TCP", "sslPolicy": "ELBSecurityPolicy-TLS13-1-2-2021-06"},
        ],
        passes=[{"protocol": "HTTPS", "certificateArn": UNKNOWN}, {"protocol": "HTTP"}, {"certificateArn": "a"}],
        unknown=[{"protocol": UNKNOWN}],
    ),
    "listener-certificate-validated": Cases(
        token=LISTENER,
        fails=[
            with_certificate(),
            [planned(CERTIFICATE, "certificate"), WAIT, planned(LISTENER, certificateArn=ref(CERTIFICATE, "certificate"))],
        ],
        passes=[
            with_certificate(WAIT),
            with_certificate(fields={"privateKey": "a", "certificateBody": "b"}),
            {"protocol": "HTTP"},
            {"certificateArn": "arn:aws:acm:us-east-2:111111111111:certificate/a"},
        ],
        never_unknown=True,
    ),
    "listener-action": Cases(
        token=LISTENER,
        fails=[
            *(listener({"type": kind}) for kind in ("redirect", "fixed-response", "authenticate-oidc", "send")),
            listener({"type": "fixed-response", "fixedResponse": {"statusCode": "200"}}),
            listener({"type": "fixed-response", "fixedResponse": {"contentType": "text/xml"}}),
            listener({"type": "fixed-response", "targetGroupArn": UNKNOWN, "fixedResponse": {"contentType": "text/plain"}}),
            listener({"type": "redirect", "redirect": {"statusCode": "301", "protocol": "HTTPS"}}),
            listener({"type": "forward", "forward": {"targetGroups": [{"arn": "a"}] * 6}}),
        ],
        passes=[
            listener(forward(UNKNOWN)),
            listener(redirect(protocol="HTTPS", port="443")),
            listener({"type": "fixed-response", "fixedResponse": {"contentType": "text/plain", "statusCode": "404"}}),
            listener({"type": "forward", "forward": {"targetGroups": [{"arn": UNKNOWN}]}}),
        ],
        unknown=[listener({"type": UNKNOWN}), {"defaultActions": UNKNOWN}],
    ),
    "listener-rule-action": about(RULE, "actions", fails=[[{"type": "redirect"}]], passes=[[forward()]]),
    "listener-last-action": Cases(
        token=LISTENER,
        fails=[
            {},
            listener(),
            listener({"type": "forward"}),
            listener({"type": "forward", "forward": {"targetGroups": [], "stickiness": {"duration": 1}}}),
            listener({"type": "authenticate-cognito", "authenticateCognito": {"userPoolArn": "a"}}),
        ],
        passes=[
            listener(forward(UNKNOWN)),
            listener({"type": "authenticate-oidc", "authenticateOidc": {}, "order": 1}, {**forward(), "order": 2}),
            listener({"type": "forward", "forward": {"targetGroups": [{"arn": "a"}]}}),
            listener({"type": "forward", "forward": UNKNOWN}),
        ],
        unknown=[{"defaultActions": UNKNOWN}, {"defaultActions": [UNKNOWN]}],
    ),
    "listener-redirect": Cases(
        token=LISTENER,
        fails=[
            listener(redirect()),
            listener(redirect(protocol="HTTP", port="80")),
            listener(redirect(query="a=b")),
            listener(redirect(protocol="HTTPS", port="443"), port=443, protocol="HTTPS"),
            listener(redirect(protocol="HTTP", port="80"), port=443, protocol="HTTPS"),
            *(listener(redirect(protocol="HTTPS", port=port)) for port in ("https", "0", "65536")),
            listener(redirect(path="new")),
            [planned(RULE, actions=[redirect(host="#{host}")])],
        ],
        passes=[
            *(listener(redirect(protocol="HTTPS", port=port)) for port in ("443", "1", "65535")),
            listener(redirect(host="www.example.com"), port=443, protocol="HTTPS"),
            listener(redirect(path="/new/#{path}")),
            planned(RULE, actions=[redirect(protocol="HTTPS")]),
            listener(forward()),
        ],
        unknown=[listener(redirect(protocol=UNKNOWN)), {"defaultActions": UNKNOWN}],
    ),
    "listener-target-protocol": Cases(
        token=LISTENER,
        fails=[
            to_group({"protocol": "TCP"}, "HTTP"),
            to_group({"protocol": "HTTP"}, "TCP"),
            to_group({"protocol": "TCP"}, "UDP"),
            to_group({"protocol": "UDP"}, "TLS"),
            to_group({"protocol": "TCP"}, None, RULE),
        ],
        passes=[
            to_group({"protocol": "HTTPS"}, "HTTP"),
            to_group({"protocol": "TCP"}, "TLS"),
            to_group({"protocol": "TCP_UDP"}, "UDP"),
            to_group({"targetType": "lambda"}, "HTTPS"),
            to_group({"protocol": "HTTP"}, None, RULE),
            listener(forward()),
        ],
        unknown=[to_group({"protocol": UNKNOWN}, "HTTP"), to_group({"protocol": "TCP"}, UNKNOWN)],
    ),
    "listener-target-vpc": Cases(
        token=LISTENER, fails=[in_front("other")], passes=[in_front("vpc"), listener(forward())], never_unknown=True
    ),
    "listener-tls-settings": Cases(
        token=LISTENER,
        fails=[
            {"protocol": "HTTPS", "alpnPolicy": "HTTP2Preferred"},
            {"protocol": "TLS", "mutualAuthentication": {"mode": "off"}},
            {"protocol": "HTTPS", "mutualAuthentication": {"mode": "verify"}},
            {"protocol": "HTTPS", "mutualAuthentication": {"mode": "passthrough", "trustStoreArn": "a"}},
            {"protocol": "HTTP", "port": 65536},
        ],
        passes=[
            {"protocol": "TLS", "alpnPolicy": "HTTP2Preferred", "port": 443},
            {"protocol": "HTTPS", "mutualAuthentication": {"mode": "verify", "trustStoreArn": UNKNOWN}},
        ],
        unknown=[{"protocol": UNKNOWN, "alpnPolicy": "None"}, {"port": UNKNOWN}],
    ),
    "listener-authentication": Cases(
        token=LISTENER,
        fails=[listener({"type": "authenticate-cognito"}, forward())],
        passes=[listener({"type": "authenticate-oidc"}, forward(), protocol="HTTPS"), listener(forward())],
        unknown=[listener({"type": "authenticate-cognito"}, protocol=UNKNOWN), listener({"type": UNKNOWN})],
    ),
    "listener-port-once": Cases(
        token=LISTENER,
        fails=[ports(80, 80), ports(443, "443")],
        passes=[ports(80, 443), ports(80, 80, ("a", "b"))],
        unknown=[planned(LISTENER, loadBalancerArn=UNKNOWN, port=80)],
    ),
}
