"""What settings say of a promise that cannot be kept, or not be measured."""

from typing import Any

import pytest

from settings import PlatformSettings
from tests.settings.stack_files import accepted, refused

KNOWN = "a service, or a function with a queue or http, of this stack: bi, data-products, index, ingest, live"
WRONG: list[Any] = [
    ("objectives.search.availability", 100, "90 to 99.99 %: nothing is right always, and there would be no budget to burn"),
    ("objectives.search.availability", 89, "90 to 99.99 %"),
    ("objectives.search.latency.percent", 99.999, "90 to 99.99 %"),
    ("objectives.search.latency.milliseconds", 60000, "less than 60000 ms, the load balancer's own timeout"),
    ("objectives.ingest.latency.milliseconds", 50000, "less than 50000 ms, its timeoutSeconds: what takes longer is an error"),
    ("objectives.newest.freshness.seconds", 0, "1 to 86400 s"),
]


@pytest.mark.parametrize(("key", "value", "expected"), WRONG)
def test_a_wrong_value_is_named(key: str, value: object, expected: str) -> None:
    (line,) = refused("prod", {key: value})
    assert f"dataconnect:{key} is {value}" in line or f"dataconnect:{key} is {float(str(value))}" in line
    assert f"expected {expected}" in line


@pytest.mark.parametrize(
    ("edits", "told"),
    [
        ({"objectives.nowhere": {"availability": 99}}, f"dataconnect:objectives.nowhere is 'nowhere'; expected {KNOWN}"),
        # By the clock: nobody asks it anything.
        ({"objectives.quota": {"availability": 99}}, f"dataconnect:objectives.quota is 'quota'; expected {KNOWN}"),
        ({"objectives.search.windowDays": 90}, "dataconnect:objectives.search.windowDays is 90; expected 28 or 30"),
        ({"objectives.search.tiers": {"gold": {"availability": 99}}}, "gold"),
        ({"objectives.bi.tiers": {"silo": {}}}, "objectives.bi.tiers.silo"),
        (
            {"objectives.search.freshness": {"percent": 99, "seconds": 60}},
            "dataconnect:objectives.search.freshness is 60; expected none: only a function with a queue tells it",
        ),
        (
            {"objectives.newest.latency": {"percent": 99, "milliseconds": 60}},
            "dataconnect:objectives.newest.latency is 60; expected freshness in its place: nobody waits for a function",
        ),
        (
            {"objectives.ingest.tiers.silo.latency": {"percent": 99, "milliseconds": 51000}},
            "dataconnect:objectives.ingest.tiers.silo.latency.milliseconds is 51000; expected less than 50000 ms",
        ),
    ],
)
def test_what_does_not_fit_the_stack_is_named(edits: dict[str, object], told: str) -> None:
    lines = refused("prod", edits)
    assert any(told in line for line in lines), lines


def test_what_an_environment_promises_holds_where_the_service_runs() -> None:
    """A stack of its own without it is not refused: it promises nothing of it."""
    edits: dict[str, object] = {"objectives": {"bi": {"availability": 99}}, "services": {"search": {}}}
    assert accepted("dev", edits, PlatformSettings).objectives.keys() == {"bi"}


def test_a_promise_of_nothing_is_named() -> None:
    (line,) = refused("dev", {"objectives": {"search": {}}})
    assert "dataconnect:objectives.search.tiers is {}; expected availability, latency or freshness beside it" in line


def test_both_regions_promise_the_same_and_other_environments_nothing() -> None:
    prod, recovery = (accepted(name, {}, PlatformSettings).objectives for name in ("prod", "prod-recovery"))
    assert prod == recovery
    assert {"search", "ingest", "newest"} <= prod.keys()
    assert accepted("dev", {}, PlatformSettings).objectives == {}
