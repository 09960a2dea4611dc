"""The certificate of deletion: what a tenant had, what was deleted and when, and what was not and why."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from operations.stack import Stack
from operations.tenants.registry import Tenant

Certificate = dict[str, Any]
PAPERS: Final = "certificates/"
"""Where certificates and lists of what was deleted lie in the bucket `config`."""

LET_GO: Final = (
    "To be done: write `protect: false` into its entry in dataconnect:silos and deploy the stack, and its recovery and"
    " replication where it has them; then take the entry out, and deploy in the order replication, recovery, stack"
    " (docs/tenancy.md has it step by step). That schedules the deletion of its key, 30 days later (60 where it has a replica):"
    " then nothing that it encrypted can be read, no backup and no snapshot either."
)
"""How the resources of a removed tenant go."""


@dataclass(frozen=True, kw_only=True)
class Expiring:
    """What no removal reaches.

    Attributes:
        what: Copies and traces, for people.
        why: Why they are not deleted now.
        kept: The stack's output `keptDays` -> what it is of; the longest counts.
        of_silos: Whether there are some of a silo's, too.
    """

    what: str
    why: str
    kept: tuple[str, ...]
    of_silos: bool = True


EXPIRES: Final = (
    Expiring(
        what="snapshots and point-in-time backups of the database and the tables, recovery points of AWS Backup",
        why="they hold all tenants and cannot be changed",
        kept=("databaseBackups", "tableBackups", "recoveryPoints"),
    ),
    Expiring(
        what="recent records as Parquet in the bucket stream",
        why="a file there holds a pool of tenants",
        kept=("stream",),
        of_silos=False,
    ),
    Expiring(what="snapshots of the cache", why="they hold the counts of all tenants", kept=("cacheSnapshots",)),
    Expiring(what="snapshots of the search", why="they hold the indexes of all tenants", kept=("searchSnapshots",)),
    Expiring(
        what="messages in queues and among dead letters", why="nobody takes them in for a removed tenant", kept=("messages",)
    ),
    Expiring(
        what="access logs of buckets and load balancers", why="they name objects, and hold no content", kept=("accessLogs",)
    ),
    Expiring(
        what="lists of the buckets' objects", why="they name objects of all tenants, and hold no content", kept=("inventories",)
    ),
    Expiring(what="logs of the platform", why="they name ids, and hold no content", kept=("logs",)),
)
"""What no removal reaches, and why."""

STAYS: Final = (
    ("registry", "the tenant's id, slug, name, times and the journal of what was done"),
    ("bucket config", "this certificate, and the list of objects that were deleted; its replica has them, too"),
)
"""What is kept on purpose."""


@dataclass(frozen=True)
class Keys:
    """Where the papers of a removal lie in the bucket `config`."""

    json: str
    markdown: str
    manifest: str


def keys(tenant: Tenant, *, complete: bool = True) -> Keys:
    """The papers of a tenant; a report of an incomplete removal is never taken for a certificate."""
    name = f"{PAPERS}{tenant.id}/{'certificate' if complete else 'incomplete'}"
    return Keys(json=f"{name}.json", markdown=f"{name}.md", manifest=f"{PAPERS}{tenant.id}/objects.jsonl")


def certificate(stack: Stack, tenant: Tenant, steps: Mapping[str, Mapping[str, Any]]) -> Certificate:
    """The certificate that a tenant's journal gives."""
    inventory, found = steps["remove-inventory"]["result"], steps["remove-probe"]["result"]
    rows = steps["remove-database"]["result"].get("erased")
    # None where the stack has no live counts; one that was killed may have erased some before it could tell.
    live = steps["remove-live"]["result"].get("erased", 0) if "remove-live" in steps else None
    export = steps.get("remove-export", {}).get("result")
    not_deleted = [
        *(
            {"what": f"s3://{each['bucket']}/{each['key']} ({each['version']}) in {each['region']}", "why": each["why"]}
            for each in found["objects"]
        ),
        *(
            {"what": f"{count} items of {table}", "why": "written during the removal"}
            for table, count in found["items"].items()
        ),
        *({"what": f"database user {tenant.id}_{user}", "why": "its rows are not erased yet"} for user in found["users"]),
        *(
            {"what": f"{count} rows of {name}", "why": "not erased, or a view not refreshed"}
            for name, count in found["rows"].items()
        ),
        *(
            {"what": f"{count} keys of live counts", "why": "written during the removal"}
            for count in found.get("live", {}).values()
        ),
        # A journal from before there was a search says nothing of one.
        *({"what": f"{what} of {tenant.id} in the search", "why": "not deleted"} for what in found.get("search", ())),
    ]
    return {
        "complete": not not_deleted,
        "tenant": {
            "id": tenant.id,
            "slug": tenant.slug,
            "name": tenant.name,
            "tier": tenant.tier,
            "onboarded": tenant.created_at,
        },
        "place": {"stack": stack.name, "account": stack.account, "region": stack.region},
        "began_at": steps["remove-deactivate"]["started_at"],
        "looked_at": found["looked_at"],
        "deleted": {
            "objects": inventory["objects"],
            "items": inventory["items"],
            # A run that was killed after it erased rows could not tell how many.
            **({"live_counts": live} if live is not None else {}),
            # Nor which of these it deleted.
            **{name: told for name, told in _of_queries(steps) if told},
            "rows": "erased; their number was not recorded" if rows is None else rows,
        },
        "manifest": {"place": inventory["manifest"], "sha256": inventory["sha256"]},
        "export": export or "none was asked for",
        "access": found["access"],
        "not_deleted": not_deleted,
        "expires": [
            {"what": each.what, "why": each.why, "until": until}
            for each in EXPIRES
            if (each.of_silos or "silo" not in inventory) and (until := _until(stack, each, found["looked_at"]))
        ],
        "stays": [{"what": what, "why": why} for what, why in STAYS],
        "silo": _own(inventory["silo"]) if "silo" in inventory else {},
        "shares": [
            {"share": name.removeprefix("share-").removesuffix("-proof"), "proof": entry["result"]}
            for name, entry in steps.items()
            if name.startswith("share-") and name.endswith("-proof")
        ],
        "steps": [
            {"step": entry["step"], "started_at": entry["started_at"], "finished_at": entry["finished_at"]}
            for entry in steps.values()
            if entry["step"].startswith("remove-") and entry["step"] != "remove-probe"
        ],
    }


