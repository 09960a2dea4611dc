"""Recovery of a region: its functions, what they know of it, and what they may do there and in the other one."""

from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import pulumi

from components.base.errors import ComponentError
from components.base.links import Link, Opening
from components.compute.cluster import Cluster
from components.compute.job_spec import REGISTRY
from components.compute.repository import Repository
from components.data.postgres import PostgresInstance
from components.edge.ingress import Ingress
from components.operate.recovery import Recovery, RecoveryArgs
from components.operate.recovery_table import RecoveryTable
from settings import PrimarySettings, RecoverySettings
from stacks.parts.data import credentials_of_silos, read_credentials_of_silos
from stacks.parts.functions import source_of
from stacks.parts.reconcile import declare_reconcile
from stacks.parts.region import Region

TABLE: Final = "recovery"
DELIVERIES: Final = "deliveries"
"""The table of what lenders delivered in either region: functions/shared/ledger.py."""
DURABLE_SDK: Final = "aws_durable_execution_sdk_python"


def declare_recovery(
    settings: PrimarySettings | RecoverySettings,
    region: Region,
    ingress: Ingress,
    database: PostgresInstance,
    repositories: Mapping[str, Repository],
    cluster: Cluster,
    *,
    table_name: pulumi.Input[str],
    table_arn: pulumi.Input[str],
) -> Recovery | None:
    """Declare recovery of what has been declared in the region; None where nothing recovers it."""
    primary, recovery = (
        (settings.region, settings.recovery_region)
        if isinstance(settings, PrimarySettings)
        else (settings.primary_region, settings.region)
    )
    if recovery is None or settings.recovery is None:
        return None
    return Recovery(
        "recovery",
        RecoveryArgs(
            here=region.here,
            spec=settings.recovery,
            primary_region=primary,
            recovery_region=recovery,
            table=RecoveryTable(name=table_name, arn=table_arn, key_arn=region.keys["tables"], region=region.here.region),
            alerts_key_arn=region.keys["alerts"],
            database_key_arn=region.keys["database"],
            domain=settings.ingress.domain,
            load_balancer=ingress.dns_name,
            vpc_id=region.network.vpc_id,
            subnet_ids=region.network.application_subnet_ids,
            link=_log_in(region, database),
            executor=source_of("functions.recovery.executor"),
            fence=source_of("functions.recovery.fence"),
            ready=source_of("functions.recovery.ready"),
            libraries=files_of_sdk(),
            # As stacks/parts/databases.py names them: the shared one's generations, and those of silos, called after a tenant.
            identifiers=("dataconnect-*", f"t{'?' * 15}-*"),
            credentials=(database.credentials_arn, credentials_of_silos(region.here)),
            reconcile=declare_reconcile(settings, region, repositories, cluster, table_name=table_name),
        ),
    )


def outputs_of_recovery(
    recovery: Recovery | None, tables: Mapping[str, pulumi.Input[str]], *, cell: str
) -> dict[str, pulumi.Input[Any]]:
    """What `dataconnect recovery` reads of a stack: `tables` are its tables' names, `cell` whose tenants it has."""
    if recovery is None:
        return {}
    args = recovery.args
    return {
        "recovery": {
            "recover": recovery.recover,
            "heartbeat": recovery.heartbeat,
            "fence": recovery.fence,
            "ready": recovery.ready,
            "operator": recovery.operator,
            "table": args.table.name,
            "deliveries": tables[DELIVERIES],
            "tenants": tables[REGISTRY],
            "cell": cell,
            "primaryRegion": args.primary_region,
            "recoveryRegion": args.recovery_region,
            "acceptLossSeconds": args.spec.accept_loss_seconds,
            "site": recovery.site,
        }
    }


def files_of_sdk() -> Mapping[str, Path]:
    """AWS's SDK of durable functions, path in the package -> file, with its licence: what is handed on must have it.

    It is found and not imported: a program needs nothing of it.

    Raises:
        ComponentError: where it is not installed.
    """
    found = find_spec(DURABLE_SDK)
    if found is None or found.origin is None:
        raise ComponentError(f"{DURABLE_SDK} is not installed; expected what requirements.lock lists")
    folder = Path(found.origin).parent
    files = sorted([*folder.rglob("*.py"), folder / "LICENSE", folder / "NOTICE"])
    return {f"{DURABLE_SDK}/{file.relative_to(folder).as_posix()}": file for file in files}


def _log_in(region: Region, database: PostgresInstance) -> Link:
    """As the masters of all databases, through the fence: they are always in that group, which all of them share."""
    ways = region.links.of((), workload="heartbeat")
    groups = [database.fence] if database.fence else []
    return Link(
        statements=(*ways.statements, *database.read_credentials(), *read_credentials_of_silos(region.here)),
        openings=(
            *(Opening(security_group=group, port=database.port, what="PostgreSQL for {workload}") for group in groups),
            *ways.openings,
        ),
        needs=ways.needs,
    )
