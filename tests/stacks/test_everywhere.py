"""What holds for every resource of every stack: its region, the key it uses, whom it tells, who may delete it."""

import json
import re
from collections.abc import Iterator
from typing import Any, Final

import pytest

from components.base.severity import URGENCY
from components.operate.error_search import FAILURES
from stacks.parts.search import indexes
from tests.components.harness import Declared, accepts
from tests.found import some
from tests.stacks.estate import (
    ACCOUNTS,
    ALL,
    AWAY,
    HOME,
    PLATFORMS,
    PRIMARIES,
    RECOVERIES,
    SWITCHED,
    ZONES_HOME,
    Estate,
    estate_of,
)

CLASSES: Final = (
    "database",
    "tables",
    "storage",
    "logs",
    "secrets",
    "alerts",
    "backups",
    "messages",
    "config",
    "cache",
    "search",
)
# Type -> classes of the keys that resources of it may name. A type that is not here names no key.
KEYS: Final = {
    "rds/instance:Instance": {"database"},
    "elasticache/replicationGroup:ReplicationGroup": {"cache"},
    "dynamodb/table:Table": {"tables"},
    "dynamodb/tableReplica:TableReplica": {"tables"},
    "s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": {
        "storage",
        "config",
        "account-audit",
    },
    "s3/bucketPolicy:BucketPolicy": {"storage", "config"},
    "ecr/repository:Repository": {"storage"},
    "secretsmanager/secret:Secret": {"secrets"},
    "cloudwatch/logGroup:LogGroup": {"logs", "dns-logs", "account-logs"},
    "cloudtrail/trail:Trail": {"account-audit"},
    "ebs/defaultKmsKey:DefaultKmsKey": {"account-volumes"},
    "ecs/cluster:Cluster": {"logs"},
    "sns/topic:Topic": {"alerts", "dns-alerts", "messages"},
    "lambda/function:Function": {"secrets"},
    "kinesis/firehoseDeliveryStream:FirehoseDeliveryStream": {"messages", "storage"},
    "backup/vault:Vault": {"backups"},
    "sqs/queue:Queue": {"messages"},
    "ec2/launchTemplate:LaunchTemplate": {"volumes"},
    "opensearch/domain:Domain": {"search"},
}
# Logs of another class than application.
AUDITS: Final = {"cluster-exec", "search-domain-audit", "log-domain-audit"}
ACCESSES: Final = {"ingress-firewall-log"}
# Said elsewhere: keys themselves and their names, the roles' policies, replication between two regions, signing of the zone,
# what is written to a bucket of another region.
KEYS_ELSEWHERE: Final = {
    "kms/alias:Alias",
    "kms/replicaKey:ReplicaKey",
    "iam/rolePolicy:RolePolicy",
    "iam/policy:Policy",
    "s3/bucketReplicationConfig:BucketReplicationConfig",
    "route53/keySigningKey:KeySigningKey",
    "cfg/deliveryChannel:DeliveryChannel",
    "guardduty/publishingDestination:PublishingDestination",
}
STATEFUL: Final = {
    "rds/instance:Instance",
    "elasticache/replicationGroup:ReplicationGroup",
    "dynamodb/table:Table",
    "dynamodb/tableReplica:TableReplica",
    "s3/bucket:Bucket",
    "sqs/queue:Queue",
    "ecr/repository:Repository",
    "secretsmanager/secret:Secret",
    "cloudwatch/logGroup:LogGroup",
    "kms/key:Key",
    "kms/replicaKey:ReplicaKey",
    "backup/vault:Vault",
    "opensearch/domain:Domain",
    "lb/loadBalancer:LoadBalancer",
    "route53/zone:Zone",
    "cloudtrail/trail:Trail",
}


def strings(value: Any) -> Iterator[str]:
    """Every text in a value, also inside JSON documents."""
    if isinstance(value, dict):
        for key, each in value.items():
            yield from strings(key)
            # A template is JSON once EventBridge has put in what stands alone.
            each = re.sub(r"\[<\w+>\]", "[]", each) if key == "inputTemplate" else each
            # A query in JQ, or a pattern of events of a log, looks like JSON and is none.
            yield from [each] if key in ("parameterValue", "pattern") else strings(each)
    elif isinstance(value, list):
        for each in value:
            yield from strings(each)
    elif isinstance(value, str):
        if value.startswith(("{", "[")) and not value.startswith("{%"):  # which is an expression of a state machine
            yield from strings(json.loads(value))
        else:
            yield value


def where_it_may_be(estate: Estate, resource: Declared) -> set[str]:
    """Regions that a resource belongs in."""
    if resource.token == "aws:kms/replicaKey:ReplicaKey" or resource.name.endswith("-replica-alias"):
        return {estate.file["recoveryRegion"]}
    if resource.name.startswith(("dns-", "zone-guard")):
        return {ZONES_HOME}  # Route 53 signs, logs and measures zones there
    if resource.token == "aws:dynamodb/tableReplica:TableReplica":
        return {estate.file["recoveryRegion"]}
    if estate.stack == "prod-replication" and resource.token == "aws:cloudwatch/metricAlarm:MetricAlarm":
        return {HOME, AWAY}  # by what they measure; see below
    if re.search(r"-replication-back(-config)?$", resource.name):
        return {estate.file["recoveryRegion"]}  # copies are made by the region that they are made of
    if estate.stack in ACCOUNTS:
        named = {region for region in estate.file["platforms"] if f"-{region}" in resource.name}
        return named or {estate.region}
    return {estate.region}


