"""A removed tenant's live counts are erased, looked for again, and on its certificate."""

import io
import json
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from operations.errors import OperationError
from operations.stack import Stack
from operations.tenants.live import LiveFunction
from operations.tenants.workspace import Workspace
from tests.operations.world import ID, World

REMOVE = ("remove", "acme", "--yes", "acme", "--no-export")


@dataclass
class FakeLive:
    """The function; `late` keys are written after the erasure."""

    keys: dict[str, int] = field(default_factory=lambda: {ID: 3, "t" + 15 * "z": 3})
    late: int = 0
    orders: list[str] = field(default_factory=list[str])
    windows: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])

    def order(self, action: str, tenant: str) -> dict[str, Any]:
        if action == "state":
            return {"most": 250_000, "windows": self.windows}
        if action == "left":
            return {"left": self.keys.get(tenant, 0)}
        self.orders.append(tenant)
        erased, self.late, left = self.keys.pop(tenant, 0), 0, self.late
        if left:
            self.keys[tenant] = left
        return {"erased": erased, "left": left}


@pytest.fixture
def live(world: World, monkeypatch: pytest.MonkeyPatch) -> FakeLive:
    found, real = FakeLive(), world.open

    def opened(stack: Stack) -> Workspace:
        return replace(real(stack), live=found)

    monkeypatch.setattr(world, "open", opened)
    world.run("add", "acme")
    return found


def certificate(world: World, name: str = "certificate") -> dict[str, Any]:
    return json.loads(world.s3.get_object(Bucket="prod-config", Key=f"certificates/{ID}/{name}.json")["Body"].read())


def test_they_are_erased_and_the_others_stay(world: World, live: FakeLive) -> None:
    world.run(*REMOVE)
    assert live.orders == [ID] and live.keys == {"t" + 15 * "z": 3}
    made = certificate(world)
    assert (made["complete"], made["deleted"]["live_counts"]) == (True, 3)
    assert "remove-live" in [each["step"] for each in made["steps"]]


def test_what_a_batch_under_way_writes_afterwards_keeps_the_certificate_back(world: World, live: FakeLive) -> None:
    live.late = 2
    world.run(*REMOVE, code=6)
    told = certificate(world, "incomplete")["not_deleted"]
    assert told == [{"what": "2 keys of live counts", "why": "written during the removal"}]
    world.run(*REMOVE)
    assert live.orders == [ID, ID] and certificate(world)["complete"]


def test_a_stack_without_them_has_no_such_step(world: World) -> None:
    world.run("add", "acme")
    world.run(*REMOVE)
    assert "live_counts" not in certificate(world)["deleted"]


def limit(world: World) -> dict[str, Any]:
    (found,) = [each for each in world.json("limits", "acme")["limits"] if each["name"] == "records of a live window"]
    return found


def test_limits_tell_how_full_each_window_is_and_whether_more_came(world: World, live: FakeLive) -> None:
    assert (limit(world)["value"], limit(world)["did"]) == (250_000, "no window has a record")
    days = {"2026-11-27": (250_000, False), "2026-11-28": (3, True)}
    live.windows = [
        {"dataset": "loans", "day": day, "records": records, "complete": complete} for day, (records, complete) in days.items()
    ]
    assert limit(world)["did"] == (
        "loans of 2026-11-27: 250000 records, INCOMPLETE, more came than it takes; loans of 2026-11-28: 3 records, complete"
    )
    assert live.orders == []


def test_a_stack_without_live_counts_has_no_limit_of_them(world: World) -> None:
    world.run("add", "acme")
    assert "live" not in json.dumps(world.json("limits", "acme"))


def test_what_the_function_refuses_is_told() -> None:
    class Client:
        def invoke(self, **asked: Any) -> dict[str, Any]:
            assert json.loads(asked["Payload"]) == {"action": "erase", "tenant": ID}
            told = {"errorType": "ValueError", "errorMessage": "the tenant is not being removed"}
            return {"FunctionError": "Unhandled", "Payload": io.BytesIO(json.dumps(told).encode())}

    with pytest.raises(OperationError, match="failed to erase the counts of .*: ValueError: the tenant is not being removed"):
        LiveFunction(Client(), "live").order("erase", ID)
