from collections.abc import Callable
from typing import Any

import pulumi
import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.base.errors import InvalidArgumentError
from components.base.here import Here
from components.base.links import Link, Opening
from components.compute.service import Service, ServiceArgs, _capacity
from components.compute.task import STOP_TIMEOUT_SECONDS
from components.edge.listener import Listener
from components.network.security_group import SecurityGroup, SecurityGroupArgs
from tests.components.compute.examples import NIGHTS, service_spec
from tests.components.compute.test_task import IMAGE, PULL
from tests.components.harness import ACCOUNT, Declaration, children_without_region, here, resources_of

SERVICE = "aws:ecs/service:Service"
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
RULE = "aws:lb/listenerRule:ListenerRule"
TARGET = "aws:appautoscaling/target:Target"
TARGET_GROUP = "aws:lb/targetGroup:TargetGroup"
INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
EGRESS = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
CLUSTER = f"arn:aws:ecs:us-east-2:{ACCOUNT}:cluster/cluster-1"
ARGUMENTS = ("here", "image", "pull", "link", "vpc_id", "subnet_ids", "cluster_arn", "route", "running")


def group(name: str) -> SecurityGroup:
    return SecurityGroup(name, SecurityGroupArgs(here=here(), vpc_id="vpc-1", description=name))


def arguments(where: Here | None = None, **changes: Any) -> ServiceArgs:
    """Must run inside a program: the load balancer's security group is a resource. What is no argument is of the spec."""
    own = {name: changes.pop(name) for name in ARGUMENTS if name in changes}
    spec = service_spec(**changes)
    defaults: dict[str, Any] = {
        "here": where or here(),
        "spec": spec,
        "image": IMAGE,
        "pull": (PULL,),
        "vpc_id": "vpc-1",
        "subnet_ids": ("subnet-1", "subnet-2"),
        "cluster_arn": CLUSTER,
        "listener": Listener(arn="arn:listener", security_group=group("ingress"), load_balancer_suffix="app/ingress/1"),
    }
    return ServiceArgs(**(defaults | own))


def declare(check: Callable[[Service], None] = lambda _: None, **changes: Any) -> Declaration:
    return resources_of(lambda: check(Service("search", arguments(**changes))))


def test_a_bad_deployment_is_rolled_back_without_losing_a_task() -> None:
    inputs = declare().one(SERVICE).inputs
    assert inputs["deploymentCircuitBreaker"] == {"enable": True, "rollback": True}
    assert (inputs["deploymentMinimumHealthyPercent"], inputs["deploymentMaximumPercent"]) == (100, 200)
    assert inputs["availabilityZoneRebalancing"] == "ENABLED"


def test_tasks_have_no_public_address_and_no_shell() -> None:
    inputs = declare().one(SERVICE).inputs
    network = inputs["networkConfiguration"]
    assert network["assignPublicIp"] is False
    assert network["securityGroups"] == ["search-tasks-id"]
    assert network["subnets"] == ["subnet-1", "subnet-2"]
    assert inputs["enableExecuteCommand"] is False


def test_tasks_carry_the_services_tags() -> None:
    inputs = declare().one(SERVICE).inputs
    assert (inputs["propagateTags"], inputs["enableEcsManagedTags"]) == ("SERVICE", True)


def test_the_service_waits_for_its_rule_and_for_both_roles_permissions() -> None:
    service = declare().one(SERVICE)
    assert service.depends_on("search-execution-grants")
    assert any(urn.endswith("listenerRule:ListenerRule::search") for urn in service.dependencies)


def test_the_service_waits_for_what_its_link_opens_and_needs() -> None:
    def program() -> None:
        database = group("database")
        opening = Opening(security_group=database, port=5432, what="PostgreSQL for {workload}")
        Service("search", arguments(link=Link(openings=(opening,), needs=(group("endpoint").group,))))

    service = resources_of(program).one(SERVICE)
    for name in ("database-from-search-tasks-5432", "search-tasks-to-database-5432", "endpoint"):
        assert service.depends_on(name), name


