"""The audit trail: what it records, and that what the benchmark watches is counted and told."""

import re
from collections.abc import Mapping
from typing import Any

import pytest

from components.base.severity import URGENCY
from components.security.audit_spec import AuditSpec
from components.security.trail import Trail, TrailArgs
from components.security.trail_alarms import WATCHED, Watched
from tests.components.harness import ACCOUNT, Declaration, children_without_region, here, kms_key, resources_of
from tests.found import some

FILTER = "aws:cloudwatch/logMetricFilter:LogMetricFilter"
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"

# The events that the benchmark has in view, number by number; each fires that recommendation's alarm and no other.
EVENTS: dict[str, tuple[Mapping[str, Any], ...]] = {
    "4.1": ({"errorCode": "Client.UnauthorizedOperation"}, {"errorCode": "AccessDeniedException"}),
    "4.2": (
        {
            "eventName": "ConsoleLogin",
            "additionalEventData": {"MFAUsed": "No"},
            "userIdentity": {"type": "IAMUser"},
            "responseElements": {"ConsoleLogin": "Success"},
        },
    ),
    "4.3": ({"userIdentity": {"type": "Root"}, "eventType": "AwsApiCall", "eventName": "ListBuckets"},),
    "4.4": tuple(
        {"eventSource": "iam.amazonaws.com", "eventName": name}
        for name in ("PutRolePolicy", "AttachUserPolicy", "CreatePolicyVersion")
    ),
    "4.5": ({"eventName": "StopLogging"}, {"eventName": "DeleteTrail"}),
    "4.6": ({"eventName": "ConsoleLogin", "errorMessage": "Failed authentication"},),
    "4.7": ({"eventSource": "kms.amazonaws.com", "eventName": "ScheduleKeyDeletion"},),
    "4.8": ({"eventSource": "s3.amazonaws.com", "eventName": "DeleteBucketPolicy"},),
    "4.9": ({"eventSource": "config.amazonaws.com", "eventName": "StopConfigurationRecorder"},),
    "4.10": ({"eventName": "AuthorizeSecurityGroupIngress"},),
    "4.11": ({"eventName": "ReplaceNetworkAclEntry"},),
    "4.12": ({"eventName": "AttachInternetGateway"},),
    "4.13": ({"eventSource": "ec2.amazonaws.com", "eventName": "ReplaceRoute"},),
    "4.14": ({"eventName": "AcceptVpcPeeringConnection"},),
    "4.15": ({"eventSource": "organizations.amazonaws.com", "eventName": "LeaveOrganization"},),
}
QUIET: tuple[Mapping[str, Any], ...] = (
    {"eventSource": "s3.amazonaws.com", "eventName": "GetObject", "userIdentity": {"type": "AssumedRole"}},
    # The root user, by a service of AWS in its name.
    {"userIdentity": {"type": "Root", "invokedBy": "support.amazonaws.com"}, "eventType": "AwsApiCall"},
    # By the directory, with MFA there.
    {
        "eventName": "ConsoleLogin",
        "additionalEventData": {"MFAUsed": "No"},
        "userIdentity": {"type": "AssumedRole"},
        "responseElements": {"ConsoleLogin": "Success"},
    },
    # Another service's policies.
    {"eventSource": "secretsmanager.amazonaws.com", "eventName": "DeletePolicy"},
)


def declare(**changes: Any) -> Declaration:
    spec = AuditSpec(**changes)
    return resources_of(
        lambda: Trail("audit", TrailArgs(here=here(), spec=spec, bucket_name="account-trail", key_arn=kms_key()))
    )


def matches(pattern: str, event: Mapping[str, Any]) -> bool:
    """Whether CloudWatch Logs counts an event (FilterAndPatternSyntax.html): as much of it as these patterns use."""

    def value(path: str) -> Any:
        found: Any = event
        for part in path.removeprefix("$.").split("."):
            found = found.get(part) if isinstance(found, dict) else None
        return found

    def term(found: re.Match[str]) -> str:
        path, operator, word = found["path"], found["operator"], (found["word"] or "").strip('"')
        given = value(path)
        if operator == "NOT EXISTS":
            return str(given is None)
        like = given is not None and re.fullmatch(re.escape(word).replace(r"\*", ".*"), str(given)) is not None
        # A field that is not there equals nothing, and differs from nothing.
        return str(like if operator == "=" else given is not None and not like)

    inner = pattern.strip().removeprefix("{").removesuffix("}")
    form = r'(?P<path>\$\.[A-Za-z.]+)\s*(?P<operator>NOT EXISTS|!=|=)\s*(?P<word>"[^"]*"|[A-Za-z0-9.]+(?=[)\s]|$))?'
    text = re.sub(form, term, inner)
    assert re.fullmatch(r"(True|False|&&|\|\||[()\s])+", text), text
    return bool(eval(text.replace("&&", " and ").replace("||", " or ")))


