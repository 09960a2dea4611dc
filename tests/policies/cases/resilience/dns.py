"""Cases of policies/controls/resilience/dns.py."""

from typing import Any

from tests.policies.harness import UNKNOWN, Planned, planned
from tests.policies.table import Cases

RECORD = "aws:route53/record:Record"
BUCKET = "aws:s3/bucket:Bucket"
BALANCER = "aws:lb/loadBalancer:LoadBalancer"
EIP = "aws:ec2/eip:Eip"


def alias(name: str, *, refs: tuple[str, str] | None = None, record: str = "app.example.com", **more: Any) -> list[Planned]:
    inputs = {"name": record, "type": "A", "aliases": [{"name": name, "zoneId": "Z1", **more}]}
    return [Planned(token=RECORD, inputs=inputs, refs={"aliases": refs} if refs else {})]


def address(*values: str, kind: str = "A", refs: tuple[str, str] | None = None) -> list[Planned]:
    inputs = {"name": "app.example.com", "type": kind, "records": list(values)}
    return [Planned(token=RECORD, inputs=inputs, refs={"records": refs} if refs else {})]


FAILOVER = {"failoverRoutingPolicies": [{"type": "PRIMARY"}], "setIdentifier": "primary"}

CASES: dict[str, Cases] = {
    "route53-record-target": Cases(
        token=RECORD,
        fails=[
            address("1.1.1.1"),
            address("203.0.113.7"),
            address("10.0.0.1", "1.1.1.1"),
            address("2600:1f18::1", kind="AAAA"),
            alias("old-1.us-east-2.elb.amazonaws.com"),
            alias("s3-website-us-east-2.amazonaws.com"),
            [*alias("s3-website.us-east-2.amazonaws.com"), planned(BUCKET, "b", bucket="other")],
        ],
        passes=[
            address("10.1.2.3"),
            address("192.168.0.1", "172.16.5.4"),
            address(UNKNOWN, refs=(EIP, "fixed")),
            address("52.1.2.3", refs=(EIP, "fixed")),
            address(UNKNOWN, refs=("pulumi:pulumi:StackReference", "other")),
            address("v=spf1 -all", kind="TXT"),
            address("1.1.1.1", kind="TXT"),
            address("old-1.us-east-2.elb.amazonaws.com", kind="CNAME"),
            alias(UNKNOWN, refs=(BALANCER, "balancer")),
            alias("known-1.us-east-2.elb.amazonaws.com", refs=(BALANCER, "balancer")),
            [*alias("www.example.com."), planned(RECORD, "www", name="WWW.example.com", type="TXT")],
            [*alias("s3-website-us-east-2.amazonaws.com"), planned(BUCKET, "b", bucket="app.example.com")],
        ],
        unknown=[address(UNKNOWN), alias(UNKNOWN), planned(RECORD, type="A", records=UNKNOWN)],
    ),
    "route53-failover-health": Cases(
        token=RECORD,
        fails=[
            FAILOVER,
            {"failoverRoutingPolicies": [{"type": "SECONDARY"}]},
            {**FAILOVER, "aliases": [{"name": "a", "evaluateTargetHealth": False}]},
        ],
        passes=[
            {},
            {"weightedRoutingPolicies": [{"weight": 1}]},
            {**FAILOVER, "healthCheckId": UNKNOWN},
            {**FAILOVER, "healthCheckId": "1234"},
            {**FAILOVER, "aliases": [{"name": "a", "evaluateTargetHealth": True}]},
        ],
        unknown=[{"failoverRoutingPolicies": UNKNOWN}, {**FAILOVER, "aliases": [{"evaluateTargetHealth": UNKNOWN}]}],
    ),
    "acm-renews-itself": Cases(
        token="aws:acm/certificate:Certificate",
        fails=[{}, {"domainName": "example.com"}, {"domainName": "example.com", "validationMethod": "EMAIL"}],
        passes=[
            {"domainName": "example.com", "validationMethod": "DNS"},
            {"domainName": "example.com", "validationMethod": "HTTP"},
            {"certificateAuthorityArn": "arn:aws:acm-pca:us-east-2:111111111111:certificate-authority/1"},
        ],
        unknown=[{"validationMethod": UNKNOWN}, {"privateKey": UNKNOWN}, {"privateKeyWo": "pem"}, {"certificateBody": "pem"}],
    ),
}