def test_scaling_owns_the_number_of_tasks() -> None:
    declared = declare()
    service = declared.one(SERVICE)
    assert (service.inputs["desiredCount"], service.ignore_changes) == (2, ("desiredCount",))
    assert declared.one("aws:appautoscaling/target:Target").inputs["resourceId"] == "service/cluster-1/search"


def test_a_change_of_the_spot_share_does_not_replace_the_service() -> None:
    inputs = declare(spot_percent=50).one(SERVICE).inputs
    assert inputs["forceNewDeployment"] is True
    assert "launchType" not in inputs


@given(spot_percent=st.integers(0, 100))
def test_shares_of_capacity_add_up_and_one_provider_at_most_has_a_base(spot_percent: int) -> None:
    shares = {share.capacity_provider: share for share in _capacity(spot_percent)}
    weights: dict[Any, Any] = {provider: share.weight for provider, share in shares.items()}
    assert sum(weights.values()) == 100
    assert weights.get("FARGATE_SPOT", 0) == spot_percent
    bases = [provider for provider, share in shares.items() if share.base]
    assert bases == (["FARGATE"] if spot_percent < 100 else [])


def test_requests_are_matched_by_path_and_by_host_where_given() -> None:
    assert declare().one(RULE).inputs["conditions"] == [{"pathPattern": {"values": ["/search/*"]}}]
    by_host = declare(hosts=("app.dataconnect.example",)).one(RULE).inputs["conditions"]
    assert by_host[1] == {"hostHeader": {"values": ["app.dataconnect.example"]}}


def test_the_target_group_takes_addresses_checks_health_and_lets_go_before_the_task_is_killed() -> None:
    inputs = declare().one(TARGET_GROUP).inputs
    assert (inputs["targetType"], inputs["port"]) == ("ip", 8080)
    assert inputs["healthCheck"]["path"] == "/search/healthz"
    assert inputs["deregistrationDelay"] < STOP_TIMEOUT_SECONDS
    assert "name" not in inputs  # a fixed name cannot be replaced while a listener uses it


def test_only_the_load_balancer_reaches_the_tasks_and_they_reach_https() -> None:
    declared = declare()
    (ingress,) = declared.of(INGRESS)
    assert (ingress.inputs["securityGroupId"], ingress.inputs["referencedSecurityGroupId"]) == ("search-tasks-id", "ingress-id")
    assert ingress.inputs["fromPort"] == ingress.inputs["toPort"] == 8080
    outward = declared.one(EGRESS, "search-tasks-to-anywhere-443")
    assert outward.inputs["fromPort"] == outward.inputs["toPort"] == 443


def test_a_service_on_standby_is_there_without_tasks_and_nothing_scales_it() -> None:
    def names(declared: Declaration) -> set[tuple[str, str]]:
        return {(resource.token, resource.name) for resource in declared.aws()}

    staged, running = declare(running=False, where=here(switched=True)), declare(where=here(switched=True))
    assert names(staged) == names(running)
    assert (staged.one(SERVICE).inputs["desiredCount"], running.one(SERVICE).inputs["desiredCount"]) == (0, 2)
    target = staged.one(TARGET)
    assert set(target.inputs["suspendedState"].values()) == {True} and len(target.inputs["suspendedState"]) == 3
    # To register a target moves the service into its bounds.
    assert target.inputs["minCapacity"] == 0
    assert "suspendedState" not in running.one(TARGET).inputs


def test_a_task_that_waits_for_its_database_to_be_promoted_is_not_replaced_meanwhile() -> None:
    services = [declare(running=running, where=here(switched=True)).one(SERVICE) for running in (True, False)]
    assert [service.inputs["healthCheckGracePeriodSeconds"] for service in services] == [120, 1800]