@pytest.mark.parametrize("name", ALL)
def test_everything_is_in_its_region(name: str) -> None:
    estate = estate_of(name)
    for resource in some(estate.resources).values():
        if accepts(resource.token, "region"):
            assert resource.inputs.get("region") in where_it_may_be(estate, resource), (resource.token, resource.name)


@pytest.mark.parametrize("name", ALL)
def test_everything_is_encrypted_under_the_key_of_its_class_in_its_region(name: str) -> None:
    estate = estate_of(name)
    for (token, _), resource in some(estate.resources).items():
        short = token.removeprefix("aws:")
        if short in KEYS_ELSEWHERE:
            continue
        replicas = resource.inputs.get("replicas", [])
        inputs = {key: value for key, value in resource.inputs.items() if key != "replicas"}
        named = {text for text in strings(inputs) if text.startswith("arn:aws:kms:")}
        called = {estate.keys[arn] for arn in named}
        region = resource.inputs.get("region")
        assert called <= {f"{region} {each}" for each in KEYS.get(short, ())}, (token, resource.name, called)
        assert bool(called) or short not in KEYS or _needs_no_key(resource), (token, resource.name)
        assert all(estate.keys[each["kmsKeyId"]].split()[0] == each["region"] for each in replicas)


def _needs_no_key(resource: Declared) -> bool:
    # Load balancers and S3 write access logs only to a bucket under AWS's key. A function without variables needs none.
    # CloudTrail's digests are under S3's own key: no policy there refuses what is under another.
    return resource.name.removeprefix("account-").startswith("access-logs") or resource.name in (
        "account-records-policy",
        "account-trail-policy",
        "database-rotation",
        "database-users",
        "products",
        "search-domain-configurer",
        "log-domain-configurer",
        "heartbeat",
        "fence",
        "notifier",
        "orders",
        "ready",
        "recover",
        "sleeper",
    )


@pytest.mark.parametrize("name", ALL)
def test_nothing_belongs_to_another_account(name: str) -> None:
    estate = estate_of(name)
    for resource in some(estate.resources).values():
        for text in strings(resource.inputs):
            accounts = set(re.findall(r"^arn:aws:[a-z0-9-]*:[a-z0-9-]*:([0-9]{12}):", text))
            assert accounts <= {estate.account}, (resource.token, resource.name, text)


@pytest.mark.parametrize("name", ALL)
def test_everything_belongs_to_a_component_and_carries_its_name(name: str) -> None:
    for resource in some(estate_of(name).resources).values():
        assert "$dataconnect:index:" in resource.parent, (resource.token, resource.name)
        if accepts(resource.token, "tags"):
            tags = resource.inputs.get("tags", {})
            # A group has a list of what its instances are tagged with.
            named = tags.get("Name") if isinstance(tags, dict) else [each for each in tags if each["key"] == "Name"]
            assert named, (resource.token, resource.name)


@pytest.mark.parametrize("name", ALL)
def test_every_role_has_the_boundary_of_the_stack_file(name: str) -> None:
    estate = estate_of(name)
    for role in estate.some("iam/role:Role").values():
        assert role.inputs["permissionsBoundary"] == estate.file["permissionsBoundary"]


@pytest.mark.parametrize("name", ALL)
def test_what_holds_data_is_protected_as_the_stack_file_says(name: str) -> None:
    estate = estate_of(name)
    found = {token.removeprefix("aws:") for (token, _), resource in some(estate.resources).items() if resource.protect}
    assert found <= STATEFUL
    for token in STATEFUL:
        for resource in estate.of(token).values():
            assert resource.protect is estate.protect, (token, resource.name)


def told_of_alarms(estate: Estate) -> set[str]:
    """The topics that the notifier hears and speaks by, and the one by which people hear of it."""
    teams = estate.file["alerts"]["teams"]
    return {"alerts", "alerts-direct", *(f"notifier-mail-{name}" for name, team in teams.items() if team.get("emails"))}


def searches_logs(estate: Estate) -> bool:
    """Whether logs are searched there: in prod-recovery they are copied only."""
    return "search" in estate.file["logs"]


def orders_in(estate: Estate) -> list[str]:
    """What takes orders from Slack, where somebody may give some."""
    return ["orders"] if "orders" in estate.file else []


def queues_in(estate: Estate) -> list[str]:
    """The queues of the file, that of the log domain, and the notifier's."""
    return [*estate.file["queues"], *(["logs"] if searches_logs(estate) else []), "notifier-queue"]


