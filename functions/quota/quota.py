"""Who is cut off and who is let in again: by the month's scans, the tenant's limit and status, and what was done before."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from functions.shared import telling
from functions.shared.tenants import trouble_of

from .scanned import scanned_bytes

CONFIG: Final = Config(connect_timeout=2, read_timeout=20, retries={"mode": "standard", "total_max_attempts": 6})
GIB: Final = 1024**3
DEFAULT_GIB: Final = 1_000
"""For a tenant whose row says no limit: operations/tenants/registry.py has the same."""
ENABLED, DISABLED = "ENABLED", "DISABLED"
ITEM: Final = "scan-quota"
ID: Final = re.compile(r"t[a-z2-7]{15}", re.ASCII)
CUT_OFF: Final = "TenantsCutOff"


@dataclass(frozen=True)
class Row:
    """What the registry says of a tenant."""

    tenant: str
    status: str
    limit_gib: int


@dataclass(frozen=True, kw_only=True)
class Quota:
    """The tenants of a cell, and their workgroups in this region.

    Attributes:
        dynamodb: Client of the registry's region.
        athena: The workgroups'.
        cloudwatch: Of their metrics.
        table: The registry.
        cell: The stack whose tenants they are.
        workgroups: What the names of workgroups begin with; the tenant's id follows.
        namespace: Of what is told CloudWatch.
    """

    dynamodb: Any
    athena: Any
    cloudwatch: Any
    table: str
    cell: str
    workgroups: str
    namespace: str

    def run(self, now: datetime) -> dict[str, Any]:
        """Look at all tenants once; run again, it does nothing twice. Trouble with one stops no other.

        Returns:
            How many there are, who was cut off and who let in again, and who could not be looked at.

        Raises:
            ClientError: when the registry or CloudWatch cannot be read: nothing is done by half of the figures.
        """
        rows = [row for row in self._rows() if row.status != "removed"]
        month = now.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        scanned = scanned_bytes(self.cloudwatch, [f"{self.workgroups}{row.tenant}" for row in rows], month, now)
        told: dict[str, list[str]] = {"cut_off": [], "let_in": [], "troubles": []}
        for row in rows:
            if done := self._done(row, scanned.get(f"{self.workgroups}{row.tenant}"), now):
                told[done].append(row.tenant)
        self._tell(len(told["cut_off"]), now)
        return {"tenants": len(rows), **told}

    def _done(self, row: Row, scanned: int | None, now: datetime) -> str:
        if scanned is None:
            # What is not known of somebody is no zero, by which a cut-off would end.
            return "troubles"
        try:
            return self._look_at(row, scanned, now)
        except (ClientError, BotoCoreError) as error:
            with telling.event("quota", "tenant", counted=False) as line:
                line.tell(tenant=row.tenant)
                line.fail(trouble_of(error))
            return "troubles"

    def _look_at(self, row: Row, scanned: int, now: datetime) -> str:
        before = self._quota(row.tenant)
        was_cut_off = before.get("cut_off", {}).get("BOOL", False)
        is_over = scanned >= row.limit_gib * GIB
        if row.status in ("suspended", "removing"):
            # Operations disable it; what came between the two is put right here.
            self._switch(row.tenant, DISABLED)
            return ""
        if is_over and not (was_cut_off and before.get("month", {}).get("S") == _month(now)):
            # First what says why: a run that ends in between is made up for by the next.
            self._write(row, scanned, now, cut_off=True)
            self._switch(row.tenant, DISABLED)
            return "cut_off"
        if is_over:
            self._switch(row.tenant, DISABLED)
            return ""
        if was_cut_off:
            # As of this moment: whoever was suspended since stays so.
            if self._status(row.tenant) == "active":
                self._switch(row.tenant, ENABLED)
            self._write(row, scanned, now, cut_off=False)
            return "let_in"
        return ""

    def _rows(self) -> Iterator[Row]:
        pages = self.dynamodb.get_paginator("query").paginate(
            TableName=self.table,
            IndexName="by-cell",
            KeyConditionExpression="cell = :cell",
            ExpressionAttributeValues={":cell": {"S": self.cell}},
        )
        for page in pages:
            for item in page["Items"]:
                tenant = item["tenant"]["S"]
                if ID.fullmatch(tenant) and item["item"]["S"] == "registry":
                    limit = item.get("limits", {}).get("M", {}).get("scanned_gib_per_month", {}).get("N", str(DEFAULT_GIB))
                    yield Row(tenant, item.get("status", {}).get("S", ""), int(limit))

    def _status(self, tenant: str) -> str:
        return self._item(tenant, "registry").get("status", {}).get("S", "")

    def _quota(self, tenant: str) -> dict[str, Any]:
        return self._item(tenant, ITEM)

    def _item(self, tenant: str, item: str) -> dict[str, Any]:
        key = {"tenant": {"S": tenant}, "item": {"S": item}}
        return self.dynamodb.get_item(TableName=self.table, Key=key, ConsistentRead=True).get("Item", {})

    def _write(self, row: Row, scanned: int, now: datetime, *, cut_off: bool) -> None:
        """Enter how it stands, and in the journal that `dataconnect tenant show` prints, what was done and why."""
        at = now.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        figures = {"month": _month(now), "scanned_bytes": scanned, "limit_gib": row.limit_gib}
        item = {
            "tenant": {"S": row.tenant},
            "item": {"S": ITEM},
            "cut_off": {"BOOL": cut_off},
            "since": {"S": at},
            "month": {"S": figures["month"]},
            "scanned_bytes": {"N": str(scanned)},
            "limit_gib": {"N": str(row.limit_gib)},
        }
        self.dynamodb.put_item(TableName=self.table, Item=item)
        entry = {
            "tenant": {"S": row.tenant},
            "item": {"S": f"step#quota-{'cut-off' if cut_off else 'let-in'}"},
            "state": {"S": "done"},
            "started_at": {"S": at},
            "finished_at": {"S": at},
            "result": {"S": json.dumps(figures)},
        }
        self.dynamodb.put_item(TableName=self.table, Item=entry)

    def _switch(self, tenant: str, state: str) -> None:
        name = f"{self.workgroups}{tenant}"
        try:
            found = self.athena.get_work_group(WorkGroup=name)["WorkGroup"]["State"]
        except ClientError as error:
            # In this region there may be none; Athena has no code of its own for that.
            told = error.response.get("Error", {})
            if told.get("Code") == "InvalidRequestException" and "not found" in str(told.get("Message")):
                return
            raise
        if found != state:
            self.athena.update_work_group(WorkGroup=name, State=state)

    def _tell(self, cut_off: int, now: datetime) -> None:
        if cut_off:
            dimensions = [{"Name": "Cell", "Value": self.cell}]
            datum = {"MetricName": CUT_OFF, "Dimensions": dimensions, "Timestamp": now, "Value": cut_off, "Unit": "Count"}
            self.cloudwatch.put_metric_data(Namespace=self.namespace, MetricData=[datum])


def _month(now: datetime) -> str:
    return now.astimezone(UTC).strftime("%Y-%m")
