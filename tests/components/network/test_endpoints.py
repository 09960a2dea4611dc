"""Endpoints as declared: bound to the account, reachable, and without the clashes that AWS refuses."""

from dataclasses import replace
from typing import Any

import pytest

from components.base import limits
from components.base.errors import InvalidArgumentError
from components.base.links import Link, Opening
from components.network.endpoints import SERVES_FOREIGN_RESOURCES, Endpoints, EndpointsArgs
from components.network.security_group import SecurityGroup, SecurityGroupArgs
from tests.components.harness import ACCOUNT, Declaration, Declared, children_without_region, here, resources_of
from tests.found import some

ENDPOINT = "aws:ec2/vpcEndpoint:VpcEndpoint"
INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
EGRESS = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"


ARGUMENTS = EndpointsArgs(
    here=here(),
    vpc_id="vpc-1",
    route_table_ids=["rtb-a", "rtb-b"],
    subnet_ids={"us-east-2a": "subnet-a", "us-east-2b": "subnet-b"},
    interface_services=("ecr.api", "logs", "ssm"),
)


def endpoints(**changes: Any) -> Declaration:
    return resources_of(lambda: Endpoints("endpoints", replace(ARGUMENTS, **changes)))


def own_account(endpoint: Declared) -> dict[str, Any]:
    return endpoint.document()["Statement"][0]


def test_s3_and_dynamodb_are_reached_by_route() -> None:
    declaration = endpoints()
    for service in ("s3", "dynamodb"):
        gateway = declaration.one(ENDPOINT, f"endpoints-{service}").inputs
        assert gateway["vpcEndpointType"] == "Gateway"
        assert gateway["serviceName"] == f"com.amazonaws.us-east-2.{service}"
        assert gateway["routeTableIds"] == ["rtb-a", "rtb-b"]


def test_an_interface_endpoint_answers_under_the_service_s_own_name_in_every_zone() -> None:
    interface = endpoints().one(ENDPOINT, "endpoints-ecr-api").inputs
    assert interface["serviceName"] == "com.amazonaws.us-east-2.ecr.api"
    assert interface["privateDnsEnabled"] is True
    assert interface["subnetIds"] == ["subnet-a", "subnet-b"]


def link_of(**changes: Any) -> Link:
    links: list[Link] = []
    resources_of(lambda: links.append(Endpoints("endpoints", replace(ARGUMENTS, **changes)).link()))
    return links[0]


def test_interface_endpoints_admit_nobody_of_themselves() -> None:
    # F089.
    declaration = endpoints()
    assert declaration.of(INGRESS) == declaration.of(EGRESS) == []
    group = declaration.one("aws:ec2/securityGroup:SecurityGroup", "endpoints-interface")
    assert "ingress" not in group.inputs and "egress" not in group.inputs
    for endpoint in declaration.of(ENDPOINT):
        if endpoint.inputs["vpcEndpointType"] == "Interface":
            assert endpoint.inputs["securityGroupIds"] == [f"{group.name}-id"]


def test_a_workload_with_the_link_reaches_them_by_https_and_the_rest_of_the_vpc_does_not() -> None:
    def program() -> None:
        (opening,) = Endpoints("endpoints", ARGUMENTS).link().openings
        tasks = SecurityGroup("search-tasks", SecurityGroupArgs(here=here(), vpc_id="vpc-1", description="Tasks of search"))
        opening.security_group.allow_from(tasks, port=opening.port, description=opening.what)

    declaration = resources_of(program)
    rule = declaration.one(INGRESS, "endpoints-interface-from-search-tasks-443").inputs
    assert (rule["fromPort"], rule["toPort"], rule["ipProtocol"]) == (443, 443, "tcp")
    assert (rule["securityGroupId"], rule["referencedSecurityGroupId"]) == ("endpoints-interface-id", "search-tasks-id")
    assert "cidrIpv4" not in rule
    assert declaration.one(EGRESS, "search-tasks-to-endpoints-interface-443").inputs["fromPort"] == 443