def identities(estate: Estate) -> dict[str, set[str]]:
    """Type -> logical names. Another name is another resource: it is created anew, and the old one deleted with its data."""
    if estate.stack in ACCOUNTS:
        return {
            "s3/bucket:Bucket": {"account-access-logs", "account-records", "account-trail"},
            "cloudwatch/logGroup:LogGroup": {"audit"},
            "cloudtrail/trail:Trail": {"audit"},
        }
    file, buckets = estate.file, {f"lake-{name}" for name in estate.file["lake"]["buckets"]}
    copied = {f"lake-{name}" for name, entry in estate.file["lake"]["buckets"].items() if entry.get("replicated", True)}
    if file["role"] == "replication":
        return {
            "dynamodb/tableReplica:TableReplica": {f"{name}-replica" for name in file["tables"]},
            "s3/bucketReplicationConfig:BucketReplicationConfig": {
                f"{bucket}-replication{way}-config" for bucket in copied for way in ("", "-back")
            },
            "ecr/replicationConfiguration:ReplicationConfiguration": {"image-replication", "image-replication-back"},
            "cloudwatch/dashboard:Dashboard": {"replication"},
        }
    passwords = {f"cache-passwords-{name}" for name in estate.cache_users}
    both = {
        "rds/instance:Instance": {"database"},
        "elasticache/replicationGroup:ReplicationGroup": {"cache"},
        "s3/bucket:Bucket": {
            *("access-logs", "log-archive", "stream"),
            *(["products"] if "products" in estate.outputs else []),
            *buckets,
        },
        "opensearch/domain:Domain": {"search-domain", *(["log-domain"] if searches_logs(estate) else [])},
        "sqs/queue:Queue": {
            *(each for name in queues_in(estate) for each in (name, f"{name}-dead-letters")),
            *(f"{name}-dead-letters" for name in ("alerts", "batch", *orders_in(estate), *file["topics"])),
        },
        "kinesis/firehoseDeliveryStream:FirehoseDeliveryStream": {
            "log-delivery",
            *(f"{name}-stream" for name in file["streams"]),
        },
        "batch/jobQueue:JobQueue": {"batch"},
        "batch/jobDefinition:JobDefinition": set(file["jobs"]),
        "sns/topic:Topic": {*told_of_alarms(estate), *file["topics"]},
        "ec2/vpc:Vpc": {"network"},
        "ecs/cluster:Cluster": {"cluster"},
        "lb/loadBalancer:LoadBalancer": {"ingress"},
        "acm/certificate:Certificate": {"certificate"},
        "cloudwatch/dashboard:Dashboard": {"dashboard", "on-call", "tenants"},
    }
    if file["role"] == "recovery":
        return both | {"backup/vault:Vault": {"backup"}, "route53/record:Record": {"app", "app-standby"}}
    guarded = {"dns-alerts-key", "dns-logs-key", "zone-guard-signing"} if estate.protect else set[str]()
    return both | {
        "backup/vault:Vault": {"backup"} if estate.protect else set(),
        "route53/zone:Zone": {"zone"},
        "dynamodb/table:Table": {*file["tables"], *estate.own_tables},
        "secretsmanager/secret:Secret": {
            *("database-credentials", "notifier-secret", *passwords),
            *(f"{each}-secret" for each in orders_in(estate)),
        },
        "sns/topic:Topic": {*told_of_alarms(estate), *file["topics"], *(["dns-alerts"] if estate.protect else [])},
        "kms/key:Key": {f"{each}-key" for each in classes_in(estate)} | guarded,
    }


@pytest.mark.parametrize("name", [name for name in ALL if name != "full recovery"])
def test_what_is_deployed_keeps_its_name(name: str) -> None:
    estate = estate_of(name)
    expected = identities(estate)
    assert {token: estate.names(token) for token in expected} == expected


def test_the_domains_record_of_the_primary_keeps_its_name() -> None:
    for name in some(PRIMARIES):
        estate = estate_of(name)
        assert estate.only("route53/record:Record", name=estate.file["ingress"]["domain"]).name == "app"


def topic(estate: Estate, region: str) -> str:
    """ARN of the topic that alarms of `region` go to: in replication that of the stack which lives there."""
    if estate.stack == "prod-replication":
        primary, recovery = estate.others
        owner = primary if region == primary.region else recovery
        return owner.arn("sns/topic:Topic", "alerts")
    if estate.stack in ACCOUNTS:
        (owner,) = [other for other in estate.others if other.region == region]
        return owner.arn("sns/topic:Topic", "alerts")
    return estate.arn("sns/topic:Topic", "dns-alerts" if region == ZONES_HOME else "alerts")


def loud(estate: Estate) -> list[Declared]:
    """Alarms that are no part of a composite alarm, which speaks for them."""
    rules = "".join(each.inputs["alarmRule"] for each in estate.of("cloudwatch/compositeAlarm:CompositeAlarm").values())
    alarms = estate.some("cloudwatch/metricAlarm:MetricAlarm")
    parts = {name for name in alarms if f'"{estate.state("cloudwatch/metricAlarm:MetricAlarm", name)["name"]}"' in rules}
    assert not [name for name in parts if alarms[name].inputs.get("alarmActions")]
    return [alarm for name, alarm in alarms.items() if name not in parts]


