"""Cases of policies/controls/encryption/edge.py."""

from typing import Any

from tests.policies.harness import UNKNOWN, Planned, Ref, planned, ref
from tests.policies.table import Cases, on

LISTENER = "aws:lb/listener:Listener"
RULE = "aws:lb/listenerRule:ListenerRule"
CLASSIC = "aws:elb/loadBalancer:LoadBalancer"
ZONE = "aws:route53/zone:Zone"
SIGNING = "aws:route53/hostedZoneDnsSec:HostedZoneDnsSec"
SIGNING_KEY = "aws:route53/keySigningKey:KeySigningKey"
REDIRECT = {"type": "redirect", "redirect": {"protocol": "HTTPS", "port": "443", "statusCode": "HTTP_301"}}
FORWARD = {"type": "forward", "targetGroupArn": UNKNOWN}
TLS = "ELBSecurityPolicy"
ACM = "arn:aws:acm:us-east-2:111111111111:certificate/a"


def http(*actions: object) -> dict[str, Any]:
    return {"protocol": "HTTP", "port": 80, "defaultActions": list(actions)}


def with_rule(action: dict[str, Any]) -> list[Planned]:
    return [planned(LISTENER, **http(REDIRECT)), planned(RULE, "rule", listenerArn=ref(LISTENER, "it"), actions=[action])]


def https(policy: object, protocol: str = "HTTPS") -> dict[str, Any]:
    return {"protocol": protocol, "port": 443, "sslPolicy": policy, "defaultActions": [FORWARD]}


def zone(*others: Planned, **inputs: Any) -> list[Planned]:
    return [planned(ZONE, name="example.com", **inputs), *others]


OF_ZONE = ref(ZONE, "it")


def signing(of: Ref = OF_ZONE, **inputs: Any) -> Planned:
    return planned(SIGNING, "signing", hostedZoneId=of, **inputs)


KEY_OF_ZONE = planned(SIGNING_KEY, "key", hostedZoneId=OF_ZONE)
ASSOCIATION = planned("aws:route53/zoneAssociation:ZoneAssociation", "association", zoneId=OF_ZONE, vpcId="vpc-1")

CASES: dict[str, Cases] = {
    "http-only-redirects": Cases(
        token=LISTENER,
        fails=[
            http(FORWARD),
            http(),
            {"port": 80, "defaultActions": [FORWARD]},
            http(REDIRECT, {"type": "fixed-response"}),
            http({"type": "redirect", "redirect": {"statusCode": "HTTP_301"}}),
            http({"type": "redirect", "redirect": [{"protocol": "HTTP"}]}),
            *on("aws:alb/listener:Listener", http({"type": "forward"})),
            with_rule(FORWARD),
            *on(CLASSIC, {"listeners": [{"lbProtocol": "https"}, {"lbProtocol": "HTTP", "lbPort": 80}]}),
        ],
        passes=[
            http(REDIRECT),
            http({"type": "redirect", "redirect": [{"protocol": "HTTPS"}]}),
            {"protocol": "HTTPS", "defaultActions": [FORWARD]},
            {"protocol": "TCP", "port": 5432},
            with_rule(REDIRECT),
            *on(CLASSIC, {"listeners": [{"lbProtocol": "ssl"}]}),
        ],
        unknown=[
            http() | {"defaultActions": UNKNOWN},
            {"protocol": UNKNOWN},
            http({"type": "redirect", "redirect": UNKNOWN}),
            *on(CLASSIC, {"listeners": [{"lbProtocol": UNKNOWN}]}),
        ],
    ),
    "listener-tls-policy": Cases(
        token=LISTENER,
        fails=[
            {"protocol": "HTTPS"},
            {"port": 443},
            *(https(f"{TLS}-{name}") for name in ("2016-08", "2015-05", "TLS13-1-0-2021-06", "TLS13-1-1-2021-06")),
            *(https(f"{TLS}-{name}", "TLS") for name in ("TLS-1-1-2017-01", "FS-1-1-2019-08")),
            *on("aws:alb/listener:Listener", https(f"{TLS}-TLS-1-0-2015-04")),
        ],
        passes=[
            *(https(f"{TLS}-TLS13-{name}") for name in ("1-2-2021-06", "1-2-Res-2021-06", "1-3-FIPS-2023-04")),
            *(https(f"{TLS}-{name}") for name in ("TLS13-1-2-Res-PQ-2025-09", "TLS-1-2-Ext-2018-06")),
            https(f"{TLS}-FS-1-2-Res-2019-08", "TLS"),
            {"protocol": "HTTP"},
            {"protocol": "TCP", "port": 8080},
        ],
        unknown=[{"protocol": "HTTPS", "sslPolicy": UNKNOWN}, {"protocol": UNKNOWN}],
    ),
    "listener-encrypted": Cases(
        token=LISTENER,
        fails=[
            http(FORWARD),
            http({"type": "redirect", "redirect": {"protocol": "HTTP"}}),
            http({"type": "authenticate-cognito", "redirect": {}}),
        ],
        passes=[http(REDIRECT), https("any"), {"protocol": "TCP", "defaultActions": [FORWARD]}, {"protocol": "HTTP"}],
        unknown=[http() | {"defaultActions": UNKNOWN}, {"protocol": UNKNOWN}],
    ),
    "listener-certificate": Cases(
        token=LISTENER,
        fails=[
            {"protocol": "HTTPS"},
            {"protocol": "HTTPS", "certificateArn": "arn:aws:iam::111111111111:server-certificate/a"},
            planned(LISTENER, protocol="HTTPS", certificateArn=ref("aws:iam/serverCertificate:ServerCertificate", "old")),
        ],
        passes=[
            {"protocol": "HTTPS", "certificateArn": ACM},
            {"protocol": "TLS", "certificateArn": ACM.replace("arn:aws:", "arn:aws-us-gov:")},
            {"protocol": "HTTPS", "certificateArn": UNKNOWN},
            {"protocol": "HTTP"},
        ],
        unknown=[{"protocol": UNKNOWN}],
    ),
    "acm-strong-key": Cases(
        token="aws:acm/certificate:Certificate",
        fails=[{"keyAlgorithm": "RSA_1024"}, {"options": {"certificateTransparencyLoggingPreference": "DISABLED"}}],
        passes=[
            {},
            {"keyAlgorithm": "EC_prime256v1"},
            {"keyAlgorithm": "RSA_2048", "options": {}},
            {"certificateAuthorityArn": UNKNOWN, "options": {"certificateTransparencyLoggingPreference": "DISABLED"}},
        ],
        unknown=[{"keyAlgorithm": UNKNOWN}, {"options": UNKNOWN}],
    ),
    "zone-signed": Cases(
        token=ZONE,
        fails=[
            zone(),
            zone(KEY_OF_ZONE),
            zone(vpcs=[]),
            zone(planned(SIGNING, "other", hostedZoneId="Z1")),
            zone(signing(signingStatus="NOT_SIGNING")),
            planned(SIGNING, hostedZoneId="Z1", signingStatus="NOT_SIGNING"),
        ],
        passes=[
            zone(signing()),
            zone(KEY_OF_ZONE, signing(ref(SIGNING_KEY, "key"))),
            zone(vpcs=[{"vpcId": "vpc-1"}]),
            zone(ASSOCIATION),
            planned(SIGNING, hostedZoneId="Z1"),
        ],
        unknown=[
            zone(vpcs=UNKNOWN),
            zone(planned(SIGNING, "other", hostedZoneId=UNKNOWN)),
            zone(signing(signingStatus=UNKNOWN)),
        ],
    ),
}
