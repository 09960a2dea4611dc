"""The stack of an account: what is recorded of it, what looks for trouble, and who hears of it, in each region of its own."""

import json
from datetime import date, timedelta

import pytest

from components.security.config_rules import RULES
from components.security.owners_spec import OwnersSpec
from components.security.trail_alarms import WATCHED
from tests.found import some
from tests.stacks.estate import ACCOUNTS, Estate, estate_of, run

TRAIL = "cloudtrail/trail:Trail"
# One in each region that the account uses.
IN_EVERY_REGION = (
    "cfg/recorder:Recorder",
    "cfg/deliveryChannel:DeliveryChannel",
    "cfg/recorderStatus:RecorderStatus",
    "cfg/conformancePack:ConformancePack",
    "guardduty/detector:Detector",
    "guardduty/publishingDestination:PublishingDestination",
    "inspector2/enabler:Enabler",
    "securityhub/account:Account",
)
# Why a bucket of customers' data has no events of its objects in the trail.
UNRECORDED = {
    "log-archive": "services write it all day, and its reads are in the access logs",
    "stream": "services write it all day, and it ends after a week",
    "products": "it holds tables' places, and readers come by Lake Formation, whose events are management events",
}
# Owner -> the types that are gone once a landing zone has it.
OWNED = {
    "trail": (
        TRAIL,
        "cloudwatch/logMetricFilter:LogMetricFilter",
        "s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration",
    ),
    "recorder": ("cfg/recorder:Recorder", "cfg/conformancePack:ConformancePack", "iam/serviceLinkedRole:ServiceLinkedRole"),
    "analyzers": ("accessanalyzer/analyzer:Analyzer",),
    "threats": ("guardduty/detector:Detector", "guardduty/publishingDestination:PublishingDestination"),
    "vulnerabilities": ("inspector2/enabler:Enabler",),
    "posture": ("securityhub/account:Account", "securityhub/standardsSubscription:StandardsSubscription"),
}


def regions(estate: Estate, token: str) -> list[str]:
    return sorted(each.inputs["region"] for each in estate.of(token).values())


def of_dev(**edits: object) -> Estate:
    return run("dev-account", {name.replace("_", "."): each for name, each in edits.items()}, others=[estate_of("dev")])


@pytest.mark.parametrize("name", ACCOUNTS)
def test_what_looks_for_trouble_is_in_every_region_and_the_trail_once(name: str) -> None:
    estate = estate_of(name)
    used = sorted(estate.file["platforms"])
    assert {token: regions(estate, token) for token in IN_EVERY_REGION} == dict.fromkeys(IN_EVERY_REGION, used)
    assert regions(estate, TRAIL) == [estate.region]
    external = estate.where("accessanalyzer/analyzer:Analyzer", type="ACCOUNT")
    assert sorted(each.inputs["region"] for each in external) == used
    assert estate.only("accessanalyzer/analyzer:Analyzer", type="ACCOUNT_UNUSED_ACCESS").inputs["region"] == estate.region


@pytest.mark.parametrize("name", ACCOUNTS)
def test_global_resources_are_recorded_and_findings_gathered_at_home_alone(name: str) -> None:
    estate = estate_of(name)
    recording = [
        each.inputs["region"]
        for each in estate.some("cfg/recorder:Recorder").values()
        if each.inputs["recordingGroup"]["includeGlobalResourceTypes"]
    ]
    assert recording == [estate.region]
    others = sorted({*estate.file["platforms"]} - {estate.region})
    gathered = [each.inputs for each in estate.of("securityhub/findingAggregator:FindingAggregator").values()]
    assert [(each["region"], sorted(each["specifiedRegions"])) for each in gathered] == (
        [(estate.region, others)] if others else []
    )


@pytest.mark.parametrize("name", ACCOUNTS)
def test_what_is_written_goes_to_its_own_bucket_under_the_key_of_the_audit(name: str) -> None:
    estate = estate_of(name)
    key = estate.key("account-audit")
    buckets = {each: estate.state("s3/bucket:Bucket", f"account-{each}")["bucket"] for each in ("trail", "records")}
    trail = estate.one(TRAIL).inputs
    assert (trail["s3BucketName"], trail["kmsKeyId"]) == (buckets["trail"], key)
    for channel in estate.some("cfg/deliveryChannel:DeliveryChannel").values():
        assert (channel.inputs["s3BucketName"], channel.inputs["s3KmsKeyArn"]) == (buckets["records"], key)
    for export in estate.some("guardduty/publishingDestination:PublishingDestination").values():
        assert (export.inputs["destinationArn"], export.inputs["kmsKeyArn"]) == (f"arn:aws:s3:::{buckets['records']}", key)


@pytest.mark.parametrize("name", ACCOUNTS)
def test_who_writes_waits_for_the_policy_that_lets_it(name: str) -> None:
    estate = estate_of(name)
    writers = {
        TRAIL: "account-trail-policy",
        "cfg/deliveryChannel:DeliveryChannel": "account-records-policy",
        "guardduty/publishingDestination:PublishingDestination": "account-records-policy",
    }
    for token, policy in writers.items():
        for writer in estate.some(token).values():
            assert writer.depends_on(policy), writer.name


