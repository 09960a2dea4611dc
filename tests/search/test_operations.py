"""What `dataconnect tenant` and `dataconnect search` do to a real domain."""

import json
import re
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path
from threading import Lock
from typing import Any, Final

import pytest
from botocore.exceptions import ClientError
from typer.testing import CliRunner

from components.analytics.search_function.domain import DomainError
from components.analytics.search_function.tenants import AT_ONCE
from operations import invoke
from operations.command import app
from operations.errors import Code, OperationError
from operations.search import rebuilding
from operations.search.command import Place
from operations.stack import Searched
from operations.steps import Result, Step, run
from operations.tenants.registry import Tenant
from operations.tenants.search import SearchFunctions, SearchOutputs, index_steps, left, lock_steps, remove_steps

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
        self.before: dict[str, Callable[[], Any]] = {}
        self._turn = Lock()

    def _given(self, order: str) -> None:
        self.orders.append(order)
        self.before.pop(order, lambda: None)()

    def order(self, tenant: str, **order: Any) -> Any:
        if order.get("action") != "verify":
            self._given(order.get("action") or order["step"])
        return self._told(tenant=tenant, **order)

    def add(self, tenants: Sequence[str]) -> Any:
        self._given("add all")
        return self._told(tenants=list(tenants))

    def _told(self, **order: Any) -> Any:
        try:
            # As in AWS, where the function runs once at a time.
            with self._turn:
                return self._search.order(**order)
        except DomainError as error:
            raise OperationError(str(error)) from None

    def look(self, tenant: str = "") -> Any:
        return self._search.order(show=True, **({"tenant": tenant} if tenant else {}))

    def fill(self, **order: Any) -> Any:
        self._given(f"fill {order['tenant']}")
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


def test_rebuild_makes_what_is_missing_and_then_the_next_generation(command: Command, orders: Orders, search: Search) -> None:
    (row,) = command.run("rebuild")["rebuilt"]
    assert (row["tenant"], row["index"]) == (A, f"{A}-loans-000001")
    assert orders.orders == ["add all", f"fill {A}", f"fill {A}"]
    orders.orders.clear()
    # An index that is as it should be, and empty, is filled where it is: as when it was interrupted before.
    (row,) = command.run("rebuild")["rebuilt"]
    assert row["index"] == f"{A}-loans-000001" and "begin" not in orders.orders
    orders.orders.clear()
    search.fill(A, loan("A-1", "fixed"))
    (row,) = command.run("rebuild", "--tenant", "acme")["rebuilt"]
    assert row["index"] == f"{A}-loans-000002"
    assert orders.orders[:4] == ["add all", "begin", f"fill {A}", f"fill {A}"] and set(orders.orders[4:]) == {"switch"}


def test_many_are_opened_with_one_order_and_who_is_there_is_left_as_it_is(search: Search, orders: Orders) -> None:
    tenants = [f"t{15 * letter}" for letter in "abcdefghij"]
    search.tenant("add", A)
    told = orders.add(tenants)
    assert told["changed"] == [
        *(f"{each}-loans-000001" for each in tenants[1:]),
        *(f"{kind} {each}" for kind in ("role", "mapping") for each in tenants[1:]),
    ]
    assert told["empty"] == sorted(told["aliases"]) == [f"{each}-loans" for each in tenants]
    assert all(search.as_user(each, "GET", f"/{each}-loans/_count")[0] == 200 for each in tenants)
    assert search.as_user(A, "GET", f"/{B}-loans/_count")[0] == 403
    search.tenant("lock", B)
    search.fill(A, loan("A-1", "fixed"))
    told = orders.add(tenants)
    assert told["changed"] == [f"mapping {B}"] and f"{A}-loans" not in told["empty"]
    # One that alone would get what it should gets no other's role changed.
    search.server.master("PUT", f"/_plugins/_security/api/roles/{B}", {"description": "somebody's", "cluster_permissions": []})
    with pytest.raises(OperationError, match=f"the role {B} is not one that is kept here"):
        orders.add(tenants)
    for wrong in ([], tenants * 11, ["acme"]):
        with pytest.raises(ValueError, match="expected"):
            orders.add(wrong)
    assert rebuilding.OPENED_AT_ONCE == AT_ONCE


def test_a_role_that_is_somebody_elses_keeps_no_other_tenant_out(command: Command, search: Search) -> None:
    command.registry.status[B] = "active"
    search.server.master("PUT", f"/_plugins/_security/api/roles/{A}", {"description": "somebody's", "cluster_permissions": []})
    told = command.text("rebuild", "--json", code=int(Code.FAILED))
    assert f"1 of 2 tenants failed, acme: the role {A} is not one that is kept here" in told
    assert search.as_user(B, "GET", f"/{B}-loans/_count")[0] == 200