@pytest.mark.parametrize("name", ALL)
def test_alarms_tell_the_topic_of_their_own_region_and_link_the_runbook(name: str) -> None:
    estate = estate_of(name)
    for alarm in [*loud(estate), *estate.of("cloudwatch/compositeAlarm:CompositeAlarm").values()]:
        here = [topic(estate, alarm.inputs["region"])]
        if alarm.name.startswith(("notifier-", "alerts-")):
            here = [estate.arn("sns/topic:Topic", "alerts-direct")]
        assert alarm.inputs["alarmActions"] == alarm.inputs["okActions"] == here, alarm.name
        assert f"Runbook: {estate.file['runbookUrl']}/" in alarm.inputs["alarmDescription"]


@pytest.mark.parametrize("name", PLATFORMS)
def test_events_tell_the_topic_of_their_own_region(name: str) -> None:
    estate = estate_of(name)
    here = topic(estate, estate.region)
    targets = [
        each.inputs for each in estate.some("cloudwatch/eventTarget:EventTarget").values() if "roleArn" not in each.inputs
    ]
    assert {each["arn"] for each in some(targets)} == {here}
    assert all(estate.file["runbookUrl"] in json.dumps(each) for each in targets)
    assert {each.inputs["snsTopic"] for each in estate.of("rds/eventSubscription:EventSubscription").values()} == {here}


@pytest.mark.parametrize("name", PLATFORMS)
def test_everybody_of_the_stack_file_hears_of_alarms(name: str) -> None:
    estate = estate_of(name)
    alerts = estate.file["alerts"]
    webhook = {("https", alerts["webhook"])} if "webhook" in alerts else set[tuple[str, str]]()
    directly = {("email", each) for each in alerts["emails"]} | webhook
    queue = {("sqs", estate.arn("sqs/queue:Queue", "notifier-queue"))}
    for each in some(estate.names("sns/topic:Topic") - set(estate.file["topics"])):
        team = alerts["teams"].get(each.removeprefix("notifier-mail-"), {})
        people = queue if each == "alerts" else {("email", one) for one in team["emails"]} if team else directly
        subscriptions = estate.where("sns/topicSubscription:TopicSubscription", topic=estate.arn("sns/topic:Topic", each))
        assert {(one.inputs["protocol"], one.inputs["endpoint"]) for one in subscriptions} == people
        for one in subscriptions:
            assert ("endpoint" in one.secret_inputs) is (one.inputs["protocol"] == "https")


@pytest.mark.parametrize("name", PLATFORMS)
def test_logs_are_kept_as_long_as_the_stack_file_says(name: str) -> None:
    estate = estate_of(name)
    for logical, group in estate.some("cloudwatch/logGroup:LogGroup").items():
        flows = estate.file["network"].get("flowLogRetentionDays", estate.file["logRetentionDays"])
        wanted = flows if logical == "network-flow-log" else estate.file["logRetentionDays"]
        if logical in AUDITS:
            wanted = estate.file["logs"].get("retentionDays", {}).get("audit", wanted)
        assert group.inputs["retentionInDays"] == wanted, logical


@pytest.mark.parametrize("name", PLATFORMS)
def test_every_log_is_copied_but_those_of_what_copies_them(name: str) -> None:
    """A log of what ships logs would make more of them for ever; measurements and connections are nobody's words."""
    estate = estate_of(name)
    groups = estate.some("cloudwatch/logGroup:LogGroup")
    own = {logical for logical in groups if logical.startswith(("log-delivery", "log-domain"))}
    assert own >= {"log-delivery", *(["log-domain-shipper", "log-domain-configurer"] if searches_logs(estate) else [])}
    away = {logical for logical, each in groups.items() if each.inputs["region"] == ZONES_HOME}
    filters = estate.some("cloudwatch/logSubscriptionFilter:LogSubscriptionFilter")
    copied = {logical.removesuffix("-subscription") for logical in filters}
    queries = {"network-query-log"} & groups.keys()
    assert groups.keys() - copied == {*own, *away, *queries, "cluster-insights", "network-flow-log"}
    stream, role = (
        estate.arn("kinesis/firehoseDeliveryStream:FirehoseDeliveryStream", "log-delivery"),
        estate.arn("iam/role:Role", "log-delivery-put"),
    )
    for logical, each in filters.items():
        group = logical.removesuffix("-subscription")
        expected = "audit" if group in AUDITS else "access" if group in ACCESSES else "application"
        assert (each.inputs["name"], each.inputs["filterPattern"]) == (expected, ""), logical
        assert (each.inputs["destinationArn"], each.inputs["roleArn"]) == (stream, role)
        assert each.inputs["logGroup"] == estate.state("cloudwatch/logGroup:LogGroup", group)["name"]
        assert each.depends_on("log-delivery-put-grants")


@pytest.mark.parametrize("name", PLATFORMS)
def test_each_metric_of_our_own_bears_the_stacks_name(name: str) -> None:
    """Two stacks of one account and region must not count together, nor raise each other's alarms."""
    estate = estate_of(name)
    found = {
        (logical, space)
        for (_, logical), each in estate.resources.items()
        for space in re.findall(r"DataConnect/[\w/-]*", json.dumps(each.inputs, default=str))
    }
    own = f"DataConnect/{estate.stack}"
    assert {(logical, space) for logical, space in found if space != own and not space.startswith(f"{own}/")} == set()
    counted = {
        "log-delivery-errors",
        "log-delivery-logs-delivery",
        *(["log-domain-quarantined"] if searches_logs(estate) else []),
    }
    assert {logical for logical, _ in found} >= counted


