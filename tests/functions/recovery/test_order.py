"""Orders, losses and the plan: pure data."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.recovery.loss import Loss, largest, loss_of
from functions.recovery.order import Order, OrderError, order_of
from functions.recovery.plan import BOTH, DISASTER, PLAN, PLANNED, THERE, after, steps, waves

EVENT = {"run": "run-1", "mode": "disaster", "acceptLoss": 60, "by": "somebody", "to": "us-west-2"}
SECONDS = st.integers(min_value=0, max_value=10**10)


def test_an_order() -> None:
    assert order_of(EVENT, "us-west-2") == Order(run="run-1", mode=DISASTER, accept_loss=60, by="somebody", to="us-west-2")
    assert order_of({**EVENT, "acceptLoss": "unknown"}, "us-west-2").accept_loss is None
    assert order_of({**EVENT, "mode": "planned", "acceptLoss": "unknown"}, "us-west-2").accept_loss == 0
    most = order_of({**EVENT, "by": "é" * 128, "acceptLoss": 10**9}, "us-west-2")
    assert (most.by, most.accept_loss) == ("é" * 128, 10**9)


@pytest.mark.parametrize(
    ("field", "told"),
    [
        ("run", ""),
        ("run", "a b"),
        ("run", "a" * 65),
        ("mode", "quick"),
        ("acceptLoss", -1),
        ("acceptLoss", True),
        ("acceptLoss", "60"),
        ("acceptLoss", 10**9 + 1),
        ("by", ""),
        ("by", " "),
        ("by", "somebody\nUNFENCED: us-east-2"),
        ("by", "a\u202eb"),
        ("by", "a" * 129),
        ("without", "silo"),
        ("without", [1]),
        ("without", ["Silo!"]),
        ("to", "us-east-2"),
    ],
)
def test_an_order_that_is_none_names_the_field(field: str, told: Any) -> None:
    with pytest.raises(OrderError, match=f"^{field}:"):
        order_of({**EVENT, field: told}, "us-west-2")


def test_a_field_that_no_order_has_is_named() -> None:
    with pytest.raises(OrderError, match=r"^'acceptloss': no such field; known are run, mode, acceptLoss, by, to, without$"):
        order_of({**EVENT, "acceptloss": 5}, "us-west-2")


@pytest.mark.parametrize("event", [None, [], "run-1", 5])
def test_what_is_no_object_is_no_order(event: Any) -> None:
    with pytest.raises(OrderError, match=r"^order: an object with run, mode, acceptLoss, by, to, without is expected, not "):
        order_of(event, "us-west-2")


def test_a_message_is_not_as_long_as_what_is_wrong() -> None:
    with pytest.raises(OrderError) as refused:
        order_of({**EVENT, "by": "a" * 200_000}, "us-west-2")
    assert len(str(refused.value)) < 300


@given(there=st.none() | SECONDS, here=st.none() | SECONDS, now=SECONDS, accepted=SECONDS)
def test_no_loss_passes_above_what_is_accepted(there: int | None, here: int | None, now: int, accepted: int) -> None:
    loss = loss_of(there, here, now)
    if not loss.refusal(accepted):
        assert here is not None
        lost = there - here if there is not None else now - here
        assert lost <= accepted
    assert loss.refusal(None) == ""


def test_the_loss_of_a_region_is_that_of_its_worst_database_and_unknown_where_one_is() -> None:
    assert largest({"a": Loss(3, 10), "b": Loss(7, 9)}) == Loss(7, 10)
    assert largest({"a": Loss(3, 10), "b": Loss(None, 9)}) == Loss(None, 10)
    assert largest({"a": Loss(None, None)}) == Loss(None, None)
    assert largest({}) == Loss(0, 0)


def test_a_number_from_the_future_says_nothing_about_the_time() -> None:
    assert loss_of(None, 95, 100.9).at_most == 5
    assert loss_of(None, 102, 100.0).at_most == 0
    assert loss_of(None, 103, 100.0).at_most is None
    assert "unknown" in loss_of(None, 2000, 1000.0).refusal(0)


def test_a_heartbeat_that_had_stopped_before_its_region_knows_no_loss() -> None:
    assert loss_of(1000, 1000, 1700.0, alive=1100).known == 0
    assert loss_of(1000, 1000, 1700.0, alive=1600).facts() == {"known": None, "atMost": 700}


def test_an_unknown_loss_is_not_none() -> None:
    assert "unknown" in Loss(None, None).refusal(10**9)
    assert "at most 50" in Loss(None, 50).refusal(49)
    assert Loss(None, 50).refusal(50) == ""
    assert Loss(0, 5000).refusal(0) == "", "in a disaster the second number counts the outage"


@pytest.mark.parametrize("mode", BOTH)
def test_every_step_follows_another_and_none_is_named_twice(mode: Any) -> None:
    names = [step.name for step in steps(mode)]
    assert len(names) == len(set(names))
    assert [lane[0].name for lane in waves(mode)[0]] == ["lock"]
    seen: set[str] = set()
    for name in names:
        assert set(after(name, mode)) <= seen
        assert after(name, mode) or name == "lock"
        seen.add(name)
    assert set(after("resume", mode)) == {"writable", "start"}


def test_no_step_calls_a_global_control_plane_nor_in_a_disaster_the_other_region_but_to_shut_it_off() -> None:
    for step in PLAN:
        for call in step.calls:
            assert call.service not in ("iam", "sts", "route53", "cloudfront", "organizations")
            assert call.where != THERE or DISASTER not in call.modes or step.name == "fence" or DISASTER not in step.modes
    assert [step.name for step in steps(PLANNED) if step not in steps(DISASTER)] == ["quiesce", "drain", "catch-up"]


def test_only_a_disaster_leaves_databases_behind() -> None:
    assert order_of({**EVENT, "mode": "disaster", "without": ["b", "a", "b"]}, "us-west-2").without == ("a", "b")
    with pytest.raises(OrderError, match="^without: databases are left behind in a disaster only, not with mode planned"):
        order_of({**EVENT, "mode": "planned", "without": ["a"]}, "us-west-2")
