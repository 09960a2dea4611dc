"""Cases of policies/controls/tagging/pack.py."""

import json

from tests.policies.harness import TAGS, UNKNOWN, planned
from tests.policies.table import Cases

BUCKET = "aws:s3/bucket:Bucket"
QUEUE = "aws:sqs/queue:Queue"
GROUP = "aws:autoscaling/group:Group"
TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
LISTED = [{"key": key, "value": value, "propagateAtLaunch": True} for key, value in TAGS.items()]

CASES: dict[str, Cases] = {
    "mandatory-tags": Cases(
        token=QUEUE,
        fails=[
            {},
            {"tags": {**TAGS, "Owner": ""}},
            {"tags": {**TAGS, "Owner": " "}},
            {"tags": {key: value for key, value in TAGS.items() if key != "Tenant"}},
            {"tags": {"Owner": UNKNOWN}},
            planned(GROUP, tags=LISTED[1:]),
        ],
        passes=[
            {"tags": TAGS},
            {"tags": {**TAGS, "Owner": UNKNOWN}},
            planned(QUEUE).with_provider({"defaultTags": json.dumps({"tags": TAGS})}),
            planned(GROUP, tags=LISTED),
            planned("aws:iam/rolePolicyAttachment:RolePolicyAttachment"),
            planned("random:index/randomPassword:RandomPassword"),
        ],
        unknown=[{"tags": UNKNOWN}],
    ),
    "tag-values": Cases(
        token=QUEUE,
        fails=[
            *({"tags": {"Environment": environment}} for environment in ("production-ish", "staging", "")),
            {"tags": {"CostCenter": "CC-12"}},
            {"tags": {"CostCenter": "XCC-1234"}},
            {"tags": {"DataClassification": "secret"}},
            {"tags": {"Note": "a" * 257}},
            {"tags": {"N" * 129: "a"}},
            {"tags": {"Note": "50 %"}},
            {"tags": {"Other": UNKNOWN, "CostCenter": "none"}},
        ],
        passes=[{}, {"tags": {**TAGS, "Note": "Größe + a/b:c=d@e"}}, {"tags": {"N" * 128: "a" * 256}}],
        unknown=[{"tags": {"CostCenter": UNKNOWN}}, {"tags": UNKNOWN}],
    ),
    "tag-keys": Cases(
        token=QUEUE,
        fails=[
            {"tags": {"costcenter": "CC-1234"}},
            {"tags": {**TAGS, "cost_center": "CC-1234"}},
            {"tags": {"Team": "a", "team": "b"}},
            {"tags": {"aws:createdBy": "me"}},
            *({"tags": {**TAGS, key: "x"}} for key in ("team", "backupPlan", "backup-plan", "backup_plan", "Backup-Plan")),
            {"tags": {"team": "a", "cost-type": "b", "Backup": "c"}},
            {"tags": {"cost-type": "b", "cost_group": "c"}},
            {"tags": {f"Key{number}": "x" for number in range(51)}},
        ],
        passes=[
            {},
            {"tags": TAGS},
            {"tags": {"Name": UNKNOWN}},
            {"tags": {f"Key{number}": "x" for number in range(50)}},
            {"tags": {**TAGS, "VPC": "x", "kubernetes.io/role/elb": "1", "Zweck (früher)": "x"}},
            {"tags": {"team": "a", "cost-type": "b"}},
            {"tags": {"TEAM": "a", "COST_TYPE": "b"}},
            {"tags": {"Team": "a", "Cost-Type": "b"}},
        ],
        unknown=[{"tags": UNKNOWN}],
    ),
    "provider-default-tags": Cases(
        token="pulumi:providers:aws",
        fails=[{}, {"defaultTags": json.dumps({"tags": {"Owner": "platform"}})}],
        passes=[{"defaultTags": json.dumps({"tags": TAGS})}, {"defaultTags": {"tags": TAGS}}],
        unknown=[{"defaultTags": UNKNOWN}, {"defaultTags": {"tags": UNKNOWN}}],
    ),
    "customer-data-classified": Cases(
        token="aws:rds/instance:Instance",
        fails=[
            {},
            {"tags": {"DataClassification": "public"}},
            {"tags": {"DataClassification": "confidential"}},
            planned(BUCKET, bucket="assets"),
            planned(BUCKET, bucket="customer-files", tags={"DataClassification": "internal"}),
            planned(BUCKET, "pii", tags={"DataClassification": "public"}),
        ],
        passes=[
            {"tags": {"DataClassification": "restricted"}},
            planned(BUCKET, bucket="assets", tags={"DataClassification": "public"}),
            planned(BUCKET, bucketPrefix="borrower-", tags={"DataClassification": "restricted"}),
        ],
        unknown=[{"tags": UNKNOWN}, {"tags": {"DataClassification": UNKNOWN}}],
    ),
    "tags-propagate": Cases(
        token="aws:ecs/service:Service",
        fails=[
            {},
            {"propagateTags": "NONE"},
            planned(GROUP, tags=[{"key": "a", "value": "b"}]),
            planned(GROUP),
            planned(TEMPLATE),
            planned(TEMPLATE, tagSpecifications=[{"resourceType": "volume", "tags": TAGS}]),
            planned(TEMPLATE, tagSpecifications=[{"resourceType": "instance"}]),
        ],
        passes=[
            {"propagateTags": "SERVICE"},
            planned(GROUP, tags=LISTED),
            planned(TEMPLATE, tagSpecifications=[{"resourceType": "instance", "tags": TAGS}]),
        ],
        unknown=[{"propagateTags": UNKNOWN}, planned(TEMPLATE, tagSpecifications=UNKNOWN)],
    ),
    "snapshot-tags": Cases(
        token="aws:rds/instance:Instance",
        fails=[
            {},
            {"copyTagsToSnapshot": False},
            planned("aws:rds/cluster:Cluster", copyTagsToSnapshot="false"),
            planned("aws:neptune/cluster:Cluster"),
        ],
        passes=[{"copyTagsToSnapshot": True}, planned("aws:rds/cluster:Cluster", copyTagsToSnapshot=True)],
        unknown=[{"copyTagsToSnapshot": UNKNOWN}],
    ),
}
