"""Where a tenant is: in the pool, or in a silo, which an entry in the stack's settings makes and the stack's outputs tell."""

from typing import Any

from operations.errors import Code, OperationError
from operations.stack import Stack
from operations.steps import Result, Step
from operations.tenants.database import Database
from operations.tenants.registry import Tenant
from operations.tenants.workspace import Home, Workspace

SETTING = "dataconnect:silos"
STEP = "add-silo"


class NotDeployedError(OperationError):
    """A tenant cannot be taken in yet: the stack has no silo of it."""


def entry(tenant: Tenant) -> dict[str, Any]:
    """What makes the tenant's silo, in the settings of the stack."""
    return {SETTING: {tenant.id: {"slug": tenant.slug}}}


def entry_lines(stack: Stack, tenant: Tenant) -> list[str]:
    """The entry, where it belongs, and what to run."""
    return [
        f"Into settings/defaults/<environment>.yaml, which {stack.name}, its recovery and its replication read; where"
        f" {SETTING} is there, only the lines below it:",
        "",
        f"{SETTING}:",
        f"  {tenant.id}:",
        f"    slug: {tenant.slug}",
        "",
        f"Then `pulumi up` of {stack.name}, of its recovery and of its replication, where it has them, in this order. Then run"
        " the same command again.",
    ]


def fault(space: Workspace, tenant_id: str, tenant: Tenant | None) -> str:
    """What is wrong between a stack's silos, the registry's row of a tenant, and its place; empty where nothing is."""
    silo, stack = space.stack.silos.get(tenant_id), space.stack.name
    if tenant is None:
        return (
            "" if silo is None else f"nobody has the id {tenant_id}, whose entry says {silo.slug}: correct it, or take it out"
        )
    if silo is None:
        missing = tenant.tier == "silo" and tenant.status != "removed"
        return f"the outputs of {stack} have no silo of {tenant.id}: its entry in {SETTING} makes it" if missing else ""
    if silo.slug != tenant.slug:
        return f"the entry of {tenant.id} says slug {silo.slug!r}; expected {tenant.slug!r}, as the registry has it"
    if tenant.tier != "silo":
        return f"{tenant.slug} is in the pool, and the entry of {tenant.id} makes what nothing uses: take it out"
    if tenant.status == "removed":
        return f"{tenant.slug} is removed: take out the entry of {tenant.id}, as its certificate says"
    place = space.registry.place(tenant.id, space.stack.region)
    expected = {"buckets": dict(silo.buckets), "database_host": silo.database_address}
    if place is None or {name: place.get(name) for name in expected} != expected:
        region = space.stack.region
        return f"the item place#{region} of {tenant.id} in the registry is not what the outputs say: `pulumi up` of {stack}"
    return ""


def faults(space: Workspace, tenants: list[Tenant]) -> list[dict[str, str]]:
    """What is wrong of all silos and of all tenants: `id`, `slug`, `told`."""
    known: dict[str, Tenant | None] = {each.id: each for each in tenants}
    # The list may miss one of another cell, or of this second.
    known |= {tenant: space.registry.find(tenant) for tenant in space.stack.silos if tenant not in known}
    found = ((tenant, row, fault(space, tenant, row)) for tenant, row in known.items())
    return [
        {"id": tenant, "slug": row.slug if row else space.stack.silos[tenant].slug, "told": told}
        for tenant, row, told in found
        if told
    ]


def home(space: Workspace, tenant: Tenant) -> Home:
    """Where the tenant is.

    Raises:
        OperationError: for a silo that the stack's outputs do not have, or have under another slug.
    """
    if tenant.tier == "pool":
        return space.pool
    silo = space.stack.silos.get(tenant.id)
    if silo is None or silo.slug != tenant.slug:
        raise OperationError(f"tenant {tenant.slug}: {fault(space, tenant.id, tenant)}", Code.CONFLICT)
    return space.silo(tenant.id)


def resources(stack: Stack, tenant: Tenant) -> dict[str, Any]:
    """What the tenant has of its own, for the journal: what outlives its data until the entry goes; nothing of the pool's."""
    silo = stack.silos.get(tenant.id) if tenant.tier == "silo" else None
    return {"silo": {"key": silo.key_arn, "database": silo.database_arn, "buckets": [*silo.buckets.values()]}} if silo else {}


def is_deployed(space: Workspace, tenant: Tenant) -> bool:
    """Whether the stack has all that a tenant of its tier takes."""
    return tenant.tier == "pool" or tenant.id in space.stack.silos


def wait_step(space: Workspace, tenant: Tenant) -> Step:
    """The step that ends a run until the tenant's silo is deployed."""

    def is_there() -> bool:
        if not is_deployed(space, tenant):
            return False
        if wrong := fault(space, tenant.id, tenant):
            raise OperationError(f"tenant {tenant.slug}: {wrong}", Code.CONFLICT)
        return True

    def wait() -> Result:
        raise NotDeployedError(
            f"tenant {tenant.slug} waits for its silo: enter {tenant.id} in {SETTING}, deploy, and run the same command again",
            Code.INCOMPLETE,
        )

    return Step(name=STEP, says="wait for its own key, buckets and database, which an entry makes", check=is_there, act=wait)


def last_home(space: Workspace, tenant: Tenant) -> Home:
    """Where the tenant is to be erased: as `home`, but in the pool where its silo was never made.

    Raises:
        OperationError: where it was, and the stack's outputs do not have it any more: what it holds would stay.
    """
    if tenant.tier == "pool" or is_deployed(space, tenant):
        return home(space, tenant)
    step = space.registry.read_step(tenant.id, STEP)
    if tenant.status != "removed" and step is not None and step["state"] == "done":
        raise OperationError(
            f"tenant {tenant.slug}: {fault(space, tenant.id, tenant)}, and it had one, which is to be erased first;"
            " put the entry back and deploy",
            Code.CONFLICT,
        )
    return space.pool


def databases(space: Workspace, tenant: Tenant) -> dict[str, Database]:
    """The databases that may have rows of the tenant, its own first; by what stands behind the names of their tables."""
    last = last_home(space, tenant)
    return {"": last.database} if last is space.pool else {" (silo)": last.database, "": space.pool.database}
