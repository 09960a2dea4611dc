"""A new generation of a tenant's index, for another mapping or after a loss: made, filled by the indexer, then put in place."""

import time
from collections.abc import Mapping
from typing import Any, Final, Literal, TypedDict

from .configuration import MAPPING, Index, check_indexes, digest
from .domain import Domain, DomainError, part
from .tenants import aliases_of, check_tenant, generation, indexes_of

Step = Literal["begin", "switch"]
_COPY: Final = "copy"
_PLACES: Final = 6
_LOOKS: Final = 5
_WAIT_SECONDS: Final = 1


class Generation(TypedDict):
    """Where the rebuilding of an index is.

    Attributes:
        alias: What it is read and written by.
        index: The new generation.
        old: The one that it takes the place of; empty where there is none, or no longer.
        complete: Whether the alias is on the new one, and the old one gone.
        copied: Documents that the old generation alone had.
        refused: Documents of the old generation that do not fit the new mapping.
    """

    alias: str
    index: str
    old: str
    complete: bool
    copied: int
    refused: int


def rebuild(domain: Domain, tenant: str, dataset: str, step: Step, indexes: Mapping[str, Index]) -> Generation:
    """Begin a generation, or put it in place of the one before; each may be repeated.

    `begin` makes the index, to which nothing points yet, or finds the one that another run made; one that was made with another
    mapping is deleted, and made anew. The indexer fills it from the
    table `newest` meanwhile. `switch` stops writes to the old one, whose messages come again, and has the server copy what only
    that one has: documents bear the version of what they tell, so the newer one stays, whoever writes it. Once that is done the
    alias moves and the old index goes, in one step. It is to be called until it is `complete`.

    Raises:
        ValueError: on a tenant, a dataset or a step that is none.
        DomainError: when the domain refuses something, or there is nothing to put in place.
    """
    check_tenant(tenant)
    check_indexes(indexes)
    if dataset not in indexes:
        raise ValueError(f"dataset is {dataset!r}; expected one of {', '.join(sorted(indexes))}")
    if step not in ("begin", "switch"):
        raise ValueError(f"step is {step!r}; expected begin or switch")
    alias = f"{tenant}-{dataset}"
    old = aliases_of(domain, tenant).get(alias, "")
    numbers = sorted(_number(index, alias) for index in indexes_of(domain, tenant) if _number(index, alias))
    last = numbers[-1] if numbers else 0
    current = _number(old, alias) if old else 0
    if step == "begin":
        index = generation(tenant, dataset, last if last > current else current + 1)
        is_there = last > current
        if is_there and _meta(domain, index).get(MAPPING) != digest(indexes[dataset]):
            domain.ask("DELETE", f"/{part(index)}", expected=(404,))
            is_there = False
        if not is_there:
            domain.ask("PUT", f"/{part(index)}")
        return Generation(alias=alias, index=index, old=old, complete=False, copied=0, refused=0)
    if last <= current:
        if not old:
            raise DomainError(f"there is no generation of {alias}; expected one that was begun")
        return Generation(alias=alias, index=old, old="", complete=True, copied=0, refused=0)
    return _switch(domain, alias, generation(tenant, dataset, last), old)


def _number(index: str, alias: str) -> int:
    digits = index.removeprefix(f"{alias}-")
    return int(digits) if digits != index and len(digits) == _PLACES and digits.isdecimal() else 0


def _switch(domain: Domain, alias: str, index: str, old: str) -> Generation:
    copied = refused = 0
    if old:
        domain.ask("PUT", f"/{part(old)}/_block/write")
        try:
            done = _copied(domain, index, old)
        except BaseException:
            # Whatever it is, another run tries again: until then the old one takes in what comes.
            _unblock(domain, old)
            raise
        if done is None:
            return Generation(alias=alias, index=index, old=old, complete=False, copied=0, refused=0)
        copied, refused = done
        if refused:
            # The old one stays in place, and is written to again: what is lost is somebody's decision, not this function's.
            _unblock(domain, old)
            _forget(domain, index)
            return Generation(alias=alias, index=index, old=old, complete=False, copied=copied, refused=refused)
    moves: list[dict[str, Any]] = [{"add": {"index": index, "alias": alias, "is_write_index": True}}]
    if old:
        moves.append({"remove_index": {"index": old}})
    domain.ask("POST", "/_aliases", {"actions": moves})
    _forget(domain, index)
    return Generation(alias=alias, index=index, old=old, complete=True, copied=copied, refused=0)


def _copied(domain: Domain, index: str, old: str) -> tuple[int, int] | None:
    """How many documents were copied and refused; None while the server is at it.

    What it works at is written in the new index itself: another run finds it there, and begins no second one.
    """
    meta = _meta(domain, index)
    task = meta.get(_COPY)
    found = _task(domain, task) if task else None
    if found is None:  # not begun, or what was begun is gone with its node
        # What was written last is searched for by the copy.
        domain.ask("POST", f"/{part(old)}/_refresh")
        copy = {
            "conflicts": "proceed",
            "source": {"index": old},
            "dest": {"index": index, "version_type": "external"},
        }
        _, begun = domain.ask("POST", "/_reindex?wait_for_completion=false&refresh=true", copy)
        domain.ask("PUT", f"/{part(index)}/_mapping", {"_meta": {**meta, _COPY: begun["task"]}})
        return None
    if not found["completed"]:
        return None
    if "error" in found:
        _forget(domain, index)
        raise DomainError(f"copying {old} to {index} failed: {found['error'].get('type')}; run it again")
    told = found["response"]
    return int(told["created"]) + int(told["updated"]), len(told["failures"])


def _task(domain: Domain, task: str) -> Any:
    """What the server says of a task; None where it knows none. Between its end and its result it knows none for a moment."""
    for _ in range(_LOOKS):
        if (found := domain.get(f"/_tasks/{part(task)}")) is not None:
            return found
        time.sleep(_WAIT_SECONDS)
    return None


def _unblock(domain: Domain, index: str) -> None:
    domain.ask("PUT", f"/{part(index)}/_settings", {"index.blocks.write": None})


def _meta(domain: Domain, index: str) -> dict[str, Any]:
    """What an index says of itself: what it was made with, and which task copies to it."""
    return domain.get(f"/{part(index)}/_mapping")[index]["mappings"].get("_meta", {})


def _forget(domain: Domain, index: str) -> None:
    meta = {name: value for name, value in _meta(domain, index).items() if name != _COPY}
    domain.ask("PUT", f"/{part(index)}/_mapping", {"_meta": meta})
