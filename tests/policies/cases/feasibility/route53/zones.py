"""Cases of policies/feasibility/rules/route53/zones.py."""

import json
from collections.abc import Sequence
from typing import Any

from tests.policies.given.feasibility.parts import grant
from tests.policies.given.feasibility.route53 import ZONE
from tests.policies.harness import UNKNOWN, Planned, planned, ref
from tests.policies.table import Cases

CHECK = "aws:route53/healthCheck:HealthCheck"
LOG = "aws:route53/queryLog:QueryLog"
GROUP = "aws:cloudwatch/logGroup:LogGroup"
LOG_POLICY = "aws:cloudwatch/logResourcePolicy:LogResourcePolicy"
SIGNING = "aws:route53/keySigningKey:KeySigningKey"
SEC = "aws:route53/hostedZoneDnsSec:HostedZoneDnsSec"
KEY = "aws:kms/key:Key"
ENDPOINT = "aws:route53/resolverEndpoint:ResolverEndpoint"
SUBNET = "aws:ec2/subnet:Subnet"
ASSOCIATION = "aws:route53/zoneAssociation:ZoneAssociation"


def queried(
    region: str, document: Any = None, *, depends: Sequence[tuple[str, str]] = ((LOG_POLICY, "policy"),)
) -> list[Planned]:
    policy = planned(LOG_POLICY, "policy", region="us-east-1", policyDocument=document)
    return [
        planned(GROUP, "queries", region=region),
        *([policy] if document else []),
        planned(LOG, cloudwatchLogGroupArn=ref(GROUP, "queries")).after(*(depends if document else ())),
    ]


USE = ["kms:DescribeKey", "kms:GetPublicKey", "kms:Sign", "kms:CreateGrant"]
OWNER = {"AWS": "arn:aws:iam::111111111111:root"}


def signing(*, route_53: Sequence[str] = USE, people: Sequence[str] = ("kms:*",)) -> str:
    """A policy that lets Route 53, and the account's people, do these."""
    allowed = (({"Service": "dnssec-route53.amazonaws.com"}, route_53), (OWNER, people))
    return json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {"Effect": "Allow", "Principal": principal, "Action": [*actions], "Resource": "*"}
                for principal, actions in allowed
            ],
        }
    )


SIGNS = signing()
ELLIPTIC = {"customerMasterKeySpec": "ECC_NIST_P256", "keyUsage": "SIGN_VERIFY", "region": "us-east-1", "policy": SIGNS}


def signed(**key: Any) -> list[Planned]:
    return [planned(KEY, "key", **key), planned(SIGNING, keyManagementServiceArn=ref(KEY, "key"))]


def secured(*, keys: bool = True, ordered: bool = True, **inputs: Any) -> list[Planned]:
    key = planned(SIGNING, "key", hostedZoneId=ref(ZONE, "zone"))
    return [
        planned(ZONE, "zone"),
        *([key] if keys else []),
        planned(SEC, hostedZoneId=ref(ZONE, "zone"), **inputs).after(*([(SIGNING, "key")] if keys and ordered else [])),
    ]


def resolving(*zones: Any) -> list[Planned]:
    return [
        *(planned(SUBNET, f"s{number}", availabilityZone=zone) for number, zone in enumerate(zones)),
        Planned(
            token=ENDPOINT,
            inputs={"ipAddresses": [{"subnetId": UNKNOWN} for _ in zones]},
            refs={"ipAddresses": [(SUBNET, f"s{number}") for number in range(len(zones))]},
        ),
    ]


def associated(ignore: Sequence[str] = (), **inputs: Any) -> list[Planned]:
    return [planned(ZONE, "zone", **inputs).ignoring(*ignore), planned(ASSOCIATION, zoneId=ref(ZONE, "zone"))]


