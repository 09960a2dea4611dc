"""Database and cache engines: how plans name them, their major versions, and the parameter families those belong to."""

import re
from typing import Final

from policies.feasibility.engine.shapes import given
from policies.kit.resource import Resource
from policies.kit.values import UNKNOWN, UnknownValueError, Value

FAMILIES: Final = ("aurora", "custom", "db2", "docdb", "mariadb", "mysql", "neptune", "oracle", "postgres", "sqlserver")
ORIGINS: Final = ("replicateSourceDb", "snapshotIdentifier", "restoreToPointInTime", "s3Import")
"""What an instance is made from where it is not made new; its engine, size and credentials then come from there."""

CLUSTER_ORIGINS: Final = (
    "replicationSourceIdentifier",
    "snapshotIdentifier",
    "restoreToPointInTime",
    "s3Import",
    "globalClusterIdentifier",
)
_MAJOR_OF_TWO: Final = ("mysql", "mariadb", "aurora-mysql", "db2", "docdb", "neptune", "sqlserver")


def engine_of(resource: Resource) -> str:
    """The engine as the plan names it, in lower case; empty if it is absent.

    Raises:
        UnknownValueError: if it is unknown.
    """
    return text_of(resource.get("engine")).lower()


def text_of(value: Value) -> str:
    """A known value as text; empty if it is absent.

    Raises:
        UnknownValueError: if it is unknown.
    """
    if value is UNKNOWN:
        raise UnknownValueError
    return "" if value is None else str(value)


def family_of(engine: str) -> str:
    """What an engine's editions have in common: `oracle` for `oracle-se2`; empty for what is no engine of RDS."""
    return next((family for family in FAMILIES if re.fullmatch(rf"{family}(-.*)?", engine)), "")


def made_from(resource: Resource, origins: tuple[str, ...] = ORIGINS) -> str:
    """The property that says what a database is made from; empty if it is made new."""
    return next((origin for origin in origins if given(resource.get(origin))), "")


def major_of(engine: str, version: str) -> str:
    """The major version, such as `16` of PostgreSQL 16.3, `8.0` of MySQL 8.0.36; empty if there is none."""
    numbers = re.match(r"\d+(?:\.\d+)*", version)
    parts = numbers[0].split(".") if numbers else []
    if engine.startswith(_MAJOR_OF_TWO) or parts[:1] == ["9"]:
        return ".".join(parts[:2]) if len(parts) > 1 else ""
    return parts[0] if parts else ""


def parameter_family(engine: str, version: str) -> str:
    """The family that parameter groups of this engine and version must have; empty where the version does not say."""
    major = major_of(engine, version)
    if not major:
        return ""
    if engine.startswith("sqlserver"):
        return f"{engine}-{major.split('.')[0]}.0"
    if engine == "neptune":
        return "neptune1" if major in ("1.0", "1.1") else f"neptune{major}"
    return f"{engine}-{major}" if engine.startswith(("oracle", "db2", "custom")) else f"{engine}{major}"
