"""Cases of policies/controls/workloads/queries.py."""

from typing import Any

from tests.policies.harness import KEY, KEY_ARN, UNKNOWN
from tests.policies.table import Cases

WORKGROUP = "aws:athena/workgroup:Workgroup"


def group(**configuration: Any) -> dict[str, Any]:
    return {"configuration": configuration}


def results(**encryption: Any) -> dict[str, Any]:
    return group(resultConfiguration={"outputLocation": "s3://a/", "encryptionConfiguration": encryption})


CASES: dict[str, Cases] = {
    "athena-enforced": Cases(
        token=WORKGROUP,
        fails=[group(enforceWorkgroupConfiguration=False), group(enforceWorkgroupConfiguration="false")],
        passes=[{}, group(), group(enforceWorkgroupConfiguration=True)],
        unknown=[group(enforceWorkgroupConfiguration=UNKNOWN), {"configuration": UNKNOWN}],
    ),
    "athena-results-customer-key": Cases(
        token=WORKGROUP,
        fails=[
            {},
            results(),
            results(encryptionOption="SSE_S3"),
            results(encryptionOption="SSE_KMS"),
            results(encryptionOption="SSE_KMS", kmsKeyArn="alias/aws/s3"),
        ],
        passes=[results(encryptionOption="SSE_KMS", kmsKeyArn=KEY_ARN), results(encryptionOption="SSE_KMS", kmsKeyArn=KEY)],
        unknown=[results(encryptionOption="SSE_KMS", kmsKeyArn=UNKNOWN), group(resultConfiguration=UNKNOWN)],
    ),
    "athena-scan-cutoff": Cases(
        token=WORKGROUP,
        fails=[{}, group(), group(bytesScannedCutoffPerQuery=0), group(bytesScannedCutoffPerQuery=9_999_999)],
        passes=[group(bytesScannedCutoffPerQuery=10_000_000), group(bytesScannedCutoffPerQuery=50 * 1024**3)],
        unknown=[group(bytesScannedCutoffPerQuery=UNKNOWN)],
    ),
    "athena-metrics": Cases(
        token=WORKGROUP,
        fails=[group(publishCloudwatchMetricsEnabled=False)],
        passes=[{}, group(publishCloudwatchMetricsEnabled=True)],
        unknown=[group(publishCloudwatchMetricsEnabled=UNKNOWN)],
    ),
}
