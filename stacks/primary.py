"""The primary role (dev, prod): keys, network, data stores, services and the edge they are reached by."""

from collections.abc import Mapping
from typing import Any

import pulumi

from components.compute.job_spec import REGISTRY
from components.data.secret import SecretReplica
from components.edge import edge_checks
from components.edge.dns import Failover, HostedZone, HostedZoneArgs
from components.operate.budget import Budget, BudgetArgs
from components.operate.janitor_watch import JanitorWatch, JanitorWatchArgs
from settings import PrimarySettings
from stacks.outputs import StackOutputs
from stacks.parts.alerts import declare_notifier, outputs_of_alerts
from stacks.parts.analytics import declare_query_catalog
from stacks.parts.apps import declare_cluster, declare_fleets, declare_jobs, declare_repositories, declare_services
from stacks.parts.cache import declare_cache, outputs_of_cache
from stacks.parts.data import declare_backup, declare_lake, declare_tables, offer_database
from stacks.parts.databases import Owner, confirm_generation, declare_primary, source_of
from stacks.parts.dns_security import declare_dns_security
from stacks.parts.edge import declare_ingress, declare_record
from stacks.parts.environments import declare_environments, read_credentials_of_environments
from stacks.parts.functions import declare_functions, outputs_of_functions, tenant_roles_of
from stacks.parts.keys import declare_keys
from stacks.parts.logs import declare_log_search, outputs_of_logs, with_log_queue
from stacks.parts.messaging import declare_queues, declare_topics, outputs_of_queues
from stacks.parts.objectives import declare_objectives
from stacks.parts.orders import declare_orders, outputs_of_orders
from stacks.parts.products import declare_products, outputs_of_shares
from stacks.parts.recovery import TABLE as RECOVERY
from stacks.parts.recovery import declare_recovery, outputs_of_recovery
from stacks.parts.region import declare_region, place_of
from stacks.parts.retention import classes_of, kept_days
from stacks.parts.rotation import declare_rotation, outputs_of_rotation
from stacks.parts.schedule import declare_schedule, outputs_of_schedule
from stacks.parts.search import configure_search, declare_search
from stacks.parts.silos import declare_silos, keep_users, outputs_of_silos, register, tell_places
from stacks.parts.streams import declare_streams


