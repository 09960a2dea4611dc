"""Filling tenants' indexes anew: many are opened with one order, and several are filled at once."""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from threading import Event
from typing import Any, Final

from operations.errors import OperationError
from operations.tenants.registry import Tenant
from operations.tenants.search import Search, State

WAIT_SECONDS: Final = 1
OPENED_AT_ONCE: Final = 100
"""Tenants of one order; the function takes no more (components/analytics/search_function/tenants.py)."""
FILLED_AT_ONCE: Final = 5
"""Half of what the function `index` may run at once: what comes in meanwhile has the rest."""
REBUILT: Final = ("active",)
"""Statuses of tenants whose indexes are filled: nobody searches another's, and what is being removed must not come back."""

Status = Callable[[str], str]
"""Asks the registry for the status of a tenant, by its id."""
Row = dict[str, Any]


class InactiveError(Exception):
    """A tenant was suspended, or is being removed, since the command began."""


@dataclass(kw_only=True)
class Rebuilt:
    """What became of tenants: a row for each index; slugs of who is not active any more; who failed, and why."""

    rows: list[Row] = field(default_factory=list[Row])
    left_out: list[str] = field(default_factory=list[str])
    failed: list[str] = field(default_factory=list[str])


def rebuild_all(search: Search, tenants: Sequence[Tenant], status: Status) -> Rebuilt:
    """Fill each index of many tenants anew; one that fails keeps no other from it.

    A tenant is filled while others are opened. Until it is, its people find less than there is.
    """
    done, filling, stopped = Rebuilt(), list[tuple[Tenant, Future[list[Row]]]](), Event()

    def asked(tenant: str) -> str:
        if stopped.is_set():
            raise InactiveError(tenant)
        return status(tenant)

    with ThreadPoolExecutor(FILLED_AT_ONCE) as pool:
        try:
            for first in range(0, len(tenants), OPENED_AT_ONCE):
                for tenant, opened in _open_each(search, tenants[first : first + OPENED_AT_ONCE], status, done):
                    filling.append((tenant, pool.submit(_rebuilt, search, tenant.id, partial(asked, tenant.id), opened)))
            for tenant, told in filling:
                try:
                    done.rows += told.result()
                except InactiveError:
                    done.left_out.append(tenant.slug)
                except OperationError as error:
                    done.failed.append(f"{tenant.slug}: {error}")
        except BaseException:
            # Whoever interrupts it waits for the orders that are under way, and for no more.
            stopped.set()
            pool.shutdown(cancel_futures=True)
            raise
    return done


def _open_each(search: Search, tenants: Sequence[Tenant], status: Status, done: Rebuilt) -> Iterator[tuple[Tenant, State]]:
    """Tenants that are open, with what was told; of a half that cannot be opened, one after the other is left."""
    active = [each for each in tenants if status(each.id) in REBUILT]
    done.left_out += [each.slug for each in tenants if each not in active]
    if not active:
        return
    try:
        # Their roles, their people, and an index where there is none: as after a failover.
        opened = search.add([each.id for each in active])
    except OperationError as error:
        if len(active) == 1:
            done.failed.append(f"{active[0].slug}: {error}")
            return
        half = len(active) // 2
        for part in (active[:half], active[half:]):
            yield from _open_each(search, part, status, done)
        return
    for each in active:
        # Who suspends or removes it writes the status first, and then closes: one of the two sees the other.
        if (now := status(each.id)) in REBUILT:
            yield each, opened
        else:
            _close(search, each.id, now)
            done.left_out.append(each.slug)


def _close(search: Search, tenant: str, now: str) -> None:
    search.order(tenant, action="lock" if now == "suspended" else "remove")


def _rebuilt(search: Search, tenant: str, status: Callable[[], str], opened: State) -> list[Row]:
    try:
        return [*rebuild_tenant(search, tenant, status, opened)]
    except OperationError:
        if status() not in REBUILT:
            raise InactiveError(tenant) from None
        raise


def rebuild_tenant(search: Search, tenant: str, status: Callable[[], str], opened: State) -> Iterator[Row]:
    """Fill each index of a tenant anew; a row for each.

    Args:
        search: Where orders go.
        tenant: Its id.
        status: Asks the registry for the tenant's status.
        opened: What was told when it was opened: an index that is empty, and has the mapping of now, is filled where it is.

    Raises:
        InactiveError: when it is not active any more: what was made for it since is closed again.
        OperationError: when a function fails.
    """
    for dataset in search.datasets:
        if status() not in REBUILT:
            raise InactiveError(tenant)
        alias, filled = f"{tenant}-{dataset}", partial(_fill, search, status, tenant, dataset)
        if alias in opened["empty"]:
            index = opened["aliases"][alias]
            yield {"tenant": tenant, "index": index, **filled(index), "copied": 0, "complete": True}
            continue
        index = search.order(tenant, dataset=dataset, step="begin")["index"]
        if (now := status()) not in REBUILT:
            _close(search, tenant, now)
            raise InactiveError(tenant)
        counts = filled(index)
        done = search.order(tenant, dataset=dataset, step="switch")
        while not done["complete"] and not done["refused"]:
            time.sleep(WAIT_SECONDS)
            done = search.order(tenant, dataset=dataset, step="switch")
        refused = counts["refused"] + done["refused"]
        told = {name: done[name] for name in ("index", "copied", "complete")}
        yield {"tenant": tenant, **counts, **told, "refused": refused}


def _fill(search: Search, status: Callable[[], str], tenant: str, dataset: str, index: str) -> dict[str, int]:
    counts: Counter[str] = Counter({"written": 0, "older": 0, "refused": 0})
    after = None
    while True:
        told = search.fill(tenant=tenant, dataset=dataset, index=index, after=after)
        counts.update({name: told[name] for name in ("written", "older", "refused")})
        after = told["after"]
        if after is None:
            return dict(counts)
        if status() not in REBUILT:
            raise InactiveError(tenant)
