import json
from typing import Any

import pytest

from components.analytics.log_domain import LogDomain, LogDomainArgs, source
from components.analytics.logs_spec import LogSearchSpec, SearchedDays
from components.base.errors import InvalidArgumentError
from components.base.here import Here
from components.base.logs import LOG_CLASSES, LogsTo
from components.data.bucket import Bucket, BucketArgs
from components.data.bucket_spec import BucketSpec
from functions.logs.archive import CLASSES
from stacks.parts.logs import name_of
from tests.components.harness import ACCOUNT, Declaration, children_without_region, here, kms_key, resources_of

DOMAIN, INVOCATION = "aws:opensearch/domain:Domain", "aws:lambda/invocation:Invocation"
POLICY, ALARM = "aws:iam/rolePolicy:RolePolicy", "aws:cloudwatch/metricAlarm:MetricAlarm"
READER = f"arn:aws:iam::{ACCOUNT}:role/operator"
ARN = f"arn:aws:es:us-east-2:{ACCOUNT}:domain/dataconnect-logs-test"


def arguments(where: Here, **changes: Any) -> LogDomainArgs:
    bucket = Bucket(
        "archive", BucketArgs(here=where, spec=BucketSpec(expire_days=400), key_arn=kms_key(), log_bucket="access-logs")
    )
    days = SearchedDays(application=5, audit=7, access=3)
    own: dict[str, Any] = {
        "here": where,
        "spec": LogSearchSpec(node_type="t3.small.search", nodes=1, zones=1, volume_gib=20, keep_days=days),
        "domain_name": "dataconnect-logs-test",
        "archive": bucket,
        "shipper": {"ship.py": "def handle(event, context): ..."},
        "shipper_handler": "ship.handle",
        "readers": [READER],
        "vpc_id": "vpc-1",
        "subnet_ids": ["data-a"],
        "function_subnet_ids": ["app-a", "app-b"],
        "key_arn": kms_key(name="mrk-search"),
        "queue_key_arn": kms_key(name="mrk-messages"),
        "environment_key_arn": kms_key(name="mrk-secrets"),
    }
    return LogDomainArgs(**(own | changes))


def declare(where: Here | None = None, **changes: Any) -> Declaration:
    return resources_of(lambda: LogDomain("log-domain", arguments(where or here(), **changes)))


def test_it_is_told_classes_days_and_who_writes_and_reads() -> None:
    told = json.loads(declare().one(INVOCATION).inputs["input"])
    assert told["configure"]["days"] == {"application": 5, "audit": 7, "access": 3, "quarantine": 5}
    assert told["configure"]["readers"] == [READER]
    assert told["configure"]["replicas"] == 0
    assert len(told["configure"]["shippers"]) == 1


def test_the_shipper_creates_documents_and_reads_copies_and_nothing_else() -> None:
    statements = {each["Sid"]: each for each in declare().one(POLICY, "log-domain-shipper-grants").document()["Statement"]}
    assert (statements["ShipLogs"]["Action"], statements["ShipLogs"]["Resource"]) == (["es:ESHttpPost"], [f"{ARN}/_bulk"])
    assert statements["ReadCopies"]["Action"] == ["s3:GetObject"]
    (read,) = statements["ReadCopies"]["Resource"]
    assert read.endswith("a-bucket/logs/*")
    assert {each["Sid"] for each in statements.values() if each["Effect"] == "Allow"} == {
        *("ShipLogs", "ReadCopies", "WhichCopies", "DecryptCopies", "BeTraced"),
        *("ConsumeQueueLogs", "UseKeyToConsumeQueueLogs"),
    }


