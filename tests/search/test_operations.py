"""What `dataconnect tenant` and `dataconnect search` do to a real domain."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from typer.testing import CliRunner

from operations.command import app
from operations.errors import Code, OperationError
from operations.search.command import Place
from operations.stack import Searched
from operations.steps import Result, Step, run
from operations.tenants.registry import Tenant
from operations.tenants.search import index_steps, left, lock_steps, remove_steps

from .estate import A, B, Search, loan

STRANGER: Final = "t" + 15 * "z"

OUTPUTS: Final[dict[str, Any]] = {
    "stack": "prod",
    "alertTopicArn": "arn:aws:sns:us-east-2:111111111111:alerts",
    "queues": {"ingest": {"url": "https://sqs.example/ingest", "deadLettersUrl": "https://sqs.example/ingest-dead"}},
    "search": {
        "queue": "ingest",
        "function": "search-configurer",
        "endpoint": "https://search.example",
        "indexes": {"loans": {"mapping": {}}},
        "indexer": "index",
        "registry": "tenants",
        "cell": "prod",
    },
}


class Orders:
    """The functions as commands reach them; `states` is what the table has."""

    datasets = ("loans",)

    def __init__(self, search: Search) -> None:
        self._search = search
        self.states: dict[str, list[dict[str, Any]]] = {}
        self.orders: list[str] = []

    def order(self, tenant: str, **order: Any) -> Any:
        if order.get("action") != "verify":
            self.orders.append(order.get("action") or order["step"])
        return self._search.order(tenant=tenant, **order)

    def look(self, tenant: str = "") -> Any:
        return self._search.order(show=True, **({"tenant": tenant} if tenant else {}))

    def fill(self, **order: Any) -> Any:
        self.orders.append("fill")
        return {"written": 0, "older": 0, "refused": 0, "after": None if order["after"] else "loans#1"}


class Journal:
    """Nobody's."""

    def read(self, step: str) -> Result | None:  # noqa: ARG002 - nothing is written down
        return None

    def write(self, step: str, state: str, result: Result | None = None) -> None:
        """Write nothing down."""


def _do(steps: list[Step]) -> list[str]:
    told: list[str] = []
    run(steps, Journal(), lambda _, __, ___, what: told.append(what))
    return told


@pytest.fixture
def orders(search: Search) -> Orders:
    search.configure()
    return Orders(search)


def test_the_steps_of_a_tenants_life_each_change_something_once(search: Search, orders: Orders) -> None:
    for steps, count in ((index_steps, 200), (lock_steps, 403), (index_steps, 200)):
        assert _do(steps(orders, A, "step")) == ["started", "done"]
        assert _do(steps(orders, A, "step")) == ["done before"]
        assert search.as_user(A, "GET", f"/{A}-loans/_count")[0] == count
    assert left(orders, A) == [f"{A}-loans-000001", "the role", "its people"]
    assert _do(remove_steps(orders, A, "step")) == ["started", "done"]
    assert _do(remove_steps(orders, A, "step")) == ["done before"] and left(orders, A) == []


def test_a_stack_without_a_search_has_no_such_steps() -> None:
    assert [*index_steps(None, A, "x"), *lock_steps(None, A, "x"), *remove_steps(None, A, "x")] == [] and left(None, A) == []


class Registry:
    """A tenant that is active, and one that is not."""

    def __init__(self) -> None:
        self.status = {A: "active", B: "suspended"}
        self.asked = 0
        self.when_asked: dict[int, Callable[[], Any]] = {}

    def of_cell(self, cell: str) -> list[Tenant]:
        return [_tenant(id, slug, self.status[id], cell) for id, slug in ((A, "acme"), (B, "best")) if id in self.status]

    def find(self, who: str) -> Tenant | None:
        self.asked += 1
        self.when_asked.pop(self.asked, lambda: None)()
        return next((each for each in self.of_cell("prod") if who in (each.id, each.slug)), None)


def _tenant(id: str, slug: str, status: Any, cell: str) -> Tenant:
    return Tenant(
        id=id, slug=slug, name=slug, tier="pool", cell=cell, status=status, created_at="2026-11-01T00:00:00+00:00", limits={}
    )


class Command:
    """Runs `dataconnect search`."""

    def __init__(self, orders: Orders, outputs: Path) -> None:
        self._orders, self.outputs, self.registry = orders, outputs, Registry()
        outputs.write_text(json.dumps(OUTPUTS))

    def open(self, stack: Searched) -> Place:
        assert (stack.account, stack.region, stack.registry) == ("111111111111", "us-east-2", "tenants")
        name, queue = stack.queue or ("", None)
        counts = {"waiting": 2, "in_flight": 0, "delayed": 0}
        waits = {"name": name, "queue": counts, "dead_letters": {**counts, "waiting": 3}}
        look, waiting = self._orders.look, (lambda: waits) if queue else None
        return Place(cell=stack.cell, tenants=self.registry, search=self._orders, look=look, waiting=waiting)

    def run(self, *arguments: str, code: int = 0) -> Any:
        return json.loads(self.text(*arguments, "--json", code=code))

    def text(self, *arguments: str, code: int = 0) -> str:
        where = ("--stack", "prod", "--outputs", str(self.outputs))
        done = CliRunner().invoke(app, ["search", *arguments, *where], obj=self.open, catch_exceptions=False)
        assert done.exit_code == code, (done.exit_code, done.output)
        return done.stdout


@pytest.fixture
def command(orders: Orders, tmp_path: Path) -> Iterator[Command]:
    yield Command(orders, tmp_path / "outputs.json")


