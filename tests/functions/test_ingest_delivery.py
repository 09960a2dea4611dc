"""Where `ingest` puts records, what it publishes, and what becomes of those that come again."""

import json
from datetime import timedelta
from typing import Any

import pytest

from functions.ingest.delivery import MAX_RECORDS
from functions.shared import tenants
from functions.shared.ledger import Entry
from functions.shared.messages import WHOLE_BYTES
from functions.shared.tenants import Sessions
from jobs.aggregate.records import judge
from tests.functions.requests import NDJSON, request, sent, told
from tests.functions.world import ACME, LEDGER, MORNING, REGION, ROLE, ZENITH, World
from tests.loans import record

FOLDER = f"tenant={ACME}/dataset=loans/date=2026-11-28/"


def deliver(lake: World, *records: dict[str, Any], tenant: str = ACME, **more: Any) -> tuple[int, list[str]]:
    """Send records, as several; the status and what became of each."""
    code, body = told(lake.ingest().handle(request(list(records), tenant=tenant, **more)))
    return code, [each.get("reason", each["result"]) for each in body["results"]]


def test_a_record_lies_where_the_aggregation_looks_and_is_what_it_takes(lake: World) -> None:
    assert deliver(lake, sent(1)) == (200, ["accepted"])
    assert lake.objects() == {
        f"{FOLDER}m1.json": {
            "id": "m1",
            "tenant": ACME,
            "dataset": "loans",
            "received_at": "2026-11-28T09:00:00.000Z",
            "record": record(1),
        }
    }
    body = lake.s3.get_object(Bucket="raw", Key=f"{FOLDER}m1.json")["Body"].read()
    assert judge(body, tenant=ACME, dataset="loans", message_id="m1").received_at == MORNING


def test_the_message_is_the_object_with_its_tenant_as_group(lake: World) -> None:
    deliver(lake, sent(1))
    (message,) = lake.received()
    assert json.loads(message["body"]) == lake.objects()[f"{FOLDER}m1.json"]
    assert message["attributes"]["MessageGroupId"] == ACME
    attributes = {name: each["stringValue"] for name, each in message["messageAttributes"].items()}
    assert attributes == {"tenant": ACME, "dataset": "loans", "key": f"{FOLDER}m1.json", "form": "whole", "tier": "pool"}


@pytest.mark.usefixtures("appraisals")
def test_an_envelope_that_is_too_large_for_the_topic_goes_as_a_claim_check(lake: World) -> None:
    def filled(size: int, name: str) -> dict[str, Any]:
        empty = {"id": name, "tenant": ACME, "dataset": "appraisals", "received_at": "2026-11-28T09:00:00.000Z"}
        used = len(json.dumps(empty | {"record": record(1, report="")}))
        return {"id": name, "record": record(1, report="x" * (size - used))}

    for name, size in (("fits", WHOLE_BYTES), ("over", WHOLE_BYTES + 1), ("most", 2**20 - 100)):
        code, body = told(lake.ingest().handle(request(filled(size, name), path="/ingest/appraisals")))
        assert (code, body["accepted"]) == (202, 1)
        assert (
            lake.s3.head_object(Bucket="raw", Key=f"{FOLDER.replace('loans', 'appraisals')}{name}.json")["ContentLength"]
            == size
        )
        (message,) = lake.received()
        said = json.loads(message["body"])
        form = message["messageAttributes"]["form"]["stringValue"]
        assert (form, "record" in said, "key" in said) == (("whole", True, False) if name == "fits" else ("claim", False, True))


def test_as_many_go_to_the_topic_at_once_as_it_takes(lake: World) -> None:
    assert deliver(lake, *map(sent, range(MAX_RECORDS))) == (200, ["accepted"] * MAX_RECORDS)
    assert len(lake.delivered()) == len(lake.received()) == MAX_RECORDS
    assert lake.guard.calls.count("PublishBatch") == MAX_RECORDS / 10


@pytest.mark.usefixtures("appraisals")
def test_large_messages_share_no_call_that_they_would_not_fit(lake: World) -> None:
    large = [{"id": f"m{number}", "record": record(number, report="x" * 100_000)} for number in range(5)]
    assert deliver(lake, *large, path="/ingest/appraisals") == (200, ["accepted"] * 5)
    assert lake.guard.calls.count("PublishBatch") == 3


def test_each_record_of_a_request_has_its_own_result(lake: World) -> None:
    lines = [json.dumps(sent(1)), "", "{", json.dumps(sent(2, state="Ohio")), json.dumps(sent(3)) + "\r"]
    code, body = told(lake.ingest().handle(request("\n".join(lines), content_type=NDJSON)))
    assert (code, body["accepted"]) == (200, 2)
    assert [(each["line"], each.get("reason", "")) for each in body["results"]] == [
        (1, ""),
        (3, "json"),
        (4, "record"),
        (5, ""),
    ]
    assert sorted(lake.objects()) == [f"{FOLDER}m1.json", f"{FOLDER}m3.json"]


