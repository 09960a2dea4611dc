"""A message of the topic `deliveries` as a queue has it: whose it is, for certain, and what it says."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from jobs.aggregate.records import RefusedError, parse

from .messages import CLAIM
from .raw import KEY


class UncertainError(Exception):
    """Nobody can say whose a message is: it fails, and ends among the dead letters."""


@dataclass(frozen=True, kw_only=True)
class Delivered:
    """A message whose tenant is certain.

    Attributes:
        tenant: Whose.
        dataset: Which; it may have no schema.
        folder: The day's, `date=YYYY-MM-DD`.
        id: Of the message.
        key: Where its envelope lies in the raw bucket.
        body: The envelope; None where it has to be read there.
    """

    tenant: str
    dataset: str
    folder: str
    id: str
    key: str
    body: bytes | None


def read(record: Mapping[str, Any]) -> Delivered:
    """The message of a record of SQS, to which SNS has delivered it raw.

    The attributes are the publisher's, and nobody but `ingest` may publish. Where they, the group and the body say the same
    tenant, it is certain; a body that nobody can read says none.

    Raises:
        UncertainError: on anything else.
    """
    told = {name: each.get("stringValue") for name, each in record.get("messageAttributes", {}).items()}
    key = told.get("key") or ""
    found = KEY.fullmatch(key)
    if not found:
        raise UncertainError("attribute key: expected that of a message in the raw bucket")
    tenant, dataset, folder, id = found.groups()
    if (told.get("tenant"), told.get("dataset")) != (tenant, dataset):
        raise UncertainError("attributes tenant and dataset: expected those of attribute key")
    if record["attributes"].get("MessageGroupId", tenant) != tenant:
        raise UncertainError("message group: expected the tenant")
    body: str = record["body"]
    claimed = _agreeing(body, tenant, key)
    return Delivered(
        tenant=tenant, dataset=dataset, folder=folder, id=id, key=key, body=None if claimed else body.encode(errors="replace")
    )


def _agreeing(body: str, tenant: str, key: str) -> bool:
    """Whether the body is a claim check.

    Raises:
        UncertainError: where it is of another tenant, or claims another object.
    """
    try:
        said = parse(body.encode())
    except (RefusedError, UnicodeEncodeError):
        return False
    if type(said) is not dict:
        return False
    if said.get("tenant", tenant) != tenant:
        raise UncertainError("body: expected the attribute's tenant")
    if said.keys() != CLAIM:
        return False
    if said["key"] != key:
        raise UncertainError("body: expected the attribute's key")
    return True


def text_of(values: Mapping[str, Any]) -> str:
    """The values of a record as JSON: the same text for the same values, however they were written."""
    return json.dumps({name: value.isoformat() if hasattr(value, "isoformat") else value for name, value in values.items()})
