"""Cases of policies/controls/audit/changes.py."""

import json
from typing import Any

from tests.policies.harness import UNKNOWN, Planned, planned
from tests.policies.table import Cases

PROVIDER = "pulumi:providers:aws"
QUEUE = "aws:sqs/queue:Queue"
INSTANCE = "aws:rds/instance:Instance"
ACCOUNTS = ["111111111111"]


def of_provider(**inputs: Any) -> Planned:
    return planned(QUEUE).with_provider(inputs)


def ignoring(*paths: str) -> list[Planned]:
    return [planned(QUEUE).ignoring(*paths)]


CASES: dict[str, Cases] = {
    "provider-accounts": Cases(
        token=PROVIDER,
        fails=[
            {},
            {"region": "us-east-2"},
            {"allowedAccountIds": "[]"},
            {"allowedAccountIds": []},
            {"forbiddenAccountIds": json.dumps(ACCOUNTS)},
            [of_provider(region="us-east-2")],
        ],
        passes=[
            {"allowedAccountIds": json.dumps(ACCOUNTS)},
            {"allowedAccountIds": ACCOUNTS},
            [of_provider(allowedAccountIds=json.dumps(ACCOUNTS))],
            [of_provider(), planned(PROVIDER, "default", allowedAccountIds=ACCOUNTS)],
            planned(QUEUE),
        ],
        unknown=[{"allowedAccountIds": UNKNOWN}, {"allowedAccountIds": [UNKNOWN]}],
    ),
    "region-allowed": Cases(
        token=PROVIDER,
        fails=[
            {"region": "eu-central-1"},
            {"region": "ap-southeast-2", "allowedAccountIds": ACCOUNTS},
            [of_provider(region="eu-west-1")],
            planned(QUEUE, region="sa-east-1").with_provider({"region": "us-east-2"}),
        ],
        passes=[
            {"region": "us-east-2"},
            [of_provider(region="us-west-2")],
            planned(QUEUE),
            planned(QUEUE, region="us-east-1").with_provider({"region": "us-east-2"}),
        ],
        unknown=[{}, {"region": UNKNOWN}, planned(QUEUE, region=UNKNOWN)],
    ),
    "no-ignored-security-changes": Cases(
        token=QUEUE,
        fails=[
            *(ignoring(path) for path in ("*", "kmsKeyId", "kms_key_id")),
            ignoring("visibilityTimeoutSeconds", "policy"),
            *(ignoring(path) for path in ("tags", "tags.Owner", 'tags["Owner"]', "ingress[0].cidrBlocks")),
            *(ignoring(path) for path in ("replicas[*].kmsKeyArn", '["ingress"]', "serverSideEncryptionConfiguration.rule")),
            planned(PROVIDER).ignoring("defaultTags"),
            [planned(INSTANCE).ignoring("vpcSecurityGroupIds", "kmsKeyId")],
            [planned("aws:elasticache/cluster:Cluster").ignoring("vpcSecurityGroupIds")],
        ],
        passes=[
            {},
            {"policy": UNKNOWN},
            [planned(INSTANCE).ignoring("vpcSecurityGroupIds", "replicateSourceDb")],
            ignoring("desiredCount", "taskDefinition"),
            ignoring("scalingConfig.desiredSize"),
            ignoring("secretString", "replicas", "environment.*"),
        ],
        never_unknown=True,
    ),
}
