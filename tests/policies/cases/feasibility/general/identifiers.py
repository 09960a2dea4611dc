"""Cases of policies/feasibility/rules/general/identifiers.py."""

from tests.policies.given.feasibility.formats import FUNCTION, SUBNET, here, one
from tests.policies.harness import UNKNOWN
from tests.policies.table import ABSENT, Cases, about

CASES: dict[str, Cases] = {
    "region-form": Cases(
        token=FUNCTION,
        fails=[
            *({"region": region} for region in ("us-east-1a", "Ohio", "us-east1")),
            one("aws:secretsmanager/secret:Secret", replicas=[{"region": "useast2"}]),
            one("aws:dynamodb/table:Table", replicas=[{"regionName": "eu_west_1"}]),
        ],
        passes=[{}, {"region": "us-east-2"}, {"region": "us-gov-west-1"}, {"region": "ap-southeast-12"}],
        unknown=[{"region": UNKNOWN}],
    ),
    "region-known": about(FUNCTION, "region", fails=["us-east-9", "eu-berlin-1"], passes=[ABSENT, "us-east-2", "Ohio"]),
    "zone-of-region": Cases(
        token=SUBNET,
        fails=[
            here(SUBNET, availabilityZone="us-east-1a"),
            one(SUBNET, region="eu-west-1", availabilityZone="us-east-2a"),
            one("aws:autoscaling/group:Group", region="eu-west-1", availabilityZones=["eu-west-1a", "eu-west-2a"]),
            {"availabilityZone": "zone a"},
        ],
        passes=[
            {},
            {"availabilityZone": "us-east-2a"},
            here(SUBNET, availabilityZone="us-east-2c"),
            one(SUBNET, region="us-west-2", availabilityZone="us-west-2-lax-1a"),
            one(SUBNET, region="us-east-1", availabilityZone="us-east-1-wl1-bos-wlz-1"),
            one("aws:lb/targetGroupAttachment:TargetGroupAttachment", availabilityZone="all"),
        ],
        unknown=[{"availabilityZone": UNKNOWN}],
    ),
    "account-form": Cases(
        token="aws:lambda/permission:Permission",
        fails=[
            {"sourceAccount": "1234"},
            {"sourceAccount": 12345678901},
            one("aws:s3/bucketVersioning:BucketVersioning", expectedBucketOwner="arn:aws:iam::111111111111:root"),
            one("aws:rds/snapshot:Snapshot", sharedAccounts=["all", "222"]),
        ],
        passes=[
            {},
            {"sourceAccount": "111111111111"},
            {"sourceAccount": 111111111111},
            one("aws:rds/snapshot:Snapshot", sharedAccounts=["all"]),
        ],
        unknown=[{"sourceAccount": UNKNOWN}],
    ),
    "id-of-other-thing": Cases(
        token=SUBNET,
        fails=[
            {"vpcId": "subnet-0123456789abcdef0"},
            {"vpcId": "arn:aws:ec2:us-east-2:111111111111:vpc/vpc-0123456789abcdef0"},
            one("aws:rds/instance:Instance", vpcSecurityGroupIds=["vpc-0123456789abcdef0"]),
            one("aws:ec2/instance:Instance", ami="snap-0123456789abcdef0"),
            one("aws:ec2/route:Route", natGatewayId="igw-0123456789abcdef0"),
            one("aws:lb/loadBalancer:LoadBalancer", subnets=["subnet-0123456789abcdef0", "sg-0123456789abcdef0"]),
        ],
        passes=[
            {},
            *({"vpcId": vpc_id} for vpc_id in ("vpc-0123456789abcdef0", "vpc-1", "main")),
            one("aws:ec2/instance:Instance", ami="ami-0123456789abcdef0"),
            one("aws:ec2/launchTemplate:LaunchTemplate", imageId="resolve:ssm:/aws/service/ami"),
        ],
        unknown=[{"vpcId": UNKNOWN}],
    ),
    "id-form": Cases(
        token=SUBNET,
        fails=[
            {"vpcId": "main"},
            one("aws:ec2/instance:Instance", ami="ubuntu"),
            one("aws:ec2/route:Route", gatewayId="gateway"),
        ],
        passes=[
            {},
            {"vpcId": "vpc-1"},
            {"vpcId": "subnet-0123456789abcdef0"},
            one("aws:ec2/route:Route", gatewayId="local"),
            one("aws:route53/record:Record", zoneId="Z0123456789"),
        ],
        unknown=[{"vpcId": UNKNOWN}],
    ),
}
