"""The steps that remove a tenant and everything it has, and the certificate of it."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from operations.errors import Code, OperationError
from operations.shares import revoking
from operations.steps import Result, Step
from operations.tenants import search, silos
from operations.tenants.certificate import Certificate, certificate, keys, markdown, text
from operations.tenants.database import Database
from operations.tenants.lake import Lake
from operations.tenants.onboarding import revoke_steps
from operations.tenants.probe import judge_denied
from operations.tenants.registry import Tenant, now
from operations.tenants.workspace import Workspace


def remove_steps(space: Workspace, tenant: Tenant, *, export_to: str | None, unproven: str | None) -> list[Step]:
    """The steps; the last tells what is left, and is done anew in every run.

    Raises:
        OperationError: where the stack's outputs do not have the tenant's silo any more.
    """
    here, databases = silos.last_home(space, tenant), silos.databases(space, tenant)
    lake = here.lake
    export = [_export_step(space, tenant, lake, export_to)] if export_to else []
    return [
        Step(
            name="remove-deactivate",
            says="enter it as removing: nothing brings it back",
            check=lambda: space.registry.get(tenant.id).status in ("removing", "removed"),
            act=lambda: _enter(space, tenant),
        ),
        *search.lock_steps(space.search, tenant.id, "remove-search-access"),
        *revoke_steps(space, tenant, "remove", lambda: here.database),
        *_share_steps(space, tenant, unproven),
        _inventory_step(space, tenant, lake),
        *export,
        Step(
            name="remove-objects",
            says="drop its uploads, delete all versions and delete markers of its objects, in every bucket and replica",
            check=lambda: all(lake.is_empty(bucket, tenant.id) for bucket in lake.everywhere().values()),
            act=lambda: {name: {"kept": len(lake.erase(bucket, tenant.id))} for name, bucket in lake.everywhere().items()},
            # What an object lock keeps does not keep the rest: the last step tells it.
            verify=lambda: None,
        ),
        Step(
            name="remove-items",
            says="delete its items in every table of tenants",
            check=lambda: not any(space.items.counts(tenant.id).values()),
            act=lambda: space.items.erase(tenant.id),
        ),
        *_live_steps(space, tenant),
        Step(
            name="remove-database",
            says="erase its rows and drop its users in the database"
            + (", its own and the pool's" if len(databases) > 1 else ""),
            check=lambda: all(_is_gone(database, tenant) for database in databases.values()),
            act=lambda: _erase_rows(databases, tenant),
            verify=lambda: None,
        ),
        *([_queries_step(space, tenant)] if space.workgroups else []),
        *search.remove_steps(space.search, tenant.id, "remove-search"),
        Step(
            name="remove-probe",
            says="look whether anything is left, and try whether it has access",
            # Done for good only where its result is certified.
            check=lambda: space.lake.size_of(space.lake.config, keys(tenant).json) is not None,
            act=lambda: look(space, tenant, unproven=unproven),
            verify=lambda: None,
        ),
    ]


def _queries_step(space: Workspace, tenant: Tenant) -> Step:
    groups = space.workgroups
    assert groups is not None  # noqa: S101 - who asks for the step has looked
    return Step(
        name="remove-workgroup",
        says=f"delete its workgroup {groups.name(tenant.id)}, with its statements and the history of its queries",
        check=lambda: groups.state(tenant.id) is None,
        act=lambda: groups.remove(tenant.id),
    )


def _share_steps(space: Workspace, tenant: Tenant, unproven: str | None) -> list[Step]:
    """The steps that end what it shares with other organisations."""
    if space.shares is None:
        return []
    return [
        step for share in space.shares.of(tenant.id) for step in revoking.revoke_steps(space.shares, share, unproven=unproven)
    ]


def _enter(space: Workspace, tenant: Tenant) -> Result:
    space.registry.change(tenant.id, ("onboarding", "active", "suspended"), status="removing")
    return {"status": "removing", "before": tenant.status}


def _inventory_step(space: Workspace, tenant: Tenant, lake: Lake) -> Step:
    def is_journaled() -> bool:
        # Not by what is there: what is listed now must be what was there before anything was deleted.
        return _state(space, tenant, "remove-inventory") == "done"

    def act() -> Result:
        items = space.items.counts(tenant.id)
        listed = lake.write_manifest(tenant.id, keys(tenant).manifest, unless=is_journaled)
        if listed is None:
            # That one deletes since, so what is listed here may lack something.
            raise OperationError(
                f"another command is removing {tenant.slug}, and was faster; run this one again once it has ended",
                Code.CONFLICT,
            )
        return {**listed, "items": items, **silos.resources(space.stack, tenant)}

    return Step(
        name="remove-inventory",
        says="list every version of its objects and count its items, before anything is deleted",
        check=is_journaled,
        act=act,
        verify=lambda: None,
    )


def _export_step(space: Workspace, tenant: Tenant, lake: Lake, target: str) -> Step:
    return Step(
        name="remove-export",
        says=f"copy its curated data and dumps to s3://{target}/export/",
        check=lambda: lake.is_exported(tenant.id, target) and _state(space, tenant, "remove-export") == "done",
        act=lambda: lake.export(tenant.id, target),
        verify=lambda: None if lake.is_exported(tenant.id, target) else f"the copies in {target} are not of what is there now",
    )


def _live_steps(space: Workspace, tenant: Tenant) -> list[Step]:
    """The step that erases the live counts, where the stack has them."""
    live = space.live
    if live is None:
        return []
    return [
        Step(
            name="remove-live",
            says="erase its live counts in the cache",
            check=lambda: not live.order("left", tenant.id)["left"],
            act=lambda: live.order("erase", tenant.id),
            # A batch that was under way may write after it: the last step looks again.
            verify=lambda: None,
        )
    ]


def _state(space: Workspace, tenant: Tenant, step: str) -> str:
    entry = space.registry.read_step(tenant.id, step)
    return entry["state"] if entry else ""


def _is_gone(database: Database, tenant: Tenant) -> bool:
    state = database.order("verify", tenant.id, connections=1)
    return not state["users"] and state["complete"]


def _erase_rows(databases: Mapping[str, Database], tenant: Tenant) -> Result:
    """Order the erasure until it is complete; one order lasts as long as the function may."""
    erased: dict[str, int] = {}
    left: dict[str, int] = {}
    own, *_ = databases
    recorded = True
    for label, database in databases.items():
        if _is_gone(database, tenant):
            # A run that was killed emptied the tenant's own, and could not tell how much.
            recorded = recorded and label != own
            continue
        while True:
            state = database.order("remove", tenant.id, connections=1)
            for table, count in state["erased"].items():
                erased[f"{table}{label}"] = erased.get(f"{table}{label}", 0) + count
            if state["complete"] or not state["erased"]:
                break
        left |= {f"{table}{label}": count for table, count in state["left"].items()}
    return {**({"erased": erased} if recorded else {}), "left": left}


def look(space: Workspace, tenant: Tenant, *, unproven: str | None) -> Result:
    """What is left of the tenant, and whether it has access."""
    if not space.access.is_denied(tenant.id):
        raise OperationError(f"tenant {tenant.slug} is not on the list of tenants without access of every role; run it again")
    found = remains(space, tenant)
    return {**found, "access": _try_access(space, tenant, unproven), "looked_at": now()}


def _try_access(space: Workspace, tenant: Tenant, unproven: str | None) -> str:
    if unproven is not None:
        return f"not proven: {unproven}"
    return judge_denied(tenant.id, space.probe.try_isolation(tenant.id, silos.last_home(space, tenant).lake.data))


def remains(space: Workspace, tenant: Tenant) -> dict[str, Any]:
    """What is left of the tenant; empty lists and mappings where nothing is."""
    lake = silos.last_home(space, tenant).lake
    states = {
        label: database.order("verify", tenant.id, connections=1) for label, database in silos.databases(space, tenant).items()
    }
    live = space.live.order("left", tenant.id) if space.live else {"left": 0}
    return {
        "objects": [asdict(each) for bucket in lake.everywhere().values() for each in lake.kept(bucket, tenant.id)],
        "items": {table: count for table, count in space.items.counts(tenant.id).items() if count},
        "users": [f"{user}{label}" for label, state in states.items() for user in sorted(state["users"])],
        "rows": {f"{table}{label}": count for label, state in states.items() for table, count in state["left"].items()},
        "live": live if live["left"] else {},
        "search": search.left(space.search, tenant.id),
    }


def close(space: Workspace, tenant: Tenant) -> Certificate:
    """Write the certificate, and enter the tenant as removed if nothing is left.

    The certificate is made of the journal: once more, it is the same.
    """
    steps = {entry["step"]: entry for entry in space.registry.steps(tenant.id)}
    made = certificate(space.stack, tenant, steps)
    names = keys(tenant, complete=made["complete"])
    space.lake.write(names.json, text(made).encode(), "application/json")
    space.lake.write(names.markdown, markdown(made).encode(), "text/markdown")
    if made["complete"]:
        space.registry.change(tenant.id, ("removing", "removed"), status="removed", removed_at=made["looked_at"])
    return made


def incomplete(tenant: Tenant, made: Certificate) -> OperationError:
    """That something is left, for now or until somebody acts."""
    first = "; ".join(f"{each['what']}: {each['why']}" for each in made["not_deleted"][:3])
    more = len(made["not_deleted"]) - 3
    return OperationError(
        f"tenant {tenant.slug} is not removed yet: {first}{f'; and {more} more' if more > 0 else ''}."
        " Run the same command again when that is over; until then it stays without access",
        Code.INCOMPLETE,
    )
