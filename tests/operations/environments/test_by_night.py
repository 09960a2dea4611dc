"""What needs dev's database while dev sleeps: it is woken first, held awake meanwhile, and let go."""

import json
from itertools import pairwise
from typing import Any

import pytest
from typer.testing import CliRunner

from functions.sleep.lease import FENCE_SECONDS
from operations.command import app
from operations.environments.awake import AGAIN_SECONDS, HOLD_SECONDS, LONGEST, RENEW_SECONDS
from operations.environments.engine import EngineError
from operations.schedule.command import Place as Schedule
from tests.operations.environments.test_janitor import clean
from tests.operations.environments.world import ADA, BEGAN, HOUR, SLEEPER, Sleeper, World

MINUTE = 60


def at_work(world: World, sleeper: Sleeper) -> list[str]:
    """How dev's database is each time the engine is at work, from now on."""
    found: list[str] = []
    world.backend.during = lambda _: found.append(sleeper.dev.database["DBInstanceStatus"])
    return found


def holders(world: World, sleeper: Sleeper) -> list[str]:
    """Who holds dev's database awake."""
    told = json.loads(sleeper.invoke(world.now, {"do": "show"})["Payload"].read())
    return [each["stack"] for each in told["holders"]]


def test_by_night_up_wakes_the_database_waits_and_then_runs(world: World) -> None:
    sleeper = world.by_night()
    found = at_work(world, sleeper)
    assert world.up()["state"] == "up"
    assert found == ["available"]
    assert 10 * MINUTE <= world.now - BEGAN <= 12 * MINUTE
    assert sleeper.orders[0] == (BEGAN, {"do": "hold", "holder": "dev-x", "seconds": HOLD_SECONDS, "by": ADA})
    assert holders(world, sleeper) == ["dev-x"]


def test_it_is_told_what_is_waited_for_and_until_when(world: World) -> None:
    world.by_night()
    file = world.folder / "outputs.json"
    file.write_text(json.dumps(world.outputs))
    told = ["environment", "up", "x", "--for", "8h", "--outputs", str(file)]
    said = CliRunner().invoke(app, told, obj=world.opener(), catch_exceptions=False).stderr.splitlines()
    waits = [line for line in said if "waits for the database of dev" in line]
    assert waits[0].endswith("waits for the database of dev, 0 min until now: it is stopped; expected awake at 08:15")
    assert waits[1].endswith("waits for the database of dev, 1 min until now: it is starting; expected awake at 08:15")
    assert 10 <= len(waits) <= 12


def test_a_hold_that_is_refused_is_told_and_nothing_has_begun(world: World) -> None:
    world.by_night().refuses = True
    told = world.up(code=1)["error"]
    assert told.startswith("the database of dev is not held awake for dev-x, so nothing has begun: ") and "not yours" in told
    assert not world.registry.all() and not world.registry.ranges()
    assert "dev-x" not in world.backend.stacks and not world.backend.ran


@pytest.mark.parametrize("state", ["up", "kept"])
def test_a_hold_that_is_refused_takes_nothing_down(world: World, state: str) -> None:
    world.up("x", "--data", "keep")
    if state == "kept":
        world.run("down", "x", "--yes")
    world.backend.ran.clear()
    world.by_night().refuses = True
    told = world.run("down", "x", "--yes", "--data", "discard", code=1)["error"]
    assert "so nothing has begun" in told
    assert world.get().state == state and world.get().lease is None
    assert not world.backend.ran and not world.users.orders


