"""What is wrong with what is asked for is told before anything exists."""

import copy
from typing import Any

import pytest
from botocore.exceptions import ClientError

from components.data import database_checks
from operations.environments.asked import name_of
from operations.environments.room import RESERVED, UNRESERVED
from operations.errors import OperationError
from tests.operations.environments.world import ACCOUNT, BOB, HOUR, PRODUCTION, TEMPLATE, World, stack_file


@pytest.fixture(autouse=True)
def nothing_exists(world: World) -> Any:
    yield
    assert not [did for did, _ in world.backend.ran if did != "up"]


def refused(world: World, *arguments: str, code: int = 2, **options: Any) -> str:
    told = world.run(*arguments, code=code, **options)["error"]
    assert ("up", "dev-y") not in world.backend.ran and "y" not in world.registry.ranges().values()
    return told


NONE = ("", "X", "1a", "a_b", "a--b", "a-", "abcdefghijklm", "a\nb", "dev/../x", "lake", "products", "my-lake", "a-products")


@pytest.mark.parametrize("name", NONE)
def test_a_name_that_is_none_is_named_and_nothing_is_taken(world: World, name: str) -> None:
    told = refused(world, "up", name, "--for", "8h")
    assert told.startswith(f"NAME is {name!r}; expected up to 12 lower-case letters")
    assert not world.registry.all() and not world.backend.stacks.keys() - {"dev"}


@pytest.mark.parametrize("name", [*NONE, "x", "two-b", "a-b-c", "a1", "products-2", "lakes", "abcdefghijkl"])
def test_a_name_is_one_for_the_commands_where_it_is_one_for_the_stack(name: str) -> None:
    """The commands know no components; what these would refuse later is refused at once."""
    if database_checks.environment(name) is None:
        assert name_of(name) == name
    else:
        with pytest.raises(OperationError, match="NAME is"):
            name_of(name)


@pytest.mark.parametrize(
    ("span", "said"),
    [
        ("8", ""),
        ("8 hours", ""),
        ("-8h", ""),
        ("0h", ""),
        ("1.5h", ""),
        ("99999999h", ""),
        ("29m", ", which is too short"),
        ("169h", ", which is too long"),
        ("8d", ", which is too long"),
    ],
)
def test_a_duration_that_is_unknown_too_short_or_too_long_is_named(world: World, span: str, said: str) -> None:
    assert refused(world, "up", "y", f"--for={span}").startswith(
        f"--for is {span!r}{said}; expected a time such as 30m, 8h or 2d: 30 min to 7 d"
    )


def test_an_unknown_template_is_named_with_those_there_are(world: World) -> None:
    told = refused(world, "up", "y", "--for", "8h", "--template", "../Pulumi.prod")
    assert told == "--template is '../Pulumi.prod'; expected one of standard"


def test_a_template_that_is_no_stack_file_is_named_without_its_words(world: World) -> None:
    (world.folder / "environments" / "broken.yaml").write_text("config: {password: secret")
    told = refused(world, "up", "y", "--for", "8h", "--template", "broken")
    assert told.startswith("broken.yaml cannot be read as a stack file") and "secret" not in told
    (world.folder / "environments" / "broken.yaml").write_text("[1]")
    assert "is no stack file; expected settings below config:" in refused(
        world, "up", "y", "--for", "8h", "--template", "broken"
    )


def changed(**values: Any) -> dict[str, Any]:
    content = copy.deepcopy(TEMPLATE)
    content["config"].update({name.replace("_", ":", 1): value for name, value in values.items()})
    return content


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (changed(aws_allowedAccountIds=["333333333333"]), f"is ['333333333333']; expected ['{ACCOUNT}'], the account of dev"),
        (changed(aws_allowedAccountIds=[PRODUCTION]), "this is that of prod, which is production"),
        (changed(aws_allowedAccountIds=[]), f"aws:allowedAccountIds is []; expected ['{ACCOUNT}']"),
        (changed(aws_defaultTags={"tags": {"Environment": "prod"}}), "production.yaml: the tag Environment is prod"),
        (
            changed(dataconnect_environment={"of": "prod", "data": "discard"}),
            "production.yaml: dataconnect:environment.of is prod, which is production",
        ),
    ],
)
def test_a_template_of_another_account_or_of_production_is_refused_and_says_which(
    world: World, content: dict[str, Any], told: str
) -> None:
    world.template("production", content)
    assert told in refused(world, "up", "y", "--for", "8h", "--template", "production")


def test_beside_production_nothing_is_brought_up(world: World) -> None:
    world.outputs["stack"] = "prod"
    told = refused(world, "up", "y", "--for", "8h", "--stack", "prod")
    assert told.startswith("--stack is prod, which is production")


def test_an_account_of_production_is_refused_whatever_its_stack_is_called(world: World) -> None:
    (world.folder / "Pulumi.main.yaml").write_text(stack_file(ACCOUNT, "prod"))
    told = refused(world, "up", "y", "--for", "8h")
    assert told.startswith(f"account {ACCOUNT} of dev is that of main, which is production")


