"""Cases of policies/feasibility/rules/elb/load_balancers.py."""

import json
from typing import Any

from tests.policies.given.feasibility.lb import across
from tests.policies.given.feasibility.parts import LOAD_BALANCER, SECURITY_GROUP, VPC
from tests.policies.harness import UNKNOWN, Planned, planned, ref
from tests.policies.table import Cases

CLASSIC = "aws:elb/loadBalancer:LoadBalancer"
BUCKET = "aws:s3/bucket:Bucket"
BUCKET_POLICY = "aws:s3/bucketPolicy:BucketPolicy"
SSE = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"


def security_group(vpc: str) -> Planned:
    return planned(SECURITY_GROUP, "group", vpcId=ref(VPC, vpc))


def logged(*more: Planned, after: bool = True, enabled: object = True) -> list[Planned]:
    balancer = planned(LOAD_BALANCER, accessLogs={"bucket": ref(BUCKET, "logs"), "enabled": enabled})
    return [planned(BUCKET, "logs"), *more, balancer.after((BUCKET_POLICY, "policy")) if after else balancer]


def bucket_policy(principal: object, action: str = "s3:PutObject") -> Planned:
    statement = {"Effect": "Allow", "Principal": principal, "Action": action, "Resource": "*"}
    text = UNKNOWN if principal == UNKNOWN else json.dumps({"Statement": [statement]})
    return planned(BUCKET_POLICY, "policy", bucket=ref(BUCKET, "logs"), policy=text)


DELIVERY = bucket_policy({"Service": "logdelivery.elasticloadbalancing.amazonaws.com"})


def encrypted(algorithm: object) -> Planned:
    rules = [{"applyServerSideEncryptionByDefault": {"sseAlgorithm": algorithm}}]
    return planned(SSE, "sse", bucket=ref(BUCKET, "logs"), rules=rules)


def classic(check: object = None, **port: object) -> dict[str, Any]:
    entry = {"lbPort": 80, "lbProtocol": "http", "instancePort": 80, "instanceProtocol": "http", **port}
    return {"subnets": ["subnet-1"], "listeners": [entry], **({"healthCheck": check} if check else {})}


