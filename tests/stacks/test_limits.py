"""What settings accept at their limits, AWS takes; and what only a component counts is told with its keys."""

import json
import re
from typing import Any, Final

import pytest

import settings
from components.base import checks, limits
from components.base.uses import BESIDES_CHARACTERS, GRANT_CHARACTERS, PATH_REPEATED
from settings import SettingsError, layers
from settings.functions import OTHERS_CONCURRENCY
from settings.sums import KEY_POLICY_BESIDES, TRUST_POLICY_BESIDES
from tests.settings.stack_files import CONFIG, ROOT, edited
from tests.stacks.estate import PRIMARIES, Estate, declare, estate_of

AUTO_NAMED: Final = 8
"""What auto-naming adds: a hyphen and seven digits."""

# Type token -> longest name; from each service's API reference.
LONGEST: Final = {
    "aws:lb/loadBalancer:LoadBalancer": 32,
    "aws:lb/targetGroup:TargetGroup": 32,
    "aws:iam/role:Role": 64,
    "aws:sqs/queue:Queue": 80,
    "aws:s3/bucket:Bucket": 63,
    "aws:rds/instance:Instance": 63,
    "aws:rds/subnetGroup:SubnetGroup": 255,
    "aws:rds/parameterGroup:ParameterGroup": 255,
    "aws:ecs/cluster:Cluster": 255,
    "aws:ecs/service:Service": 255,
    "aws:ecs/taskDefinition:TaskDefinition": 255,
    "aws:sns/topic:Topic": 256,
    "aws:dynamodb/table:Table": 255,
    "aws:cloudwatch/metricAlarm:MetricAlarm": 255,
    "aws:cloudwatch/compositeAlarm:CompositeAlarm": 255,
    "aws:cloudwatch/queryDefinition:QueryDefinition": 255,
    "aws:cloudwatch/logMetricFilter:LogMetricFilter": 512,
    "aws:cloudwatch/eventRule:EventRule": 64,
    "aws:cloudwatch/dashboard:Dashboard": 255,
    "aws:cloudwatch/logGroup:LogGroup": 512,
    "aws:backup/vault:Vault": 50,
    "aws:ec2/securityGroup:SecurityGroup": 255,
    "aws:wafv2/webAcl:WebAcl": 128,
    "aws:kms/alias:Alias": 256,
}
_NAMED_BY: Final = {
    "aws:rds/instance:Instance": "identifier",
    "aws:ecs/taskDefinition:TaskDefinition": "family",
    "aws:cloudwatch/dashboard:Dashboard": "dashboardName",
    "aws:cloudwatch/compositeAlarm:CompositeAlarm": "alarmName",
    "aws:s3/bucket:Bucket": "bucket",
}

PART: Final = "x" * 20
PATH: Final = "reports/"
STACK: Final = "prod-" + "y" * 35
USES: Final = ["database:read+write", f"table/{PART}:read+write", f"lake/{PART}:read+write", f"queue/{PART}:send+consume"]
VERBS: Final = (
    *(f"table/{PART}:read", f"table/{PART}:write", f"lake/{PART}:read", f"lake/{PART}:write", f"lake/{PART}/{PATH}:read"),
    *(f"queue/{PART}:send", f"queue/{PART}:consume"),
)
SINGLE: Final = {f"{PART[1:]}{number}": use for number, use in enumerate(VERBS)}
"""Service -> the one verb that it uses."""


@pytest.fixture(scope="module")
def largest(tmp_path_factory: pytest.TempPathFactory) -> Estate:
    """Prod with names as long as they may be."""
    folder = tmp_path_factory.mktemp("project")
    for file in [*(ROOT / layers.DEFAULTS).glob("*.yaml"), *(ROOT / layers.SERVICES).glob("*.yaml")]:
        copied = folder / file.relative_to(ROOT)
        copied.parent.mkdir(parents=True, exist_ok=True)
        copied.write_bytes(file.read_bytes())
    service = {**CONFIG["prod"]["dataconnect:services"]["search"], "uses": USES}
    for name in (PART, *SINGLE):
        (folder / "services" / f"{name}.yaml").write_text(json.dumps(service))
    single = {name: {"uses": [use], "priority": 900 + int(name[-1]), "paths": [f"/{name}"]} for name, use in SINGLE.items()}
    edits: dict[str, object] = {
        f"tables.{PART}": {"hashKey": "id"},
        f"queues.{PART}": {"fifo": True},
        f"lake.buckets.{PART}": {},
        "services": {PART: {}, **single},
    }
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(layers, "ROOT", folder)
        config = edited("prod", edits)
        return declare(STACK, settings.parse(config, stack=STACK), config=config)


def test_names_as_long_as_they_may_be_fit(largest: Estate) -> None:
    seen: set[str] = set()
    for (token, name), resource in largest.resources.items():
        if token in LONGEST:
            given = resource.inputs.get(_NAMED_BY.get(token, "name"))
            called = given if isinstance(given, str) else f"{name}{'x' * AUTO_NAMED}"
            assert len(called) <= LONGEST[token], f"{token} {called}"
            seen.add(token)
    assert set(LONGEST) == seen


