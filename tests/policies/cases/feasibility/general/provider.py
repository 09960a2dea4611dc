"""Cases of policies/feasibility/rules/general/provider.py."""

from tests.policies.given.feasibility.formats import one
from tests.policies.given.feasibility.guards import BUCKET, ROLE_ARN
from tests.policies.harness import UNKNOWN, planned
from tests.policies.table import Cases

PROVIDER = "pulumi:providers:aws"

CASES: dict[str, Cases] = {
    "bucket-property-names": Cases(
        token=BUCKET,
        fails=[
            planned(BUCKET, loggings=[{}]).with_provider({"version": "7.0.0"}),
            {"loggings": [{}]},
            {"versionings": UNKNOWN},
        ],
        passes=[
            {"logging": {}},
            one("aws:s3/bucketV2:BucketV2", loggings=[{}]),
            planned(BUCKET, loggings=[{}]).with_provider({"version": "6.83.0"}),
        ],
        never_unknown=True,
    ),
    "flow-log-property-names": Cases(
        token="aws:ec2/flowLog:FlowLog", fails=[{"logGroupName": "a"}], passes=[{"logDestination": UNKNOWN}], never_unknown=True
    ),
    "table-replica-property-names": Cases(
        token="aws:dynamodb/tableReplica:TableReplica",
        fails=[{"consistencyMode": "STRONG"}],
        passes=[{"globalTableArn": UNKNOWN}],
        never_unknown=True,
    ),
    "record-property-names": Cases(
        token="aws:route53/record:Record",
        fails=[{"alias": {"name": "a"}}, {"failoverRoutingPolicy": {"type": "PRIMARY"}}],
        passes=[{"aliases": [{"name": "a"}], "failoverRoutingPolicies": [{"type": "PRIMARY"}]}],
        never_unknown=True,
    ),
    "provider-assume-roles": Cases(
        token=PROVIDER,
        fails=[{"assumeRole": {"roleArn": ROLE_ARN}, "version": "7.0.0"}, {"assumeRole": {"roleArn": ROLE_ARN}}],
        passes=[{"assumeRoles": '[{"roleArn": "a"}]'}, one(PROVIDER, assumeRole={"roleArn": ROLE_ARN}, version="6.83.0")],
        never_unknown=True,
    ),
    "provider-default-tags-known": Cases(
        token=PROVIDER,
        fails=[{"defaultTags": UNKNOWN}, {"defaultTags": {"tags": {"At": UNKNOWN}}}],
        passes=[{"defaultTags": '{"tags": {"Owner": "a"}}'}, {"defaultTags": {"tags": {"Owner": "a"}}}, {}],
        never_unknown=True,
    ),
}
