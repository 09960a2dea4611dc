"""Ten environments on demand beside dev: what each has of its own, what it reaches of dev, and that no two claim one thing."""

import json
from collections import defaultdict
from collections.abc import Mapping
from functools import cache
from ipaddress import IPv4Network
from itertools import combinations
from typing import Any, Final

import pytest

from components.network.address_plan import AddressPlan
from components.operate.environment_spec import MOST
from operations.environments.leftovers import DASHBOARDS
from operations.environments.room import GATEWAY_ENDPOINTS, RESERVED, UNRESERVED, VCPUS
from operations.environments.template import Template
from operations.stack import parse as parse_outputs
from settings import parse
from tests.found import some
from tests.settings.test_on_demand import rendered
from tests.stacks.estate import Estate, declare, estate_of

NAMES: Final = ("x", "y", "two", "two-b", "a-b-c", "payments", "load-test", "review-1234", "longest-name", "products-2")
GROUP_RULE: Final = "vpc/securityGroupIngressRule:SecurityGroupIngressRule"
ROUTE: Final = "ec2/route:Route"

# What an environment has none of: it is there once in an account and region, or another stack's.
ONCE: Final = (
    "rds/instance:Instance",
    "rds/eventSubscription:EventSubscription",
    "ecr/repository:Repository",
    "route53/zone:Zone",
    "budgets/budget:Budget",
    "opensearch/domain:Domain",
    "backup/vault:Vault",
    "lakeformation/resource:Resource",
)
# Type -> the inputs that are its name in the account and region; what is named within another thing is not here.
NAMED: Final[Mapping[str, tuple[str, ...]]] = {
    "kms/alias:Alias": ("name",),
    "cloudwatch/logGroup:LogGroup": ("name",),
    "cloudwatch/dashboard:Dashboard": ("dashboardName",),
    "cloudwatch/queryDefinition:QueryDefinition": ("name",),
    "cloudwatch/metricAlarm:MetricAlarm": ("name",),
    "lambda/function:Function": ("name",),
    "iam/role:Role": ("name",),
    "iam/policy:Policy": ("name",),
    "glue/catalogDatabase:CatalogDatabase": ("name",),
    "elasticache/replicationGroup:ReplicationGroup": ("replicationGroupId",),
    "elasticache/user:User": ("userId",),
    "elasticache/userGroup:UserGroup": ("userGroupId",),
    "elasticache/subnetGroup:SubnetGroup": ("name",),
    "scheduler/scheduleGroup:ScheduleGroup": ("name",),
    "secretsmanager/secret:Secret": ("name",),
    "s3/bucket:Bucket": ("bucket",),
    "dynamodb/table:Table": ("name",),
    "sqs/queue:Queue": ("name",),
    "sns/topic:Topic": ("name",),
    "route53/record:Record": ("zoneId", "name", "type"),
    "ecr/repository:Repository": ("name",),
    "opensearch/domain:Domain": ("domainName",),
    "rds/instance:Instance": ("identifier",),
}


@cache
def environment(name: str) -> Estate:
    dev = estate_of("dev")
    raw = rendered(name, network__cidr=f"10.128.{16 * NAMES.index(name)}.0/20")
    known = parse(raw, stack=f"dev-{name}", others={"dev": dev.config})
    return declare(f"dev-{name}", known, [dev], config=raw)


def test_no_two_stacks_claim_one_name() -> None:
    claims: defaultdict[tuple[Any, ...], set[str]] = defaultdict(set)
    for estate in (estate_of("dev"), *map(environment, NAMES)):
        for token, keys in NAMED.items():
            for declared in estate.of(token).values():
                if all(isinstance(declared.inputs.get(key), str) for key in keys):
                    claims[token, *(declared.inputs[key] for key in keys)].add(estate.stack)
    assert {claim: stacks for claim, stacks in some(claims).items() if len(stacks) > 1} == {}


def test_no_two_have_a_range_in_common_and_all_are_of_the_pool() -> None:
    ranges = {name: IPv4Network(environment(name).inputs("ec2/vpc:Vpc")["cidrBlock"]) for name in NAMES}
    assert not any(one.overlaps(other) for one, other in combinations(ranges.values(), 2))
    assert all(each.subnet_of(IPv4Network(estate_of("dev").outputs["environments"]["pool"])) for each in ranges.values())


@pytest.mark.parametrize("name", NAMES[:2])
def test_it_has_nothing_that_there_is_once(name: str) -> None:
    assert {token: environment(name).names(token) for token in ONCE if environment(name).of(token)} == {}
    assert not [each for each in environment(name).of("sns/topic:Topic") if each.startswith("alerts")]