def test_a_stack_that_takes_no_environments_is_named(world: World) -> None:
    del world.outputs["environments"]
    assert "dev takes no environments; expected a stack with dataconnect:environments" in refused(
        world, "up", "y", "--for", "8h"
    )


@pytest.mark.parametrize(
    ("key", "value", "told"),
    [("pool", "10.128.0.1/14", "environments.pool is '10.128.0.1/14'"), ("prefix", 13, "expected 14 to 28, for ranges inside")],
)
def test_outputs_that_are_none_are_named(world: World, key: str, value: Any, told: str) -> None:
    world.outputs["environments"] = {**world.outputs["environments"], key: value}
    assert told in refused(world, "list")


def test_a_session_that_is_no_address_needs_an_owner(world: World) -> None:
    ci = f"arn:aws:sts::{ACCOUNT}:assumed-role/ci/run-1"
    told = refused(world, "up", "y", "--for", "8h", by=ci)
    assert told.startswith("--owner is missing, and the session 'run-1' is no e-mail address; expected")
    told = refused(world, "up", "y", "--for", "8h", "--owner", "ada")
    assert told.startswith("--owner is 'ada'; expected")
    assert world.up("z", "--owner", "ada@dataconnect.example", by=ci)["email"] == "ada@dataconnect.example"


def test_a_name_of_another_owner_is_refused_with_who_has_it(world: World) -> None:
    world.up("x")
    told = refused(world, "up", "x", "--for", "8h", code=4, by=BOB)
    assert (
        told.startswith("NAME is 'x', and arn:aws:sts::") and "ada@dataconnect.example has an environment of that name" in told
    )


def test_another_template_of_one_that_is_there_is_refused(world: World) -> None:
    world.template("large", TEMPLATE)
    world.up("x")
    told = refused(world, "up", "x", "--for", "8h", "--template", "large", code=4)
    assert told == "environment x is of the template standard, --template is 'large'; expected standard, or take it down first"


def test_an_exhausted_pool_is_told_with_who_has_it(world: World) -> None:
    world.outputs["environments"] = {**world.outputs["environments"], "pool": "10.128.0.0/19"}
    world.up("a")
    world.up("b")
    told = refused(world, "up", "y", "--for", "8h", code=4)
    assert told == "all 2 ranges of the pool 10.128.0.0/19 are taken, by a, b; take an environment down first"


def test_more_than_there_may_be_are_refused(world: World) -> None:
    world.outputs["environments"] = {**world.outputs["environments"], "most": 1}
    world.up("a")
    told = refused(world, "up", "y", "--for", "8h", code=4)
    assert told.startswith("there are 1 environments, as many as dev takes (dataconnect:environments.most): a;")


class Quotas:
    """Service Quotas with room for `most` of everything, and for so much of what has these codes."""

    def __init__(self, most: float, **codes: float) -> None:
        self.most, self.codes = most, codes

    def get_service_quota(self, *, ServiceCode: str, QuotaCode: str) -> Any:  # noqa: N803 - AWS's names
        fargate = {("fargate", "L-36FBB829"): 6.0, ("fargate", "L-3032A538"): 6.0}
        vpc = {("vpc", code) for code in ("L-F678F1CE", "L-1B52E74A", "L-FE5A380F")}
        assert (ServiceCode, QuotaCode) in (*vpc, ("ec2", "L-0263D0A3"), *fargate)
        most = self.codes.get(QuotaCode.replace("-", "_"), self.most)
        return {"Quota": {"Value": fargate.get((ServiceCode, QuotaCode), most)}}


def test_an_account_without_room_is_told_before_anything_is_made(world: World) -> None:
    ec2 = world.aws.client("ec2")
    there = len(ec2.describe_vpcs()["Vpcs"])
    world.aws.servicequotas = Quotas(100.0, L_F678F1CE=there)
    told = refused(world, "up", "y", "--for", "8h", code=4)
    assert told.startswith(f"the account has {there} of {there} VPCs in the region, and an environment takes 1;")
    assert "L-F678F1CE" in told
    world.aws.servicequotas = Quotas(100.0, L_F678F1CE=there + 1, L_0263D0A3=2)
    world.up("z")
    for _ in range(2):
        ec2.allocate_address(Domain="vpc")
    assert "2 of 2 Elastic IP addresses" in refused(world, "up", "y", "--for", "8h", code=4)


def network(world: World) -> tuple[str, str]:
    """A VPC with a subnet in the zone where the template has its NAT gateway."""
    ec2 = world.aws.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.10.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.10.0.0/24", AvailabilityZone="us-east-2a")
    return vpc, subnet["Subnet"]["SubnetId"]


