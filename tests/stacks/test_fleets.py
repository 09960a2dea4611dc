"""What the instances of a fleet may do, are told and stand on; no committed stack has one, the full ones do."""

import base64
import shlex

import pytest

from tests.found import some
from tests.stacks.estate import PLATFORMS, RUNNING, Estate, estate_of
from tests.stacks.test_grants import ROLE, Grant, Grants, given, grant, log_in, may, of_tenants, to_start, told

TEMPLATE, GROUP, POLICY = "ec2/launchTemplate:LaunchTemplate", "autoscaling/group:Group", "autoscaling/policy:Policy"


def with_fleets() -> list[str]:
    """The full ones, and what else there is."""
    return some([name for name in PLATFORMS if estate_of(name).fleets])


def queue_of(estate: Estate, fleet: str) -> str:
    return f"queue/{estate.fleets[fleet]['queue']}:consume"


def test_the_full_stacks_have_a_fleet() -> None:
    assert {"full", "full recovery"} <= {*with_fleets()}


def test_an_instance_may_be_managed_pull_log_and_do_what_its_uses_and_its_queue_say() -> None:
    channels = ("CreateControlChannel", "CreateDataChannel", "OpenControlChannel", "OpenDataChannel")
    for estate in map(estate_of, with_fleets()):
        for fleet, wanted in estate.fleets.items():
            uses = {*wanted["uses"], queue_of(estate, fleet)}
            expected: Grants = set[Grant]().union(*(may(estate, use) for use in uses - of_tenants(wanted)))
            expected |= to_start(estate, fleet)
            expected.add(grant(("ssm:UpdateInstanceInformation",), f"arn:aws:ec2:{estate.region}:{estate.account}:instance/*"))
            expected.add(grant(tuple(f"ssmmessages:{each}" for each in channels), "*"))
            groups = f"arn:aws:autoscaling:{estate.region}:{estate.account}:autoScalingGroup:*:autoScalingGroupName"
            expected.add(grant(("autoscaling:CompleteLifecycleAction",), f"{groups}/{estate.stack}-{fleet}"))
            if fleet in estate.database_verbs:
                expected |= log_in(estate, fleet)
            if of_tenants(wanted):
                expected.add(grant(("sts:AssumeRole", "sts:TagSession"), estate.arn(ROLE, f"{fleet}-tenant")))
            assert set(given(estate, estate.arn(ROLE, fleet))) == expected, fleet


def test_a_container_is_told_where_what_it_uses_is() -> None:
    for estate in map(estate_of, with_fleets()):
        for fleet, wanted in estate.fleets.items():
            script = base64.b64decode(estate.inputs(TEMPLATE, fleet)["userData"]).decode()
            exports = [shlex.split(line)[1] for line in script.splitlines() if line.startswith("export ")]
            exported = dict(each.split("=", 1) for each in exports)
            uses = [*wanted["uses"], queue_of(estate, fleet)]
            expected = {variable: value for use in uses for variable, value in told(estate, use).items()}
            expected |= {"DATABASE_USER": fleet.replace("-", "_")} if fleet in estate.database_verbs else {}
            if of_tenants(wanted):
                expected |= {"TENANT_ROLE_ARN": estate.arn(ROLE, f"{fleet}-tenant"), **told(estate, "table/tenants")}
            expected |= {"AWS_REGION": estate.region, "TELEMETRY_NAMESPACE": f"DataConnect/{estate.stack}"}
            assert exported.items() >= expected.items(), fleet
            assert {each for each in exported if f"--env {each} " in script} == {*expected}, fleet
            assert exported["WORKER_IMAGE"].endswith(f"/{wanted['repository']}@{wanted['digest']}"), fleet


def test_volumes_are_under_their_key_and_everything_bears_the_stacks_tags() -> None:
    for estate in map(estate_of, with_fleets()):
        for fleet, wanted in estate.fleets.items():
            template = estate.inputs(TEMPLATE, fleet)
            (volume,) = template["blockDeviceMappings"]
            assert volume["ebs"]["kmsKeyId"] == estate.key("volumes")
            assert template["imageId"] == wanted["imageId"]
            for each in template["tagSpecifications"]:
                assert each["tags"] == {**estate.file["defaultTags"]["tags"], "Name": fleet}


def test_a_stack_without_fleets_has_no_key_of_volumes() -> None:
    for estate in map(estate_of, PLATFORMS):
        if not estate.fleets:
            assert not [alias for alias in some(estate.keys).values() if alias.endswith(" volumes")]


@pytest.mark.parametrize("name", PLATFORMS)
def test_instances_stand_in_the_application_tier_and_follow_their_queue_where_the_stack_runs(name: str) -> None:
    estate = estate_of(name)
    running = {*estate.fleets} if name in RUNNING else set[str]()
    assert (estate.names(GROUP), estate.names(POLICY)) == (running, {f"{fleet}-backlog" for fleet in running})
    for fleet in running:
        assert estate.inputs(GROUP, fleet)["vpcZoneIdentifiers"] == estate.subnets("application")
        tracking = estate.inputs(POLICY, f"{fleet}-backlog")["targetTrackingConfiguration"]
        metrics = [each["metricStat"]["metric"] for each in tracking["customizedMetricSpecification"]["metrics"][:3]]
        queue = estate.state("sqs/queue:Queue", estate.fleets[fleet]["queue"])["name"]
        named = {each["value"] for metric in metrics for each in metric["dimensions"]}
        assert named == {queue, estate.inputs(GROUP, fleet)["name"]}
