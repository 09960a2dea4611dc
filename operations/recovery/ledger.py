"""The ledger of deliveries as a region's replica has it, and which of their objects have arrived in its raw buckets."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from functions.shared.ledger import Entry
from operations.errors import Code, OperationError
from operations.pulumi_outputs import Reader, read_outputs

RAW: Final = "raw"
"""The bucket of the lake that deliveries go to; a silo has one of its own."""


@dataclass(frozen=True, kw_only=True)
class Ledger:
    """What a stack, primary or recovery, tells of the deliveries that came to its counterpart.

    Attributes:
        name: Of the stack.
        account: Its AWS account.
        region: Its AWS region.
        other: The AWS region of its counterpart.
        table: Name of the table `deliveries`, the same in both regions.
        registry: Name of the table of tenants, the same in both regions.
        cell: The stack whose tenants they are.
        bucket: The raw bucket that tenants share there.
        own_buckets: Id of a silo's tenant -> its raw bucket there.
    """

    name: str
    account: str
    region: str
    other: str
    table: str
    registry: str
    cell: str
    bucket: str
    own_buckets: Mapping[str, str]


def load(stack: str, outputs: Path | None = None) -> Ledger:
    """The ledger of the stack called so; see `operations.stack.load`.

    Raises:
        OperationError: when there is no such stack, no other region takes over from it, or an output is missing or of another
            form.
    """
    name, told, source = read_outputs(stack, outputs)
    reader = Reader(told, source)
    if not reader.has("recovery"):
        raise OperationError(f"{source}: {name} has no recovery; expected a stack of one of two regions", Code.USAGE)
    return ledger_of(name, reader)


def ledger_of(name: str, reader: Reader) -> Ledger:
    """The ledger that the outputs of a stack with recovery tell of."""
    region, account = reader.place("sns", "the ARN of an SNS topic", "alertTopicArn")
    (other,) = {reader.text("recovery", f"{role}Region") for role in ("primary", "recovery")} - {region}
    return Ledger(
        name=name,
        account=account,
        region=region,
        other=other,
        **{key: reader.text("recovery", output) for key, output in _OUTPUTS.items()},
        bucket=reader.text("lakeBuckets", RAW),
        own_buckets={each: reader.text("silos", each, "buckets", RAW) for each in reader.optional_names("silos")},
    )


_OUTPUTS: Final = {"table": "deliveries", "registry": "tenants", "cell": "cell"}


@dataclass(frozen=True)
class Entries:
    """Entries of requests to one region, as another region's replica has them.

    Attributes:
        dynamodb: A client of that other region.
        table: Name of the table.
        region: Of the requests.
    """

    dynamodb: Any
    table: str
    region: str

    def last(self, tenant: str) -> str | None:
        """When a tenant's latest request came, ISO 8601; None where none is known."""
        told = self.dynamodb.query(**self._asked(tenant, ""), ScanIndexForward=False, Limit=1)["Items"]
        return told[0]["entry"]["S"].split("#")[1] if told else None

    def since(self, tenant: str, moment: str) -> list[Entry]:
        """A tenant's requests from a moment on, ISO 8601, in the order of time.

        Raises:
            OperationError: on an item that is no entry: whatever has the tenant's session may write one.
        """
        found: list[Entry] = []
        for page in self.dynamodb.get_paginator("query").paginate(**self._asked(tenant, moment)):
            for item in page["Items"]:
                try:
                    found.append(Entry.of(item))
                except (KeyError, TypeError, ValueError) as error:
                    raise OperationError(
                        f"table {self.table} has an item that is no entry: tenant {tenant}, entry {item['entry']['S']!r};"
                        " expected what `ingest` writes: look at it, and delete it"
                    ) from error
        return found

    def _asked(self, tenant: str, moment: str) -> dict[str, Any]:
        # "$" is what follows "#": so it ends what begins with the region.
        bounds = {":from": f"{self.region}#{moment}", ":to": f"{self.region}$", ":tenant": tenant}
        return {
            "TableName": self.table,
            "ConsistentRead": True,
            "KeyConditionExpression": "tenant = :tenant AND entry BETWEEN :from AND :to",
            "ExpressionAttributeValues": {name: {"S": value} for name, value in bounds.items()},
        }


def find(s3: Any, bucket: str, keys: Iterable[str]) -> set[str]:
    """Which of the keys of one tenant's objects are in a bucket, by listing: nobody needs to be able to read one for that.

    A page of a thousand keys answers for all that lie in it, and what lies between two keys is skipped.
    """
    wanted, found, after = sorted(keys), set[str](), ""
    while wanted:
        # The first one itself must be listed, so the listing begins a letter before it.
        after = max(after, wanted[0][:-1])
        asked = {"Bucket": bucket, "Prefix": f"{wanted[0].partition('/')[0]}/"}
        told = s3.list_objects_v2(**asked, StartAfter=after)
        while told["IsTruncated"] and not told.get("Contents"):
            told = s3.list_objects_v2(**asked, ContinuationToken=told["NextContinuationToken"])
        listed = [each["Key"] for each in told.get("Contents", ())]
        found.update(set(wanted).intersection(listed))
        if not told["IsTruncated"]:
            break
        after = listed[-1]
        wanted = [key for key in wanted if key > after]
    return found
