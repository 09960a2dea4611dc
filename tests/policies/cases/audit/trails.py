"""Cases of policies/controls/audit/trails.py."""

from typing import Any

from tests.policies.given.audit.trails import ALL_DATA, FILTER, TRAIL, TYPES, advanced, data, metric_filter
from tests.policies.harness import UNKNOWN, Planned, planned, ref
from tests.policies.table import ABSENT, Cases, about

BUCKET = "aws:s3/bucket:Bucket"
TABLE = "aws:dynamodb/table:Table"
FUNCTION = "aws:lambda/function:Function"
LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup"
MULTI = {"isMultiRegionTrail": True}


def trails(*inputs: dict[str, Any]) -> list[Planned]:
    return [planned(TRAIL, f"trail{number}", **each) for number, each in enumerate(inputs)]


def of_all_types(**fields: list[str]) -> dict[str, Any]:
    return advanced(eventCategory=["Data"], resources__type=[*TYPES], **fields)


EVERY_TYPE = [advanced(eventCategory=["Data"], resources__type=[kind]) for kind in TYPES]
GROUP_ARN = "arn:aws:logs:us-east-2:111111111111:log-group:trail:*"
NAMED = [planned(LOG_GROUP, "trail", name="trail"), *trails({"cloudWatchLogsGroupArn": GROUP_ARN})]
TRAIL_GROUP = planned(LOG_GROUP, "trail")
TO_GROUP = planned(TRAIL, cloudWatchLogsGroupArn=ref(LOG_GROUP, "trail"))

CASES: dict[str, Cases] = {
    "trail-logging": Cases(
        token=TRAIL,
        fails=[{"enableLogging": False}, {"enableLogging": "false", **MULTI}],
        passes=[{}, {"enableLogging": True}, {"enableLogging": "true"}],
        unknown=[{"enableLogging": UNKNOWN}],
    ),
    "trail-all-regions": Cases(
        token=TRAIL,
        fails=[
            {},
            {"isMultiRegionTrail": False},
            {"isMultiRegionTrail": "false"},
            {**MULTI, "includeGlobalServiceEvents": False},
            {**MULTI, "eventSelectors": [{"includeManagementEvents": False}]},
            {**MULTI, "eventSelectors": [{"readWriteType": "WriteOnly"}]},
            {**MULTI, "eventSelectors": [{"excludeManagementEventSources": ["kms.amazonaws.com"]}]},
            {**MULTI, "advancedEventSelectors": EVERY_TYPE},
            {**MULTI, "advancedEventSelectors": [advanced(eventCategory=["Management"], readOnly=["false"])]},
            trails({}, {**MULTI, "eventSelectors": [{"readWriteType": "ReadOnly"}]}),
        ],
        passes=[
            MULTI,
            {"isMultiRegionTrail": "true", "includeGlobalServiceEvents": True},
            {**MULTI, "eventSelectors": [{"readWriteType": "All", "includeManagementEvents": True}]},
            {**MULTI, "eventSelectors": {"dataResources": [data("AWS::S3::Object", "arn:aws:s3")]}},
            {**MULTI, "advancedEventSelectors": [*EVERY_TYPE, advanced(eventCategory=["Management"])]},
            trails(MULTI, {}),
        ],
        unknown=[
            {"isMultiRegionTrail": UNKNOWN},
            {**MULTI, "includeGlobalServiceEvents": UNKNOWN},
            {**MULTI, "eventSelectors": UNKNOWN},
            {**MULTI, "eventSelectors": [{"readWriteType": UNKNOWN}]},
            {**MULTI, "advancedEventSelectors": [advanced(eventCategory=[UNKNOWN])]},
        ],
    ),
    "trail-file-validation": about(TRAIL, "enableLogFileValidation", fails=[ABSENT, False], passes=[True, "true"]),
    "trail-to-cloudwatch": Cases(
        token=TRAIL,
        fails=[{}, {"cloudWatchLogsGroupArn": ""}, {"cloudWatchLogsRoleArn": "arn:aws:iam::111111111111:role/trail"}],
        passes=[{"cloudWatchLogsGroupArn": UNKNOWN}, {"cloudWatchLogsGroupArn": GROUP_ARN}],
        never_unknown=True,
    ),
    "trail-data-events": Cases(
        token=TRAIL,
        fails=[
            {},
            {"eventSelectors": [{"readWriteType": "WriteOnly", "dataResources": ALL_DATA}]},
            *([*trails({"eventSelectors": [{"dataResources": ALL_DATA[:1]}]}), planned(token)] for token in (TABLE, FUNCTION)),
            [*trails({"advancedEventSelectors": EVERY_TYPE[1:]}), planned(BUCKET)],
            {"advancedEventSelectors": [advanced(eventCategory=["Management"])]},
            {"advancedEventSelectors": [of_all_types(readOnly=["true"])]},
            [*trails({"eventSelectors": [{"dataResources": ALL_DATA[:2]}]}, {}), planned(FUNCTION)],
        ],
        passes=[
            {"eventSelectors": [{"dataResources": ALL_DATA}]},
            {"eventSelectors": [{"dataResources": ALL_DATA[:1]}]},
            [*trails({"eventSelectors": [{"dataResources": ALL_DATA[:1]}]}), planned(BUCKET)],
            [*trails({"s3BucketName": "trail", "advancedEventSelectors": EVERY_TYPE[1:]}), planned(BUCKET, bucket="trail")],
            {"eventSelectors": [{"readWriteType": kind, "dataResources": ALL_DATA} for kind in ("ReadOnly", "WriteOnly")]},
            {"advancedEventSelectors": EVERY_TYPE},
            {"advancedEventSelectors": [of_all_types(readOnly=[value]) for value in ("true", "false")]},
            trails(*({"eventSelectors": [{"dataResources": part}]} for part in (ALL_DATA[:2], ALL_DATA[2:]))),
            [*trails({}), planned("aws:cloudtrail/eventDataStore:EventDataStore", advancedEventSelectors=EVERY_TYPE)],
        ],
        unknown=[
            {"eventSelectors": UNKNOWN},
            {"advancedEventSelectors": [UNKNOWN]},
            {"advancedEventSelectors": [advanced(eventCategory=["Data"], resources__type=[UNKNOWN])]},
        ],
    ),
    "trail-watched": Cases(
        token=TRAIL,
        fails=[MULTI, [TRAIL_GROUP, TO_GROUP], [TRAIL_GROUP, TO_GROUP, metric_filter(logGroupName="another")], NAMED],
        passes=[
            [TRAIL_GROUP, TO_GROUP, *trails({}), planned(FILTER, logGroupName=ref(LOG_GROUP, "trail"))],
            [*NAMED, metric_filter(logGroupName="trail")],
        ],
        unknown=[
            {"cloudWatchLogsGroupArn": UNKNOWN},
            {"cloudWatchLogsGroupArn": "arn:aws:logs:us-east-2:111111111111:log-group:elsewhere:*"},
            [TRAIL_GROUP, TO_GROUP, metric_filter(logGroupName=UNKNOWN)],
        ],
    ),
}
