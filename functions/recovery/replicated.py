"""Whether what is said to be in the other region already is copied there: tables, buckets and images."""

from collections.abc import Iterable
from typing import Any, Final

from botocore.exceptions import ClientError

from .aws import code_of
from .region import Region
from .site import Site

Finding = tuple[bool, str]
"""Whether it is right, and what there is."""
CHECKED: Final = {"dynamodb": "tables", "s3": "buckets", "secretsmanager": "credentials"}
"""Service in the ARN of what is replicated -> the check of readiness that looks after it."""
_USABLE: Final = ("ACTIVE", "UPDATING")
"""While its own settings change, a table is read and written."""


def tables_found(here: Region) -> Finding:
    """Whether each global table is active here, with a replica in the other region. Raises as boto3 does."""
    names = {here.site.table, *(arn.rpartition("/")[2] for arn in _of("dynamodb", here.site.replicated.values()))}
    dynamodb, troubles = here.client("dynamodb"), list[str]()
    for name in sorted(names):
        table = dynamodb.describe_table(TableName=name)["Table"]
        replicas = {each["RegionName"]: each.get("ReplicaStatus", "ACTIVE") for each in table.get("Replicas", [])}
        state, there = table["TableStatus"], replicas.get(here.site.other, "missing")
        if state not in _USABLE or there not in _USABLE:
            troubles.append(f"{name}: {state}, in {here.site.other} {there}")
    return not troubles, "; ".join(troubles) or f"{len(names)} tables"


def buckets_found(site: Site, there: Region) -> Finding:
    """Whether a rule copies what is written to each replicated bucket of the other region to one of `site`'s.

    Raises as boto3 does.
    """
    own, others = ([*_of("s3", each.replicated.values())] for each in (site, there.site))
    troubles = [
        f"{arn.rpartition(':')[2]}: no rule that is enabled copies it here"
        for arn in others
        if not any(rule["Status"] == "Enabled" and rule["Destination"]["Bucket"] in own for rule in _rules(there, arn))
    ]
    return not troubles, "; ".join(troubles) or f"{len(others)} buckets"


def registry_found(site: Site, there: Region) -> Finding:
    """Whether images that are pushed in the other region are copied to that of `site`. Raises as boto3 does."""
    rules = there.client("ecr").describe_registry()["replicationConfiguration"]["rules"]
    regions = sorted({place["region"] for rule in rules for place in rule["destinations"]})
    return site.region in regions, f"copied to {', '.join(regions) or 'no region'}"


def _rules(there: Region, arn: str) -> list[Any]:
    try:
        told = there.client("s3").get_bucket_replication(Bucket=arn.rpartition(":")[2])
    except ClientError as error:
        if code_of(error) == "ReplicationConfigurationNotFoundError":
            return []
        raise
    return told["ReplicationConfiguration"]["Rules"]


def _of(service: str, arns: Iterable[str]) -> list[str]:
    return [arn for arn in arns if arn.split(":")[2] == service]
