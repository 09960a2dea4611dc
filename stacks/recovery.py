"""The recovery role (prod-recovery): a pilot light in the other region, or in a cold one what a region can be built from.

Nothing of it is found through the primary's region.
"""

from collections.abc import Mapping
from typing import Any

import pulumi

from components.base.arn import in_region
from components.compute.job_spec import REGISTRY
from components.data.bucket import Bucket
from components.edge.dns import Failover
from components.operate.dashboard import Dashboard, DashboardArgs
from components.operate.notifier import Notifier
from settings import RecoverySettings
from stacks.outputs import StackOutputs
from stacks.parts.alerts import declare_notifier, outputs_of_alerts
from stacks.parts.analytics import declare_query_catalog
from stacks.parts.apps import declare_cluster, declare_fleets, declare_jobs, declare_repositories, declare_services
from stacks.parts.cache import declare_cache, outputs_of_cache
from stacks.parts.cold import confirm_warmth, declare_backups, outputs_of_cold, watch_backups
from stacks.parts.data import adopt_table_replicas, declare_backup, declare_lake, offer_database
from stacks.parts.databases import Owner, confirm_generation, declare_replicas, source_of
from stacks.parts.edge import declare_ingress, declare_record
from stacks.parts.functions import declare_functions
from stacks.parts.keys import data_classes
from stacks.parts.logs import declare_log_search, outputs_of_logs, with_log_queue
from stacks.parts.messaging import declare_queues, declare_topics, outputs_of_queues
from stacks.parts.objectives import declare_objectives
from stacks.parts.recovery import TABLE as RECOVERY
from stacks.parts.recovery import declare_recovery, outputs_of_recovery
from stacks.parts.region import Ground, RegionKeys, declare_ground, declare_region, place_of
from stacks.parts.retention import classes_of
from stacks.parts.rotation import declare_rotation
from stacks.parts.search import configure_search, declare_search
from stacks.parts.silos import declare_silo_replicas, keep_users, outputs_of_silos, tell_places
from stacks.parts.streams import declare_streams


def compose(settings: RecoverySettings) -> Mapping[str, pulumi.Input[Any]]:
    """Declare the recovery stack and return its outputs: what replication reads."""
    own = StackOutputs(pulumi.get_stack())
    _warn_of_handing_back(settings, own)
    primary, place = StackOutputs(settings.primary_stack), place_of(settings)
    keys: RegionKeys = {name: primary.text("replicaKeyArns", name) for name in data_classes(settings)}
    arns = {name: in_region(primary.text("tables", name, "arn"), settings.region) for name in settings.tables}
    names = {name: primary.text("tables", name, "name") for name in settings.tables}
    if settings.warmth == "cold":
        return _compose_cold(settings, declare_ground(settings, place, keys), primary, own, arns=arns, names=names)
    region = declare_region(settings, place, keys)

    lake = declare_lake(settings, region, own, copied=True)
    backups = declare_backups(settings, region, primary) if settings.warmth == "restored" else None
    follows = not settings.active and settings.warmth == "warm"
    databases = declare_replicas(
        region,
        settings.database,
        source_of(primary, settings.primary_region) if follows else None,
        Owner(),
        credentials_arn=primary.text("databaseCredentialsReplicaArn"),
        database_name=primary.text("databaseName"),
        restored_from=backups.arn if backups else None,
    )
    database = databases.current
    users = offer_database(settings, region, database, writable=settings.running)
    silos = declare_silo_replicas(settings, region, primary, databases)
    keep_users(silos, users)
    declare_rotation(settings, region, database, silos, table_name=names.get(RECOVERY), table_arn=arns.get(RECOVERY))
    adopt_table_replicas(settings, region, arns=arns, names=names)
    if REGISTRY in settings.tables:
        tell_places(region, arn=arns[REGISTRY], table_name=names[REGISTRY])
    catalog = declare_query_catalog(settings, region, lake, silos, cell=settings.primary_stack, registry=names.get(REGISTRY))
    topics = declare_topics(settings, region)
    queues = declare_queues(settings, region, topics)
    streams = declare_streams(settings, region, topics)
    # Always: to create one takes a quarter of an hour, and a failover is no time to ask a region for nodes.
    passwords = declare_cache(settings, region)
    notifier = declare_notifier(settings, region)
    declare_backup(settings, region)
    search = declare_search(settings, region)
    log_search = declare_log_search(settings, region)

    # The primary stack owns the records that prove the names: they are the same in every region of the account.
    ingress = declare_ingress(settings, region, validation_zone_id=None)
    repositories = declare_repositories(settings, region)
    cluster = declare_cluster(region)
    declare_services(settings, region, ingress, repositories, cluster)
    declare_jobs(settings, region, lake, repositories, cell=settings.primary_stack)
    functions = declare_functions(settings, region, ingress, queues)
    searched = configure_search(settings, search, functions, registry=names.get(REGISTRY, ""), cell=settings.primary_stack)
    declare_fleets(settings, region, queues, repositories)
    other = Failover(role="SECONDARY", other=primary.text("loadBalancerName"))
    declare_record(settings, ingress, primary.text("zoneId"), other)
    recovering = None
    if RECOVERY in settings.tables:
        name, arn = names[RECOVERY], arns[RECOVERY]
        recovering = declare_recovery(
            settings, region, ingress, database, repositories, cluster, table_name=name, table_arn=arn
        )
    promised = declare_objectives(settings, region, settings.silos)
    return {
        **_kept(settings, region, lake, own, notifier),
        "databaseArn": database.arn,
        "databaseAddress": database.address,
        "databaseName": database.database_name,
        "databaseInstanceClass": settings.database.instance_class,
        "databaseGeneration": confirm_generation(settings.database.generation, own, follows=follows),
        "databaseUsersFunction": users.function_name,
        "databaseLogin": users.login,
        "databaseUsers": users.users,
        "silos": outputs_of_silos(silos, users),
        **({"catalog": catalog} if catalog else {}),
        "queues": outputs_of_queues({**with_log_queue(queues, log_search), notifier.queue.name: notifier.queue}),
        "deadLetters": place.inventory.dead_letters,
        "streams": streams,
        **outputs_of_cache(passwords),
        **promised,
        **outputs_of_recovery(recovering, names, cell=settings.primary_stack),
        **({"search": searched} if searched else {}),
        **outputs_of_logs(region.logs, log_search),
    }