def test_nat_gateways_are_counted_in_the_zone_where_they_are_and_as_long_as_they_count(world: World) -> None:
    ec2, (vpc, subnet) = world.aws.client("ec2"), network(world)
    other = ec2.create_subnet(VpcId=vpc, CidrBlock="10.10.1.0/24", AvailabilityZone="us-east-2b")["Subnet"]["SubnetId"]
    world.aws.servicequotas = Quotas(100.0, L_FE5A380F=1)
    ec2.create_nat_gateway(SubnetId=other, ConnectivityType="private")
    world.up("z")
    made = ec2.create_nat_gateway(SubnetId=subnet, ConnectivityType="private")["NatGateway"]["NatGatewayId"]
    told = refused(world, "up", "y", "--for", "8h", code=4)
    assert told.startswith("the account has 1 of 1 NAT gateways in us-east-2a, and an environment takes 1;")
    assert "L-FE5A380F" in told
    ec2.delete_nat_gateway(NatGatewayId=made)
    world.up("y")


def test_a_nat_gateway_per_zone_needs_room_in_each(world: World) -> None:
    ec2, (vpc, _) = world.aws.client("ec2"), network(world)
    other = ec2.create_subnet(VpcId=vpc, CidrBlock="10.10.1.0/24", AvailabilityZone="us-east-2b")["Subnet"]["SubnetId"]
    ec2.create_nat_gateway(SubnetId=other, ConnectivityType="private")
    config = {**TEMPLATE["config"], "dataconnect:network": {**TEMPLATE["config"]["dataconnect:network"], "nat": "per-zone"}}
    world.template("wide", {**TEMPLATE, "config": config})
    world.aws.servicequotas = Quotas(100.0, L_FE5A380F=1)
    told = refused(world, "up", "y", "--for", "8h", "--template", "wide", code=4)
    assert "1 of 1 NAT gateways in us-east-2b" in told


def test_gateway_endpoints_are_counted_and_those_of_interfaces_are_not(world: World) -> None:
    ec2, (vpc, subnet) = world.aws.client("ec2"), network(world)
    world.aws.servicequotas = Quotas(100.0, L_1B52E74A=2)
    service = "com.amazonaws.us-east-2"
    interface = {"VpcEndpointType": "Interface", "SubnetIds": [subnet]}
    ec2.create_vpc_endpoint(VpcId=vpc, ServiceName=f"{service}.logs", **interface)
    world.up("z")
    ec2.create_vpc_endpoint(VpcId=vpc, ServiceName=f"{service}.s3", VpcEndpointType="Gateway")
    told = refused(world, "up", "y", "--for", "8h", code=4)
    assert told.startswith("the account has 1 of 2 gateway endpoints in the region, and an environment takes 2;")
    assert "L-1B52E74A" in told


@pytest.mark.parametrize(
    ("running", "free", "told"),
    [
        ("Standard/Spot", 0.75, "6 Fargate Spot vCPUs in the region, and an environment takes 0.75"),
        ("Standard/OnDemand", 1.0, "6 Fargate On-Demand vCPUs in the region, and an environment takes 1"),
    ],
)
def test_tasks_that_would_find_no_fargate_are_told_before_anything_is_made(
    world: World, running: str, free: float, told: str
) -> None:
    world.aws.servicequotas = Quotas(100.0)
    world.vcpus[running] = 6 - free
    world.up("z")
    world.vcpus[running] = 6.25 - free
    assert told in refused(world, "up", "y", "--for", "8h", code=4)


def test_functions_that_could_reserve_nothing_are_told_before_anything_is_made(world: World) -> None:
    world.account["UnreservedConcurrentExecutions"] = UNRESERVED + RESERVED
    world.up("z")
    world.account["UnreservedConcurrentExecutions"] -= 1
    told = refused(world, "up", "y", "--for", "8h", code=4)
    has = f"the region has {RESERVED - 1} concurrent executions of functions to reserve"
    assert told.startswith(f"{has}, and an environment reserves up to {RESERVED};")


def test_what_may_not_be_asked_is_not_known_and_stops_nothing(world: World) -> None:
    class Denied(Quotas):
        def get_service_quota(self, **_: Any) -> Any:
            raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": "no"}}, "GetServiceQuota")

    world.aws.servicequotas = Denied(0)
    assert world.up("z")["state"] == "up"


def test_an_end_that_is_past_cannot_be_extended_nor_brought_up_again(world: World) -> None:
    world.up("x")
    world.now += 8 * HOUR
    told = refused(world, "extend", "x", "--for", "4h", code=4)
    assert told.startswith("environment x expired at 2027-01-15 16:00 UTC; expected an expiry to come")
    assert refused(world, "up", "x", "--for", "8h", code=4).startswith("environment x expired at")


def test_a_life_of_more_than_seven_days_in_all_is_refused_with_what_is_left(world: World) -> None:
    world.run("up", "x", "--for", "6d")
    told = refused(world, "extend", "x", "--for", "25h", code=4)
    assert "expected 2027-01-22 08:00 UTC at the latest, 7 d after its beginning: 1 d more at the most" in told
    assert world.run("extend", "x", "--for", "1d")["until"] == "2027-01-22T08:00:00Z"


@pytest.mark.parametrize("command", [("extend", "none", "--for", "1h"), ("down", "none", "--yes")])
def test_an_environment_that_is_not_there_is_named(world: World, command: tuple[str, ...]) -> None:
    assert refused(world, *command, code=3).startswith("there is no environment 'none'")
