"""The loader of Dashboards' views waits for what is not there yet, and no longer than its run lasts."""

from typing import Any

import pytest

from components.analytics.log_domain import CONFIGURER
from components.analytics.logs_function.configuration import BEGINS_SECONDS, keep_views
from components.analytics.logs_function.views import CHARTS, PAGE, PATTERNS, SEARCHES
from components.analytics.search_function import domain as requests
from components.analytics.search_function.domain import Domain, DomainError


class Beginning(Domain):
    """Dashboards of a domain that is new, and a clock."""

    def __init__(self, *statuses: int, seconds: float = 0) -> None:
        super().__init__("https://logs.example", lambda *_: {})
        object.__setattr__(self, "told", [*statuses])
        object.__setattr__(self, "clock", [0.0])
        object.__setattr__(self, "seconds", seconds)

    def ask(self, method: str, path: str, body: Any = None, **given: Any) -> tuple[int, Any]:
        told: Any = self
        told.clock[0] += told.seconds
        status = told.told.pop(0) if len(told.told) > 1 else told.told[0]
        if status >= 400:
            if status not in given["expected"]:
                raise DomainError(f"{method} {path}: {status}")
            return status, None
        return status, {"saved_objects": [{"id": each["id"]} for each in body]}

    def keep(self) -> tuple[int, float]:
        """How many views were written, and after how many seconds."""
        told: Any = self

        def sleep(seconds: float) -> None:
            told.clock[0] += seconds

        return keep_views(self, sleep=sleep, monotonic=lambda: told.clock[0]), told.clock[0]


ALL = len(PATTERNS) + len(SEARCHES) + len(CHARTS) + len([PAGE])


def test_views_are_written_once_dashboards_has_begun() -> None:
    assert Beginning(200).keep() == (ALL, 0)
    assert Beginning(503, 502, 504, 200).keep() == (ALL, 30)


@pytest.mark.parametrize("status", [400, 403, 500])
def test_what_no_waiting_mends_ends_the_deployment_at_once(status: int) -> None:
    domain: Any = Beginning(status)
    with pytest.raises(DomainError, match=str(status)):
        domain.keep()
    assert domain.clock == [0]


@pytest.mark.parametrize("seconds", [0, 1, requests.SECONDS])
def test_one_that_never_begins_is_told_while_the_run_lasts(seconds: float) -> None:
    domain: Any = Beginning(503, seconds=seconds)
    with pytest.raises(DomainError, match="503"):
        domain.keep()
    assert BEGINS_SECONDS <= domain.clock[0] < CONFIGURER.timeout_seconds