def test_replications_alarms_are_where_what_they_measure_is_published() -> None:
    estate = estate_of("replication")
    home = {"table-replication-latency", "bucket-replication-failures"}
    away = {"table-system-errors", "table-throttles", "bucket-replication-latency"}
    for alarm in estate.some("cloudwatch/metricAlarm:MetricAlarm").values():
        kind = re.sub(r"^.*-(table|bucket)-", r"\1-", alarm.name)
        kind = next(each for each in home | away if alarm.name.endswith(each)) if kind not in home | away else kind
        source, destination = (AWAY, HOME) if "-replication-back-" in alarm.name else (HOME, AWAY)
        assert alarm.inputs["region"] == (source if kind in home else destination), alarm.name


def test_replications_alarms_watch_each_table_and_bucket() -> None:
    estate, (prod, recovery) = estate_of("replication"), estate_of("replication").others
    alarms = estate.some("cloudwatch/metricAlarm:MetricAlarm")
    watched = {name: set(strings(alarm.inputs)) for name, alarm in alarms.items()}
    for table in some(estate.file["tables"]):
        physical = prod.state("dynamodb/table:Table", table)["name"]
        ours = [texts for texts in watched.values() if physical in texts]
        assert len(ours) == 3
        assert sum(estate.file["recoveryRegion"] in texts for texts in ours) == 3
    on_buckets = [alarm for alarm in alarms.values() if "-bucket-" in alarm.name]
    for role in some([role for role, entry in estate.file["lake"]["buckets"].items() if entry.get("replicated", True)]):
        home, away = (each.state("s3/bucket:Bucket", f"lake-{role}")["bucket"] for each in (prod, recovery))
        for source, destination in ((home, away), (away, home)):
            pair = {"SourceBucket": source, "DestinationBucket": destination}
            assert sum(pair.items() <= alarm.inputs["dimensions"].items() for alarm in on_buckets) == 2


TELLING: Final = ["notifier-queue", "alerts", "notifier-table", "notifier", "notifier-clock"]
"""Rows of what tells people."""


def rows_of(estate: Estate) -> list[str]:
    body = json.loads(estate.inputs("cloudwatch/dashboard:Dashboard", "dashboard")["dashboardBody"])
    texts = [each["properties"]["markdown"] for each in body["widgets"] if each["type"] == "text"]
    return [text.removeprefix("## ") for text in texts]


def clock_rows(name: str, function: Any) -> list[str]:
    """Of what runs a function by the clock."""
    return [f"{name}-clock"] if "everyMinutes" in function else []


def batch_rows(estate: Estate) -> list[str]:
    """Of the queue, and of each state machine and clock."""
    rows = ["batch-meter", "batch-meter-schedule", "batch"]
    for name, job in some(estate.jobs).items():
        rows += [f"{name}-start"] if {"schedule", "objects"} & set(job) else []
        rows += [f"{name}-schedule"] if "schedule" in job else []
    return rows


@pytest.mark.parametrize("name", PLATFORMS)
def test_the_dashboard_shows_a_row_of_everything_that_is_watched(name: str) -> None:
    estate = estate_of(name)
    guard = ["zone-guard"] if estate.file["role"] == "primary" and estate.protect else []
    database = estate.one("rds/instance:Instance").name
    tables = estate.file["tables"] if estate.file["role"] == "primary" else ()
    makers = ["database-users"] if "database-users" in estate.names("lambda/function:Function") else []
    messages = [*estate.file["topics"], *estate.file["queues"], *(f"{name}-stream" for name in estate.file["streams"])]
    rotating = ["database-rotation"] if makers else []
    # Who has the secrets looks after them.
    watching = ["database-rotation-clock", "database-rotation-credentials"] if makers and tables else []
    governed = ["products"] if "products" in estate.outputs else []
    stores = [database, *makers, *tables, *rotating, *watching, "query-catalog", *governed, *messages]
    stores += ["cache", "cache-passwords", *TELLING, "search-domain-configurer", "search-domain"]
    stores += ["log-domain-configurer", "logs", "log-domain-shipper", "log-domain"] if searches_logs(estate) else []
    # On standby a fleet has no instances, and no row.
    fleets = [name for name in estate.fleets if name in estate.names("autoscaling/group:Group")]
    functions = [row for name, each in estate.functions.items() for row in (name, *clock_rows(name, each))]
    workloads = [*estate.services, *batch_rows(estate), *functions, *fleets]
    recovery = [
        "heartbeat",
        "heartbeat-clock",
        "fence",
        "fence-clock",
        "recover",
        "recover-clock",
        "ready",
        "ready-clock",
        "recovery",
    ]
    recovery = recovery if name in SWITCHED else []
    sleeps = ["schedule-table", "schedule-leases", "sleeper", "sleeper-clock", "schedule"] if "schedule" in estate.file else []
    beside = ["environments", "janitor"] if "environments" in estate.file else []
    assert rows_of(estate) == [
        "log-delivery",
        "network",
        *stores,
        *guard,
        "certificate",
        "ingress",
        *workloads,
        *recovery,
        *beside,
        *sleeps,
        *(row for each in orders_in(estate) for row in (each, f"{each}-slack")),
    ]