# Again


def test_a_retry_is_accepted_and_published_as_it_was_received_first(lake: World) -> None:
    deliver(lake, sent(1))
    before = lake.objects()
    lake.now += timedelta(hours=3)
    same = sent(1, applied_at="2026-11-20T16:00:00+01:00")
    assert deliver(lake, same) == (200, ["accepted"])
    assert lake.objects() == before
    bodies = [json.loads(each["body"]) for each in lake.received()]
    assert bodies == [*before.values()] * 2


def test_an_id_that_is_used_again_for_something_else_is_refused(lake: World) -> None:
    deliver(lake, sent(1))
    before = lake.objects()
    code, body = told(lake.ingest().handle(request(sent(1, status="funded"))))
    assert (code, body["results"][0]["reason"]) == (409, "id-reused")
    assert lake.objects() == before and len(lake.received()) == 1


def test_of_two_records_of_an_id_in_one_request_the_first_counts(lake: World) -> None:
    results = ["accepted", "id-reused", "accepted"]
    assert deliver(lake, sent(1), sent(1, status="funded"), sent(1)) == (200, results)
    (only,) = lake.delivered().values()
    assert only["record"]["status"] == "application"


def test_the_ids_of_two_tenants_are_their_own(lake: World) -> None:
    assert deliver(lake, sent(1)) == deliver(lake, sent(1, status="funded"), tenant=ZENITH) == (200, ["accepted"])
    assert {key[7:23]: told["record"]["status"] for key, told in lake.objects().items()} == {
        ACME: "application",
        ZENITH: "funded",
    }


def test_a_retry_after_midnight_finds_its_object_if_it_says_the_day(lake: World) -> None:
    deliver(lake, sent(1))
    lake.now += timedelta(days=1)
    assert deliver(lake, sent(1), query={"date": ["2026-11-28"]}) == (200, ["accepted"])
    assert list(lake.objects()) == [f"{FOLDER}m1.json"]
    assert deliver(lake, sent(1)) == (200, ["accepted"])
    assert len(lake.objects()) == 2  # the aggregation counts it once


def test_the_end_of_a_delivery_is_told_where_the_job_waits_for_it(lake: World) -> None:
    event = request(path="/ingest/loans/2026-11-27/complete")
    for _ in range(2):
        assert told(lake.ingest().handle(event)) == (202, {"date": "2026-11-27", "result": "completed"})
    assert list(lake.objects()) == [f"tenant={ACME}/dataset=loans/date=2026-11-27/_SUCCESS"]
    assert not lake.received()


# The ledger


def test_a_request_is_one_entry_of_what_may_be_accepted_and_goes_after_a_week(lake: World) -> None:
    deliver(lake, sent(1), sent(2), sent(2), sent(3, state="Ohio"), query={"date": ["2026-11-27"]})
    deliver(lake, sent(4), tenant=ZENITH)
    lake.ingest().handle(request(path="/ingest/loans/2026-11-28/complete"))
    items = [item for page in lake.dynamodb.get_paginator("scan").paginate(TableName=LEDGER) for item in page["Items"]]
    whose = {"received_at": "2026-11-28T09:00:00.000Z", "region": REGION, "dataset": "loans"}
    told = sorted(map(Entry.of, items), key=lambda entry: (entry.tenant, entry.day))
    assert told == [
        Entry(tenant=ACME, day="2026-11-27", objects=frozenset({"m1.json", "m2.json"}), **whose),
        Entry(tenant=ACME, day="2026-11-28", objects=frozenset({"_SUCCESS"}), **whose),
        Entry(tenant=ZENITH, day="2026-11-28", objects=frozenset({"m4.json"}), **whose),
    ]
    assert {int(item["expires_at"]["N"]) - MORNING.timestamp() for item in items} == {7 * 24 * 3600}


def test_two_requests_of_one_millisecond_are_two_entries(lake: World) -> None:
    deliver(lake, sent(1))
    deliver(lake, sent(2))
    assert lake.entered() == {f"{FOLDER}m1.json", f"{FOLDER}m2.json"}


def test_what_cannot_be_entered_is_not_stored(lake: World) -> None:
    lake.guard.failing["PutItem"] = "InternalServerError"
    assert deliver(lake, sent(1), sent(2, state="Ohio"), sent(3)) == (503, ["unavailable", "record", "unavailable"])
    assert told(lake.ingest().handle(request(path="/ingest/loans/2026-11-28/complete")))[0] == 503
    assert not lake.objects() and not lake.received()


def test_a_request_with_nothing_to_accept_is_no_entry(lake: World) -> None:
    assert deliver(lake, sent(1, state="Ohio")) == (200, ["record"])
    assert "PutItem" not in lake.guard.calls


# What AWS does not do


