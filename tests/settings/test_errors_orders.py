"""What settings say of orders from Slack that are none, or do not fit the rest."""

from typing import Any

import pytest

from settings import PrimarySettings
from tests.settings.cases import is_, one, plain
from tests.settings.stack_files import accepted, refused

WITHOUT_CALLS = "C024PRODCALLS, too: alerts.teams.on-call is told there, by messages with buttons"

CASES: list[Any] = [
    plain("dev", "orders.workspace", "example", "a Slack workspace id, e.g. T0123ABCD"),
    one(
        *("dev", "orders.channels", ["C024DEVALERT", "#alerts"]),
        is_("dataconnect:orders.channels[1]", "#alerts", "a Slack channel id, e.g. C0123ABCD"),
    ),
    one(
        *("prod", "orders.channels", ["C024PRODALERT"]),
        is_("dataconnect:orders.channels", "C024PRODALERT", WITHOUT_CALLS),
    ),
    one(
        *("dev", "ingress.allowedCidrs", ["203.0.113.0/24"]),
        is_(
            "dataconnect:orders",
            "orders",
            "none, or 0.0.0.0/0 in ingress.allowedCidrs: Slack names no addresses that it sends from",
        ),
    ),
    plain("dev", "orders.path", "/slack/*", "a path without * and ?"),
    plain("dev", "orders.priority", 500, "a priority of its own: function ingest has this one"),
    plain("dev", "orders.priority", 100, "a priority of its own: service search has this one"),
    plain(
        *("prod", "orders.priority", 2),
        "3 or more: the rules by which recovery opens and closes a region come first",
    ),
    plain(
        *("prod", "orders.path", "/active"),
        "another path: a rule by which recovery opens and closes a region answers this one",
    ),
    plain(
        *("dev", "orders.path", "/ingest/slack"),
        "a path that /ingest/* of function ingest, whose priority is lower, does not take before",
    ),
]


@pytest.mark.parametrize(("stack", "edits", "line"), CASES)
def test_what_is_wrong_is_named(stack: str, edits: dict[str, object], line: str) -> None:
    assert refused(stack, edits) == [line]


def test_a_path_that_takes_anothers_is_named() -> None:
    edits: dict[str, object] = {"orders.path": "/slack", "orders.priority": 50, "services.search.paths": ["/slack"]}
    expected = "a path that leaves /slack to service search, whose priority is higher"
    assert is_("dataconnect:orders.path", "/slack", expected) in refused("dev", edits)


def test_without_the_section_nobody_orders_and_a_default_is_one_path() -> None:
    found = accepted("dev", {"orders": None}, PrimarySettings)
    assert found.orders is None
    found = accepted("dev", {}, PrimarySettings)
    assert found.orders and (found.orders.paths, found.orders.priority) == (("/slack/orders",), 600)