CASES: dict[str, Cases] = {
    "dns-zone-private-or-delegated": Cases(
        token=ZONE,
        fails=[{"vpcs": [{"vpcId": UNKNOWN}], "delegationSetId": UNKNOWN}],
        passes=[{"vpcs": [{"vpcId": UNKNOWN}]}, {"delegationSetId": "N1"}],
        never_unknown=True,
    ),
    "dns-zone-vpcs-one-owner": Cases(
        token=ASSOCIATION,
        fails=[associated(vpcs=[{"vpcId": UNKNOWN}]), associated()],
        passes=[associated(["vpcs"], vpcs=[{"vpcId": UNKNOWN}]), {"zoneId": "Z0"}],
        unknown=[{"zoneId": UNKNOWN}],
    ),
    "dns-health-check-type": Cases(
        token=CHECK,
        fails=[
            {"type": "HTTPS"},
            {"type": "HTTP_STR_MATCH", "fqdn": "a.example.com"},
            {"type": "HTTP", "fqdn": "a.example.com", "searchString": "ok"},
            {"type": "CALCULATED"},
            {"type": "CLOUDWATCH_METRIC", "cloudwatchAlarmName": "a"},
            {"type": "TCP", "ipAddress": "192.0.2.1"},
            {"type": "HTTP", "fqdn": "a.example.com", "requestInterval": 60},
            {"type": "HTTP", "fqdn": "a.example.com", "regions": ["us-east-1"]},
            {"type": "HTTP", "fqdn": "a.example.com", "regions": ["us-east-1", "us-west-1"]},
            {"type": "HTTP", "fqdn": "a.example.com", "failureThreshold": 11},
            {"type": "CALCULATED", "childHealthchecks": ["a"], "childHealthThreshold": 2},
        ],
        passes=[
            {"type": "HTTPS", "fqdn": "a.example.com", "port": 443, "requestInterval": 30, "failureThreshold": 3},
            {"type": "TCP", "ipAddress": UNKNOWN, "port": 443},
            {"type": "HTTPS", "fqdn": "a.example.com", "regions": ["us-east-1", "us-west-1", "us-west-2"]},
            {"type": "CALCULATED", "childHealthchecks": ["a", UNKNOWN], "childHealthThreshold": 2},
            {"type": "CLOUDWATCH_METRIC", "cloudwatchAlarmName": UNKNOWN, "cloudwatchAlarmRegion": "us-east-2"},
        ],
        unknown=[
            {"type": UNKNOWN, "searchString": "ok"},
            {"type": "HTTP", "fqdn": "a.example.com", "requestInterval": UNKNOWN},
            {"type": "HTTP", "fqdn": "a.example.com", "regions": UNKNOWN},
            {"type": "CALCULATED", "childHealthchecks": UNKNOWN, "childHealthThreshold": 2},
        ],
    ),
    "dns-health-check-address": Cases(
        token=CHECK,
        fails=[{"ipAddress": "10.0.0.1"}, {"ipAddress": "127.0.0.1"}, {"ipAddress": "a.example.com"}],
        passes=[{"ipAddress": "8.8.8.8"}, {"fqdn": "a.example.com"}],
        unknown=[{"ipAddress": UNKNOWN}],
    ),
    "dns-query-log-group": Cases(
        token=LOG,
        fails=[
            queried("us-east-2"),
            queried("us-east-1"),
            queried("us-east-1", grant("route53.amazonaws.com", "logs:*"), depends=()),
            {"cloudwatchLogGroupArn": "arn:aws:logs:us-west-2:111111111111:log-group:queries"},
        ],
        passes=[
            queried("us-east-1", grant("route53.amazonaws.com", "logs:*")),
            {"cloudwatchLogGroupArn": "arn:aws:logs:us-east-1:111111111111:log-group:queries"},
        ],
        unknown=[queried("us-east-1", UNKNOWN), {"cloudwatchLogGroupArn": UNKNOWN}],
    ),
    "dns-signing-key": Cases(
        token=SIGNING,
        fails=[
            signed(),
            signed(**{**ELLIPTIC, "region": "us-east-2"}),
            signed(**{**ELLIPTIC, "policy": None}),
            *(
                signed(**{**ELLIPTIC, "policy": signing(**{who: [each for each in USE if each != lacking]})})
                for who in ("route_53", "people")
                for lacking in USE
            ),
            signed(**{**ELLIPTIC, "policy": signing(people=["kms:Describe*", "kms:Put*"])}),
        ],
        passes=[signed(**ELLIPTIC), {"keyManagementServiceArn": "arn:aws:kms:us-east-1:111111111111:key/1"}],
        unknown=[signed(**{**ELLIPTIC, "policy": UNKNOWN}), {"keyManagementServiceArn": UNKNOWN}],
    ),
    "dns-sec-after-its-key": Cases(
        token=SEC,
        fails=[secured(keys=False), secured(ordered=False)],
        passes=[secured(), {"hostedZoneId": "Z0"}, secured(keys=False, signingStatus="NOT_SIGNING")],
        unknown=[{"hostedZoneId": UNKNOWN}],
    ),
    "dns-resolver-endpoint-addresses": Cases(
        token=ENDPOINT,
        fails=[resolving("us-east-2a"), resolving("us-east-2a", "us-east-2a")],
        passes=[resolving("us-east-2a", "us-east-2b")],
        unknown=[resolving("us-east-2a", UNKNOWN), {"ipAddresses": UNKNOWN}],
    ),
    "dns-resolver-rule-type": Cases(
        token="aws:route53/resolverRule:ResolverRule",
        fails=[
            {"ruleType": "FORWARD", "targetIps": [{"ip": "10.0.0.1"}]},
            {"ruleType": "SYSTEM", "resolverEndpointId": UNKNOWN},
        ],
        passes=[
            {"ruleType": "FORWARD", "resolverEndpointId": UNKNOWN, "targetIps": [{"ip": "10.0.0.1"}]},
            {"ruleType": "SYSTEM"},
        ],
        unknown=[{"ruleType": UNKNOWN}],
    ),
}
