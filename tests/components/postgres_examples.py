"""Arguments that a PostgreSQL instance in a test needs and does not care about."""

from typing import Any

from components.alarms import AlarmTarget
from tests.components.harness import ACCOUNT


def postgres(region: str) -> dict[str, Any]:
    """What `DatabaseArgs` and `DatabaseReplicaArgs` share."""
    return {
        "region": region,
        "account_id": ACCOUNT,
        "identifier": "dataconnect-test",
        "instance_class": "db.r7g.large",
        "engine_version": "17",
        "vpc_id": "vpc-1",
        "subnet_ids": ["subnet-a", "subnet-b"],
        "storage_gib": 200,
        "max_storage_gib": 1000,
        "backup_retention_days": 35,
        "backup_window": "07:00-08:00",
        "maintenance_window": "sun:09:00-sun:10:00",
        "key_arn": key(region, "database"),
        "logs_key_arn": key(region, "logs"),
        "log_retention_days": 365,
        "alarms": AlarmTarget(
            topic_arn=f"arn:aws:sns:{region}:{ACCOUNT}:alerts", runbook_url="https://runbooks.dataconnect.example"
        ),
    }


def key(region: str, data_class: str) -> str:
    """ARN of a customer managed key."""
    return f"arn:aws:kms:{region}:{ACCOUNT}:key/{data_class}"
