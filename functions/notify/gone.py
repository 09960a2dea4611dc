"""Alarms that are there no more: CloudWatch tells nobody of one that is deleted while it fires."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from .incident import Incident
from .notice import MOST_FACTS

ALARMS_AT_ONCE: Final = 100
"""docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html"""
# Other names are not told as they are (notice.py), so that nobody can ask for them.
_ALARM: Final = re.compile(r"alarm#arn:aws:cloudwatch:([a-z0-9-]+):\d{12}:alarm:([!-~]{1,255})")
_ILL: Final = 500
"""The answer of a service whose own fault it is, and greater ones."""


class UnaskedError(Exception):
    """CloudWatch refuses to say which alarms there are."""


def gone(found: Iterable[Incident], cloudwatch: Any, region: str) -> Sequence[Incident]:
    """Those of `found` that go on, as far as anybody knows, and whose alarm is not there; of alarms of the client's `region`.

    None where CloudWatch is busy or does not answer: it is asked again a minute later.

    Raises:
        UnaskedError: where it refuses to answer, which does not pass by itself.
    """
    firing = [(name, each) for each in found if each.kind == "alarm" and each.is_open and (name := _name(each, region))]
    there = set[str]()
    pages = cloudwatch.get_paginator("describe_alarms")
    try:
        for start in range(0, len(firing), ALARMS_AT_ONCE):
            names = sorted({name for name, _ in firing[start : start + ALARMS_AT_ONCE]})
            # Only metric alarms are told where nothing is said.
            for page in pages.paginate(AlarmNames=names, AlarmTypes=["MetricAlarm", "CompositeAlarm"]):
                there |= {each["AlarmName"] for kind in ("MetricAlarms", "CompositeAlarms") for each in page.get(kind, ())}
    except ClientError as error:
        code = str(error.response.get("Error", {}).get("Code"))
        if "Throttl" in code or error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0) >= _ILL:
            return []
        raise UnaskedError(code) from error
    except BotoCoreError:
        return []
    return [each for name, each in firing if name not in there]


def ended(found: Incident | None, seen: Incident, now: datetime) -> Incident | None:
    """An incident whose alarm was not there when it was `seen`, as what is over; None where something was heard of it since."""
    if found is None or found.changed != seen.changed or not found.is_open:
        return None
    facts = (("Ended", "its alarm is gone"), *found.notice.facts)[:MOST_FACTS]
    # Its last change may be of a clock that is ahead.
    at = max(now.isoformat(timespec="milliseconds"), found.changed)
    return replace(found, state="resolved", changed=at, notice=replace(found.notice, facts=facts))


def _name(found: Incident, region: str) -> str:
    """The name of its alarm; empty for one of another region, and one that cannot be asked for."""
    told = _ALARM.fullmatch(found.identity)
    return told[2] if told and told[1] == region else ""
