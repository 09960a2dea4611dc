"""One world for the tests of a module; empty for each of them."""

from collections.abc import Iterator
from typing import Any

import pytest

from jobs.aggregate.records import LOANS, SCHEMAS, Field, Schema
from tests.functions.world import World, world


@pytest.fixture(scope="module")
def whole() -> Iterator[World]:
    with world() as made:
        yield made


@pytest.fixture
def lake(whole: World) -> World:
    whole.empty()
    return whole


def _long_text(value: Any) -> str | None:
    return value if type(value) is str and len(value) <= 2**20 else None


APPRAISALS = Schema((*LOANS.fields, Field("report", _long_text, "a text")), key="loan_id")
"""A dataset whose records can be too large for the topic: today's cannot."""


@pytest.fixture
def appraisals(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(SCHEMAS, "appraisals", APPRAISALS)
