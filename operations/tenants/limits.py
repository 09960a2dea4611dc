"""A tenant's limits: what each is, what enforces it, and what that did this month."""

from collections.abc import Mapping
from typing import Any

from operations.steps import Result, Step
from operations.tenants import silos
from operations.tenants.meter import Month
from operations.tenants.registry import DEFAULT_LIMITS, Tenant
from operations.tenants.workspace import Workspace

GIB = 1024**3
NOT_COUNTED = "not counted by tenant"


def set_steps(space: Workspace, tenant: Tenant, changes: Mapping[str, int]) -> list[Step]:
    """The steps that change limits of a tenant with access; what it scans is looked at within the hour."""
    def change() -> Result:
        space.registry.limit(tenant.id, ("active",), changes)
        return {"before": dict(tenant.limits), "limits": dict(changes)}

    def connections() -> Result:
        silos.home(space, tenant).database.order("add", tenant.id, connections=changes["connections"])
        return {"connections": changes["connections"]}

    told = ", ".join(f"{name} {value}" for name, value in changes.items())
    steps = [
        Step(
            name="limits-set",
            says=f"set its limits: {told}",
            check=lambda: changes.items() <= dict(space.registry.get(tenant.id).limits).items(),
            act=change,
        )
    ]
    if "connections" in changes:
        # The database does not tell the limit of a user: the order is given each time.
        steps.append(
            Step(
                name="limits-database",
                says="tell the database how many sessions each of its users may have",
                check=lambda: False,
                act=connections,
                verify=lambda: None,
            )
        )
    return steps


def limits(space: Workspace, tenant: Tenant) -> list[dict[str, Any]]:
    """Each limit: `name`, `value`, `enforced_by` and `did` this month."""
    known = {**DEFAULT_LIMITS, **tenant.limits}
    found = [
        {
            "name": "connections",
            "value": known["connections"],
            "enforced_by": "PostgreSQL, of each of its users: another session is refused",
            "did": NOT_COUNTED,
        }
    ]
    if space.workgroups:
        scanned = space.meter.scanned(space.workgroups.name(tenant.id), Month.now()) if space.meter else None
        cut_off = space.registry.cut_off(tenant.id)
        did = "unknown" if scanned is None else f"{scanned['bytes'] / GIB:.1f} GiB scanned"
        state = space.workgroups.state(tenant.id)
        did += f"; cut off since {cut_off['since']}" if cut_off else f"; its workgroup is {state or 'not there'}"
        found += [
            {
                "name": "scanned_gib_per_month",
                "value": known["scanned_gib_per_month"],
                "enforced_by": "the function quota, each hour: its workgroup is disabled until the month ends",
                "did": did,
            },
            {
                "name": "GiB a query scans",
                "value": space.workgroups.queries.cutoff_bytes // GIB,
                "enforced_by": "Athena, by its workgroup: the query is cancelled (dataconnect:catalog.cutoffGiB)",
                "did": "unknown" if scanned is None else f"{scanned['cancelled']} queries cancelled, by whomever",
            },
        ]
    return [
        *found,
        {
            "name": "share of the batch queue",
            "value": "fair",
            "enforced_by": "Batch, by share identifier: who used little goes first (dataconnect:batch)",
            "did": NOT_COUNTED,
        },
        {
            "name": "share of the queues",
            "value": "fair",
            "enforced_by": "SQS, by message group: who floods a queue waits longer than others",
            "did": NOT_COUNTED,
        },
    ]
