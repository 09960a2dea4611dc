"""Whatever comes, twice, late, in any order, poisoned, and wherever a process ends: the end is that of a simple oracle."""

import json
from collections import Counter
from datetime import datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from functions.shared.messages import WHOLE_BYTES, Stored
from jobs.aggregate.records import judge
from tests.functions.deliveries import delivered, put, stored
from tests.functions.world import ACME, ZENITH, World

RECEIVES = 3
TIMES = ("2026-11-22T00:00:00Z", "2026-11-22T00:00:00.5Z", "2026-11-21T23:00:00-02:00")

# Of a message: who, which loan, its id, when, and its status.
RIGHT = st.tuples(
    st.sampled_from([ACME, ZENITH]),
    st.integers(1, 2),
    st.sampled_from(["a", "a-", "b"]),
    st.sampled_from(TIMES),
    st.sampled_from(["application", "funded"]),
)
POISON = st.tuples(
    st.sampled_from(["half", "no schema", "claim", "lost claim", "only copy", "wrong tenant", "stranger"]), st.integers(1, 2)
)
MESSAGES = st.lists(RIGHT | POISON, min_size=1, max_size=8)
ROUNDS = st.lists(st.tuples(st.randoms(use_true_random=False), st.none() | st.integers(0, 25)), max_size=8)


def made(what: Any) -> tuple[Stored, bool, dict[str, Any]]:
    """A message, whether its object lies in the bucket, and what is different about what is delivered."""
    if len(what) == 5:
        tenant, number, id, at, status = what
        return stored(number, tenant=tenant, id=id, updated_at=at, status=status), False, {}
    kind, number = what
    plain = stored(number, id=f"{kind.replace(' ', '-')}-{number}")
    big = stored(number, id=plain.id, dataset="appraisals", report="x" * WHOLE_BYTES)
    return {
        "half": (plain._replace(envelope=b"{"), True, {}),
        "no schema": (stored(number, dataset="quotes"), True, {}),
        "claim": (big, True, {}),
        "lost claim": (big, False, {}),
        "only copy": (plain, False, {"body": '{"id":'}),
        "wrong tenant": (plain, True, {"tenant": ZENITH}),
        "stranger": (stored(number, tenant="tnobodynobody555"), True, {}),
    }[kind]


def version(what: Any) -> tuple[datetime, str, bytes]:
    """What orders the states of a loan."""
    told = made(what)[0]
    digest = judge(told.envelope, tenant=told.tenant, dataset="loans", message_id=told.id).digest
    return datetime.fromisoformat(what[3]), what[2], digest


@given(messages=MESSAGES, rounds=ROUNDS, order=st.randoms(use_true_random=False))
@settings(max_examples=80, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@pytest.mark.usefixtures("appraisals")
def test_the_end_is_that_of_the_oracle(lake: World, messages: Any, rounds: Any, order: Any) -> None:
    lake.empty()
    waiting = list[tuple[Any, dict[str, Any]]]()
    for what in messages:
        told, lies, different = made(what)
        if lies:
            put(lake, told)
        waiting.append((what, delivered(told, **different)))
    before = lake.objects()
    waiting += order.sample(waiting, order.randint(0, len(waiting)))
    receives, dead = Counter[int](), list[Any]()
    service = lake.newest()
    for at in range(50):
        if not waiting:
            break
        chance, exchanges = rounds[at] if at < len(rounds) else (order, None)
        chance.shuffle(waiting)
        batch, answers = waiting[:4], list[Any]()
        with lake.guard.lit(exchanges):
            answers.append(service.handle({"Records": [record for _, record in batch]}))
        if not answers:
            service = lake.newest()
            continue
        receives.update(id(record) for _, record in batch)
        failed = {each["itemIdentifier"] for each in answers[0]["batchItemFailures"]}
        again = [each for each in batch if each[1]["messageId"] in failed]
        dead += [what for what, record in again if receives[id(record)] >= RECEIVES]
        waiting = [each for each in again if receives[id(each[1])] < RECEIVES] + waiting[4:]
    assert not waiting

    newest = dict[tuple[str, str], Any]()
    for what in sorted((each for each in messages if len(each) == 5), key=version):
        newest[what[0], f"loans#loan-{what[1]}"] = what
    poison = [what for what in messages if len(what) == 2]
    claims = {number for kind, number in poison if kind == "claim"}
    states = lake.states()
    assert states.keys() == {*newest, *((ACME, f"appraisals#loan-{number}") for number in claims)}
    for key, what in newest.items():
        assert (states[key]["message_id"], datetime.fromisoformat(states[key]["updated_at"])) == (what[2], version(what)[0])
        assert json.loads(states[key]["state"])["status"] == what[4]
    rejected = {key: told["reason"] for key, told in lake.objects().items() if key not in before}
    expected = [("half", "json", "loans"), ("no schema", "dataset", "quotes")]
    assert rejected == {
        f"tenant={ACME}/rejected/dataset={dataset}/date=2026-11-28/{made((kind, number))[0].id}.json": reason
        for kind, reason, dataset in expected
        for number in (1, 2)
        if (kind, number) in poison
    }
    failing = {"only copy", "wrong tenant", "stranger", "lost claim"}
    assert set(dead) == {what for what in poison if what[0] in failing}
    assert before.items() <= lake.objects().items()
