"""The steps that take a tenant in, suspend it, and let it in again."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from operations.errors import Code, OperationError
from operations.shares import revoking as sharing
from operations.steps import Result, Step
from operations.tenants import silos
from operations.tenants.database import Database
from operations.tenants.probe import judge
from operations.tenants.registry import DEFAULT_LIMITS, ID, LIMITS, SLUG, Status, Tenant, Tier, conflict, new_id, now
from operations.tenants.search import index_steps, lock_steps
from operations.tenants.workgroups import DISABLED, ENABLED
from operations.tenants.workspace import Workspace


def check_new(slug: str, limits: Mapping[str, int]) -> None:
    """Refuse what is no slug or limit.

    Raises:
        OperationError: naming the field, the value and what would be right.
    """
    if not SLUG.fullmatch(slug):
        raise OperationError(
            f"SLUG is {slug!r}; expected 2 to 39 lower-case letters, digits and -, a letter first, e.g. acme-home-loans",
            Code.USAGE,
        )
    if ID.fullmatch(slug):
        raise OperationError(f"SLUG is {slug!r}, which could be an id; expected another name", Code.USAGE)
    check_limits(limits)


def check_limits(limits: Mapping[str, int]) -> None:
    """Refuse what is no limit.

    Raises:
        OperationError: naming the limit, the value and what would be right.
    """
    for name, value in limits.items():
        if name not in LIMITS:
            raise OperationError(f"--limit has {name!r}; expected one of {', '.join(LIMITS)}", Code.USAGE)
        if value not in LIMITS[name]:
            bounds = LIMITS[name]
            raise OperationError(f"--limit {name} is {value}; expected {bounds[0]} to {bounds[-1]}", Code.USAGE)


def candidate(space: Workspace, slug: str, *, name: str | None, tier: Tier | None, limits: Mapping[str, int]) -> Tenant:
    """The tenant that `add` is about: the one that has the slug, or a new one that is not entered yet.

    Raises:
        OperationError: where the slug is taken by a tenant that was given otherwise, or is past onboarding.
    """
    found = space.registry.find(slug)
    if found is None:
        return Tenant(
            id=new_id(),
            slug=slug,
            name=name or slug,
            tier=tier or "pool",
            cell=space.stack.name,
            status="onboarding",
            created_at=now(),
            limits={**DEFAULT_LIMITS, **limits},
        )
    if found.status not in ("onboarding", "active"):
        raise conflict(found, ("onboarding", "active or nobody's: a slug stays taken, so that it never means another lender"))
    for field, given, known in (
        ("--name", name, found.name),
        ("--tier", tier, found.tier),
        ("stack", space.stack.name, found.cell),
    ):
        if given is not None and given != known:
            raise OperationError(
                f"{field} is {given!r}, but tenant {slug} is there with {known!r}; expected the same", Code.CONFLICT
            )
    # One that is active has the limits it has: what has become a limit since is set by `tenant limits`.
    wanted = {**({} if found.status == "active" else DEFAULT_LIMITS), **found.limits, **limits}
    if found.status == "active" and wanted != found.limits:
        raise OperationError(
            f"--limit is {dict(limits)}, but tenant {slug} is active with {dict(found.limits)}; expected the same",
            Code.CONFLICT,
        )
    return replace(found, limits=wanted)


def claim(space: Workspace, tenant: Tenant) -> Tenant:
    """Enter the tenant, unless it is there; another command may have been faster.

    Raises:
        OperationError: where the slug went to another tenant that was given otherwise.
    """
    if space.registry.find(tenant.id) is None and not space.registry.claim(replace(tenant, limits={})):
        return candidate(space, tenant.slug, name=tenant.name, tier=tenant.tier, limits=tenant.limits)
    return tenant


def add_steps(space: Workspace, tenant: Tenant, *, unproven: str | None) -> list[Step]:
    """The steps that take a tenant in; `unproven` is the reason why isolation is not tried, if it is not.

    Raises:
        OperationError: where the stack's silo of its id has another slug.
    """
    registry, is_deployed = space.registry, silos.is_deployed(space, tenant)
    here = silos.home(space, tenant) if is_deployed else space.pool
    lake, buckets = here.lake, here.lake.data

    def row() -> Tenant | None:
        return registry.find(tenant.id)

    def has(**values: Any) -> bool:
        found = row()
        return found is not None and all(getattr(found, name) == value for name, value in values.items())

    def change(**values: Any) -> Result:
        registry.change(tenant.id, ("onboarding",), **values)
        return values

    def folders() -> Result:
        for bucket in buckets.values():
            if not lake.has_marker(bucket, tenant.id):
                lake.put_marker(bucket, tenant.id)
        return {"folders": [f"s3://{bucket}/tenant={tenant.id}/" for bucket in buckets.values()]}

    def isolation() -> Result:
        if unproven is not None:
            return change(isolation=f"not proven: {unproven}")
        return change(isolation=f"{judge(space.probe.try_isolation(tenant.id, buckets))}, {now()}")

    def is_tried() -> bool:
        found = row()
        # A run that may try it does not rest on one that did not.
        return (
            found is not None
            and bool(found.isolation)
            and (unproven is not None or not found.isolation.startswith("not proven"))
        )

    def then(step: Step) -> Step:
        """A step of which nothing is there before the silo is: the one that waits for it comes first."""
        return step if is_deployed else replace(step, check=lambda: False)

    return [
        Step(
            name="add-claim",
            says="take the slug and an id in the registry, in one transaction",
            check=lambda: row() is not None,
            act=dict,
        ),
        Step(
            name="add-limits",
            says=f"set its limits: {', '.join(f'{name} {value}' for name, value in tenant.limits.items())}",
            check=lambda: has(limits=dict(tenant.limits)),
            act=lambda: change(limits=dict(tenant.limits)),
        ),
        *([silos.wait_step(space, tenant)] if tenant.tier == "silo" else []),
        then(
            Step(
                name="add-folders",
                says=f"make its folder in {', '.join(buckets)}",
                check=lambda: all(lake.has_marker(bucket, tenant.id) for bucket in buckets.values()),
                act=folders,
            )
        ),
        then(database_step(space, tenant, "add-database")),
        *([then(queries_step(space, tenant, "add-queries"))] if space.workgroups else []),
        *index_steps(space.search, tenant.id, "add-search"),
        Step(
            name="add-isolation",
            says=f"leave isolation unproven: {unproven}"
            if unproven is not None
            else "try whether each tenant is refused the other's data",
            check=lambda: has(status="active") or is_tried(),
            act=isolation,
        ),
        Step(
            name="add-activate",
            says="activate it",
            check=lambda: has(status="active"),
            act=lambda: change(status="active"),
        ),
    ]


def database_step(space: Workspace, tenant: Tenant, name: str) -> Step:
    """The step that makes the tenant's database users where it is, able to log in, each to read or write as its service."""
    users, limit = dict(space.stack.database_users), int(tenant.limits.get("connections", DEFAULT_LIMITS["connections"]))

    def can_log_in() -> bool:
        if not users:
            return True
        found = silos.home(space, tenant).database.order("verify", tenant.id, connections=limit)["users"]
        return {user: state["access"] for user, state in found.items() if state["login"]} == users

    return Step(
        name=name,
        says=f"let it log in to the database as {', '.join(f'{tenant.id}_{user}' for user in sorted(users)) or 'nobody'}",
        check=can_log_in,
        act=lambda: silos.home(space, tenant).database.order("add", tenant.id, connections=limit),
    )


