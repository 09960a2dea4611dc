"""What `dataconnect tenant verify` looks at: whether a tenant is, everywhere, what the registry says."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from operations.errors import OperationError
from operations.tenants import silos
from operations.tenants.access import MENDS, without_access
from operations.tenants.onboarding import database_step, queries_state, revoke_steps
from operations.tenants.probe import judge
from operations.tenants.registry import Tenant
from operations.tenants.removal import remains
from operations.tenants.search import index_steps, lock_steps
from operations.tenants.workspace import Workspace


@dataclass(frozen=True, kw_only=True)
class Check:
    """One thing that was looked at.

    Attributes:
        name: What.
        right: Whether it is as it should be.
        told: What was found, or what mends it.
    """

    name: str
    right: bool
    told: str


def checks(space: Workspace, tenant: Tenant, *, unproven: str | None) -> Iterator[Check]:
    """Look at everything that the tenant's status promises; changes nothing. Without its silo, the rest is left out."""
    slug = tenant.slug
    if tenant.tier == "silo" or tenant.id in space.stack.silos:
        fault = silos.fault(space, tenant.id, tenant)
        yield _check("silo", not fault, fault)
    try:
        lake, database = (here := silos.last_home(space, tenant)).lake, here.database
    except OperationError:
        return
    if tenant.status == "active":
        missing = [bucket for bucket in lake.data.values() if not lake.has_marker(bucket, tenant.id)]
        yield _check("folders", not missing, f"missing in {', '.join(missing)}: dataconnect tenant add {slug}")
        if here is not space.pool:
            astray = [bucket for bucket in space.lake.data.values() if not space.lake.is_empty(bucket, tenant.id)]
            yield _check("nothing in the pool", not astray, f"it has objects in {', '.join(astray)}, which others share")
        users = database_step(space, tenant, "").check()
        yield _check("database users", users, f"not all log in, or do what their service does: dataconnect tenant add {slug}")
        if space.workgroups:
            wrong = space.workgroups.faults(tenant, queries_state(space, tenant))
            yield _check("queries", not wrong, f"{'; '.join(wrong)}: dataconnect tenant add {slug}")
        for step in index_steps(space.search, tenant.id, ""):
            yield _check("search", step.check(), f"an index, its role or its people are missing: dataconnect tenant add {slug}")
        yield _check("access", space.access.is_open(tenant.id), f"a role denies it: dataconnect tenant resume {slug}")
        if unproven is None:
            yield _isolation(space, tenant, lake.data)
        else:
            yield Check(name="isolation", right=True, told=f"not tried: {unproven}")
    elif tenant.status in ("suspended", "removing"):
        again = f"dataconnect tenant {'suspend' if tenant.status == 'suspended' else 'remove'} {slug}"
        yield _denied(space, tenant)
        _, sessions, *queries = revoke_steps(space, tenant, "", lambda: database)
        for step in lock_steps(space.search, tenant.id, ""):
            yield _check("search", step.check(), f"its people may search: {again}")
        yield _check("database users", sessions.check(), f"not revoked: {again}")
        for each in queries:
            yield _check("queries", each.check(), f"not disabled: {again}")
    elif tenant.status == "removed":
        if tenant.id in without_access([tenant], datetime.now(UTC)):
            yield _denied(space, tenant)
        if space.workgroups:
            left = space.workgroups.state(tenant.id)
            yield _check("queries", left is None, "its workgroup is there: dataconnect tenant workgroups")
        for name, found in remains(space, tenant).items():
            yield _check(name, not found, f"left: {found}")
    else:
        yield Check(name="onboarding", right=False, told=f"not finished: dataconnect tenant add {slug}")


def _check(name: str, right: bool, otherwise: str) -> Check:
    return Check(name=name, right=right, told="as it should be" if right else otherwise)


def _denied(space: Workspace, tenant: Tenant) -> Check:
    lets_in = ", ".join(space.access.open_on(tenant.id))
    return _check("access", not lets_in, f"not denied by {lets_in}: {MENDS}")


def _isolation(space: Workspace, tenant: Tenant, buckets: Mapping[str, str]) -> Check:
    try:
        return Check(name="isolation", right=True, told=judge(space.probe.try_isolation(tenant.id, buckets)))
    except OperationError as error:
        return Check(name="isolation", right=False, told=str(error))
