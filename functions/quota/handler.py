"""The function `quota`: cuts off whose queries have scanned what they may in a month (docs/decisions/queries.md)."""

import os
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any

import boto3

from functions.shared import telling

from .quota import CONFIG, Quota


def handle(_event: Mapping[str, Any], _context: Any) -> dict[str, Any]:
    """Look at every tenant of the cell once.

    Raises:
        RuntimeError: once all are looked at, when some could not be: the next run tries again, and an alarm tells of it.
    """
    with telling.event("quota", "look", counted=False) as line:
        told = _quota().run(datetime.now(UTC))
        line.tell(**told)
        if told["troubles"]:
            raise RuntimeError(f"{len(told['troubles'])} tenants could not be looked at: {', '.join(told['troubles'][:5])}")
    return told


@cache
def _quota() -> Quota:
    region, told = os.environ["AWS_REGION"], os.environ
    make: Any = boto3.client
    dynamodb, athena, cloudwatch = (
        make(name, region_name=region, config=CONFIG) for name in ("dynamodb", "athena", "cloudwatch")
    )
    return Quota(
        dynamodb=dynamodb,
        athena=athena,
        cloudwatch=cloudwatch,
        table=told["TENANTS_TABLE"],
        cell=told["CATALOG_CELL"],
        workgroups=told["CATALOG_WORKGROUPS"],
        namespace=f"{told[telling.NAMESPACE]}/Queries",
    )