@pytest.mark.parametrize("name", [name for name in ALL if name not in ACCOUNTS])
def test_each_alarm_has_its_chart(name: str) -> None:
    estate = estate_of(name)
    own = "replication" if estate.file["role"] == "replication" else "dashboard"
    body = json.loads(estate.inputs("cloudwatch/dashboard:Dashboard", own)["dashboardBody"])
    charts = [each["properties"] for each in body["widgets"] if each["type"] == "metric"]
    regions = sorted(each["region"] for each in charts)
    assert regions == sorted(each.inputs["region"] for each in loud(estate))


@pytest.mark.parametrize("name", PLATFORMS)
def test_whoever_is_on_call_sees_each_alarm_that_is_told(name: str) -> None:
    estate = estate_of(name)
    body = json.loads(estate.inputs("cloudwatch/dashboard:Dashboard", "on-call")["dashboardBody"])
    shown = [arn for each in body["widgets"] if each["type"] == "alarm" for arn in each["properties"]["alarms"]]
    told = [*loud(estate), *estate.of("cloudwatch/compositeAlarm:CompositeAlarm").values()]
    assert sorted(shown) == sorted(estate.arn(each.token.removeprefix("aws:"), each.name) for each in told)


def alerts_of(estate: Estate) -> dict[str, Any]:
    table = estate.state("dynamodb/table:Table", "notifier-table")["name"]
    return {"table": table, "secret": estate.arn("secretsmanager/secret:Secret", "notifier-secret"), "kinds": dict(URGENCY)}


def cache_of(estate: Estate) -> dict[str, Any]:
    """What a stack tells of its cache."""
    secrets = {user: estate.arn("secretsmanager/secret:Secret", f"cache-passwords-{user}") for user in estate.cache_users}
    users = {user: estate.inputs("elasticache/user:User", f"cache-user-{user}")["userId"] for user in estate.cache_users}
    function = estate.state("lambda/function:Function", "cache-passwords")["name"]
    return {"cacheSecrets": secrets, "cacheUsers": users, "cacheFunction": function}


def promises_of(estate: Estate) -> dict[str, Any]:
    """What a stack promises, as far as it says so; what measures it, tests/components/operate/test_objective.py asks."""
    told = estate.outputs["objectives"]
    days = {name: each.get("windowDays", 30) for name, each in estate.file.get("objectives", {}).items()}
    assert {name: each["windowDays"] for name, each in told.items()} == days
    counting = [name for name, each in estate.functions.items() if "queue" in each or "http" in each]
    groups = {name: estate.state("cloudwatch/logGroup:LogGroup", name)["name"] for name in (*estate.services, *counting)}
    return {"objectives": told, "errorLogs": groups, "errorQuery": " ".join(FAILURES.split())}


def search_of(estate: Estate) -> dict[str, Any]:
    primary = (estate.others or (estate,))[0]
    return {
        "endpoint": f"https://{estate.state('opensearch/domain:Domain', 'search-domain')['endpoint']}",
        "function": estate.state("lambda/function:Function", "search-domain-configurer")["name"],
        "indexer": estate.state("lambda/function:Function", "index")["name"],
        "indexes": indexes(),
        "queue": estate.functions["index"]["queue"],
        "registry": primary.state("dynamodb/table:Table", "tenants")["name"],
        "cell": primary.stack,
    }


def recovery_of(estate: Estate) -> dict[str, Any]:
    """What a stack tells of its recovery; what its site says, tests/stacks/test_recovery.py asks."""
    primary = (estate.others or (estate,))[0]
    return {
        "recover": f"arn:aws:lambda:{estate.region}:{estate.account}:function:dataconnect-{estate.stack}-recover:live",
        "heartbeat": f"dataconnect-{estate.stack}-heartbeat",
        "fence": f"dataconnect-{estate.stack}-fence",
        "ready": f"dataconnect-{estate.stack}-ready",
        "operator": estate.arn("iam/role:Role", "recovery-operator"),
        **{
            output: primary.state("dynamodb/table:Table", table)["name"]
            for output, table in (("table", "recovery"), ("deliveries", "deliveries"), ("tenants", "tenants"))
        },
        "cell": primary.stack,
        "primaryRegion": HOME,
        "recoveryRegion": AWAY,
        "acceptLossSeconds": 60,
        "site": estate.outputs["recovery"]["site"],
    }