@pytest.mark.parametrize("watched", WATCHED, ids=lambda each: each.number)
def test_an_event_of_the_benchmark_is_counted_by_its_own_filter_alone(watched: Watched) -> None:
    for event in some(EVENTS[watched.number]):
        assert [each.number for each in WATCHED if matches(each.pattern, event)] == [watched.number], event


def test_what_is_daily_life_is_counted_by_none() -> None:
    for event in QUIET:
        assert [each.number for each in WATCHED if matches(each.pattern, event)] == [], event


def test_the_benchmark_s_fifteen_are_all_there_each_with_a_kind_that_is_known() -> None:
    assert [each.number for each in WATCHED] == [f"4.{number}" for number in range(1, 16)]
    assert {each.key for each in WATCHED} <= {*URGENCY}
    assert len({each.label for each in WATCHED}) == len(WATCHED)


def test_every_filter_reads_the_trail_s_group_and_has_an_alarm_on_one_event() -> None:
    declared = declare()
    group = declared.one("aws:cloudwatch/logGroup:LogGroup")
    metrics = {
        (each.inputs["metricTransformation"]["namespace"], each.inputs["metricTransformation"]["name"])
        for each in declared.of(FILTER)
        if each.inputs["logGroupName"] == group.name
    }
    alarms = declared.of(ALARM)
    assert len(metrics) == len(WATCHED) == len(alarms)
    assert {(each.inputs["namespace"], each.inputs["metricName"]) for each in alarms} == metrics
    assert {(each.inputs["threshold"], each.inputs["evaluationPeriods"], each.inputs["period"]) for each in alarms} == {
        (1, 1, 300)
    }


def test_a_trail_is_of_all_regions_with_digests_under_the_key_and_in_a_log_group() -> None:
    declared = declare()
    trail = declared.one("aws:cloudtrail/trail:Trail")
    for switch in ("isMultiRegionTrail", "includeGlobalServiceEvents", "enableLogFileValidation"):
        assert trail.inputs[switch] is True
    assert (trail.inputs["name"], trail.inputs["kmsKeyId"]) == ("dataconnect", kms_key())
    assert trail.inputs["cloudWatchLogsGroupArn"].endswith(":*")
    assert trail.protect and trail.depends_on("audit-write"), "CloudTrail tries the role before it takes the trail"


def test_the_role_writes_the_trail_s_own_streams_and_only_the_trail_takes_it() -> None:
    declared = declare()
    (statement,) = declared.one("aws:iam/rolePolicy:RolePolicy").document()["Statement"]
    assert statement["Resource"][0].endswith(f":log-stream:{ACCOUNT}_CloudTrail_us-east-2*")
    (trust,) = declared.one("aws:iam/role:Role").document("assumeRolePolicy")["Statement"]
    assert trust["Condition"]["ArnLike"] == {"aws:SourceArn": f"arn:aws:cloudtrail:us-east-2:{ACCOUNT}:trail/dataconnect"}


def fields(declared: Declaration) -> dict[str, dict[str, Any]]:
    selectors = declared.one("aws:cloudtrail/trail:Trail").inputs["advancedEventSelectors"]
    return {each["name"]: {field["field"]: field for field in each["fieldSelectors"]} for each in selectors}


def test_management_events_are_recorded_whole_and_objects_by_what_buckets_are_called() -> None:
    found = fields(declare())
    assert {*found["management"]} == {"eventCategory"}, "a narrower one would leave something out"
    assert found["objects"]["resources.ARN"]["startsWiths"] == [
        f"arn:aws:s3:::{each}" for each in ("lake-", "raw-", "curated-")
    ]
    assert {*found["tables"]} == {*found["functions"]} == {"eventCategory", "resources.type"}


def test_data_events_are_what_the_stack_file_says() -> None:
    assert {*fields(declare(data_events=["objects"], buckets=["lake-raw-"]))} == {"management", "objects"}
    assert {*fields(declare(data_events=[]))} == {"management"}
    assert "insightSelectors" not in declare(insights=False).one("aws:cloudtrail/trail:Trail").inputs


def test_everything_is_in_the_region() -> None:
    assert children_without_region(declare(), "us-east-2") == []