def test_a_long_run_renews_its_hold_and_its_lease(world: World) -> None:
    sleeper = world.by_night()
    sleeper.status("available")
    held: list[list[str]] = []

    def works(progress: Any) -> None:
        sleeper.orders.clear()
        for _ in range(3 * HOUR // MINUTE):
            world.now += MINUTE
            progress.beat()
            held.append(holders(world, sleeper))

    world.backend.during = works
    assert world.up()["state"] == "up"
    assert held == [["dev-x"]] * 180
    holds = [at for at, order in sleeper.orders if order["do"] == "hold"]
    assert {later - earlier for earlier, later in pairwise(holds)} == {RENEW_SECONDS}


def test_a_hold_that_is_not_renewed_stops_nothing_and_is_tried_again(world: World) -> None:
    sleeper = world.by_night()
    sleeper.status("available")
    again: list[int] = []

    def works(progress: Any) -> None:
        sleeper.refuses = True
        world.now += RENEW_SECONDS
        progress.beat()
        sleeper.refuses = False
        sleeper.orders.clear()
        for _ in range(AGAIN_SECONDS // 20):
            world.now += 20
            progress.beat()
        again.extend(at for at, _ in sleeper.orders)

    world.backend.during = works
    assert world.up()["state"] == "up"
    assert len(again) == 1


def test_a_database_that_is_awake_by_night_is_relied_on_once_no_older_round_can_stop_it(world: World) -> None:
    world.by_night().status("available")
    world.up()
    assert FENCE_SECONDS <= world.now - BEGAN < FENCE_SECONDS + MINUTE


def test_by_day_nothing_is_waited_for(world: World) -> None:
    world.by_night().status("available")
    world.now = BEGAN + 6 * HOUR  # Friday, 09:00 in New York.
    world.up()
    assert world.now == BEGAN + 6 * HOUR


def test_a_database_that_does_not_wake_is_told_and_the_same_command_goes_on(world: World) -> None:
    sleeper = world.by_night()
    sleeper.status("stopping")
    told = world.up(code=6)["error"]
    assert "the database of dev is not awake after 45 min: it is stopping; `dataconnect schedule show --stack dev`" in told
    assert world.now - BEGAN == LONGEST.total_seconds()
    assert world.get().state == "failed" and "it is stopping" in world.get().why and not world.backend.ran
    sleeper.status("stopped")
    assert world.up()["state"] == "up"


def test_who_is_interrupted_while_waiting_has_made_nothing_and_goes_on(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.by_night()

    def interrupted(_: float) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(world, "passes", interrupted)
        world.up(code=130)
    assert world.get().state == "failed" and world.get().lease is None and not world.backend.ran
    assert world.up()["state"] == "up"


@pytest.mark.parametrize("who", ["owner", "janitor"])
def test_by_night_it_is_taken_down_once_the_database_is_awake(world: World, who: str) -> None:
    world.up()
    world.now = BEGAN + 24 * HOUR - 2 * HOUR  # Saturday, 01:00 in New York.
    sleeper = world.by_night()
    found = at_work(world, sleeper)
    if who == "owner":
        world.run("down", "x", "--yes")
    else:
        assert clean(world)["x"].startswith("taken down")
    assert found == ["available"] and not world.registry.all()


def test_the_janitor_wakes_nothing_where_it_takes_nothing_down(world: World) -> None:
    sleeper = world.by_night()
    world.up()
    world.backend.broken["destroy", "dev-x"] = EngineError("no")
    sleeper.orders.clear()
    clean(world)
    world.now = BEGAN + 9 * HOUR
    clean(world, "--dry-run")
    assert {order["do"] for _, order in sleeper.orders} == {"show"}


def test_what_is_left_of_a_stack_that_is_gone_wakes_nothing(world: World) -> None:
    world.up()
    world.tagging.left["dev-x"] = ["arn:aws:unheardof:::left"]
    world.run("down", "x", "--yes", code=6)
    sleeper = world.by_night()
    assert "left" in world.run("down", "x", "--yes", code=6)["error"]
    assert not sleeper.orders


def test_a_kept_database_is_dropped_once_it_is_awake(world: World) -> None:
    world.up("x", "--data", "keep")
    world.run("down", "x", "--yes")
    sleeper = world.by_night()
    world.run("down", "x", "--yes", "--data", "discard")
    assert sleeper.dev.database["DBInstanceStatus"] == "available"
    assert world.users.orders[-1]["action"] == "drop" and not world.registry.all()


def test_the_last_hold_ends_by_itself(world: World) -> None:
    sleeper = world.by_night()
    world.up()
    world.now += HOLD_SECONDS - 1
    assert holders(world, sleeper) == ["dev-x"]
    world.now += 2
    assert holders(world, sleeper) == []


def test_a_hold_is_the_order_that_the_schedule_has(world: World) -> None:
    """What is asked is taken by the function as it runs, and answered with how the database is."""
    world.by_night()
    schedule = Schedule(awslambda=world.aws.awslambda, function=SLEEPER, by=ADA)
    (thing,) = [each for each in schedule.hold("dev-x", seconds=HOLD_SECONDS)["things"] if each["kind"] == "database"]
    assert (thing["state"], thing["says"], thing["wanted"]) == ("asleep", "stopped", "awake")
