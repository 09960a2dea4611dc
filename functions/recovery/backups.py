"""The function `backups` of a cold region: until when its databases could be restored, by the clock, for an alarm."""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from functions.shared import telling

from .aws import RegionalAws, namespace_of

FILE: Final = Path(__file__).parents[2] / "backups.json"
"""`{"region", "backups": {database: ARN}}`; lies at the root of the package that Lambda unpacks."""
METRIC: Final = "RestorableAgeSeconds"
"""Seconds since the last moment to which every database can be restored; no value where that of one is unknown."""


@dataclass(frozen=True)
class Backup:
    """Copies of a database's automated backups.

    Attributes:
        status: As RDS has it: `replicating`, or `retained` once the copying has ended.
        latest: The last moment to which it can be restored, Unix time in whole seconds; None where there is none.
    """

    status: str
    latest: int | None


def look(rds: Any, arns: Mapping[str, str]) -> dict[str, Backup]:
    """Ask RDS for the backups, by database. Raises as boto3 does."""
    found: dict[str, Backup] = {}
    for name, arn in arns.items():
        told = rds.describe_db_instance_automated_backups(DBInstanceAutomatedBackupsArn=arn)["DBInstanceAutomatedBackups"]
        latest = told[0].get("RestoreWindow", {}).get("LatestTime") if told else None
        status = str(told[0].get("Status", "")).lower() if told else "missing"
        found[name] = Backup(status, None if latest is None else int(latest.timestamp()))
    return found


def oldest(backups: Mapping[str, Backup]) -> int | None:
    """The last moment to which all of them can be restored, Unix time; None where that of one is unknown."""
    moments = [each.latest for each in backups.values()]
    known = [moment for moment in moments if moment is not None]
    return min(known) if known and len(known) == len(moments) else None


def handle(_event: Mapping[str, Any], _context: Any) -> dict[str, Any]:
    """Tell CloudWatch. Raises as boto3 does, and an alarm tells of that."""
    document = json.loads(FILE.read_text())
    aws, region = RegionalAws(), document["region"]
    moment = oldest(look(aws.client("rds", region), document["backups"]))
    age = None if moment is None else max(0, int(time.time()) - moment)
    if age is not None:
        dimensions = [{"Name": "Region", "Value": region}]
        datum = {"MetricName": METRIC, "Dimensions": dimensions, "Value": age, "Unit": "Seconds"}
        aws.client("cloudwatch", region).put_metric_data(Namespace=namespace_of(document["stack"]), MetricData=[datum])
    with telling.event("backups", "look", counted=False) as line:
        line.tell(age=age)
        if age is None:
            line.fail("a backup that nobody can see")
    return {"age": age}