CASES: dict[str, Cases] = {
    "load-balancer-shape": Cases(
        token=LOAD_BALANCER,
        fails=[
            {"region": "us-east-2"},
            {"subnets": ["a", "b"], "subnetMappings": [{"subnetId": "a"}]},
            {"subnets": UNKNOWN, "loadBalancerType": "gateway", "securityGroups": [UNKNOWN]},
            {"subnets": ["a", "b"], "idleTimeout": 4001},
            {"subnets": ["a", "b"], "accessLogs": {"enabled": True}},
        ],
        passes=[
            {"subnets": UNKNOWN, "idleTimeout": 60},
            {"subnetMappings": [{"subnetId": UNKNOWN}], "loadBalancerType": "network"},
            {"subnets": ["a", "b"], "accessLogs": {"enabled": False, "bucket": ""}},
        ],
        unknown=[{"subnets": ["a", "b"], "idleTimeout": UNKNOWN}],
    ),
    "load-balancer-addresses": Cases(
        token=LOAD_BALANCER,
        fails=[
            {"subnetMappings": [{"subnetId": "a", "allocationId": UNKNOWN}]},
            {"loadBalancerType": "network", "internal": True, "subnetMappings": [{"allocationId": UNKNOWN}]},
            {"loadBalancerType": "network", "subnetMappings": [{"privateIpv4Address": "10.0.0.4"}]},
        ],
        passes=[
            {"loadBalancerType": "network", "subnetMappings": [{"allocationId": UNKNOWN}]},
            {"loadBalancerType": "network", "internal": True, "subnetMappings": [{"privateIpv4Address": "10.0.0.4"}]},
            {"subnetMappings": [{"subnetId": UNKNOWN}]},
        ],
        unknown=[{"loadBalancerType": UNKNOWN, "subnetMappings": [{"allocationId": "a"}]}],
    ),
    "load-balancer-zones": Cases(
        token=LOAD_BALANCER,
        fails=[
            {"subnets": ["subnet-1"]},
            across("us-east-2a", "us-east-2a"),
            across("us-east-2a", "us-east-2a", "us-east-2b"),
            across("us-east-2a", "us-east-2a", inputs={"loadBalancerType": "network"}),
        ],
        passes=[
            across("us-east-2a", "us-east-2b"),
            {"subnets": ["subnet-1"], "loadBalancerType": "network"},
            {"subnets": ["subnet-1", "subnet-2"]},
            {"subnetMappings": [{"subnetId": "a"}], "loadBalancerType": "gateway"},
        ],
        unknown=[
            {"subnets": UNKNOWN},
            {"subnets": [UNKNOWN, UNKNOWN]},
            across("us-east-2a", None),
            {"subnets": ["subnet-1"], "loadBalancerType": UNKNOWN},
        ],
    ),
    "load-balancer-one-vpc": Cases(
        token=LOAD_BALANCER,
        fails=[
            across("us-east-2a", "us-east-2b", vpcs=("vpc", "other")),
            across("us-east-2a", "us-east-2b", vpcs=("vpc", "vpc", "other"), groups=[security_group("other")]),
        ],
        passes=[across("us-east-2a", "us-east-2b", groups=[security_group("vpc")]), {"subnets": ["subnet-1"]}],
        never_unknown=True,
    ),
    "load-balancer-internet-gateway": Cases(
        token=LOAD_BALANCER,
        fails=[
            across("us-east-2a", "us-east-2b"),
            across("us-east-2a", "us-east-2b", vpcs=("vpc", "vpc", "other"), gateways=("other",)),
            across("us-east-2a", token=CLASSIC),
        ],
        passes=[
            across("us-east-2a", "us-east-2b", gateways=("vpc",)),
            across("us-east-2a", "us-east-2b", inputs={"internal": True}),
            {"subnets": ["subnet-1"]},
        ],
        unknown=[across("us-east-2a", "us-east-2b", inputs={"internal": UNKNOWN})],
    ),
    "load-balancer-log-bucket": Cases(
        token=LOAD_BALANCER,
        fails=[
            logged(after=False),
            logged(DELIVERY, after=False),
            logged(bucket_policy({"Service": "logdelivery.elasticloadbalancing.amazonaws.com"}, "s3:GetObject")),
            logged(DELIVERY, encrypted("aws:kms")),
            logged(bucket_policy(UNKNOWN), after=False),
        ],
        passes=[
            logged(DELIVERY, encrypted("AES256")),
            logged(bucket_policy({"AWS": "arn:aws:iam::999999999999:root"})),
            logged(enabled=False, after=False),
            {"accessLogs": {"bucket": "elsewhere", "enabled": True}},
            {},
        ],
        unknown=[logged(bucket_policy(UNKNOWN)), logged(enabled=UNKNOWN, after=False), logged(DELIVERY, encrypted(UNKNOWN))],
    ),
    "classic-listener": Cases(
        token=CLASSIC,
        fails=[
            classic(instanceProtocol="tcp"),
            classic(lbProtocol="https"),
            classic(sslCertificateId="arn"),
            classic(lbProtocol="udp"),
            {"subnets": ["a"], "listeners": [{"lbPort": 80, "lbProtocol": "tcp", "instanceProtocol": "tcp"}] * 2},
            classic({"target": "HTTP:80"}),
            classic({"target": "TCP:80", "interval": 5, "timeout": 5}),
            {"subnets": ["a"], "availabilityZones": ["us-east-2a"]},
        ],
        passes=[
            classic({"target": "HTTP:80/health", "interval": 30, "timeout": 5}),
            classic(lbProtocol="HTTPS", sslCertificateId=UNKNOWN, lbPort=443),
            classic(lbProtocol="ssl", sslCertificateId="arn", instanceProtocol="tcp"),
        ],
        unknown=[classic(lbProtocol=UNKNOWN), {"subnets": ["a"], "listeners": UNKNOWN}],
    ),
}