def test_of_dev_it_reaches_the_database_alone() -> None:
    """Every route, rule and grant of an environment that names something of dev's."""
    x, dev = environment("x"), estate_of("dev")
    own, theirs = AddressPlan("10.128.0.0/20"), AddressPlan("10.10.0.0/16")
    peering = x.id("ec2/vpcPeeringConnection:VpcPeeringConnection")
    routes = [each.inputs for each in x.where(ROUTE, vpcPeeringConnectionId=peering)]
    into, back = ([each for each in routes if each["routeTableId"].endswith(end)] for end in (".dev-x", ".dev"))
    assert {each["destinationCidrBlock"] for each in some(into)} == {theirs.tier("data")}
    assert [(each["routeTableId"], each["destinationCidrBlock"]) for each in back] == [
        (dev.outputs["environments"]["dataRouteTableId"], own.tier("application"))
    ]
    rules = [each.inputs for each in x.of(GROUP_RULE).values() if each.inputs["securityGroupId"].endswith(".dev")]
    assert {each["securityGroupId"] for each in some(rules)} == {dev.id("ec2/securityGroup:SecurityGroup", "database")}
    assert {(each["fromPort"], each["toPort"]) for each in rules} == {(5432, 5432)}
    assert all(each["referencedSecurityGroupId"].endswith(".dev-x") for each in rules)
    # The sleeper says by a lease that the database is needed (docs/decisions/schedules.md).
    lent = {dev.outputs["schedule"]["lends"][name] for name in ("leasesArn", "keyArn")}
    for name, role in some(x.of("iam/rolePolicy:RolePolicy")).items():
        for statement in json.loads(role.inputs["policy"])["Statement"]:
            named = [arn for arn in statement["Resource"] if arn.endswith(".dev") or "/db-" in arn or ":db-" in arn]
            leases = lent if name.startswith("sleeper") else set[str]()
            assert all(arn in leases or (":rds-db:" in arn and arn.endswith("__x")) for arn in named), statement


@pytest.mark.parametrize("name", NAMES[:2])
def test_what_bears_no_tag_is_found_by_its_name_or_its_range(name: str) -> None:
    """operations/environments/leftovers.py looks there."""
    x, dev = environment(name), estate_of("dev")
    aliases = [each.inputs["name"] for each in some(x.of("kms/alias:Alias")).values()]
    assert all(each.startswith(f"alias/dataconnect/{x.stack}/") for each in aliases)
    dashboards = {each.inputs["dashboardName"] for each in some(x.of("cloudwatch/dashboard:Dashboard")).values()}
    assert dashboards == {f"{each}-{x.stack}" for each in DASHBOARDS}
    domain = f"{name}.{dev.outputs['environments']['zone']}"
    for each in some(x.of("route53/record:Record")).values():
        assert each.inputs["zoneId"] == dev.outputs["zoneId"]
        assert each.inputs["name"] == domain or each.inputs["name"].endswith(f".{domain}")
    taken = IPv4Network(x.inputs("ec2/vpc:Vpc")["cidrBlock"])
    back = x.where(ROUTE, routeTableId=dev.outputs["environments"]["dataRouteTableId"])
    assert all(IPv4Network(each.inputs["destinationCidrBlock"]).subnet_of(taken) for each in some(back))


def test_dev_lets_the_pool_in_at_the_database_s_port_and_no_environment_s_role_is_named_there() -> None:
    dev = estate_of("dev")
    acl = dev.inputs("ec2/networkAcl:NetworkAcl", "network-data-acl")
    ingress = [each for each in acl["ingress"] if each["cidrBlock"] == "10.128.0.0/14"]
    assert [(each["fromPort"], each["toPort"], each["action"]) for each in ingress] == [(5432, 5432, "allow")]
    others = [each for name, each in dev.of("ec2/networkAcl:NetworkAcl").items() if name != "network-data-acl"]
    assert not any("10.128.0.0/14" in json.dumps(each.inputs, default=str) for each in some(others))


def test_only_dev_s_function_reads_the_credentials_of_environments() -> None:
    dev = estate_of("dev")
    arn = "arn:aws:secretsmanager:us-east-2:111111111111:secret:environment-database-credentials-*"
    holders = [name for name, each in dev.of("iam/rolePolicy:RolePolicy").items() if arn in str(each.inputs["policy"])]
    assert holders == ["database-users-grants"]
    assert environment("x").names("secretsmanager/secret:Secret") >= {"environment-database-credentials"}


