"""An environment on demand: a primary stack beside another, with a network, stores and workloads of its own.

What is there once in an account and region (instances of databases, the zone, repositories, who is told of alarms, sums of
costs) is the other stack's, and read from its outputs (docs/decisions/environments.md).
"""

from collections.abc import Mapping
from typing import Any

import pulumi

from components.compute.job_spec import REGISTRY
from components.operate.environment_spec import EnvironmentSpec
from settings import PrimarySettings
from stacks.outputs import StackOutputs
from stacks.parts.analytics import declare_query_catalog
from stacks.parts.apps import declare_cluster, declare_fleets, declare_jobs, declare_services, share_repositories
from stacks.parts.cache import declare_cache, outputs_of_cache
from stacks.parts.data import declare_lake, declare_tables
from stacks.parts.edge import declare_ingress, declare_record
from stacks.parts.environments import neighbour_of, offer_shared_database
from stacks.parts.functions import declare_functions, outputs_of_functions, tenant_roles_of
from stacks.parts.keys import declare_keys
from stacks.parts.logs import declare_log_search, outputs_of_logs, with_log_queue
from stacks.parts.messaging import declare_queues, declare_topics, outputs_of_queues
from stacks.parts.objectives import declare_objectives
from stacks.parts.region import RegionKeys, declare_region, place_of
from stacks.parts.retention import classes_of, kept_days
from stacks.parts.schedule import declare_schedule, outputs_of_schedule, shared_by
from stacks.parts.search import configure_search, declare_search
from stacks.parts.silos import tell_places
from stacks.parts.streams import declare_streams


def compose(settings: PrimarySettings, spec: EnvironmentSpec) -> Mapping[str, pulumi.Input[Any]]:
    """Declare an environment on demand and return its outputs: what `dataconnect` reads of a primary stack."""
    place, cell, neighbour = place_of(settings), pulumi.get_stack(), neighbour_of(settings, spec)
    stack = neighbour.stack
    keys: RegionKeys = {data_class: key.arn for data_class, key in declare_keys(settings, place).items()}
    region = declare_region(settings, place, keys, alerts=neighbour.alerts(settings), reaches=neighbour.data_tier())

    # Silos are dev's: a link that reached them would be a way to dev's data.
    lake = declare_lake(settings, region, StackOutputs(cell), copied=False, silos=False)
    database = offer_shared_database(settings, region, spec, neighbour)
    tables = declare_tables(settings, region)
    registry = tables.get(REGISTRY)
    if registry:
        tell_places(region, arn=registry.arn, table_name=registry.table_name)
    catalog = declare_query_catalog(settings, region, lake, {}, cell=cell, registry=registry.table_name if registry else None)
    topics = declare_topics(settings, region)
    queues = declare_queues(settings, region, topics)
    streams = declare_streams(settings, region, topics)
    passwords = declare_cache(settings, region)
    search = declare_search(settings, region)
    log_search = declare_log_search(settings, region)

    zone_id = stack.text("zoneId")
    ingress = declare_ingress(settings, region, validation_zone_id=zone_id)
    repositories = share_repositories(settings, region)
    services = declare_services(settings, region, ingress, repositories, declare_cluster(region))
    jobs = declare_jobs(settings, region, lake, repositories, cell=cell)
    functions = declare_functions(settings, region, ingress, queues)
    searched = configure_search(settings, search, functions, registry=registry.table_name if registry else "", cell=cell)
    fleets = declare_fleets(settings, region, queues, repositories)
    declare_record(settings, ingress, zone_id, failover=None)
    schedule = declare_schedule(settings, region, shared_by(stack) if settings.schedule else None)
    promised = declare_objectives(settings, region, ())
    return {
        "environmentOf": spec.of,
        "keyArns": keys,
        "alertTopicArn": region.alerts.topic_arn,
        "databaseArn": stack.text("databaseArn"),
        "databaseName": database.database_name,
        "databaseUsersFunction": stack.text("databaseUsersFunction"),
        "databaseLogin": database.login,
        "databaseUsers": database.users,
        "tables": {
            name: {"arn": table.arn, "name": table.table_name, "hashKey": settings.tables[name].hash_key}
            for name, table in tables.items()
        },
        "lakeBuckets": {name: bucket.bucket_name for name, bucket in lake.items()},
        "lakeClasses": classes_of(settings.lake, copied=False),
        "keptDays": kept_days(settings),
        **({"catalog": catalog} if catalog else {}),
        "queues": outputs_of_queues(with_log_queue(queues, log_search)),
        "deadLetters": place.inventory.dead_letters,
        "streams": streams,
        **outputs_of_cache(passwords),
        **outputs_of_functions(settings, functions),
        "tenantRoles": {**services, **jobs.tenant_roles, **tenant_roles_of(functions), **fleets},
        **({"jobQueueArn": jobs.queue_arn} if jobs.queue_arn else {}),
        **({"search": searched} if searched else {}),
        **outputs_of_logs(region.logs, log_search),
        **promised,
        **outputs_of_schedule(schedule),
        "loadBalancerName": ingress.dns_name,
        "url": f"https://{settings.ingress.domain}",
    }
