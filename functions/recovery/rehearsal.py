"""The steps of a rehearsal: databases are copied and the copies promoted, services run without visitors, and all of it goes."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from .aws import code_of
from .execute import Flow, Json, Notes, Told
from .site import Site, Switch
from .stop import StopError
from .switches import database_of
from .work import Work, told_of

SUFFIX: Final = "-rehearsal"
"""What the identifier of a copy ends with; only such instances may a rehearsal delete."""
_RUN_TAG: Final = "RecoveryRun"


def copy(work: Work, flow: Flow, _notes: Notes, limit: int) -> Json:
    """Make the copies; what an earlier rehearsal left is deleted first."""

    def look() -> Told:
        waits = {each.name: why for each in work.site.of("database") if (why := _copy(work, each))}
        return Told(done=not waits, why="; ".join(f"{name}: {why}" for name, why in sorted(waits.items())))

    return flow.until("copy", look, limit)


def _copy(work: Work, switch: Switch) -> str:
    """Go on with a copy: what it still waits for, "" where it is there."""
    rds, told = work.here.client("rds"), _copy_of(work, switch)
    if told is None:
        source = database_of(work.here.client, switch.facts)
        if source["DBInstanceStatus"] != "available":
            return f"its source is {source['DBInstanceStatus']}"
        rds.create_db_instance_read_replica(
            DBInstanceIdentifier=f"{switch.facts['identifier']}{SUFFIX}",
            SourceDBInstanceIdentifier=switch.facts["identifier"],
            DBInstanceClass=source["DBInstanceClass"],
            # Nobody is let in but the heartbeat, and nothing is kept.
            VpcSecurityGroupIds=[switch.facts["fence"]],
            MultiAZ=False,
            PubliclyAccessible=False,
            DeletionProtection=False,
            CopyTagsToSnapshot=False,
            # RDS refuses AWS's own.
            Tags=[
                *(tag for tag in source.get("TagList", []) if not tag["Key"].startswith("aws:")),
                {"Key": _RUN_TAG, "Value": work.order.run},
            ],
        )
        return "being copied"
    tags = {tag["Key"]: tag["Value"] for tag in told.get("TagList", [])}
    if tags.get(_RUN_TAG) != work.order.run:
        if told["DBInstanceStatus"] != "deleting":
            _delete(work, switch)
        return f"an earlier rehearsal's copy, {told['DBInstanceStatus']}"
    return "" if told["DBInstanceStatus"] == "available" else str(told["DBInstanceStatus"])


def promote_copy(work: Work, flow: Flow, _notes: Notes, limit: int) -> Json:
    """Promote the copies as databases are promoted."""
    copies = replace(work.here, site=_site_of_copies(work.site))
    flow.until("promote-copy", lambda: told_of(copies.promote(lambda: None)), limit)
    return {}


def stop(work: Work, flow: Flow, _notes: Notes, limit: int) -> Json:
    """Stop the services."""
    return flow.until("stop", lambda: told_of(work.here.converge(work.site.of("service"), "off")), limit)


def clean_up(work: Work, flow: Flow, _notes: Notes, limit: int) -> Json:
    """Delete the copies."""

    def look() -> Told:
        left = discard(work)
        return Told(done=not left, why="; ".join(f"the copy of {name}: {status}" for name, status in sorted(left.items())))

    return flow.until("clean-up", look, limit)


def discard(work: Work) -> dict[str, str]:
    """Have the copies deleted; what is left of them: status by database. Raises as boto3 does."""
    left: dict[str, str] = {}
    for switch in work.site.of("database"):
        if (told := _copy_of(work, switch)) is not None:
            if told["DBInstanceStatus"] != "deleting":
                _delete(work, switch)
            left[switch.name] = told["DBInstanceStatus"]
    return left


def clear(work: Work, flow: Flow, notes: Notes) -> str:
    """Take away what a rehearsal that failed has made; why not, or ""."""
    troubles: list[str] = []
    for do, limit in ((stop, 600), (clean_up, 3600)):
        try:
            do(work, flow, notes, limit)
        except StopError as stopped:
            troubles.append(stopped.why)
    return "; ".join(troubles)


def _copy_of(work: Work, switch: Switch) -> Mapping[str, Any] | None:
    try:
        return database_of(work.here.client, {"identifier": f"{switch.facts['identifier']}{SUFFIX}"})
    except Exception as error:
        if code_of(error) in ("DBInstanceNotFound", "DBInstanceNotFoundFault"):
            return None
        raise


def _delete(work: Work, switch: Switch) -> None:
    work.here.client("rds").delete_db_instance(
        DBInstanceIdentifier=f"{switch.facts['identifier']}{SUFFIX}", SkipFinalSnapshot=True, DeleteAutomatedBackups=True
    )


def _site_of_copies(site: Site) -> Site:
    copies = [
        replace(
            each,
            # Never opened to anybody.
            facts={
                **each.facts,
                "identifier": f"{each.facts['identifier']}{SUFFIX}",
                "groups": [each.facts["fence"]],
            },
        )
        for each in site.of("database")
    ]
    return replace(site, switches=tuple(copies))