@pytest.mark.parametrize("operation", ["PutItem", "PutObject", "PublishBatch", "AssumeRole", "GetItem"])
@pytest.mark.parametrize("code", ["SlowDown", "InternalError", "AccessDenied"])
def test_what_aws_does_not_do_is_to_be_sent_again(lake: World, operation: str, code: str) -> None:
    service = lake.ingest()
    lake.guard.failing[operation] = code
    answer = service.handle(request([sent(1), sent(2)]))
    assert (answer["statusCode"], answer["multiValueHeaders"]["retry-after"]) == (503, ["5"])
    lake.guard.failing.clear()
    assert told(service.handle(request([sent(1), sent(2)])))[1]["accepted"] == 2
    assert len(lake.delivered()) == len(lake.received()) == 2


def test_what_the_topic_does_not_take_is_to_be_sent_again(lake: World, monkeypatch: pytest.MonkeyPatch) -> None:
    service = lake.ingest()
    real = service.sns.publish_batch

    def partly(**arguments: Any) -> Any:
        first, *others = arguments["PublishBatchRequestEntries"]
        told = real(**arguments | {"PublishBatchRequestEntries": others})
        return told | {"Failed": [{"Id": first["Id"], "Code": "InternalError", "SenderFault": False}]}

    monkeypatch.setattr(service.sns, "publish_batch", partly)
    code, body = told(service.handle(request([sent(1), sent(2), sent(3)])))
    assert code == 503 and [each["result"] for each in body["results"]] == ["unavailable", "accepted", "accepted"]
    assert len(lake.received()) == 2


def test_somebody_who_writes_there_at_the_same_moment_is_waited_for(lake: World) -> None:
    lake.guard.failing["PutObject"] = "ConditionalRequestConflict"
    assert deliver(lake, sent(1)) == (503, ["unavailable"])
    assert lake.guard.calls.count("PutObject") == 3


def test_a_tenant_whose_sessions_are_denied_already_stores_and_publishes_nothing(lake: World) -> None:
    lake.guard.denied.add(ACME)
    assert deliver(lake, sent(1)) == (503, ["unavailable"])
    assert not lake.objects() and not lake.received()


# Sessions


def test_a_session_is_taken_once_for_each_tenant_and_again_before_it_ends(lake: World) -> None:
    service = lake.ingest()
    clock = [MORNING.timestamp()]
    taken = iter(range(1, 9))

    class Sts:
        def assume_role(self, **asked: Any) -> Any:
            assert asked["RoleArn"] == ROLE
            name, tag = asked["RoleSessionName"], asked["Tags"]
            assert tag == [{"Key": "tenant", "Value": name.removeprefix("ingest-")}]
            ends = MORNING + timedelta(seconds=clock[0] - MORNING.timestamp() + 3600)
            keys = {"AccessKeyId": f"{name}-{next(taken)}", "SecretAccessKey": "x", "SessionToken": "y"}
            return {"Credentials": {**keys, "Expiration": ends}}

    sessions = Sessions(Sts(), role=ROLE, workload="ingest", region=REGION, now=lambda: clock[0])

    def key(tenant: str) -> str:
        return sessions.of(tenant).credentials["aws_access_key_id"]

    assert [key(ACME), key(ZENITH), key(ACME)] == [f"ingest-{ACME}-1", f"ingest-{ZENITH}-2", f"ingest-{ACME}-1"]
    clock[0] += 3299
    assert key(ACME) == f"ingest-{ACME}-1"
    clock[0] += 2
    assert [key(ACME), key(ACME)] == [f"ingest-{ACME}-3"] * 2
    assert sessions.of(ACME).client("s3") is sessions.of(ACME).client("s3")
    assert sessions.of(ACME).client("s3") is not sessions.of(ZENITH).client("s3")
    assert service


def test_as_many_sessions_are_kept_as_memory_is_meant_for(lake: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tenants, "SESSIONS", 1)
    service = lake.ingest()
    for tenant in (ACME, ACME, ZENITH, ACME):
        assert service.handle(request(sent(), tenant=tenant))["statusCode"] == 202
    assert lake.guard.calls.count("AssumeRole") == 3


def test_a_session_that_aws_calls_expired_is_forgotten(lake: World) -> None:
    service = lake.ingest()
    for event in (request(sent(1)), request(path="/ingest/loans/2026-11-28/complete")):
        lake.guard.failing["PutObject"] = "ExpiredToken"
        assert service.handle(event)["statusCode"] == 503
        lake.guard.failing.clear()
        assert service.handle(event)["statusCode"] == 202
    assert lake.guard.calls.count("AssumeRole") == 3


def test_what_is_no_tenants_id_gets_no_session(lake: World) -> None:
    for wrong in ("", "*", "acme", f"{ACME}\n"):
        with pytest.raises(ValueError, match="no tenant's id"):
            lake.ingest().sessions.of(wrong)
    assert "AssumeRole" not in lake.guard.calls