def test_what_recovery_starts_and_stops_no_up_does() -> None:
    declared = declare(where=here(switched=True))
    assert declared.one(SERVICE).ignore_changes == ("desiredCount", "healthCheckGracePeriodSeconds")
    assert declared.one(TARGET).ignore_changes == ("minCapacity", "maxCapacity", "suspendedState")


def test_recovery_is_told_what_it_takes_to_start_it() -> None:
    where = here(switched=True)

    def check(service: Service) -> None:
        (switch,) = where.inventory.switches
        assert (switch.kind, switch.name) == ("service", "search")
        told = {name: switch.facts[name] for name in ("min", "max", "healthPath", "hosts")}
        assert told == {"min": 2, "max": 8, "healthPath": "/search/healthz", "hosts": ["app.example"]}
        assert switch.facts["service"] is service.service_name

    declare(check, where=where, hosts=("app.example",))


def test_without_another_region_nobody_could_start_it_later() -> None:
    with pytest.raises(InvalidArgumentError, match=r"ServiceArgs\.running is False; expected true: nobody starts it"):
        declare(running=False)


def test_on_standby_nobody_misses_its_tasks_and_after_a_failover_everybody_does() -> None:
    for running in (True, False):
        alarm = declare(running=running, where=here(switched=True)).one(ALARM, "search-service-running-tasks").inputs
        assert alarm["metricQueries"][0]["expression"] == "IF(wanted > 0, running - 2, 0)"
        # A silence that has not begun is not told: the alarm is in INSUFFICIENT_DATA from the start.
        assert (alarm["treatMissingData"], alarm["insufficientDataActions"]) == ("missing", alarm["alarmActions"])


def test_a_running_service_has_its_row_on_the_dashboard() -> None:
    where = here()
    declare(where=where)
    (row,) = where.inventory.rows
    assert (row.title, row.region) == ("search", "us-east-2")
    assert {alarm.key for alarm in row.alarms} == {
        *("service-cpu", "service-memory"),
        *("service-running-tasks", "service-unhealthy-hosts", "service-error-lines"),
    }


def test_error_lines_are_counted_in_the_stacks_namespace_and_many_are_told() -> None:
    declared = declare()
    counted = declared.one("aws:cloudwatch/logMetricFilter:LogMetricFilter").inputs
    alarm = declared.one(ALARM, "search-service-error-lines").inputs
    assert (counted["logGroupName"], counted["pattern"]) == ("search", "?ERROR ?CRITICAL ?Traceback")
    told = counted["metricTransformation"]
    expected = ("DataConnect/test", "search-error-lines")
    assert (told["namespace"], told["name"]) == (alarm["namespace"], alarm["metricName"]) == expected
    # Silence is no error, and one bad five minutes are none.
    assert alarm["treatMissingData"] == "notBreaching" and "defaultValue" not in told
    assert (alarm["statistic"], alarm["threshold"], alarm["period"]) == ("Sum", 10, 300)
    assert (alarm["datapointsToAlarm"], alarm["evaluationPeriods"]) == (2, 3)


def test_a_service_tells_where_its_requests_are_counted_and_its_lines_are() -> None:
    where = here()
    declare(where=where)
    balanced = {"LoadBalancer": "app/ingress/1", "TargetGroup": "targetgroup/a-target-group/1"}
    assert where.inventory.balanced.keys() == where.inventory.logs.keys() == {"search"}
    assert where.inventory.balanced["search"].keys() == balanced.keys()
    assert len(where.inventory.loud) == 5