def _compose_cold(
    settings: RecoverySettings,
    ground: Ground,
    primary: StackOutputs,
    own: StackOutputs,
    *,
    arns: Mapping[str, pulumi.Input[str]],
    names: Mapping[str, pulumi.Input[str]],
) -> Mapping[str, pulumi.Input[Any]]:
    """Declare what is data, or what its copies need, and nothing that costs by the hour: all else is built in a failover."""
    lake = declare_lake(settings, ground, own, copied=True)
    backups = declare_backups(settings, ground, primary)
    watch_backups(ground, backups)
    adopt_table_replicas(settings, ground, arns=arns, names=names)
    notifier = declare_notifier(settings, ground)
    declare_backup(settings, ground)
    declare_repositories(settings, ground)
    Dashboard("dashboard", DashboardArgs(here=ground.here, rows=ground.here.inventory.rows))
    return {
        **_kept(settings, ground, lake, own, notifier),
        "databaseGeneration": settings.database.generation,
        **outputs_of_cold(settings, backups, names.get(RECOVERY)),
        **outputs_of_logs(ground.logs, None),
    }


def _kept(
    settings: RecoverySettings, ground: Ground, lake: Mapping[str, Bucket], own: StackOutputs, notifier: Notifier
) -> dict[str, pulumi.Input[Any]]:
    """The outputs that there are whether the region is cold or not."""
    return {
        "active": settings.active,
        "warmth": confirm_warmth(settings.warmth, own),
        "keyArns": {data_class: ground.keys[data_class] for data_class in data_classes(settings)},
        "alertTopicArn": ground.alerts.topic_arn,
        **outputs_of_alerts(notifier),
        "lakeBuckets": {name: bucket.bucket_name for name, bucket in lake.items()},
        "lakeClasses": classes_of(settings.lake, copied=True),
    }


def _warn_of_handing_back(settings: RecoverySettings, own: StackOutputs) -> None:
    """Say what this run takes for granted, if the stack was left active: an override of one run is not known to the next."""
    if settings.active:
        return
    stack = pulumi.get_stack()

    def warn(*, was_active: bool) -> None:
        if was_active:
            pulumi.warn(
                f"{stack} has failed over: it was deployed with dataconnect:active true, and here that is false. This run "
                "no longer keeps the users of its database, nor takes backups of it; it deletes the instances of its fleets, "
                f"and what is new begins switched off. To stay active, set dataconnect:active: true in Pulumi.{stack}.yaml; "
                "after a failback, raise dataconnect:database.generation (docs/decisions/database-replica.md)."
            )

    own.is_true("active").apply(lambda was_active: warn(was_active=was_active))
