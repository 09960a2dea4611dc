"""Cases of policies/feasibility/rules/general/region_references.py."""

from tests.policies.given.feasibility.formats import one
from tests.policies.given.feasibility.guards import ALARM, BUCKET
from tests.policies.given.feasibility.parts import FUNCTION, LISTENER, LOAD_BALANCER, ROLE, SUBNET, TOPIC, VPC
from tests.policies.given.feasibility.vpc import linked
from tests.policies.harness import UNKNOWN, Planned, planned, ref
from tests.policies.table import Cases

CERTIFICATE = "aws:acm/certificate:Certificate"
EVENT_TARGET = "aws:cloudwatch/eventTarget:EventTarget"
EXPORT = "aws:guardduty/publishingDestination:PublishingDestination"
IMAGES = "111111111111.dkr.ecr"


def regional(own: str | None, there: str | None, token: str = SUBNET) -> list[Planned]:
    return [
        planned(VPC, "vpc", **({} if there is None else {"region": there})),
        linked(token, "it", vpcId=(VPC, "vpc"), **({} if own is None else {"region": own})),
    ]


def apart(token: str, prop: str, other: str, name: str, there: str = "us-west-2") -> list[Planned]:
    """A resource of us-east-2 whose `prop` comes from a resource of another region."""
    return [planned(other, name, region=there), linked(token, "it", **{prop: (other, name)}, region="us-east-2")]


CASES: dict[str, Cases] = {
    "region-where-there-is-one": Cases(
        token=ROLE,
        fails=[{"region": "us-east-2"}, one("aws:route53/record:Record", region=UNKNOWN)],
        passes=[{}, one(VPC, region="us-east-2")],
        never_unknown=True,
    ),
    "same-region": Cases(
        token=SUBNET,
        fails=[
            regional("us-east-2", "us-west-2"),
            apart("aws:s3/bucketVersioning:BucketVersioning", "bucket", BUCKET, "b"),
            [
                planned(VPC, "vpc", region="us-west-2"),
                planned(SUBNET, vpcId=ref(VPC, "vpc")).with_provider({"region": "us-east-2"}),
            ],
            apart(LISTENER, "loadBalancerArn", LOAD_BALANCER, "lb"),
            apart(FUNCTION, "s3Bucket", BUCKET, "code", "eu-west-1"),
            apart(ALARM, "alarmActions", TOPIC, "alerts"),
            apart(EXPORT, "detectorId", "aws:guardduty/detector:Detector", "d"),
        ],
        passes=[
            regional("us-east-2", "us-east-2"),
            regional(None, "us-east-2"),
            regional("us-east-2", None),
            apart("aws:apigateway/domainName:DomainName", "certificateArn", CERTIFICATE, "c", "us-east-1"),
            apart(EXPORT, "kmsKeyArn", "aws:kms/key:Key", "k"),
        ],
        never_unknown=True,
    ),
    "arn-of-region": Cases(
        token=LISTENER,
        fails=[
            {"certificateArn": "arn:aws:acm:us-east-1:111111111111:certificate/a", "region": "us-east-2"},
            one(TOPIC, kmsMasterKeyId="arn:aws:kms:us-west-2:1:key/a", region="us-east-2"),
            one(FUNCTION, imageUri=f"{IMAGES}.us-west-2.amazonaws.com/app:1", region="us-east-2"),
            one(EVENT_TARGET, arn="arn:aws:lambda:us-west-2:1:function:f", region="us-east-2"),
        ],
        passes=[
            {"certificateArn": "arn:aws:acm:us-east-2:111111111111:certificate/a", "region": "us-east-2"},
            [
                planned(CERTIFICATE, "certificate"),
                linked(LISTENER, "it", certificateArn=(CERTIFICATE, "certificate"), region="us-east-2"),
            ],
            {"certificateArn": "arn:aws:acm:us-east-2:111111111111:certificate/a"},
            one(FUNCTION, imageUri=f"{IMAGES}.us-east-2.amazonaws.com/app:1", region="us-east-2"),
            one(EVENT_TARGET, arn="arn:aws:events:us-west-2:1:event-bus/b", region="us-east-2"),
            one(EXPORT, kmsKeyArn="arn:aws:kms:us-west-2:1:key/a", region="us-east-2"),
        ],
        unknown=[{"certificateArn": UNKNOWN, "region": "us-east-2"}],
    ),
    "stack-of-one-region": Cases(
        token=FUNCTION,
        fails=[planned(FUNCTION, region="us-west-2").with_provider({"region": "us-east-2"})],
        passes=[
            planned(FUNCTION, region="us-east-2").with_provider({"region": "us-east-2"}),
            planned(FUNCTION).with_provider({"region": "us-east-2"}),
            {"region": "us-west-2"},
        ],
        unknown=[planned(FUNCTION, region=UNKNOWN).with_provider({"region": "us-east-2"})],
    ),
}
