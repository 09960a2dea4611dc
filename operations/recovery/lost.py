"""Which deliveries may have been lost with a region: in the ledger here, and without an object here."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from functions.shared.ledger import END, Entry
from functions.shared.tenants import GONE
from operations.aws import connect
from operations.errors import Code, OperationError
from operations.output import columns
from operations.recovery.ledger import Entries, Ledger, find
from operations.tenants.registry import Registry, Tenant

COPIED_MINUTES: Final = 15
"""Within which S3 copies 99.99 % of objects: docs.aws.amazon.com/AmazonS3/latest/userguide/replication-time-control.html"""

QUIET: Final = timedelta(hours=1)
"""In which nothing is missing before the first that is, so that nothing is looked for further back."""


@dataclass(frozen=True, kw_only=True)
class Missing:
    """A record, or the end of a delivery, whose object is not here.

    Attributes:
        received_at: When it came last, ISO 8601.
        dataset: The dataset.
        day: The day under which it lies, YYYY-MM-DD.
        id: The sender's id of it; None is the end of a delivery.
    """

    received_at: str
    dataset: str
    day: str
    id: str | None


@dataclass(frozen=True, kw_only=True)
class Lost:
    """What has become of entries.

    Attributes:
        arrived: How many objects are here.
        missing: The others, in the order of time.
    """

    arrived: int
    missing: tuple[Missing, ...]


def possibly_lost(entries: Iterable[Entry], has_object: Callable[[str], bool]) -> Lost:
    """Sort what one tenant's entries tell of by whether its object is here; what was sent twice is one.

    Args:
        entries: In the order of time.
        has_object: Whether there is an object of that key.
    """
    latest = {key: entry for entry in entries for key in entry.keys}
    gone = sorted((entry.received_at, key) for key, entry in latest.items() if not has_object(key))
    missing = tuple(_missing(latest[key], key.rpartition("/")[2]) for _, key in gone)
    return Lost(arrived=len(latest) - len(gone), missing=missing)


def _missing(entry: Entry, name: str) -> Missing:
    id = None if name == END else name.removesuffix(".json")
    return Missing(received_at=entry.received_at, dataset=entry.dataset, day=entry.day, id=id)


@dataclass(frozen=True, kw_only=True)
class Told:
    """What is possibly lost of all tenants.

    Attributes:
        ledger: Whose.
        since: From when on deliveries were looked at, ISO 8601; None where the ledger has none.
        last: When the latest delivery came to the other region; None where the ledger has none.
        tenants: Each with a delivery since then, by slug.
    """

    ledger: Ledger
    since: str | None
    last: str | None
    tenants: Mapping[str, tuple[Tenant, Lost]]

    def facts(self) -> dict[str, Any]:
        """For programs."""
        rows = [
            {"tenant": tenant.id, "slug": slug, "arrived": lost.arrived, "missing": [vars(each) for each in lost.missing]}
            for slug, (tenant, lost) in self.tenants.items()
        ]
        return {"from": self.ledger.other, "to": self.ledger.region, "since": self.since, "last": self.last, "tenants": rows}

    def lines(self) -> Iterator[str]:
        """For people."""
        here, there = self.ledger.region, self.ledger.other
        if self.last is None:
            yield f"the ledger knows of no delivery to {there}; it keeps a week"
            return
        lost = [each for _, each in self.tenants.values()]
        missing = sum(len(each.missing) for each in lost)
        yield f"deliveries to {there} from {self.since} on; what came there after {self.last} is unknown here"
        yield f"{sum(each.arrived for each in lost)} arrived in {here}, {missing} are missing there"
        if missing:
            rows = [("lender", "dataset", "day", "received", "id")]
            rows += [
                (slug, each.dataset, each.day, each.received_at, "(end of the delivery)" if each.id is None else each.id)
                for slug, (_, each_lost) in self.tenants.items()
                for each in each_lost.missing
            ]
            yield from ("", *columns(rows), "")
        yield f"missing: its lender sends it again, under the same id; while {there} works, it may still come by itself"
        yield "arrived: the next aggregation has it; newest states, search and live counts may lack it until it is sent again"


def look(ledger: Ledger, since: datetime | None = None) -> Told:
    """Look for what is lost, of all tenants that are not gone.

    Args:
        ledger: Where.
        since: From when on; by default a quarter of an hour before the latest request that the ledger knows, and further back
            until nothing is missing in the hour before the first that is: that a request came says nothing of S3.

    Raises:
        OperationError: when the credentials are of no use, or a silo's bucket is unknown.
    """
    aws = connect(ledger)
    entries = Entries(aws.dynamodb, ledger.table, ledger.other)
    tenants = [each for each in Registry(aws.dynamodb, ledger.registry).of_cell(ledger.cell) if each.status not in GONE]
    lasts = {each.id: last for each in tenants if (last := entries.last(each.id))}
    if not lasts:
        return Told(ledger=ledger, since=None, last=None, tenants={})
    last, s3 = max(lasts.values()), aws.s3(ledger.region)

    def looked(begin: str) -> dict[str, tuple[Tenant, Lost]]:
        told: dict[str, tuple[Tenant, Lost]] = {}
        for tenant in tenants:
            if lasts.get(tenant.id, "") >= begin:
                found = entries.since(tenant.id, begin)
                bucket = _bucket(ledger, tenant)
                arrived = find(s3, bucket, {key for entry in found for key in entry.keys})
                told[tenant.slug] = (tenant, possibly_lost(found, arrived.__contains__))
        return told

    begin = _text(since or datetime.fromisoformat(last) - timedelta(minutes=COPIED_MINUTES))
    while True:
        told = looked(begin)
        missing = [each.received_at for _, lost in told.values() for each in lost.missing]
        further = _text(datetime.fromisoformat(min(missing)) - QUIET) if missing and not since else begin
        if further >= begin:
            return Told(ledger=ledger, since=begin, last=last, tenants=told)
        begin = further


def _bucket(ledger: Ledger, tenant: Tenant) -> str:
    if tenant.tier == "pool":
        return ledger.bucket
    if tenant.id not in ledger.own_buckets:
        raise OperationError(
            f"output silos.{tenant.id} of stack {ledger.name} is missing, and {tenant.slug} is a silo; expected its buckets:"
            " deploy the stack with its entry first",
            Code.USAGE,
        )
    return ledger.own_buckets[tenant.id]


def _text(moment: datetime) -> str:
    """A moment as entries have it, so that texts compare as times do."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