@pytest.mark.parametrize("status", ["suspended", "removing", "removed"])
@pytest.mark.parametrize(
    ("before", "documents"),
    [(2, 0), ("add all", 0), (3, 0), (f"fill {A}", 0), ("begin", 1), (f"fill {B}", 1), ("switch", 1)],
    ids=[
        *("before it is opened", "between the registry's word and the order", "after it was opened", "while another is filled"),
        *("before its next index is begun", "while it is filled", "before its next index takes its place"),
    ],
)
def test_who_loses_access_while_all_are_rebuilt_does_not_get_it_back(
    command: Command,
    orders: Orders,
    search: Search,
    monkeypatch: pytest.MonkeyPatch,
    *,
    status: str,
    before: int | str,
    documents: int,
) -> None:
    """Every moment between the registry's word and the domain's: of acme and best it is asked before and after the order."""
    monkeypatch.setattr(rebuilding, "FILLED_AT_ONCE", 1)
    registry = command.registry
    registry.status[B] = "active"
    search.tenant("add", B)
    if documents:
        search.fill(B, loan("B-1", "fixed"))

    def end() -> None:
        registry.status[B] = status
        orders.order(B, action="lock" if status == "suspended" else "remove")

    if isinstance(before, int):
        registry.when_asked[before] = end
    else:
        orders.before[before] = end
    told = command.run("rebuild")
    # What takes its place last is not asked about again: the copy of the index is the tenant's own, and closed like it.
    late = before == "switch" and status == "suspended"
    assert [row["tenant"] for row in told["rebuilt"]] == ([A, B] if late else [A])
    assert told["left_out"] == ([] if late else ["best"])
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


class Busy:
    """Lambda with a function that runs once at a time: another order meanwhile is refused, as AWS does it."""

    def __init__(self, search: Search) -> None:
        self._search = search
        self._runs = 0
        self.refused = 0
        self.done: list[str] = []

    def invoke(self, *, FunctionName: str, Payload: bytes) -> Any:  # noqa: N803 - as boto3 names them
        assert FunctionName == "search-configurer"
        if self._runs:
            self.refused += 1
            raise ClientError({"Error": {"Code": "TooManyRequestsException", "Message": "Rate Exceeded."}}, "Invoke")
        self._runs += 1
        try:
            order = json.loads(Payload)
            told = self._search.order(**{name: order[name] for name in ("tenants", "tenant", "action") if name in order})
            time.sleep(0.3)
            self.done.append(order.get("action", "add all"))
            return {"Payload": BytesIO(json.dumps(told).encode())}
        finally:
            self._runs -= 1


def test_who_suspends_a_tenant_while_others_are_opened_gets_through(search: Search, orders: Orders) -> None:  # noqa: ARG001
    """Each command has clients of its own; orders of one command wait for one another, and are never refused."""
    outputs = SearchOutputs(function="search-configurer", endpoint="", region="", indexes={"loans": {}}, indexer="index")
    busy = Busy(search)
    rebuilds, suspends = SearchFunctions(busy, outputs), SearchFunctions(busy, outputs)
    search.tenant("add", A)
    with ThreadPoolExecutor(3) as pool:
        opened = [pool.submit(rebuilds.add, [f"t{15 * letter}"]) for letter in "bcdefghijk"]
        while not busy.done:
            time.sleep(0.01)
        locked = pool.submit(suspends.order, A, action="lock").result()
        assert locked["changed"] == [f"mapping {A}"] and busy.refused > 0
        assert busy.done[-1] == "lock" or busy.done.index("lock") < len(opened), "it waits for no end of the others"
    assert len(busy.done) == 11 and all(each.result()["changed"] for each in opened)


def test_a_function_that_stays_busy_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    class Never:
        code = invoke.BUSY

        def invoke(self, **_: Any) -> Any:
            raise ClientError({"Error": {"Code": self.code}}, "Invoke")

    monkeypatch.setattr(invoke, "WAIT_SECONDS", 0)
    with pytest.raises(OperationError, match="the function f was to do it, and was busy for 0 s; run it again"):
        invoke.invoke(Never(), "f", {}, "do it")
    Never.code = "AccessDeniedException"
    with pytest.raises(ClientError, match="AccessDenied"):
        invoke.invoke(Never(), "f", {}, "do it")
