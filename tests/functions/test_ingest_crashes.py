"""Whatever is sent, in any pieces, and wherever a process ends: nothing is lost, nothing lies twice or with another tenant.

And whatever lies in the raw bucket, and so whatever was accepted, is in the ledger.
"""

import json
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from functions.shared.raw import KEY
from tests.functions.requests import request, sent, told
from tests.functions.world import ACME, QUIET, ZENITH, World

DAYS = ("2026-11-27", "2026-11-28")
STATUSES = ("application", "funded")
WRONG = {"state": sent(8, state="Ohio"), "extra": sent(9, extra=1)}


def test_wherever_a_process_ends_the_retry_ends_as_if_it_had_not(lake: World) -> None:
    event = request([sent(1), sent(2), sent(2, status="funded"), WRONG["state"], sent(3)])
    expected = told(lake.ingest().handle(event))
    objects = lake.objects()
    assert expected[1]["accepted"] == len(objects) == 3
    ends, exchanges = [], 0
    while not ends:
        lake.empty()
        with lake.guard.lit(exchanges):
            ends.append(told(lake.ingest().handle(event)))
        assert lake.objects().keys() <= lake.entered(), f"in the ledger before it is put: a crash at exchange {exchanges}"
        if not ends:
            assert told(lake.ingest().handle(event)) == expected, f"after a crash at exchange {exchanges}"
        assert lake.objects() == objects
        assert {each["body"] for each in lake.received()} == {json.dumps(each) for each in objects.values()}
        exchanges += 1
    assert exchanges > 10


def test_wherever_a_process_ends_the_end_of_a_delivery_is_in_the_ledger_before_it_is_told(lake: World) -> None:
    event = request(path="/ingest/loans/2026-11-27/complete")
    seen, ends, exchanges = set[tuple[bool, bool]](), [], 0
    while not ends:
        lake.empty()
        with lake.guard.lit(exchanges):
            ends.append(told(lake.ingest().handle(event)))
        seen.add((bool(lake.entered()), bool(lake.objects())))
        exchanges += 1
    assert seen == {(False, False), (True, False), (True, True)}


RECORDS = st.tuples(st.integers(0, 3), st.sampled_from(STATUSES)) | st.sampled_from(sorted(WRONG))
REQUESTS = st.lists(
    st.tuples(
        st.sampled_from([ACME, ZENITH]),
        st.sampled_from(DAYS),
        st.lists(RECORDS, min_size=1, max_size=4),
        st.lists(st.integers(0, 16), max_size=2),  # where each try ends, before one that nothing ends
        st.booleans(),  # whether the sender gives up instead
    ),
    min_size=1,
    max_size=4,
)


def body(what: Any) -> dict[str, Any]:
    return WRONG[what] if isinstance(what, str) else sent(what[0], status=what[1])


@given(requests=REQUESTS)
@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_nothing_is_lost_and_nothing_is_another_tenants(lake: World, requests: Any) -> None:
    lake.empty()
    accepted = dict[str, str]()  # key -> status
    offered = set[tuple[str, str]]()
    service = lake.ingest()
    for tenant, day, records, crashes, gives_up in requests:
        event = request([body(each) for each in records], tenant=tenant, query={"date": [day]})
        keys = [f"tenant={tenant}/dataset=loans/date={day}/{body(each)['id']}.json" for each in records]
        offered |= {(key, body(each)["record"]["status"]) for key, each in zip(keys, records, strict=True)}
        answers = list[Any]()
        for exchanges in [*crashes, *([] if gives_up else [None])]:
            if not answers:
                with lake.guard.lit(exchanges):
                    answers.append(service.handle(event))
            if not answers:
                service = lake.ingest()
        for answer in answers:
            code, said = told(answer)
            assert code == 200
            for key, each, result in zip(keys, records, said["results"], strict=True):
                if result["result"] == "accepted":
                    # A record that was accepted is never accepted as another one.
                    assert accepted.setdefault(key, body(each)["record"]["status"]) == body(each)["record"]["status"]
                else:
                    assert result["reason"] == ("record" if isinstance(each, str) else "id-reused")
    objects, messages = lake.objects(), lake.received()
    assert accepted.items() <= {key: told["record"]["status"] for key, told in objects.items()}.items()
    assert {(key, told["record"]["status"]) for key, told in objects.items()} <= offered
    bodies = {each["messageAttributes"]["key"]["stringValue"]: json.loads(each["body"]) for each in messages}
    assert accepted.keys() <= bodies.keys()
    assert objects.keys() <= lake.entered()
    for key, said in bodies.items():
        assert said == objects[key]
    for key, said in objects.items():
        found = KEY.fullmatch(key)
        assert found and (found[1], found[4]) == (said["tenant"], said["id"]) and said["tenant"] != QUIET
    for message in messages:
        assert message["attributes"]["MessageGroupId"] == json.loads(message["body"])["tenant"]