@pytest.mark.parametrize("name", PRIMARIES)
def test_a_primary_tells_what_recovery_and_replication_read(name: str) -> None:
    estate = estate_of(name)
    away = estate.file.get("recoveryRegion")
    tables = estate.names("dynamodb/table:Table") - estate.own_tables
    database, zone = estate.state("rds/instance:Instance"), estate.state("route53/zone:Zone")
    secret = estate.arn("secretsmanager/secret:Secret", "database-credentials")
    replica = secret.replace(f":{estate.region}:", f":{away}:") if away else None
    expected = {
        "stack": estate.stack,
        "keyArns": {each: estate.key(each) for each in classes_in(estate)},
        "replicaKeyArns": {each: estate.key(each, away) for each in classes_in(estate) if away},
        "alertTopicArn": estate.arn("sns/topic:Topic", "alerts"),
        "alerts": alerts_of(estate),
        "databaseArn": database["arn"],
        "databaseAddress": database["address"],
        "databaseName": estate.file["database"]["name"],
        "databaseInstanceClass": estate.file["database"]["instanceClass"],
        "databaseGeneration": 1,
        "databaseCredentialsReplicaArn": replica,
        # What AWS has said of the copy when the stack was last deployed.
        "databaseCredentialsReplicaStatus": "InProgress" if replica else None,
        "tables": {
            each: {
                "arn": estate.arn("dynamodb/table:Table", each),
                "name": estate.state("dynamodb/table:Table", each)["name"],
                "hashKey": estate.file["tables"][each]["hashKey"],
            }
            for each in tables
        },
        "lakeBuckets": lake_of(estate),
        "lakeClasses": classes_of(estate, copied=replica is not None),
        "silos": {},
        "catalog": catalog_of(estate),
        "keptDays": {
            "databaseBackups": estate.file["database"]["backupRetentionDays"],
            "tableBackups": 35,
            "accessLogs": estate.file["lake"]["accessLogDays"],
            "inventories": 90,
            "stream": estate.file["lake"].get("streamDays", 7) + 1,
            "messages": 14,
            # Copies and audits, too.
            "logs": 731 if estate.protect else 30,
            "cacheSnapshots": 1,
            "searchSnapshots": 14,
            **({"recoveryPoints": estate.file.get("backups", {}).get("retentionDays", 35)} if estate.protect else {}),
        },
        "queues": queues_of(estate),
        "deadLetters": dead_letters_of(estate),
        "streams": streams_of(estate),
        **cache_of(estate),
        **promises_of(estate),
        "liveFunction": estate.state("lambda/function:Function", "live")["name"],
        "functionLogs": {
            name: estate.state("cloudwatch/logGroup:LogGroup", name)["name"]
            for name, each in estate.functions.items()
            if "queue" in each
        },
        "jobQueueArn": estate.arn("batch/jobQueue:JobQueue"),
        "search": search_of(estate),
        "logs": logs_of(estate),
        "tenantRoles": {
            workload: estate.arn("iam/role:Role", f"{workload}-tenant")
            for workload, uses in estate.uses.items()
            if any(use.startswith(("database", "lake/")) for use in uses)
        },
        "databaseUsersFunction": estate.state("lambda/function:Function", "database-users")["name"],
        "databaseLogin": {
            "host": database["address"],
            "port": estate.file["database"].get("port", 5432),
            "credentials": secret,
        },
        "databaseUsers": users_of(estate),
        "databaseRotation": {
            "function": estate.state("lambda/function:Function", "database-rotation")["name"],
            "secrets": {"database": secret},
        },
        "zoneId": zone["zoneId"],
        "loadBalancerName": estate.state("lb/loadBalancer:LoadBalancer")["dnsName"],
        "nameServers": zone["nameServers"],
        "url": f"https://{estate.file['ingress']['domain']}",
    }
    expected["products"] = {
        "bucket": estate.state("s3/bucket:Bucket", "products")["bucket"],
        "database": estate.state("glue/catalogDatabase:CatalogDatabase", "products")["name"],
    }
    expected["shares"] = {}
    if name in SWITCHED:
        expected["recovery"] = recovery_of(estate)
    if schedule := estate.file.get("schedule"):
        expected["schedule"] = {
            "function": f"dataconnect-{estate.stack}-sleeper",
            "timezone": schedule["timezone"],
            "lends": {
                "leases": estate.state("dynamodb/table:Table", "schedule-leases")["name"],
                "leasesArn": estate.arn("dynamodb/table:Table", "schedule-leases"),
                "keyArn": estate.key("tables"),
                "database": database["identifier"],
            },
        }
    if beside := estate.file.get("environments"):
        route = estate.state("ec2/routeTable:RouteTable", "network-data")
        expected["environments"] = {
            **beside,
            "table": estate.state("dynamodb/table:Table", "environments")["name"],
            "most": 10,
            "prefix": 20,
            "zone": estate.file["dns"]["zone"],
            "runbooks": estate.file["runbookUrl"],
            "vpcId": estate.state("ec2/vpc:Vpc")["id"],
            "dataCidr": "10.10.128.0/18",
            "dataRouteTableId": route["id"],
            "databaseResourceId": database["resourceId"],
            "databaseGroupId": estate.state("ec2/securityGroup:SecurityGroup", "database")["id"],
            "databaseConnections": "16",
        }
    if orders_in(estate):
        path = estate.file["orders"].get("path", "/slack/orders")
        expected["orders"] = {"secret": estate.arn("secretsmanager/secret:Secret", "orders-secret"), "path": path}
    if estate.protect:
        expected["dsRecord"] = estate.state("route53/keySigningKey:KeySigningKey")["dsRecord"]
    assert estate.outputs == expected