def test_what_its_link_opens_is_open_to_its_tasks_and_to_nobody_else() -> None:
    def program() -> None:
        database, endpoints = group("database"), group("endpoints")
        openings = (
            Opening(security_group=database, port=5432, what="PostgreSQL for {workload}"),
            Opening(security_group=endpoints, port=443, what="AWS inside the VPC"),
        )
        Service("search", arguments(link=Link(openings=openings)))

    declared = resources_of(program)
    for name, port, description in (("database", 5432, "PostgreSQL for search"), ("endpoints", 443, "AWS inside the VPC")):
        ingress = declared.one(INGRESS, f"{name}-from-search-tasks-{port}").inputs
        assert (ingress["securityGroupId"], ingress["referencedSecurityGroupId"]) == (f"{name}-id", "search-tasks-id")
        egress = declared.one(EGRESS, f"search-tasks-to-{name}-{port}").inputs
        assert (egress["securityGroupId"], egress["referencedSecurityGroupId"]) == ("search-tasks-id", f"{name}-id")
        for rule in (ingress, egress):
            assert (rule["fromPort"], rule["toPort"], rule["description"]) == (port, port, description)


def test_too_few_tasks_are_told_and_so_is_silence_but_not_that_of_a_service_which_has_just_been_created() -> None:
    alarm = declare().one(ALARM, "search-service-running-tasks").inputs
    # A new alarm is in INSUFFICIENT_DATA from the start: only a service that reported, and stopped, gets there.
    assert (alarm["metricQueries"][0]["expression"], alarm["treatMissingData"]) == ("running - 2", "missing")
    assert alarm["insufficientDataActions"] == alarm["alarmActions"]
    assert (alarm["comparisonOperator"], alarm["threshold"]) == ("LessThanThreshold", 0)


def test_a_service_that_sleeps_wakes_nobody() -> None:
    alarm = declare(schedule=NIGHTS).one(ALARM, "search-service-running-tasks").inputs
    assert "insufficientDataActions" not in alarm
    assert (alarm["metricQueries"][0]["expression"], alarm["treatMissingData"]) == ("running - wanted", "notBreaching")
    assert {query["metric"]["metricName"] for query in alarm["metricQueries"][1:]} == {"RunningTaskCount", "DesiredTaskCount"}


def test_load_and_health_are_watched_by_the_names_cloudwatch_knows() -> None:
    declared = declare()
    for key, metric in (("cpu", "CPUUtilization"), ("memory", "MemoryUtilization")):
        alarm = declared.one(ALARM, f"search-service-{key}").inputs
        assert (alarm["metricName"], alarm["threshold"]) == (metric, 90)
        assert alarm["dimensions"] == {"ClusterName": "cluster-1", "ServiceName": "search"}
    unhealthy = declared.one(ALARM, "search-service-unhealthy-hosts").inputs
    assert unhealthy["dimensions"] == {"LoadBalancer": "app/ingress/1", "TargetGroup": "targetgroup/a-target-group/1"}


def test_every_child_is_in_the_region() -> None:
    assert not children_without_region(declare(schedule=NIGHTS), "us-east-2")


def test_a_name_too_long_for_a_target_group_is_refused() -> None:
    with pytest.raises(InvalidArgumentError, match=r"ServiceArgs\.name is 'a{21}'"):
        resources_of(lambda: Service("a" * 21, arguments()))


@pytest.mark.parametrize("subnets", [(), ("subnet-1",)])
def test_a_service_in_one_zone_is_refused(subnets: tuple[str, ...]) -> None:
    with pytest.raises(InvalidArgumentError, match=r"ServiceArgs\.subnet_ids is .*; expected two subnets or more"):
        resources_of(lambda: arguments(subnet_ids=subnets))


def test_a_service_is_checked_as_a_task_is() -> None:
    with pytest.raises(InvalidArgumentError, match=r"ServiceArgs\.pull is \[\]; expected also ecr:GetAuthorizationToken"):
        resources_of(lambda: arguments(pull=()))


def test_a_cluster_known_only_later_is_named_in_the_scaling_target() -> None:
    target = declare(cluster_arn=pulumi.Output.from_input(CLUSTER)).one("aws:appautoscaling/target:Target")
    assert target.inputs["resourceId"] == "service/cluster-1/search"