def compose(settings: PrimarySettings) -> Mapping[str, pulumi.Input[Any]]:
    """Declare a primary stack and return its outputs: what recovery and replication read."""
    place, fails_over = place_of(settings), settings.recovery_region is not None
    keys = declare_keys(settings, place)
    region = declare_region(settings, place, {data_class: key.arn for data_class, key in keys.items()})

    own = StackOutputs(pulumi.get_stack())
    lake = declare_lake(settings, region, own, copied=fails_over)
    replica_key_arn = keys["secrets"].replica_arn
    replica = (
        SecretReplica(region=settings.recovery_region, key_arn=replica_key_arn)
        if settings.recovery_region and replica_key_arn is not None
        else None
    )
    # The other region's stack is read only while that is active: else a primary knows no other stack.
    recovery = StackOutputs(settings.recovered_by) if settings.standby and settings.recovered_by else None
    source = source_of(recovery, settings.recovery_region)
    databases = declare_primary(region, settings.database, source, replica, Owner())
    database = databases.current
    users = offer_database(
        settings,
        region,
        database,
        writable=settings.running,
        more_credentials=read_credentials_of_environments(settings, region),
        closed=settings.environments is not None,
    )
    silos = declare_silos(settings, region, databases, recovery)
    keep_users(silos, users)
    tables = declare_tables(settings, region)
    known = tables.get(RECOVERY)
    rotation = declare_rotation(
        settings,
        region,
        database,
        silos,
        table_name=known.table_name if known else None,
        table_arn=known.arn if known else None,
    )
    if registry := tables.get(REGISTRY):
        tell_places(region, arn=registry.arn, table_name=registry.table_name)
        register(silos, region, registry.table_name)
    catalog = declare_query_catalog(
        settings, region, lake, silos, cell=pulumi.get_stack(), registry=registry.table_name if registry else None
    )
    shared = declare_products(settings, region, registry.table_name if registry else None)
    topics = declare_topics(settings, region)
    queues = declare_queues(settings, region, topics)
    streams = declare_streams(settings, region, topics)
    passwords = declare_cache(settings, region)
    notifier = declare_notifier(settings, region, buttons=settings.orders is not None)
    declare_backup(settings, region)
    search = declare_search(settings, region)
    log_search = declare_log_search(settings, region)

    zone = HostedZone("zone", HostedZoneArgs(here=place, spec=settings.zone, accelerated_recovery=fails_over))
    security = declare_dns_security(settings, place, zone) if settings.features.dns_security else None
    signed_path = settings.orders.path if settings.orders else None
    ingress = declare_ingress(settings, region, validation_zone_id=zone.zone_id, signed_path=signed_path)
    repositories = declare_repositories(settings, region)
    cluster = declare_cluster(region)
    services = declare_services(settings, region, ingress, repositories, cluster)
    jobs = declare_jobs(settings, region, lake, repositories, cell=pulumi.get_stack())
    functions = declare_functions(settings, region, ingress, queues)
    searched = configure_search(
        settings, search, functions, registry=tables[REGISTRY].table_name if REGISTRY in tables else "", cell=pulumi.get_stack()
    )
    fleets = declare_fleets(settings, region, queues, repositories)
    tenant_roles = {**services, **jobs.tenant_roles, **tenant_roles_of(functions), **fleets}
    standby = edge_checks.standby_name(settings.ingress.domain)
    declare_record(settings, ingress, zone.zone_id, Failover(role="PRIMARY", other=standby) if fails_over else None)
    recovering = None
    if known:
        name, arn = known.table_name, known.arn
        recovering = declare_recovery(
            settings, region, ingress, database, repositories, cluster, table_name=name, table_arn=arn
        )
    if settings.budget:
        Budget("budget", BudgetArgs(here=place, spec=settings.budget, topic_arn=region.alerts.topic_arn))
    environments = declare_environments(settings, region, database)
    if settings.environments:
        JanitorWatch("janitor", JanitorWatchArgs(here=region.here))
    schedule = declare_schedule(settings, region)
    orders = declare_orders(settings, region, ingress, notifier, schedule)
    promised = declare_objectives(settings, region, settings.silos)
    return {
        "keyArns": {data_class: key.arn for data_class, key in keys.items()},
        "replicaKeyArns": {data_class: key.replica_arn for data_class, key in keys.items() if key.replica_arn},
        "alertTopicArn": region.alerts.topic_arn,
        **outputs_of_alerts(notifier),
        "databaseArn": database.arn,
        "databaseAddress": database.address,
        "databaseName": database.database_name,
        "databaseInstanceClass": settings.database.instance_class,
        "databaseGeneration": confirm_generation(settings.database.generation, own, follows=settings.standby),
        "databaseCredentialsReplicaArn": databases.credentials.replica_arn,
        "databaseCredentialsReplicaStatus": databases.credentials.replica_status,
        "tables": {
            name: {"arn": table.arn, "name": table.table_name, "hashKey": settings.tables[name].hash_key}
            for name, table in tables.items()
        },
        "lakeBuckets": {name: bucket.bucket_name for name, bucket in lake.items()},
        "silos": outputs_of_silos(silos, users),
        "lakeClasses": classes_of(settings.lake, copied=fails_over),
        "keptDays": kept_days(settings),
        **({"catalog": catalog} if catalog else {}),
        "queues": outputs_of_queues({**with_log_queue(queues, log_search), notifier.queue.name: notifier.queue}),
        "deadLetters": place.inventory.dead_letters,
        "streams": streams,
        **outputs_of_cache(passwords),
        **outputs_of_functions(settings, functions),
        **outputs_of_shares(shared),
        "tenantRoles": tenant_roles,
        **({"jobQueueArn": jobs.queue_arn} if jobs.queue_arn else {}),
        **({"search": searched} if searched else {}),
        **outputs_of_logs(region.logs, log_search),
        "databaseUsersFunction": users.function_name,
        "databaseLogin": users.login,
        "databaseUsers": users.users,
        **outputs_of_rotation(rotation),
        **promised,
        **outputs_of_recovery(recovering, {name: table.table_name for name, table in tables.items()}, cell=pulumi.get_stack()),
        **outputs_of_schedule(schedule),
        **outputs_of_orders(orders),
        **environments,
        "zoneId": zone.zone_id,
        "loadBalancerName": ingress.dns_name,
        "nameServers": zone.name_servers,
        **({} if security is None else {"dsRecord": security.ds_record}),
        "url": f"https://{settings.ingress.domain}",
    }