def _until(stack: Stack, expiring: Expiring, looked_at: str) -> str | None:
    """The day on which AWS has deleted the last of it, if the stack keeps it at all: what was made just before the removal."""
    days = [stack.kept_days[name] for name in expiring.kept if stack.kept_days.get(name)]
    # AWS deletes in the course of the day after.
    return (datetime.fromisoformat(looked_at) + timedelta(days=max(days) + 1)).date().isoformat() if days else None


def _of_queries(steps: Mapping[str, Mapping[str, Any]]) -> Iterator[tuple[str, Any]]:
    """What was deleted of the search and of Athena."""
    for name, step, key in (("search", "remove-search", "changed"), ("workgroup", "remove-workgroup", "workgroup")):
        yield name, (steps.get(step, {}).get("result") or {}).get(key)


def _own(silo: Mapping[str, Any]) -> dict[str, Any]:
    """What is left of the resources that were the tenant's own, and what lets them go."""
    return {
        "left": [
            {
                "what": f"its key {silo['key']}, in every region that has it",
                "why": "deleted 30 days after its entry is taken out, 60 where it has a replica",
            },
            {
                "what": f"its database {silo['database']}, its replica where there is one, their backups and snapshots",
                "why": "its rows are erased; both go with its entry, and backups and snapshots are unreadable without the key",
            },
            *(
                {"what": f"its bucket {bucket}, and its replica where there is one", "why": "goes with its entry"}
                for bucket in silo["buckets"]
            ),
        ],
        "to_do": LET_GO,
    }


def text(made: Certificate) -> str:
    """As JSON."""
    return json.dumps(made, indent=2) + "\n"


def digest(made: Certificate) -> str:
    """SHA-256 of the certificate's JSON text as it is stored."""
    return hashlib.sha256(text(made).encode()).hexdigest()


def markdown(made: Certificate) -> str:
    """For people."""
    tenant, place, deleted = made["tenant"], made["place"], made["deleted"]
    title = "Certificate of deletion" if made["complete"] else "Deletion not complete: this is no certificate"
    lines = [
        f"# {title}",
        f"{tenant['name']} (`{tenant['slug']}`, id `{tenant['id']}`), tenant since {tenant['onboarded']}, stack"
        f" {place['stack']}, account {place['account']}, {place['region']}. Removal began {made['began_at']}; looked at again"
        f" {made['looked_at']}.",
        "",
        "| deleted | where | region | count |",
        "| --- | --- | --- | --- |",
    ]
    for name, sums in deleted["objects"].items():
        told = f"{sums['versions']} versions ({sums['bytes']} bytes), {sums['delete_markers']} delete markers"
        told += f", {sums['uploads']} uploads{', past the lock' if sums['locked'] else ''}"
        lines.append(f"| objects, {name} | `{sums['bucket']}` | {sums['region']} | {told} |")
    lines += [f"| items | `{table}` | {place['region']} | {count} |" for table, count in deleted["items"].items()]
    rows = deleted["rows"]
    lines += (
        [f"| rows | `{table}` | {place['region']} | {count} |" for table, count in rows.items()]
        if isinstance(rows, dict)
        else [f"| rows | | {place['region']} | {rows} |"]
    )
    if "live_counts" in deleted:
        lines.append(f"| live counts, keys | the cache | {place['region']} | {deleted['live_counts']} |")
    lines += [f"| index or role | the search | {place['region']} | {each} |" for each in deleted.get("search", ())]
    if "workgroup" in deleted:
        lines.append(f"| workgroup, with its queries | Athena | {place['region']} | {deleted['workgroup']} |")
    export = made["export"]
    exported = (
        export if isinstance(export, str) else f"{export['objects']} objects, {export['bytes']} bytes, in {export['target']}"
    )
    lines += [
        "",
        f"Every object is listed in {made['manifest']['place']}, SHA-256 `{made['manifest']['sha256']}`.",
        f"Export: {exported}.",
        f"Access after the removal: {made['access']}.",
    ]
    for heading, entries in (
        ("Not deleted", made["not_deleted"]),
        ("Deleted later, by itself", made["expires"]),
        ("Kept on purpose", made["stays"]),
    ):
        if entries:
            lines += ["", f"## {heading}", *map(_told, entries)]
    if made.get("shares"):
        lines += ["", "## Shares that were ended, with proof", *(f"- {each['share']}" for each in made["shares"])]
    if made["silo"]:
        lines += [
            "",
            "## Of its own, until its entry is taken out",
            *map(_told, made["silo"]["left"]),
            "",
            made["silo"]["to_do"],
        ]
    return "\n".join(lines) + "\n"


def _told(entry: Mapping[str, str]) -> str:
    until = f"; deleted by {entry['until']}" if "until" in entry else ""
    return f"- {entry['what']}: {entry['why']}{until}"
