"""From the request to the table over topic and queue, with processes that end anywhere and senders that try again."""

import json
from datetime import datetime
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.functions.requests import request, sent, told
from tests.functions.world import ACME, ZENITH, World

TIMES = ("2026-11-22T00:00:00Z", "2026-11-23T00:00:00Z", "2026-11-23T00:00:00+02:00")
LINES = st.tuples(st.sampled_from("abcd"), st.integers(1, 2), st.sampled_from(TIMES), st.sampled_from(["approved", "funded"]))
REQUESTS = st.lists(
    st.tuples(
        st.sampled_from([ACME, ZENITH]), st.lists(LINES, min_size=1, max_size=3), st.lists(st.integers(0, 14), max_size=2)
    ),
    min_size=1,
    max_size=3,
)


def work_off(lake: World, crashes: list[int]) -> None:
    """Hand the queue to `newest`, whose process ends at some exchanges, until it is empty."""
    records = lake.received()
    for exchanges in [*crashes, None]:
        answers = list[Any]()
        with lake.guard.lit(exchanges):
            answers.append(lake.newest().handle({"Records": records}))
        if answers:
            assert answers == [{"batchItemFailures": []}]
            return


@given(requests=REQUESTS, crashes=st.lists(st.integers(0, 20), max_size=3))
@settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_table_has_the_newest_of_what_was_accepted_and_nothing_else(lake: World, requests: Any, crashes: list[int]) -> None:
    lake.empty()
    accepted = set[tuple[str, str]]()
    for tenant, lines, ends in requests:
        records = [sent(number, id=id, updated_at=at, status=status) for id, number, at, status in lines]
        answers = list[Any]()
        for exchanges in [*ends, None]:
            if not answers:
                with lake.guard.lit(exchanges):
                    answers.append(told(lake.ingest().handle(request(records, tenant=tenant))))
        results = [each["result"] for each in answers[0][1]["results"]]
        accepted |= {(tenant, each["id"]) for each, result in zip(records, results, strict=True) if result == "accepted"}
    work_off(lake, crashes)

    stored = [*lake.delivered().values()]
    assert {(each["tenant"], each["id"]) for each in stored} == accepted
    newest = dict[tuple[str, str], str]()
    for each in sorted(stored, key=lambda each: (datetime.fromisoformat(each["record"]["updated_at"]), each["id"])):
        newest[each["tenant"], f"loans#{each['record']['loan_id']}"] = each["id"]
    assert {key: item["message_id"] for key, item in lake.states().items()} == newest
    for (tenant, _), item in lake.states().items():
        (kept,) = [each for each in stored if (each["tenant"], each["id"]) == (tenant, item["message_id"])]
        assert json.loads(item["state"])["status"] == kept["record"]["status"]
