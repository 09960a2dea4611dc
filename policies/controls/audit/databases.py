"""Databases tell what they do: logs leave the instance, slow statements are logged, hosts are measured, events reach people."""

import re
from collections.abc import Mapping
from typing import Final

from policies.kit.checks import is_given, is_on, only_where
from policies.kit.conditions import holds_all, lacking
from policies.kit.references import sure_referrers, targets
from policies.kit.resource import Graph, Resource, per_stack
from policies.kit.rule import NOT_JUDGED, Answers, Finding, Rules
from policies.kit.values import UNKNOWN, as_list, as_number, given, switch

rules: Final = Rules("audit")

_EXPORTS: Final = "enabledCloudwatchLogsExports"

# Engine -> log types that exist for it and are wanted. Aurora has no upgrade log to export.
# https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/AuroraPostgreSQL.CloudWatch.html
_POSTGRES_LOGS: Final = {"postgres": ("postgresql", "upgrade"), "aurora-postgresql": ("postgresql",)}


rules.named("rds-postgres-log-exports", "C014", "rds/instance rds/cluster").add(
    only_where("engine", holds_all(_EXPORTS, _POSTGRES_LOGS["postgres"]), values=("postgres",)),
    description="PostgreSQL databases export their server and upgrade logs to CloudWatch Logs.",
    remediation="Set enabledCloudwatchLogsExports: [postgresql, upgrade].",
    remediation_values={_EXPORTS: ["postgresql", "upgrade"]},
)
rules.named("rds-aurora-postgres-log-exports", "C014", "rds/cluster").add(
    only_where("engine", holds_all(_EXPORTS, _POSTGRES_LOGS["aurora-postgresql"]), values=("aurora-postgresql",)),
    description="Aurora PostgreSQL clusters export their server log to CloudWatch Logs.",
    remediation="Set enabledCloudwatchLogsExports: [postgresql].",
    remediation_values={_EXPORTS: ["postgresql"]},
)


@rules.rule("rds-log-exports", "C014", "rds/instance rds/cluster")
def _rds_log_exports(database: Resource) -> Answers:
    """Databases of other engines, or of one that the plan does not name, export a log to CloudWatch Logs.

    Set enabledCloudwatchLogsExports to the logs of the engine.
    """
    engine, exports = database.get("engine"), database.get(_EXPORTS)
    known = engine if isinstance(engine, str) else ""
    # RDS Custom leaves logs to the host's own agent.
    if not exports and known not in _POSTGRES_LOGS and not known.startswith("custom-"):
        yield Finding(_EXPORTS, exports, "the logs of the engine")


# Parameter -> values that switch it off; off is also the default of both.
_QUERY_LOGGING: Final = {"log_statement": r"none|", "log_min_duration_statement": r"-.*|"}
_GROUP_PROPERTIES: Final = {"rds/instance": "parameterGroupName", "rds/cluster": "dbClusterParameterGroupName"}
_GROUP_FAMILIES: Final = {
    "rds/parameterGroup": r"postgres\d*",
    "rds/clusterParameterGroup": r"(aurora-postgresql|postgres)\d*",
}


def _unlogged(group: Resource) -> Answers:
    values = {entry.get("name"): entry.get("value") for entry in as_list(group.get("parameters"))}
    for parameter, off in _QUERY_LOGGING.items():
        value = values.get(parameter)
        if value is UNKNOWN or (value is None and UNKNOWN in values):
            yield NOT_JUDGED
        elif re.fullmatch(off, "" if value is None else str(value).strip().lower()):
            yield Finding("parameters", value, f"a value of {parameter} that logs statements", detail=parameter)


def _judged_itself(group: Resource) -> bool:
    return bool(re.fullmatch(_GROUP_FAMILIES[group.kind], str(group.get("family") or "")))