@pytest.mark.parametrize("name", ACCOUNTS)
def test_customers_objects_are_recorded_by_what_their_buckets_are_called(name: str) -> None:
    estate = estate_of(name)
    (objects,) = [each for each in estate.one(TRAIL).inputs["advancedEventSelectors"] if each["name"] == "objects"]
    (beginnings,) = [each["startsWiths"] for each in objects["fieldSelectors"] if each["field"] == "resources.ARN"]
    platforms = [other for other in estate.others if other.file["role"] == "primary"]
    held = [
        bucket
        for platform in some(platforms)
        for bucket in platform.some("s3/bucket:Bucket").values()
        if bucket.inputs["tags"].get("DataClassification") == "restricted" and bucket.name not in UNRECORDED
    ]
    for bucket in some(held):
        # Pulumi names a bucket after the component; a silo's bears the name of its data class.
        named = bucket.inputs.get("bucket", f"{bucket.name}-")
        assert f"arn:aws:s3:::{named}".startswith(tuple(beginnings)), named


@pytest.mark.parametrize("name", ACCOUNTS)
def test_every_watched_event_has_an_alarm_in_the_trail_s_home(name: str) -> None:
    estate = estate_of(name)
    alarms = estate.some("cloudwatch/metricAlarm:MetricAlarm").values()
    assert len(alarms) == len(WATCHED) and {each.inputs["region"] for each in alarms} == {estate.region}


@pytest.mark.parametrize("name", ACCOUNTS)
def test_findings_are_told_to_the_topic_of_their_own_region(name: str) -> None:
    estate = estate_of(name)
    topics = {other.region: other.arn("sns/topic:Topic", "alerts") for other in estate.others}
    targets = estate.some("cloudwatch/eventTarget:EventTarget").values()
    assert {each.inputs["region"] for each in targets} == {*estate.file["platforms"]}
    for each in targets:
        assert each.inputs["arn"] == topics[each.inputs["region"]], each.name
    sources = {
        source
        for each in estate.some("cloudwatch/eventRule:EventRule").values()
        for source in json.loads(each.inputs["eventPattern"])["source"]
    }
    assert sources == {"aws.guardduty", "aws.inspector2", "aws.securityhub", "aws.access-analyzer"}


@pytest.mark.parametrize("name", ACCOUNTS)
def test_whoever_looks_for_evidence_finds_it_by_the_outputs(name: str) -> None:
    estate = estate_of(name)
    assert estate.outputs["audit"] == {
        "trailBucket": estate.state("s3/bucket:Bucket", "account-trail")["bucket"],
        "recordsBucket": estate.state("s3/bucket:Bucket", "account-records")["bucket"],
        "logGroup": estate.state("cloudwatch/logGroup:LogGroup", "audit")["name"],
    }
    assert estate.outputs["detection"].keys() == estate.file["platforms"].keys()
    for region, found in estate.outputs["detection"].items():
        assert found["detectorId"] == estate.state("guardduty/detector:Detector", f"detector-{region}")["id"]
        assert {*found} == {"detectorId", "analyzer", "conformancePack"}
    assert estate.outputs["configControls"] == {name: " ".join(rule.controls) for name, rule in RULES.items()}


@pytest.mark.parametrize(("owner", "tokens"), OWNED.items())
def test_what_a_landing_zone_has_is_not_declared_and_the_rest_is(owner: str, tokens: tuple[str, ...]) -> None:
    estate = of_dev(owners={owner: "landing-zone"})
    assert {token: [*estate.of(token)] for token in tokens} == {token: [] for token in tokens}
    for other, kept in OWNED.items():
        if other != owner:
            assert all(estate.of(token) for token in kept), other


def test_a_landing_zone_that_has_all_leaves_no_bucket_and_no_key_of_the_audit() -> None:
    owners = dict.fromkeys(("trail", "recorder", "analyzers", "threats", "vulnerabilities", "posture"), "landing-zone")
    assert {*owners} <= {*OwnersSpec.model_fields}
    estate = of_dev(owners=owners)
    assert estate.of("s3/bucket:Bucket") == {} == estate.of("cloudwatch/eventRule:EventRule")
    assert {*estate.of("kms/key:Key")} == {"account-volumes-key-us-east-2"}
    assert estate.outputs["audit"] == {} and estate.outputs["detection"] == {"us-east-2": {}}


def test_another_account_s_buckets_take_the_place_of_this_one_s() -> None:
    key = "arn:aws:kms:us-east-2:333333333333:key/mrk-1"
    archive = {"trailBucket": "archive-trail", "recordsBucket": "archive-records", "keyArn": key}
    estate = of_dev(audit={"archive": archive})
    assert estate.of("s3/bucket:Bucket") == {}
    trail = estate.one(TRAIL).inputs
    assert (trail["s3BucketName"], trail["kmsKeyId"]) == ("archive-trail", key)
    assert estate.one("cfg/deliveryChannel:DeliveryChannel").inputs["s3BucketName"] == "archive-records"


def test_an_archive_lets_the_services_of_the_accounts_that_it_names_write() -> None:
    estate = of_dev(audit={"writers": ["222222222222"]})
    policy = estate.inputs("s3/bucketPolicy:BucketPolicy", "account-trail-policy")["policy"]
    assert "AWSLogs/222222222222/*" in policy and "AWSLogs/111111111111/*" in policy


def test_an_entry_that_counts_is_a_rule_and_one_that_has_ended_is_none() -> None:
    entry = {
        "of": "posture",
        "finding": "S3.7",
        "resource": "arn:aws:s3:::account-trail-*",
        "reason": "The trail is in one region: the archive account has the copy.",
        "owner": "security@dataconnect.example",
        "ticket": "SEC-201",
    }
    today = date.today()
    for days, expected in ((1, 1), (-1, 0)):
        estate = of_dev(suppressions=[{**entry, "expires": str(today + timedelta(days=days))}])
        assert len(estate.of("securityhub/automationRule:AutomationRule")) == expected