def test_the_link_is_an_opening_and_no_permission() -> None:
    link = link_of()
    assert [(type(opening), opening.port, opening.what) for opening in link.openings] == [(Opening, 443, "AWS inside the VPC")]
    assert replace(link, openings=(), needs=()) == Link()


def test_without_interface_endpoints_the_link_opens_nothing() -> None:
    assert link_of(interface_services=()).openings == ()


@pytest.mark.parametrize("services", [(), ("logs", "kms")])
def test_whoever_takes_the_link_waits_for_every_endpoint(services: tuple[str, ...]) -> None:
    assert len(link_of(interface_services=services).needs) == 2 + len(services)


def test_a_policy_says_whose_requests_pass_and_leaves_the_rest_to_roles() -> None:
    statement = own_account(endpoints().one(ENDPOINT, "endpoints-logs"))
    assert statement == {
        "Sid": "OwnAccount",
        "Effect": "Allow",
        "Principal": "*",
        "Action": ["*"],
        "Resource": ["*"],
        "Condition": {"StringEquals": {"aws:PrincipalAccount": ACCOUNT, "aws:ResourceAccount": ACCOUNT}},
    }


def test_every_endpoint_serves_this_account_s_principals_only() -> None:
    for endpoint in some(endpoints(interface_services=limits.INTERFACE_ENDPOINTS).of(ENDPOINT)):
        assert own_account(endpoint)["Condition"]["StringEquals"]["aws:PrincipalAccount"] == ACCOUNT


def test_endpoints_lead_to_this_account_s_resources_unless_the_service_lives_on_foreign_ones() -> None:
    for endpoint in some(endpoints(interface_services=limits.INTERFACE_ENDPOINTS).of(ENDPOINT)):
        bound = own_account(endpoint)["Condition"]["StringEquals"].get("aws:ResourceAccount") == ACCOUNT
        assert bound != any(endpoint.inputs["serviceName"].endswith(f".{service}") for service in SERVES_FOREIGN_RESOURCES)


def test_image_layers_stay_readable_and_nothing_else_escapes_the_account() -> None:
    declaration = endpoints()
    for endpoint in some(declaration.of(ENDPOINT)):
        further = endpoint.document()["Statement"][1:]
        if endpoint.name != "endpoints-s3":
            assert further == []
            continue
        (layers,) = further
        assert layers["Action"] == ["s3:GetObject"]
        assert layers["Resource"] == ["arn:aws:s3:::prod-us-east-2-starport-layer-bucket/*"]


def test_without_interface_services_there_is_no_idle_security_group() -> None:
    declaration = endpoints(interface_services=(), subnet_ids={})
    assert declaration.of("aws:ec2/securityGroup:SecurityGroup") == []
    assert len(declaration.of(ENDPOINT)) == 2


def test_only_interface_endpoints_have_a_security_group() -> None:
    def program() -> None:
        assert Endpoints("endpoints", ARGUMENTS).security_group is not None
        assert Endpoints("gateways", replace(ARGUMENTS, interface_services=())).security_group is None

    resources_of(program)


def test_every_child_is_told_its_region() -> None:
    assert children_without_region(endpoints(), "us-east-2") == []


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        # F086: a second endpoint of a service cannot have its name.
        ("interface_services", ("logs", "logs"), "each service once"),
        # F087: an S3 interface endpoint would take the name from the gateway endpoint.
        ("interface_services", ("s3",), "one of"),
        ("interface_services", ("ecr",), "one of"),
        # F088: a subnet per zone; the mapping leaves no room for two.
        ("subnet_ids", {"us-west-2a": "subnet-a"}, "a zone of us-east-2"),
        ("subnet_ids", {}, "a subnet per zone"),
    ],
)
def test_a_wrong_argument_is_named_before_any_resource_exists(field: str, value: Any, expected: str) -> None:
    with pytest.raises(InvalidArgumentError, match=f"EndpointsArgs.{field}.*{expected}"):
        replace(ARGUMENTS, **{field: value})
