"""What the silos of a stack must fit to: each other, what tenants share, and the names that AWS takes."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from components.base import limits
from components.base.problems import Problem, duplicates
from components.base.tenants import own_bucket
from components.compute.job_spec import REGISTRY
from components.data import database_checks, silo_spec
from components.data.bucket_spec import LakeBucketSpec
from components.data.database_spec import PostgresSpec
from components.data.silo_spec import SiloSpec

# docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
BUCKET_NAME: Final = 63


def problems(silos: Mapping[str, SiloSpec], known: Mapping[str, Any], *, region: str | None) -> Iterator[Problem]:
    """What is wrong with `silos`; `known` is what is right of the other settings, `region` the stack's."""
    if len(silos) > silo_spec.MOST:
        expected = (
            f"at most {silo_spec.MOST}: their databases and the shared one are 70 % of RDS's {limits.DB_INSTANCES_PER_REGION}"
        )
        yield Problem(value=f"{len(silos)} silos", expected=expected)
    slugs = [silo.slug for silo in silos.values()]
    for found in duplicates(slugs, what="a tenant"):
        yield Problem(value=found.value, expected=found.expected, path=([*silos][int(str(found.path[-1]))], "slug"))
    if silos and REGISTRY not in known.get("tables", {REGISTRY: None}):
        yield Problem(value=", ".join(silos), expected=f"none, or a table {REGISTRY}: it says where a tenant is")
    database = known.get("database")
    if isinstance(database, PostgresSpec):
        for tenant, silo in silos.items():
            storage, ceiling = silo.storage_gib or database.storage_gib, silo.max_storage_gib or database.max_storage_gib
            if expected := database_checks.storage_ceiling(storage, ceiling):
                key = "maxStorageGiB" if silo.max_storage_gib or not silo.storage_gib else "storageGiB"
                value = ceiling if key == "maxStorageGiB" else storage
                beside = f"{expected} (with maxStorageGiB {ceiling}, storageGiB {storage})"
                yield Problem(value=value, expected=beside, path=(tenant, key))
    lake: Mapping[str, LakeBucketSpec] = getattr(known.get("lake"), "buckets", {})
    for tenant in silos:
        for name, spec in lake.items():
            bucket = own_bucket(name, account_id=12 * "1", region=region or "", tenant=tenant)
            if spec.per_tenant and len(bucket) > BUCKET_NAME:
                most = len(name) - len(bucket) + BUCKET_NAME
                expected = f"no silo, or a name of lake.buckets.{name} with at most {most} characters: S3 takes {BUCKET_NAME}"
                yield Problem(value=bucket, expected=expected, path=(tenant,))
