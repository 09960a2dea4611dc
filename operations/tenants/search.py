"""A tenant's index in the search: the stack's function that configures the domain does what it is ordered."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Any, Protocol

from operations.invoke import invoke
from operations.steps import Step

State = dict[str, Any]
"""What the function tells of a tenant: `indexes` (name -> documents), `aliases`, `role`, `open`, `changed`."""


@dataclass(frozen=True, kw_only=True)
class SearchOutputs:
    """The outputs of a stack's search.

    Attributes:
        function: Lambda function that configures the domain.
        endpoint: Address of the domain.
        region: Where it is.
        indexes: Dataset -> the index that each tenant has of it.
        indexer: Lambda function that fills indexes.
    """

    function: str
    endpoint: str
    region: str
    indexes: Mapping[str, Any]
    indexer: str


class Search(Protocol):
    """Where orders go."""

    @property
    def datasets(self) -> tuple[str, ...]:
        """Of which each tenant has an index."""
        ...

    def order(self, tenant: str, **order: Any) -> State:
        """Do for a tenant what is ordered: `action` add, lock, remove or verify; or a `step` of rebuilding."""
        ...

    def look(self, tenant: str = "") -> State:
        """What the domain tells of itself and its indexes, or those of one tenant."""
        ...

    def add(self, tenants: Sequence[str]) -> State:
        """Make what many tenants lack, with one order: `aliases`, `empty`, `changed`."""
        ...

    def fill(self, **order: Any) -> State:
        """Have the indexer fill an index."""
        ...


class SearchFunctions:
    """The two functions of a stack."""

    def __init__(self, client: Any, outputs: SearchOutputs) -> None:
        self._client = client
        self._outputs = outputs
        # It runs once at a time: orders of one command wait here, and those of others in `invoke`.
        self._turn = Lock()

    @property
    def datasets(self) -> tuple[str, ...]:
        """Of which each tenant has an index."""
        return tuple(sorted(self._outputs.indexes))

    def order(self, tenant: str, **order: Any) -> State:
        """Invoke the one that configures, and wait for what it tells.

        Raises:
            OperationError: when it fails.
        """
        return self._configurer({"tenant": tenant, **order}, f"do {order} for {tenant}")

    def add(self, tenants: Sequence[str]) -> State:
        """Make what many tenants lack (`Added` in search_function/tenants.py).

        Raises:
            OperationError: when the function fails.
        """
        return self._configurer({"tenants": list(tenants)}, f"add {len(tenants)} tenants, {tenants[0]} the first")

    def look(self, tenant: str = "") -> State:
        """What the domain tells of itself and its indexes, or those of one tenant (`Shown` in search_function/shown.py).

        Raises:
            OperationError: when the function fails.
        """
        return self._configurer({"show": True, **({"tenant": tenant} if tenant else {})}, "look at the domain")

    def _configurer(self, order: State, what: str) -> State:
        told = self._outputs
        begin = {"endpoint": told.endpoint, "region": told.region, "indexes": dict(told.indexes)}
        with self._turn:
            return invoke(self._client, told.function, {**begin, **order}, what)

    def fill(self, **order: Any) -> State:
        """Invoke the one that indexes, and wait for what it tells.

        Raises:
            OperationError: when it fails.
        """
        return invoke(self._client, self._outputs.indexer, {"rebuild": order}, f"fill {order['index']}")


def is_there(state: State, tenant: str, search: Search) -> bool:
    """Whether a tenant has all that it should have, and its people may search."""
    return state["role"] and state["open"] and {f"{tenant}-{each}" for each in search.datasets} == state["aliases"].keys()


def index_steps(search: Search | None, tenant: str, name: str) -> list[Step]:
    """The step that makes the tenant's indexes, and lets its people search; none where the stack has no search."""
    if search is None:
        return []
    return [
        Step(
            name=name,
            says=f"make its indexes in the search ({', '.join(search.datasets)}), and let its people search them",
            check=lambda: is_there(search.order(tenant, action="verify"), tenant, search),
            act=lambda: search.order(tenant, action="add"),
        )
    ]


def lock_steps(search: Search | None, tenant: str, name: str) -> list[Step]:
    """The step after which nobody searches the tenant's indexes."""
    if search is None:
        return []
    return [
        Step(
            name=name,
            says="take its people the search",
            check=lambda: not search.order(tenant, action="verify")["open"],
            act=lambda: search.order(tenant, action="lock"),
        )
    ]


def remove_steps(search: Search | None, tenant: str, name: str) -> list[Step]:
    """The step that deletes the tenant's indexes."""
    if search is None:
        return []
    return [
        Step(
            name=name,
            says="delete its indexes in the search, with its role there",
            check=lambda: not left(search, tenant),
            act=lambda: search.order(tenant, action="remove"),
        )
    ]


def left(search: Search | None, tenant: str) -> list[str]:
    """What the search still has of a tenant."""
    if search is None:
        return []
    state = search.order(tenant, action="verify")
    return [*state["indexes"], *(["the role"] if state["role"] else []), *(["its people"] if state["open"] else [])]