def queries_state(space: Workspace, tenant: Tenant) -> str:
    """Whether a tenant with access may query: not after its month's scans are used up."""
    return DISABLED if space.registry.cut_off(tenant.id) else ENABLED


def queries_step(space: Workspace, tenant: Tenant, name: str) -> Step:
    """The step that makes its workgroup, or mends it."""
    groups = space.workgroups
    assert groups is not None  # noqa: S101 - who asks for the step has looked
    return Step(
        name=name,
        says=f"let it query in the workgroup {groups.name(tenant.id)}",
        check=lambda: not groups.faults(tenant, queries_state(space, tenant)),
        act=lambda: groups.make(tenant, queries_state(space, tenant)),
    )


def suspend_steps(space: Workspace, tenant: Tenant) -> list[Step]:
    """The steps after which nobody works on the tenant's data; the data stays."""
    return [
        _status_step(space, tenant, "suspend-status", "suspended", "active"),
        # Only the last step asks where the tenant is: a silo that is not found leaves no session of AWS its access.
        *sharing.suspend_steps(space.shares, tenant.id),
        *lock_steps(space.search, tenant.id, "suspend-search"),
        *revoke_steps(space, tenant, "suspend", lambda: silos.home(space, tenant).database),
    ]


def resume_steps(space: Workspace, tenant: Tenant) -> list[Step]:
    """The steps that undo a suspension.

    Raises:
        OperationError: for a silo that is not found: nothing is given back in part.
    """
    silos.home(space, tenant)
    return [
        _status_step(space, tenant, "resume-status", "active", "suspended"),
        Step(
            name="resume-access",
            says="take it off the list of tenants without access, on every tenant role",
            check=lambda: space.access.is_open(tenant.id),
            act=space.access.apply,
        ),
        database_step(space, tenant, "resume-database"),
        *([queries_step(space, tenant, "resume-queries")] if space.workgroups else []),
        *sharing.resume_steps(space.shares, tenant.id),
        *index_steps(space.search, tenant.id, "resume-search"),
    ]


def revoke_steps(space: Workspace, tenant: Tenant, run: str, database: Callable[[], Database]) -> list[Step]:
    """The steps that end the tenant's sessions, of AWS and of its database."""

    def locked() -> bool:
        found = database().order("verify", tenant.id, connections=1)["users"]
        return not any(state["login"] or state["sessions"] for state in found.values())

    return [
        Step(
            name=f"{run}-access",
            says="list it among the tenants without access, on every tenant role",
            check=lambda: space.access.is_denied(tenant.id),
            act=space.access.apply,
        ),
        Step(
            name=f"{run}-sessions",
            says="lock its database users and end their sessions",
            check=locked,
            act=lambda: database().order("lock", tenant.id, connections=1),
        ),
        *([_disable_step(space, tenant, run)] if space.workgroups else []),
    ]


def _disable_step(space: Workspace, tenant: Tenant, run: str) -> Step:
    groups = space.workgroups
    assert groups is not None  # noqa: S101 - who asks for the step has looked
    return Step(
        name=f"{run}-queries",
        says=f"disable its workgroup {groups.name(tenant.id)}",
        check=lambda: groups.state(tenant.id) in (None, DISABLED),
        act=lambda: groups.switch(tenant.id, DISABLED),
    )


def _status_step(space: Workspace, tenant: Tenant, name: str, to: Status, of: Status) -> Step:
    def act() -> Result:
        space.registry.change(tenant.id, (of,), status=to)
        return {"status": to}

    return Step(name=name, says=f"enter it as {to}", check=lambda: space.registry.get(tenant.id).status == to, act=act)
