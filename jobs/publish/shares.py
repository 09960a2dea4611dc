"""A tenant's shares, as the registry has them: where each is written, and which of them are over."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Any, Final, NamedTuple

from ..aggregate.failures import BadConfigurationError

_BEGINNING: Final = "share"
_STATE: Final = "share-state#"


class Share(NamedTuple):
    """One grant.

    Attributes:
        name: Its name.
        product: What is shared.
        since: Its first day.
        until: Its last day.
        key_arn: The key under which it is written.
        prefix: The folder in which it is written.
        revoked: Whether somebody has ended it.
    """

    name: str
    product: str
    since: date
    until: date
    key_arn: str
    prefix: str
    revoked: bool

    def over(self, today: date) -> str | None:
        """Why nothing is written for it, any more or yet; None where it stands."""
        if self.revoked:
            return "revoked"
        if today < self.since:
            return "not yet"
        return "expired" if today > self.until else None


def read_shares(dynamodb: Any, table: str, tenant: str, region: str) -> list[Share]:
    """The shares of a tenant in a region, as they were written last.

    Raises:
        BadConfigurationError: on an item that would be written elsewhere than in the tenant's own folder of its product.
    """
    pages = dynamodb.get_paginator("query").paginate(
        TableName=table,
        ConsistentRead=True,
        KeyConditionExpression="tenant = :tenant AND begins_with(#item, :share)",
        ExpressionAttributeNames={"#item": "item"},
        ExpressionAttributeValues={":tenant": {"S": tenant}, ":share": {"S": _BEGINNING}},
    )
    items = {item["item"]["S"]: item for page in pages for item in page["Items"]}
    ended = {name.removeprefix(_STATE) for name in items if name.startswith(_STATE)}
    own = f"{_BEGINNING}#{region}#"
    return [
        _share(name.removeprefix(own), item, tenant, revoked=name.removeprefix(own) in ended)
        for name, item in items.items()
        if name.startswith(own)
    ]


def _share(name: str, item: Mapping[str, Any], tenant: str, *, revoked: bool) -> Share:
    told = {key: item.get(key, {}).get("S", "") for key in ("product", "since", "until", "key_arn", "prefix")}
    folder = f"tenant={tenant}/product={told['product']}/share={name}/"
    key = re.fullmatch(r"arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key/[A-Za-z0-9-]+", told["key_arn"])
    if told["prefix"] != folder or key is None:
        raise BadConfigurationError(f"registry, share {name}: expected the prefix {folder} and the ARN of a key")
    try:
        since, until = (date.fromisoformat(told[key]) for key in ("since", "until"))
    except ValueError:
        raise BadConfigurationError(f"registry, share {name}: expected a day as since, and as until") from None
    return Share(name, told["product"], since, until, told["key_arn"], folder, revoked)