def test_a_grant_takes_no_more_of_a_policy_than_the_settings_count(largest: Estate) -> None:
    for name, use in SINGLE.items():
        grants = f"{name}-{'tenant' if use.startswith('lake') else 'task'}-grants"
        policy = largest.inputs("iam/rolePolicy:RolePolicy", grants)["policy"]
        # Keys have longer ids than here, names 8 characters of auto-naming in the place of the stack, and some regions 3 more.
        real = re.sub(r"key/[a-z-]+key\.[a-z-]+", "key/mrk-" + "0" * 32, policy).replace(f".{STACK}", "x" * AUTO_NAMED)
        real = real.replace(" ", "").replace("us-east-2", max(limits.REGION_ZONES, key=len))
        path = use.count(PATH) * PATH_REPEATED * len(PATH)
        besides = [each for each in json.loads(real)["Statement"] if each["Sid"].endswith(("TableTenants", "UnderOwnKey"))]
        beside = len(json.dumps(besides, separators=(",", ":")))
        assert len(real) - beside <= GRANT_CHARACTERS + path, use
        # Both uses of the tenant's own key, where this has one.
        assert beside + (len(json.dumps(besides[0])) if use.startswith("lake") else 0) <= BESIDES_CHARACTERS, use


def test_the_policies_that_name_roles_hold_no_more_besides_than_the_settings_count(largest: Estate) -> None:
    longest = max(limits.REGION_ZONES, key=len)
    for estate in (largest, *(estate_of(name) for name in PRIMARIES)):
        administrators = sum(len(f'"{arn}", ') for arn in estate.file["keyAdministrators"])
        operators = sum(len(f'"{arn}",') for arn in estate.file["tenantOperators"])
        for kind in ("kms/key:Key", "kms/replicaKey:ReplicaKey"):
            for key in estate.of(kind).values():
                policy = re.sub(r"us-(east|west)-[12]", longest, key.inputs["policy"])
                assert len(policy) - administrators <= KEY_POLICY_BESIDES
        roles = [role for (_, name), role in estate.resources.items() if name.endswith("-tenant")]
        assert roles
        for role in roles:
            trust = role.inputs["assumeRolePolicy"].replace(" ", "").replace(f".{STACK}", "x" * AUTO_NAMED)
            assert len(trust) - operators <= TRUST_POLICY_BESIDES


@pytest.mark.parametrize("name", [*PRIMARIES, "recovery", "replication"])
def test_components_set_no_other_tags_than_settings_leave_room_for(name: str) -> None:
    # Two take the place of the stack's own.
    known = {*checks.OWN_TAGS, checks.STACK_TAG, "DataClassification", "CostCenter"}
    tags: set[str] = set()
    for resource in estate_of(name).resources.values():
        tags |= set(resource.inputs.get("tags") or {}) if isinstance(resource.inputs.get("tags"), dict) else set()
    assert tags <= known


def test_components_own_functions_run_no_more_often_at_once_than_the_settings_count() -> None:
    most = 0
    for estate in (estate_of(name) for name in (*PRIMARIES, "recovery")):
        own = [each.inputs for name, each in estate.of("lambda/function:Function").items() if name not in estate.functions]
        assert {each["region"] for each in own} == {estate.region}
        most = max(most, sum(each["reservedConcurrentExecutions"] for each in own))
    assert most == OTHERS_CONCURRENCY


@pytest.mark.parametrize("name", [*PRIMARIES, "recovery"])
def test_a_service_is_one_rule_of_each_security_group(name: str) -> None:
    estate, counts = estate_of(name), dict[str, int]()
    for kind in ("Ingress", "Egress"):
        for rule in estate.of(f"vpc/securityGroup{kind}Rule:SecurityGroup{kind}Rule").values():
            group = f"{kind} {rule.inputs['securityGroupId']}"
            counts[group] = counts.get(group, 0) + 1
    # The entrance has two for each range; the interface endpoints one for all jobs, and one for each function that a deployment
    # calls: for the database's users, the products, the cache's passwords, the search, the logs; what ships these; what
    # rotates the masters' passwords; the heartbeat; and `up` after a failover.
    most_besides = max(2 * len(estate.file["ingress"].get("allowedCidrs", [1])), 10)
    workloads = len(estate.services) + len(estate.functions) + len(estate.fleets)
    assert max(counts.values()) <= workloads + most_besides <= limits.RULES_PER_SECURITY_GROUP


def test_what_only_the_dashboard_can_count_is_told_with_the_keys_it_grows_with() -> None:
    config: dict[str, Any] = edited("dev", {"tables": {f"table-{number}": {"hashKey": "id"} for number in range(200)}})
    config["dataconnect:services"] = {"data-products": {"uses": []}}
    known = settings.parse(config, stack="dev")
    with pytest.raises(
        SettingsError, match=r"^Pulumi\.dev\.yaml: DashboardArgs\.rows is '\d+ widgets'; expected at most 500; it grows"
    ):
        declare("dev", known)
