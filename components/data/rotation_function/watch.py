"""Tells how old the passwords are, and which rotations do not end: Secrets Manager itself has no metric of either."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

from ..users_function.credentials import CURRENT, PENDING

METRICS: Final = "Credentials"
"""The part of the stack's namespace that the metrics are in."""
AGE: Final = "AgeDays"
"""Days since the oldest of the passwords was made."""
UNFINISHED: Final = "Unfinished"
"""Rotations that have begun and not ended."""


SERVICE: Final = "database-rotation"
"""The one dimension of the metrics, `service`."""


def look(arns: Iterable[str], *, manager: Any, namespace: str, now: datetime) -> dict[str, Any]:
    """Look at the secrets `arns`: a line for the log, of which CloudWatch makes the metrics (the embedded metric format)."""
    age, unfinished = 0.0, list[str]()
    for arn in arns:
        stages = manager.describe_secret(SecretId=arn).get("VersionIdsToStages", {})
        if any(PENDING in each and CURRENT not in each for each in stages.values()):
            unfinished.append(arn)
        for page in manager.get_paginator("list_secret_version_ids").paginate(SecretId=arn):
            for version in page["Versions"]:
                if CURRENT in version.get("VersionStages", ()):
                    age = max(age, (now - version["CreatedDate"]).total_seconds() / 86_400)
    directive = {
        "Namespace": namespace,
        "Dimensions": [["service"]],
        "Metrics": [{"Name": AGE, "Unit": "None"}, {"Name": UNFINISHED, "Unit": "Count"}],
    }
    return {
        "_aws": {"Timestamp": int(now.timestamp() * 1000), "CloudWatchMetrics": [directive]},
        "service": SERVICE,
        AGE: age,
        UNFINISHED: len(unfinished),
        "unfinished": unfinished,
    }
