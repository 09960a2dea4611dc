"""What the silos of a stack must fit to: each other, and what tenants share."""

from collections.abc import Iterator, Mapping
from typing import Any

from components.base import limits
from components.base.problems import Problem
from components.base.tenants import NOBODY
from components.base.uses import LinkKind
from components.compute.job_spec import REGISTRY
from components.data import database_checks, silo_spec
from components.data.database_spec import PostgresSpec
from components.data.silo_spec import SiloSpec
from settings.links import lacks_table


def problems(silos: Mapping[str, SiloSpec], known: Mapping[str, Any], links: Mapping[str, LinkKind]) -> Iterator[Problem]:
    """What is wrong with `silos`; `known` is what is right of the other settings, `links` what workloads may use."""
    if len(silos) > silo_spec.MOST:
        expected = (
            f"at most {silo_spec.MOST}: their databases and the shared one are 70 % of RDS's {limits.DB_INSTANCES_PER_REGION}"
        )
        yield Problem(value=f"{len(silos)} silos", expected=expected)
    if NOBODY in silos:
        yield Problem(value=NOBODY, expected="the id of a tenant: this is nobody's, for the isolation probe", path=(NOBODY,))
    known_slugs = set[str]()
    for tenant, silo in silos.items():
        if silo.slug in known_slugs:
            yield Problem(value=silo.slug, expected="a tenant not listed before", path=(tenant, "slug"))
        known_slugs.add(silo.slug)
    if silos and lacks_table(links, REGISTRY):
        yield Problem(value=", ".join(silos), expected=f"none, or a table {REGISTRY}: it says where a tenant is")
    database = known.get("database")
    if isinstance(database, PostgresSpec):
        for tenant, silo in silos.items():
            if silo.first_generation > database.generation:
                expected = f"{database.generation} at most, dataconnect:database.generation"
                yield Problem(value=silo.first_generation, expected=expected, path=(tenant, "firstGeneration"))
            storage, ceiling = silo.storage_gib or database.storage_gib, silo.max_storage_gib or database.max_storage_gib
            if expected := database_checks.storage_ceiling(storage, ceiling):
                key = "maxStorageGiB" if silo.max_storage_gib or not silo.storage_gib else "storageGiB"
                value = ceiling if key == "maxStorageGiB" else storage
                beside = f"{expected} (with maxStorageGiB {ceiling}, storageGiB {storage})"
                yield Problem(value=value, expected=beside, path=(tenant, key))
