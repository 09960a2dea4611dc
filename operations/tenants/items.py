"""A tenant's items: in every table of the stack whose hash key is the attribute `tenant`, but the registry."""

from collections.abc import Iterator
from typing import Any, Final

from operations.stack import Stack

REGISTRY: Final = "tenants"
_ATTRIBUTE: Final = "tenant"
_PAGE: Final = 25  # docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html


class Items:
    """The tables of tenants' data."""

    def __init__(self, client: Any, stack: Stack) -> None:
        self._client = client
        self._names = {name: table for name, table in stack.tables.items() if name != REGISTRY}

    def tables(self) -> dict[str, tuple[str, ...]]:
        """Table in AWS -> the attributes of its key, the tenant's first."""
        found: dict[str, tuple[str, ...]] = {}
        for table in self._names.values():
            schema = self._client.describe_table(TableName=table)["Table"]["KeySchema"]
            key = tuple(each["AttributeName"] for each in sorted(schema, key=lambda each: each["KeyType"] != "HASH"))
            if key[0] == _ATTRIBUTE:
                found[table] = key
        return found

    def keys(self, table: str, key: tuple[str, ...], tenant: str) -> Iterator[dict[str, Any]]:
        """The keys of a tenant's items in a table."""
        names = {f"#{number}": name for number, name in enumerate(key)}
        pages = self._client.get_paginator("query").paginate(
            TableName=table,
            ConsistentRead=True,
            KeyConditionExpression="#0 = :tenant",
            ProjectionExpression=", ".join(names),
            ExpressionAttributeNames=names,
            ExpressionAttributeValues={":tenant": {"S": tenant}},
        )
        for page in pages:
            yield from page["Items"]

    def counts(self, tenant: str) -> dict[str, int]:
        """How many items a tenant has, by table."""
        return {table: sum(1 for _ in self.keys(table, key, tenant)) for table, key in self.tables().items()}

    def of_all(self) -> int:
        """How many items all tenants have; DynamoDB counts every six hours or so."""
        return sum(int(self._client.describe_table(TableName=table)["Table"]["ItemCount"]) for table in self.tables())

    def erase(self, tenant: str) -> dict[str, int]:
        """Delete a tenant's items from all tables; how many were there, by table."""
        erased: dict[str, int] = {}
        for table, key in self.tables().items():
            requests = [{"DeleteRequest": {"Key": each}} for each in self.keys(table, key, tenant)]
            erased[table] = len(requests)
            while requests:
                page, requests = requests[:_PAGE], requests[_PAGE:]
                answer = self._client.batch_write_item(RequestItems={table: page})
                requests += answer.get("UnprocessedItems", {}).get(table, [])
        return erased
