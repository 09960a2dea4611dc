"""What settings say of a search that does not fit its stack."""

from typing import Any

import pytest

from settings import PlatformSettings
from tests.settings.cases import is_, one, plain
from tests.settings.stack_files import accepted, refused

CASES: list[Any] = [
    one(
        *("prod", "search.zones", 3),
        is_("dataconnect:search.zones", 3, "2 or fewer: the network has no more (network.zones)"),
        {"network.zones": ["us-east-2a", "us-east-2b"], "logs.search": None},
    ),
    plain(
        *("prod", "ingress.tokens.jwksUrl", "https://10.4.0.9/jwks.json"),
        "an https:// address without user, query or final slash",
    ),
    plain(
        *("prod", "search.tenants", 1201),
        "1200 or fewer, or more or larger nodes: 3 nodes of r7g.2xlarge.search bear 800 shards each, and a tenant takes 2",
    ),
    plain("prod", "search.volumeGiB", 6145, "10 to 6144 GiB with r7g.2xlarge.search: a node has no other volume"),
    plain("dev", "search.volumeGiB", 201, "10 to 200 GiB with t3.medium.search: a node has no other volume"),
    one(
        *("prod", "search.nodes", 4),
        is_("dataconnect:search.zones", 3, "a divisor of nodes (4): a zone with fewer would bear more"),
    ),
]


@pytest.mark.parametrize(("stack", "edits", "line"), CASES)
def test_what_is_wrong_is_named(stack: str, edits: dict[str, object], line: str) -> None:
    assert refused(stack, edits) == [line]


def test_without_tokens_there_is_nobody_who_may_search() -> None:
    told = refused("prod", {"ingress.tokens": None})
    assert any(line.startswith("dataconnect:search is 'a domain'; expected none without ingress.tokens") for line in told)


def test_a_stack_may_have_none() -> None:
    told = "\n".join(refused("prod", {"search": None}))
    assert "search:write" in told and "dataconnect:search is" not in told
    assert accepted("prod", {}, PlatformSettings).search is not None


def test_more_datasets_take_more_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("settings.search.SCHEMAS", dict.fromkeys(("loans", "rates", "notes")))
    (line,) = refused("prod", {})
    assert "dataconnect:search.tenants is 1000; expected 400 or fewer" in line and "a tenant takes 6" in line
