"""What a message says once it is judged; of one that is wrong, a word beside the tenant's raw objects."""

import json

from jobs.aggregate.records import MAX_BYTES, SCHEMAS, Message, RefusedError, judge

from .delivered import Delivered
from .raw import Raw


def judged(raw: Raw, delivered: Delivered) -> Message | None:
    """The message, or None where it is wrong and was set aside; what was too large for the topic is read in `raw`."""
    try:
        if delivered.dataset not in SCHEMAS:
            raise RefusedError("dataset", "there is no schema of this name")
        body = raw.read(delivered.key, most=MAX_BYTES + 1) if delivered.body is None else delivered.body
        return judge(body, tenant=delivered.tenant, dataset=delivered.dataset, message_id=delivered.id)
    except RefusedError as refused:
        set_aside(raw, delivered, refused)
        return None


def set_aside(raw: Raw, delivered: Delivered, refused: RefusedError) -> None:
    """Tell what is wrong with a message, where and as the aggregation does. Its object in the raw bucket stays.

    Where that object is not there, this is an error, and the message, which is the only copy, ends among the dead letters.
    """
    told = {
        "reason": refused.reason,
        "detail": refused.detail,
        "object": delivered.key,
        "bytes": raw.size(delivered.key),
    }
    key = f"tenant={delivered.tenant}/rejected/dataset={delivered.dataset}/{delivered.folder}/{delivered.id}.json"
    raw.put(key, json.dumps(told).encode())