def _database_group(database: Resource) -> Answers:
    prop = _GROUP_PROPERTIES[database.kind]
    group, engine, source = database.get(prop), database.get("engine"), database.get("replicateSourceDb")
    if engine is UNKNOWN:
        yield NOT_JUDGED
    elif engine not in _POSTGRES_LOGS:
        return
    elif group is None and (source is UNKNOWN or not str(source or "arn:").startswith("arn:")):
        yield NOT_JUDGED  # a replica in the same region takes the group of its source
    elif group is None or (isinstance(group, str) and group.startswith("default.")):
        yield Finding(prop, group, f"a parameter group with {' and '.join(_QUERY_LOGGING)}")
    else:
        groups = [found for kind in _GROUP_FAMILIES for found in targets(database, prop, kind)]
        if not groups:
            yield NOT_JUDGED
        for found in groups:
            if not _judged_itself(found):
                yield from _unlogged(found)


@rules.rule("rds-query-logging", "C015", "rds/parameterGroup rds/clusterParameterGroup rds/instance rds/cluster")
def _rds_query_logging(resource: Resource) -> Answers:
    """PostgreSQL databases log statements by kind and by duration.

    Set log_statement (ddl or mod) and log_min_duration_statement (milliseconds) in the database's own parameter group.
    """
    if resource.kind in _GROUP_PROPERTIES:
        yield from _database_group(resource)
    elif _judged_itself(resource):
        yield from _unlogged(resource)


_INTERVALS: Final = (1, 5, 10, 15, 30, 60)


@rules.rule("rds-enhanced-monitoring", "C018", "rds/instance rds/clusterInstance")
def _rds_enhanced_monitoring(instance: Resource) -> Answers:
    """Enhanced monitoring measures the host of each database instance.

    Set monitoringInterval (seconds: 1, 5, 10, 15, 30 or 60) and monitoringRoleArn.
    """
    interval = instance.get("monitoringInterval")
    if as_number(interval) not in _INTERVALS:
        yield Finding("monitoringInterval", interval, "1, 5, 10, 15, 30 or 60 seconds")
    else:
        yield from is_given("monitoringRoleArn", "the role that may write the measurements")(instance)


_SUBSCRIPTION: Final = "rds/eventSubscription"

# Source type -> event categories that people must hear of.
_CRITICAL_EVENTS: Final = {
    "db-instance": ("maintenance", "configuration change", "failure"),
    "db-cluster": ("maintenance", "failure"),
    "db-parameter-group": ("configuration change",),
}
_SOURCE_TYPES: Final = {"rds/instance": "db-instance", "rds/cluster": "db-cluster"}


@rules.rule("rds-event-subscription", "C031", _SUBSCRIPTION)
def _event_subscription(subscription: Resource) -> Answers:
    """Event subscriptions are on, name a topic and hold the critical events of their kind.

    Set snsTopic, remove enabled: false, and leave eventCategories out or list the critical ones.
    """
    yield from is_on("enabled", default=True)(subscription)
    yield from is_given("snsTopic", "the topic that people read")(subscription)
    categories, kind = subscription.get("eventCategories"), subscription.get("sourceType")
    if kind is UNKNOWN:
        yield NOT_JUDGED
    for missing in lacking(_CRITICAL_EVENTS.get(kind, ()), categories) if categories else ():
        yield Finding("eventCategories", categories, f"{missing} too", detail=missing)


@per_stack
def _watched_by_type(graph: Graph) -> Mapping[str | None, frozenset[str]]:
    """Region -> source types of subscriptions that do not name their sources."""
    found: dict[str | None, set[str]] = {}
    for subscription in graph.of(_SUBSCRIPTION):
        if not given(subscription.get("sourceIds")) and switch(subscription.get("enabled"), default=True):
            kind = subscription.get("sourceType")
            found.setdefault(subscription.region, set()).update(_SOURCE_TYPES.values() if kind is None else [str(kind)])
    return {region: frozenset(types) for region, types in found.items()}


@rules.rule("rds-events-watched", "C031", " ".join(_SOURCE_TYPES))
def _events_watched(database: Resource) -> Answers:
    """A subscription tells a topic of the database's events.

    Add an rds.EventSubscription with snsTopic and sourceType (db-instance or db-cluster).
    """
    kind = _SOURCE_TYPES[database.kind]
    if kind in _watched_by_type(database.graph).get(database.region, ()):
        return
    named = sure_referrers(database, (_SUBSCRIPTION, "sourceIds[]"))
    if not any(switch(subscription.get("enabled"), default=True) for subscription in named):
        yield Finding("", None, f"an event subscription for {kind}")
