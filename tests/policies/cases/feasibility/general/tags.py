"""Cases of policies/feasibility/rules/general/tags.py."""

from tests.policies.given.feasibility.formats import one
from tests.policies.given.feasibility.values import GROUP, INSTANCE
from tests.policies.harness import UNKNOWN
from tests.policies.table import Cases

CASES: dict[str, Cases] = {
    "tag-accepted": Cases(
        token="aws:s3/bucket:Bucket",
        fails=[
            {"tags": {"aws:owner": "me"}},
            {"tags": {"AWS:owner": "me"}},
            {"tags": {"k" * 129: "v"}},
            {"tags": {"Owner": "v" * 257}},
            {"tags": {"": "v"}},
            {"tags": {"Owner": "a & b"}},
            {"tags": {"Cost#Center": "1"}},
            one(GROUP, tags=[{"key": "aws:owner", "value": "x", "propagateAtLaunch": True}]),
            one("aws:ec2/launchTemplate:LaunchTemplate", tagSpecifications=[{"tags": {"Owner": "v" * 300}}]),
            one("aws:iam/role:Role", tags={"Owner": "team (platform)"}),
        ],
        passes=[
            {"tags": {"k" * 128: "v" * 256}},
            {},
            {"tags": {"Owner": "Zürich team: a/b+c=d@e_f-g.h", "Empty": ""}},
            {"tags": {"awsome": "yes"}},
            one(INSTANCE, tags={"Name": "web (blue), #1"}),
            one(GROUP, tags=[{"key": "Owner", "value": "x", "propagateAtLaunch": True}]),
        ],
        unknown=[{"tags": UNKNOWN}, {"tags": {"Owner": UNKNOWN}}],
    ),
    "tag-count": Cases(
        token="aws:s3/bucket:Bucket",
        fails=[
            {"tags": {f"key{number}": "v" for number in range(51)}},
            one("aws:s3/bucketObjectv2:BucketObjectv2", tags={f"key{number}": "v" for number in range(11)}),
            one("aws:iam/role:Role", tags={"Owner": "a", "owner": "b"}),
            one(GROUP, tags=[{"key": "Owner", "value": "a"}, {"key": "Owner", "value": "b"}]),
        ],
        passes=[{}, {"tags": {f"key{number}": "v" for number in range(50)}}, {"tags": {"Owner": "a", "owner": "b"}}],
        unknown=[{"tags": UNKNOWN}],
    ),
}