def test_s3_tells_the_queue_of_copies_once_it_may() -> None:
    declared = declare()
    (notice,) = declared.one("aws:s3/bucketNotification:BucketNotification").inputs["queues"]
    assert (notice["events"], notice["filterPrefix"]) == (["s3:ObjectCreated:*"], "logs/")
    statements = {
        each["Sid"]: each for each in declared.one("aws:sqs/queuePolicy:QueuePolicy", "logs-policy").document()["Statement"]
    }
    assert statements["TheBucket"]["Principal"] == {"Service": "s3.amazonaws.com"}
    assert statements["TheBucket"]["Condition"]["StringEquals"] == {"aws:SourceAccount": ACCOUNT}
    assert statements["TheBucket"]["Condition"]["ArnEquals"]["aws:SourceArn"].endswith(":::a-bucket")


def test_an_outage_of_a_day_ends_before_the_dead_letters() -> None:
    declared = declare()
    queue = declared.one("aws:sqs/queue:Queue", "logs").inputs
    redrive = json.loads(declared.one("aws:sqs/redrivePolicy:RedrivePolicy").inputs["redrivePolicy"])
    assert queue["visibilityTimeoutSeconds"] * redrive["maxReceiveCount"] >= 24 * 3600
    assert queue["messageRetentionSeconds"] == 13 * 86_400


def test_recovery_does_not_switch_it() -> None:
    switched = here(switched=True)
    declared = declare(switched)
    assert switched.inventory.switches == []
    mapping = declared.one("aws:lambda/eventSourceMapping:EventSourceMapping")
    assert (mapping.inputs["enabled"], mapping.inputs["batchSize"], mapping.ignore_changes) == (True, 1, ())


def test_its_own_logs_are_not_what_fills_it() -> None:
    where = here(logs_to=LogsTo(stream_arn="arn:aws:firehose:x", role_arn="arn:aws:iam::x"))
    with pytest.raises(InvalidArgumentError, match=r"here.logs_to.*None: what fills it writes logs, too"):
        declare(where)


def test_an_archive_that_eventbridge_hears_of_is_refused() -> None:
    spec = BucketSpec(expire_days=400)

    def told() -> Bucket:
        return Bucket(
            "told", BucketArgs(here=here(), spec=spec, key_arn=kms_key(), log_bucket="access-logs", tells_events=True)
        )

    with pytest.raises(InvalidArgumentError, match=r"LogDomainArgs.archive .*tells EventBridge nothing"):
        resources_of(lambda: arguments(here(), archive=told()))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"domain_name": "x" * 29}, r"domain_name is .*; expected 3 to 28 lower-case letters"),
        ({"subnet_ids": []}, "subnet_ids is '0 subnets'; expected 1 or more"),
    ],
)
def test_what_aws_would_refuse_is_named(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidArgumentError, match=message):
        declare(**changes)


def test_people_hear_of_what_is_wrong_with_it() -> None:
    alarms = {each.name.removeprefix("log-domain-"): each.inputs for each in declare().of(ALARM)}
    own = {name: alarms[name] for name in alarms if name.startswith("logs-") and "queue" not in name}
    assert own.keys() == {"logs-domain", "logs-storage", "logs-memory", "logs-quarantined"}
    assert own["logs-storage"]["threshold"] == 4096
    assert own["logs-memory"]["insufficientDataActions"]
    counted = declare().one("aws:cloudwatch/logMetricFilter:LogMetricFilter").inputs
    assert counted["pattern"] == "{ $.quarantined > 0 }"
    assert counted["metricTransformation"]["name"] == own["logs-quarantined"]["metricName"]


def test_everything_is_in_the_region() -> None:
    assert children_without_region(declare(), "us-east-2") == []


def test_the_code_lies_in_the_package_as_its_imports_say() -> None:
    files = source()
    assert "from ..search_function.domain import" in files["analytics/logs_function/handler.py"]
    assert "analytics/search_function/domain.py" in files


def test_the_shipper_knows_the_classes_of_groups() -> None:
    assert CLASSES == LOG_CLASSES


def test_the_name_of_a_domain_fits() -> None:
    assert name_of("prod") == "dataconnect-logs-prod"
    assert len(name_of("prod-recovery")) == 28
    assert name_of("prod-recovery") != name_of("prod-recovers")
