"""A tenant's limits: what each is, what enforces it, and what that did this month."""

from collections.abc import Mapping
from typing import Any

from operations.steps import Result, Step
from operations.tenants import silos
from operations.tenants.counts import jobs_told, messages_told
from operations.tenants.meter import Month
from operations.tenants.registry import DEFAULT_LIMITS, Tenant
from operations.tenants.workspace import Workspace

GIB = 1024**3
_SEARCH = (
    {
        "name": "searches",
        "value": "no limit of its own",
        "enforced_by": "OpenSearch, of each search: 10,000 hits, 1,024 clauses, 65,535 buckets; the service search, its time",
        "did": "unknown: what takes over 2 s is in the domain's slow log, by its index (docs/runbooks/search/cpu.md)",
    },
)


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
    """Each limit that keeps a tenant from taking what others need: `name`, `value`, `enforced_by` and what it `did`."""
    known, month = {**DEFAULT_LIMITS, **tenant.limits}, Month.now()
    counts = space.counts
    refused = counts.refused_sessions(tenant, month) if counts else None
    told = silos.last_home(space, tenant).database.order("verify", tenant.id, connections=known["connections"])
    sessions = ", ".join(f"{name} {each['sessions']}" for name, each in sorted(told["users"].items()))
    found = [
        {
            "name": "connections",
            "value": known["connections"],
            "enforced_by": "PostgreSQL, of each of its users: another session is refused",
            "did": f"{_or_unknown(refused)} sessions refused this month; now open: {sessions or 'none'}",
        }
    ]
    if space.workgroups:
        scanned = space.meter.scanned(space.workgroups.name(tenant.id), month) if space.meter else None
        cut_off = space.registry.cut_off(tenant.id)
        did = "unknown" if scanned is None else f"{scanned['bytes'] / GIB:.1f} GiB scanned this month"
        state = space.workgroups.state(tenant.id)
        did += f"; cut off since {cut_off['since']}" if cut_off else f"; its workgroup is {state or 'not there'}"
        stopped = space.workgroups.stopped(tenant.id)
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
                "did": f"{stopped['stopped']} of its last {stopped['looked_at']} queries stopped by it;"
                f" {'unknown' if scanned is None else scanned['cancelled']} cancelled this month, by it or by whomever",
            },
        ]
    jobs = counts.jobs(tenant.id) if counts else None
    messages = counts.messages(tenant.id, month) if counts else None
    if space.live:
        state = space.live.order("state", tenant.id)
        found.append(
            {
                "name": "records of a live window",
                "value": state["most"],
                "enforced_by": "the function live: what comes after them is not counted, and the window says it is incomplete",
                "did": "; ".join(map(_window, state["windows"])) or "no window has a record",
            }
        )
    return [
        *found,
        {
            "name": "share of the batch queue",
            "value": "fair",
            "enforced_by": "Batch, by share identifier: who used little goes first (dataconnect:batch)",
            "did": "unknown" if jobs is None else jobs_told(jobs),
        },
        {
            "name": "share of the queues",
            "value": "fair",
            "enforced_by": "SQS, by message group: who floods a queue waits longer than others",
            "did": "unknown" if messages is None else f"this month: {messages_told(messages)}",
        },
        *(_SEARCH if space.search else ()),
    ]


def _window(told: Mapping[str, Any]) -> str:
    full = "complete" if told["complete"] else "INCOMPLETE, more came than it takes"
    return f"{told['dataset']} of {told['day']}: {told['records']} records, {full}"


def _or_unknown(value: int | None) -> str:
    return "unknown" if value is None else str(value)
