"""What a PostgreSQL instance in a test needs and does not care about."""

from collections.abc import Mapping
from typing import Any, Final, TypeVar

from components.base.here import Here
from components.data.database_spec import PostgresSpec
from tests.components.harness import here, kms_key

S = TypeVar("S", bound=PostgresSpec)

SPEC: Final[Mapping[str, Any]] = {
    "instance_class": "db.r7g.large",
    "engine_version": "17",
    "storage_gib": 200,
    "max_storage_gib": 1000,
    "backup_retention_days": 35,
    "backup_window": "07:00-08:00",
    "maintenance_window": "sun:09:00-sun:10:00",
}
_OF_HERE: Final = frozenset(Here.__dataclass_fields__)


def postgres(region: str, spec: type[S], changes: Mapping[str, Any], **own: Any) -> dict[str, Any]:
    """What `DatabaseArgs` and `DatabaseReplicaArgs` share, with `changes` of the place, of the spec or of the arguments.

    `own` are values that the spec needs besides `SPEC`.
    """
    of_here = {name: value for name, value in changes.items() if name in _OF_HERE}
    of_spec = {name: value for name, value in changes.items() if name in spec.model_fields}
    wiring = {name: value for name, value in changes.items() if name not in of_here and name not in of_spec}
    return {
        "here": here(region, **({"log_key_arn": key(region, "logs"), "log_retention_days": 365} | of_here)),
        "spec": spec(**{**SPEC, **own, **of_spec}),
        "identifier": "dataconnect-test",
        "vpc_id": "vpc-1",
        "subnet_ids": ["subnet-a", "subnet-b"],
        "key_arn": key(region, "database"),
        "secrets_key_arn": key(region, "secrets"),
        **wiring,
    }


def key(region: str, data_class: str) -> str:
    """ARN of a customer managed key."""
    return kms_key(region, data_class)