@pytest.mark.parametrize("name", RECOVERIES)
def test_recovery_tells_what_replication_reads(name: str) -> None:
    estate = estate_of(name)
    database, (home,) = estate.state("rds/instance:Instance"), estate.others
    secret = home.arn("secretsmanager/secret:Secret", "database-credentials")
    assert estate.outputs == {
        "stack": estate.stack,
        "recovery": recovery_of(estate),
        "active": estate.file.get("active", False),
        "warmth": "warm",
        "keyArns": {each: estate.key(each) for each in classes_in(estate)},
        "alertTopicArn": estate.arn("sns/topic:Topic", "alerts"),
        "alerts": alerts_of(estate),
        "databaseArn": database["arn"],
        "databaseAddress": database["address"],
        "databaseName": home.inputs("rds/instance:Instance")["dbName"],
        "databaseInstanceClass": estate.file["database"]["instanceClass"],
        "databaseGeneration": estate.file["database"].get("generation", 1),
        "databaseUsersFunction": estate.state("lambda/function:Function", "database-users")["name"],
        "databaseLogin": {
            "host": database["address"],
            "port": estate.file["database"].get("port", 5432),
            "credentials": secret.replace(f":{home.region}:", f":{estate.region}:"),
        },
        "databaseUsers": users_of(estate),
        "lakeBuckets": lake_of(estate),
        "lakeClasses": classes_of(estate, copied=True),
        "silos": {},
        "catalog": catalog_of(estate),
        "queues": queues_of(estate),
        "deadLetters": dead_letters_of(estate),
        "streams": streams_of(estate),
        "search": search_of(estate),
        "logs": logs_of(estate),
        **cache_of(estate),
        **promises_of(estate),
    }


def catalog_of(estate: Estate) -> dict[str, Any]:
    """What tenants' workgroups are made of, wherever the stack is: the registry is that of the stack whose tenants they are."""
    owner = estate if estate.file["role"] == "primary" else estate.others[0]
    tags = {**estate.file["defaultTags"]["tags"], "DataClassification": "restricted"}
    return {
        "workgroupPrefix": f"dataconnect-{estate.stack}-",
        "database": f"dataconnect_{estate.stack.replace('-', '_')}_lake",
        "results": "queries",
        "engine": "Athena engine version 3",
        "cutoffBytes": 50 * 1024**3,
        "cell": owner.stack,
        "registry": owner.state("dynamodb/table:Table", "tenants")["name"],
        "tags": tags,
    }


def queues_of(estate: Estate) -> dict[str, dict[str, str]]:
    kinds = {"url": "", "deadLettersUrl": "-dead-letters"}
    return {
        name: {kind: estate.state("sqs/queue:Queue", f"{name}{end}")["url"] for kind, end in kinds.items()}
        for name in queues_in(estate)
    }


def logs_of(estate: Estate) -> dict[str, str]:
    told = {
        "bucket": estate.state("s3/bucket:Bucket", "log-archive")["bucket"],
        "prefix": "logs/",
        "stream": estate.state("kinesis/firehoseDeliveryStream:FirehoseDeliveryStream", "log-delivery")["name"],
    }
    if not searches_logs(estate):
        return told
    endpoint = estate.state("opensearch/domain:Domain", "log-domain")["endpoint"]
    function = estate.state("lambda/function:Function", "log-domain-configurer")["name"]
    return {**told, "function": function, "endpoint": f"https://{endpoint}", "queue": "logs"}


def dead_letters_of(estate: Estate) -> dict[str, str]:
    """Those of topics and of the batch queue: all that are no queue's of the file."""
    ends = {f"{name}-dead-letters" for name in queues_in(estate)}
    names = {name for name in estate.of("sqs/queue:Queue") if name.endswith("-dead-letters")} - ends
    return {name: estate.state("sqs/queue:Queue", name)["url"] for name in some(names)}


def streams_of(estate: Estate) -> dict[str, dict[str, str]]:
    stream = "kinesis/firehoseDeliveryStream:FirehoseDeliveryStream"
    return {
        name: {
            "stream": estate.state(stream, f"{name}-stream")["name"],
            "bucket": estate.state("s3/bucket:Bucket", "stream")["bucket"],
            "errorPrefix": f"errors/{name}/",
        }
        for name in estate.file["streams"]
    }


def classes_in(estate: Estate) -> tuple[str, ...]:
    """The classes of data that a stack has keys for."""
    return (*CLASSES, "volumes") if estate.fleets else CLASSES


def users_of(estate: Estate) -> dict[str, str]:
    return {
        workload.replace("-", "_"): "write" if "write" in verbs else "read" for workload, verbs in estate.database_verbs.items()
    }


def classes_of(estate: Estate, *, copied: bool) -> dict[str, dict[str, Any]]:
    """What erasure and the next deployment must know of each bucket."""
    return {
        name: {
            "perTenant": entry.get("perTenant", True),
            "expireDays": entry.get("expireDays", "never"),
            "noncurrentDays": entry.get("noncurrentDays", 90),
            "replicated": copied and entry.get("replicated", True),
        }
        for name, entry in estate.file["lake"]["buckets"].items()
    }


def lake_of(estate: Estate) -> dict[str, str]:
    return {role: estate.state("s3/bucket:Bucket", f"lake-{role}")["bucket"] for role in estate.file["lake"]["buckets"]}


def test_replication_tells_only_which_stack_it_is() -> None:
    assert estate_of("replication").outputs == {"stack": "prod-replication"}
