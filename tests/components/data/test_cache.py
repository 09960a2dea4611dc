"""The cache as it is declared: over TLS, under its key, with a user for each workload and none for who does not log in."""

from typing import Any

import pytest

from components.base.errors import ComponentError, InvalidArgumentError
from components.base.features import Features
from components.data.cache import PARAMETERS, Cache, CacheArgs
from components.data.cache_access import access_string
from components.data.cache_alarms import cache_alarms
from components.data.cache_spec import CacheSpec
from tests.components.harness import Declaration, children_without_region, here, kms_key, resources_of

REGION = "us-east-2"
GROUP = "aws:elasticache/replicationGroup:ReplicationGroup"
USER = "aws:elasticache/user:User"
SPEC: dict[str, Any] = {"node_type": "cache.r7g.large", "nodes": 3, "spaces": ("live", "search")}
WORKLOADS = {"live": {"live": ("read", "write")}, "realtime": {"live": ("read",)}}


def arguments(**changes: Any) -> CacheArgs:
    own: dict[str, Any] = {
        "here": here(REGION),
        "spec": CacheSpec(**(SPEC | changes.pop("of_spec", {}))),
        "identifier": "dataconnect-dev",
        "user_prefix": "dev",
        "workloads": WORKLOADS,
        "vpc_id": "vpc-1",
        "subnet_ids": ["subnet-a", "subnet-b", "subnet-c"],
        "key_arn": kms_key(REGION, "mrk-cache"),
    }
    return CacheArgs(**(own | changes))


def declare(**changes: Any) -> Declaration:
    return resources_of(lambda: Cache("cache", arguments(**changes)))


def group(**changes: Any) -> dict[str, Any]:
    return declare(**changes).one(GROUP).inputs


def test_it_is_reached_over_tls_only_and_encrypted_under_its_own_key() -> None:
    inputs = group()
    assert (inputs["transitEncryptionEnabled"], inputs["transitEncryptionMode"]) == (True, "required")
    assert (inputs["atRestEncryptionEnabled"], inputs["kmsKeyId"]) == (True, kms_key(REGION, "mrk-cache"))
    assert "authToken" not in inputs and inputs["userGroupIds"] == ["dataconnect-dev"]


def test_with_replicas_it_fails_over_to_another_zone_by_itself() -> None:
    inputs = group()
    assert (inputs["numCacheClusters"], inputs["automaticFailoverEnabled"], inputs["multiAzEnabled"]) == (3, True, True)
    single = group(of_spec={"nodes": 1})
    assert (single["numCacheClusters"], single["automaticFailoverEnabled"], single["multiAzEnabled"]) == (1, False, False)


def test_it_is_in_subnets_of_its_own_behind_a_closed_group() -> None:
    declared = declare()
    assert declared.one("aws:elasticache/subnetGroup:SubnetGroup").inputs["subnetIds"] == ["subnet-a", "subnet-b", "subnet-c"]
    assert declared.one(GROUP).inputs["securityGroupIds"] == ["cache-id"]
    assert not declared.of("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule")


def test_no_key_is_evicted_and_no_name_of_a_key_is_told() -> None:
    parameters = declare().one("aws:elasticache/parameterGroup:ParameterGroup").inputs
    assert parameters["family"] == "valkey8"
    assert {each["name"]: each["value"] for each in parameters["parameters"]} == PARAMETERS
    assert PARAMETERS["maxmemory-policy"] == "noeviction"


def test_another_major_is_another_parameter_group() -> None:
    (found,) = declare(of_spec={"engine_version": "9.0"}).of("aws:elasticache/parameterGroup:ParameterGroup")
    assert (found.name, found.inputs["family"]) == ("cache-parameters-valkey9", "valkey9")


def test_each_workload_has_a_user_and_who_does_not_log_in_is_off() -> None:
    declared = declare()
    users = {each.inputs["userName"]: each.inputs for each in declared.of(USER)}
    assert {name: each["userId"] for name, each in users.items()} == {
        "default": "dev-default",
        "live": "dev-live",
        "realtime": "dev-realtime",
    }
    assert users["default"]["accessString"] == "off -@all"
    assert users["live"]["accessString"] == access_string(WORKLOADS["live"])  # pyright: ignore[reportArgumentType]
    assert users["realtime"]["accessString"].startswith("on %R~live:* -@all ")
    members = declared.one("aws:elasticache/userGroup:UserGroup").inputs["userIds"]
    assert members == ["dev-default", "dev-live", "dev-realtime"]
    assert {each["engine"] for each in users.values()} == {"valkey"}


def test_the_first_password_is_written_only_generated_and_never_changed_by_a_plan() -> None:
    for user in declare().of(USER):
        assert "passwords" not in user.inputs and "noPasswordRequired" not in user.inputs
        assert 16 <= len(user.inputs["passwordsWo"]) <= 128
        assert "passwordsWo" in user.secret_inputs and user.ignore_changes == ("passwordsWo",)
    one, other = (declare().one(USER, "cache-user-live").inputs["passwordsWo"] for _ in range(2))
    assert one != other


def test_its_logs_are_encrypted_and_kept() -> None:
    declared = declare()
    groups = {each.inputs["name"]: each.inputs for each in declared.of("aws:cloudwatch/logGroup:LogGroup")}
    assert set(groups) == {f"/aws/vendedlogs/elasticache/dataconnect-dev/{each}" for each in ("slow-log", "engine-log")}
    assert {each["kmsKeyId"] for each in groups.values()} == {kms_key(REGION, "mrk-logs")}
    logs = declared.one(GROUP).inputs["logDeliveryConfigurations"]
    assert {each["destination"] for each in logs} == set(groups)
    assert {each["destinationType"] for each in logs} == {"cloudwatch-logs"}