def test_its_alarms_tell_dev_s_topic() -> None:
    alarms = some(environment("x").of("cloudwatch/metricAlarm:MetricAlarm")).values()
    told = {tuple(each.inputs["alarmActions"]) for each in alarms if each.inputs.get("alarmActions")}
    assert told == {(estate_of("dev").outputs["alertTopicArn"],)}
    assert all(each.inputs["alarmDescription"].startswith("dev-x: ") for each in alarms)


def test_dataconnect_tenant_reads_its_outputs_as_those_of_any_stack() -> None:
    x, dev = environment("x"), estate_of("dev")
    read = parse_outputs("dev-x", {**x.outputs, "stack": "dev-x"}, "outputs")
    assert (read.users_function, read.login["host"]) == (
        dev.outputs["databaseUsersFunction"],
        dev.outputs["databaseLogin"]["host"],
    )
    assert read.login["credentials"] == x.arn("secretsmanager/secret:Secret", "environment-database-credentials")
    assert x.outputs["databaseUsers"] and all(user.endswith("__x") for user in x.outputs["databaseUsers"])
    assert not read.silos
    assert {table.partition(".")[2] for table in read.tables.values()} == {"dev-x"}


def test_its_images_are_dev_s() -> None:
    tasks = some(environment("x").of("ecs/taskDefinition:TaskDefinition")).values()
    images = {json.loads(each.inputs["containerDefinitions"])[0]["image"].partition("@")[0] for each in tasks}
    dev = estate_of("dev")
    token = "ecr/repository:Repository"
    urls = {dev.state(token, name)["repositoryUrl"] for name in dev.names(token)}
    assert images and images <= urls


def test_dev_s_database_is_closed_to_others_and_prod_s_order_says_nothing_of_it() -> None:
    def order(stack: str) -> dict[str, Any]:
        return json.loads(estate_of(stack).inputs("lambda/invocation:Invocation", "database-users")["input"])

    assert order("dev")["closed"] is True
    assert "closed" not in order("prod")


FUNCTION: Final = "lambda/function:Function"


def reserved(estate: Estate) -> int:
    """Concurrency that all functions of a stack reserve."""
    return sum(int(each.inputs["reservedConcurrentExecutions"]) for each in some(estate.of(FUNCTION)).values())


def test_as_many_as_there_may_be_reserve_no_more_than_a_region_has_to_give() -> None:
    free = 1000 - UNRESERVED - reserved(estate_of("dev"))
    assert free // RESERVED >= MOST


def test_what_an_environment_takes_of_quotas_is_what_is_asked_for() -> None:
    x = environment("x")
    assert reserved(x) <= RESERVED
    assert len(x.where("ec2/vpcEndpoint:VpcEndpoint", vpcEndpointType="Gateway")) == GATEWAY_ENDPOINTS
    zones = {
        x.id("ec2/subnet:Subnet", name): each.inputs["availabilityZone"] for name, each in x.of("ec2/subnet:Subnet").items()
    }
    gateways = [zones[each.inputs["subnetId"]] for each in some(x.of("ec2/natGateway:NatGateway")).values()]
    assert tuple(gateways) == Template(name="standard", content={"config": rendered("x")}).nat_zones
    assert len(x.of("ec2/eip:Eip")) == len(gateways)
    cpus = {name: int(each.inputs["cpu"]) / 1024 for name, each in some(x.of("ecs/taskDefinition:TaskDefinition")).items()}
    spot = 0.0
    for name, each in some(x.of("ecs/service:Service")).items():
        assert {one["capacityProvider"] for one in each.inputs["capacityProviderStrategies"]} == {"FARGATE_SPOT"}
        spot += cpus[name] * each.inputs["desiredCount"]
    assert spot == VCPUS["Spot"]
    jobs = [json.loads(each.inputs["containerProperties"]) for each in some(x.of("batch/jobDefinition:JobDefinition")).values()]
    vcpus = [float(one["value"]) for job in jobs for one in job["resourceRequirements"] if one["type"] == "VCPU"]
    assert max(vcpus) == VCPUS["On-Demand"]


def test_its_end_is_done_by_dev_s_function_also_where_that_was_made_anew() -> None:
    """The state of an environment has the name from its last deployment on."""
    assert estate_of("dev").inputs(FUNCTION, "database-users")["name"] == "dataconnect-dev-database-users"
    made = environment("x").inputs("lambda/invocation:Invocation", "environment-database")
    assert made["functionName"] == "dataconnect-dev-database-users"