def test_show_tells_what_is_wrong_first_and_who_has_no_index(command: Command, search: Search) -> None:
    assert command.run("show")["missing"] == ["acme: loans"]
    for tenant in (A, B, STRANGER):
        search.tenant("add", tenant)
    search.fill(A, loan("A-1", "fixed"))
    search.server.master("PUT", f"/{B}-loans-000001/_block/write")
    told = command.run("show")
    troubles = {each["slug"]: each["troubles"] for each in told["indexes"]}
    assert troubles == {"acme": [], "best": ["blocks write"], STRANGER: ["of no tenant of this cell"]}
    assert (told["missing"], told["queue"]["dead_letters"]["waiting"]) == ([], 3)
    lines = command.text("show").splitlines()
    # The plugin's own indexes, too: of the audit log, there is one once somebody was refused.
    assert re.fullmatch(r"domain: green, [45] of 1000 shards, 0 more on no node", lines[0])
    assert "2 of 3 indexes" in lines and lines[-1] == "queue ingest: 2 waiting, 3 dead letters"
    assert not any("acme" in line for line in lines)
    (row,) = [line for line in command.text("show", "acme").splitlines() if line.startswith("acme")]
    assert row.split()[1:3] == [f"{A}-loans-000001", "1"] and row.split()[4] == "2026-11-02T10:00:00.000Z"


def test_show_of_one_asks_for_no_others_index(command: Command, search: Search) -> None:
    for tenant in (A, B):
        search.tenant("add", tenant)
    assert [each["slug"] for each in command.run("show", "best")["indexes"]] == ["best"]
    assert "there is no tenant 'nobody' in prod" in json.dumps(command.run("show", "nobody", code=int(Code.UNKNOWN)))


def test_show_works_without_a_queue(command: Command) -> None:
    command.outputs.write_text(json.dumps({**OUTPUTS, "queues": {}}))
    assert command.run("show")["queue"] is None
    assert command.text("show").splitlines()[-1] == "no queue is told by the stack's outputs"


def test_rebuild_makes_what_is_missing_and_then_the_next_generation(command: Command, orders: Orders) -> None:
    (row,) = command.run("rebuild")["rebuilt"]
    assert (row["tenant"], row["index"]) == (A, f"{A}-loans-000001")
    assert orders.orders == ["add", "fill", "fill"]
    orders.orders.clear()
    (row,) = command.run("rebuild", "--tenant", "acme")["rebuilt"]
    assert row["index"] == f"{A}-loans-000002"
    assert orders.orders[:4] == ["add", "begin", "fill", "fill"] and set(orders.orders[4:]) == {"switch"}


@pytest.mark.parametrize("status", ["suspended", "removing", "removed"])
@pytest.mark.parametrize("asked", [2, 3, 4], ids=["before another is filled", "after it was looked at", "after it was opened"])
def test_who_loses_access_while_all_are_rebuilt_does_not_get_it_back(
    command: Command, search: Search, status: str, asked: int
) -> None:
    """Every moment between the registry's word and the domain's: acme is asked for twice, then best."""
    registry = command.registry
    registry.status[B] = "active"
    search.tenant("add", B)

    def end() -> None:
        registry.status[B] = status
        search.tenant("lock" if status == "suspended" else "remove", B)

    registry.when_asked[asked] = end
    told = command.run("rebuild")
    assert [row["tenant"] for row in told["rebuilt"]] == [A] and told["left_out"] == ["best"]
    state = search.tenant("verify", B)
    assert not state["open"] and bool(state["indexes"]) is state["role"] is (status == "suspended")
    assert search.as_user(B, "GET", f"/{B}-loans/_count")[0] == 403


def test_one_that_fails_keeps_no_other_from_being_rebuilt(command: Command, orders: Orders, search: Search) -> None:
    command.registry.status[B] = "active"
    real = orders.fill

    def fill(**order: Any) -> Any:
        if order["tenant"] == A:
            raise OperationError("the function failed", Code.FAILED)
        return real(**order)

    orders.fill = fill
    told = command.text("rebuild", "--json", code=int(Code.FAILED))
    assert "1 of 2 tenants failed, acme: the function failed; run it again" in told
    assert search.tenant("verify", B)["open"]


def test_a_dry_run_changes_nothing(command: Command, orders: Orders) -> None:
    assert command.run("rebuild", "--dry-run") == {"would_rebuild": [{"tenant": A, "slug": "acme"}]}
    assert orders.orders == []


def test_drop_takes_everybodys_indexes_once_the_stack_is_named(command: Command, search: Search) -> None:
    for tenant in (A, B):
        search.tenant("add", tenant)
    refused = command.run("drop", code=int(Code.USAGE))
    assert "--yes is not given; give --yes prod" in json.dumps(refused)
    assert {*command.run("drop", "--yes", "prod")["dropped"]} == {A, B}
    assert all(search.tenant("verify", tenant)["indexes"] == {} for tenant in (A, B))


@pytest.mark.parametrize(
    ("who", "code", "expected"),
    [
        ("nobody", Code.UNKNOWN, "there is no tenant 'nobody'"),
        ("best", Code.CONFLICT, "tenant best is suspended; expected active"),
    ],
)
def test_who_cannot_be_rebuilt_is_named(command: Command, who: str, code: Code, expected: str) -> None:
    assert expected in json.dumps(command.run("rebuild", "--tenant", who, code=int(code)))


def test_a_stack_without_a_search_is_named(command: Command) -> None:
    command.outputs.write_text(json.dumps({name: value for name, value in OUTPUTS.items() if name != "search"}))
    assert "prod has no search" in json.dumps(command.run("rebuild", code=int(Code.USAGE)))