def test_it_is_protected_as_its_place_says() -> None:
    assert declare().one(GROUP).protect
    assert not declare(here=here(REGION, protect=False)).one(GROUP).protect


def test_a_final_snapshot_is_left_where_deleted_things_are_kept() -> None:
    assert group()["finalSnapshotIdentifier"] == "dataconnect-dev-final"
    none = here(REGION, features=Features(keep_deleted=False))
    assert "finalSnapshotIdentifier" not in group(here=none)
    assert "finalSnapshotIdentifier" not in group(of_spec={"snapshot_days": 0})


def test_everything_is_in_the_region_of_its_place() -> None:
    assert children_without_region(declare(), REGION) == []


def test_its_data_is_said_to_be_lost_with_the_region() -> None:
    place = here(REGION)
    resources_of(lambda: Cache("cache", arguments(here=place)))
    (store,) = [each for each in place.inventory.stores if each.name == "cache"]
    assert (store.recovery, store.backed_up) == ("lost", False)


def test_alarms_speak_of_the_worst_node_and_of_lag_only_where_there_are_replicas() -> None:
    alarms = {alarm.key: alarm for alarm in cache_alarms(["x-001", "x-002"])}
    assert alarms["cache-cpu"].expression == "MAX([node1, node2])"
    assert "cache-replication-lag" in alarms
    single = {alarm.key: alarm for alarm in cache_alarms(["x-001"])}
    assert single["cache-cpu"].expression is None and "cache-replication-lag" not in single
    nodes = {
        metric["dimensions"]["CacheClusterId"]
        for alarm in declare().of("aws:cloudwatch/metricAlarm:MetricAlarm")
        for query in alarm.inputs["metricQueries"]
        if (metric := query.get("metric"))
    }
    assert nodes == {f"dataconnect-dev-{number:03}" for number in (1, 2, 3)}


MANY = {f"service-{number}": {"live": ("read",)} for number in range(100)}


@pytest.mark.parametrize(
    ("field", "value", "named", "expected"),
    [
        ("identifier", "Data_connect", "identifier", "1 to 40 lower-case letters, digits and single hyphens"),
        ("identifier", "a--b", "identifier", "1 to 40 lower-case"),
        ("identifier", "a" * 41, "identifier", "1 to 40 lower-case"),
        ("workloads", MANY, "workloads", "at most 99: a group has 100 users"),
        ("workloads", {"Live": {"live": ("read",)}}, "workloads", "up to 20 lower-case letters"),
        ("workloads", {"default": {"live": ("read",)}}, "workloads", "another name: who does not log in is called so"),
        ("workloads", {"live": {"other": ("read",)}}, r"workloads\['live'\]", "one of live, search"),
        ("workloads", {"live": {}}, r"workloads\['live'\]", "a space or more, each with read or write"),
        ("workloads", {"live": {"live": ()}}, r"workloads\['live'\]", "a space or more"),
        ("user_prefix", "p" * 36, "user_prefix", "at most 40 characters with the name"),
        ("subnet_ids", ["subnet-a"], "subnet_ids", "subnets in at least two zones"),
    ],
)
def test_what_could_not_work_is_refused(field: str, value: Any, named: str, expected: str) -> None:
    with pytest.raises(InvalidArgumentError, match=rf"CacheArgs\.{named} is .*; expected {expected}"):
        arguments(**{field: value})


def test_a_key_of_another_region_is_refused() -> None:
    with pytest.raises(ComponentError, match="us-east-2"):
        declare(key_arn=kms_key("us-west-2"))


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        ("node_type", "cache.m3.large", "one of cache.t4g.micro"),
        ("nodes", 0, "1 to 6"),
        ("nodes", 7, "1 to 6"),
        ("engine_version", "7.2", "a version of Valkey 8 or 9, e.g. 8.1"),
        ("port", 6379, "another port than 6379"),
        ("spaces", (), "one space or more: nobody could use the cache"),
        ("spaces", ("live", "live"), "a space not listed before"),
        ("spaces", ("live:*",), "3 to 20 lower-case letters"),
        ("maintenance_window", "sunday", "ddd:hh:mm-ddd:hh:mm in UTC"),
        ("snapshot_window", "10:30-11:30", "a window that does not overlap maintenance_window"),
        ("snapshot_days", 36, "0 to 35 days"),
        ("rotation_days", 0, "1 to 90 days"),
    ],
)
def test_a_wrong_setting_is_named_with_what_is_right(field: str, value: Any, expected: str) -> None:
    with pytest.raises(InvalidArgumentError) as raised:
        CacheSpec(**(SPEC | {field: value}))
    assert f"CacheSpec.{field}" in str(raised.value) and expected in str(raised.value)


def test_prod_survives_the_loss_of_a_zone() -> None:
    from components.base.spec import StackContext

    values: dict[str, Any] = SPEC | {"nodes": 1}
    spec = CacheSpec(**values)
    with pytest.raises(InvalidArgumentError, match="2 or more: prod must survive the loss of a zone"):
        spec.within(StackContext(environment="prod"))
    assert spec.within(StackContext(environment="dev")) is spec
