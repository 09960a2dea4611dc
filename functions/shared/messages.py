"""What goes over the topic `deliveries`: an envelope as it lies in the raw bucket or, where it is too large, word of it."""

import json
from typing import Any, Final, NamedTuple

# docs.aws.amazon.com/sns/latest/api/API_PublishBatch.html: 262,144 bytes of all messages together, attributes included, and ten
TOPIC_BYTES: Final = 262_144
TOPIC_ENTRIES: Final = 10
ATTRIBUTES_BYTES: Final = 1_024
"""More than the attributes of a message take, names and types included."""
WHOLE_BYTES: Final = TOPIC_BYTES - ATTRIBUTES_BYTES
"""A larger envelope goes as a claim check."""
CLAIM: Final = frozenset({"id", "tenant", "dataset", "received_at", "key"})


class Stored(NamedTuple):
    """An envelope, and where it lies in the raw bucket of its tenant, whose tier is `tier`."""

    key: str
    tenant: str
    dataset: str
    id: str
    received_at: str
    envelope: bytes
    tier: str


def message_of(stored: Stored) -> dict[str, Any]:
    """`Message`, `MessageAttributes` and `MessageGroupId` for SNS.

    The group is the tenant: SNS hands it to standard queues, which then serve tenants fairly. Of the attributes, `form` is
    `whole` or `claim`, `tier` keeps a silo's messages out of files that tenants share, and `key` says where the envelope lies,
    also of a message that nobody can read.
    """
    whole = len(stored.envelope) <= WHOLE_BYTES
    told = {name: getattr(stored, name) for name in ("id", "tenant", "dataset", "received_at", "key")}
    attributes = {
        "tenant": stored.tenant,
        "dataset": stored.dataset,
        "key": stored.key,
        "form": "whole" if whole else "claim",
        "tier": stored.tier,
    }
    return {
        "Message": stored.envelope.decode() if whole else json.dumps(told),
        "MessageAttributes": {name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()},
        "MessageGroupId": stored.tenant,
    }
