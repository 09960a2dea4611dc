"""The model of how long a failover takes: complete, the same each time, inside the goals, and on a page."""

import random

import pytest

from docs.generate import failover
from docs.generate import times as pages
from docs.generate.source import ROOT
from functions.recovery import plan
from operations.recovery import cold_times, times


def test_every_step_of_the_plan_has_a_time_and_nothing_else_has() -> None:
    assert times.STEPS.keys() == {step.name for step in plan.PLAN}


@pytest.mark.parametrize("name", times.STEPS)
def test_a_step_is_given_more_time_than_it_takes(name: str) -> None:
    (step,) = (step for step in plan.PLAN if step.name == name)
    assert step.limit > times.STEPS[name].p95


def test_a_disaster_meets_the_goals_on_both_clocks() -> None:
    assert [*times.estimate(plan.DISASTER).misses()] == []


def test_visitors_of_a_planned_run_are_turned_away_from_its_quiesce_on() -> None:
    away, whole = times.turned_away(), times.estimate(plan.PLANNED)
    assert [bar.name for bar in away.bars] == [bar.name for bar in whole.bars if bar.name not in ("lock", "gate")]
    before = times.expected("lock") + times.expected("gate")
    assert away.totals["declared"][50] == pytest.approx(whole.totals["declared"][50] - before, rel=0.02)


def test_a_slower_step_misses_a_goal(monkeypatch: pytest.MonkeyPatch) -> None:
    slow = times.Time(median=1500, p95=3000, source="assumed", why="-")
    monkeypatch.setitem(times.STEPS, "promote", slow)  # pyright: ignore[reportArgumentType] - a dict
    missed = [*times.estimate.__wrapped__(plan.DISASTER, samples=500).misses()]
    assert missed[0].startswith("2") and "minutes from declared at p50; expected 20 or less" in missed[0]


def test_what_is_beside_the_critical_path_adds_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    before = times.estimate.__wrapped__(plan.DISASTER, samples=500).totals["declared"][50]
    quick = times.Time(median=1, p95=1, source="assumed", why="-")
    monkeypatch.setitem(times.STEPS, "report", quick)  # pyright: ignore[reportArgumentType] - a dict
    assert times.estimate.__wrapped__(plan.DISASTER, samples=500).totals["declared"][50] == pytest.approx(before, rel=0.05)


def test_the_same_runs_are_drawn_each_time() -> None:
    assert times.estimate.__wrapped__(plan.PLANNED, samples=300) == times.estimate.__wrapped__(plan.PLANNED, samples=300)


def test_a_time_lies_where_its_percentiles_say() -> None:
    time, luck = times.Time(median=60, p95=180, source="assumed", why="-"), random.Random(1)
    drawn = sorted(time.at(luck) for _ in range(20_000))
    assert drawn[10_000] == pytest.approx(60, rel=0.05)
    assert drawn[19_000] == pytest.approx(180, rel=0.05)


@pytest.mark.parametrize(("median", "p95"), [(0, 5), (10, 5), (-1, 1)])
def test_a_time_that_cannot_be_is_refused(median: float, p95: float) -> None:
    with pytest.raises(ValueError, match="expected 0 < median <= p95"):
        times.Time(median=median, p95=p95, source="assumed", why="-")


@pytest.mark.parametrize(("file", "made"), [("failover-times.md", pages.page), ("failover-times.svg", pages.picture)])
def test_the_committed_page_is_what_the_model_says(file: str, made: object) -> None:
    assert callable(made)
    assert (ROOT / "docs" / file).read_text(encoding="utf-8") == made(), f"docs/{file} is out of date: run `make docs`"


def test_the_runbook_has_the_steps_that_the_executor_takes() -> None:
    committed = failover.FILE.read_text(encoding="utf-8")
    assert committed == failover.page(committed), "docs/runbooks/failover.md is out of date: run `make docs`"


def test_the_runbook_says_for_every_step_what_to_do_when_it_fails() -> None:
    assert failover.THEN.keys() == {step.name for step in plan.PLAN}


def test_a_cold_region_is_built_side_by_side_before_the_plan_and_promotes_nothing() -> None:
    cold, warm = cold_times.estimate_cold(), times.estimate(plan.DISASTER)
    begins = {bar.name: bar.begins for bar in cold.bars}
    parts = [part for lane in cold_times.WAVES[0] for part in lane]
    assert len({begins[part] for part in parts}) == 1
    assert begins["functions of recovery"] > max(begins[part] for part in parts)
    assert begins["lock"] > begins["functions of recovery"]
    (promoted,) = [bar for bar in cold.bars if bar.name == "promote"]
    assert promoted.p95 < 10
    # It cannot meet the goals of a disaster, and says so.
    assert len([*cold.misses()]) == 4 and not [*warm.misses()]


def test_building_is_expected_to_take_what_its_slowest_parts_take() -> None:
    build = cold_times.BUILD
    assert cold_times.expected_build() == build["database restored"].median + build["functions of recovery"].median
