"""Endpoints as declared: bound to the account, reachable, and without the clashes that AWS refuses."""

from dataclasses import replace
from typing import Any

import pytest

from components import limits
from components.component import InvalidArgumentError
from components.endpoints import SERVES_FOREIGN_RESOURCES, Endpoints, EndpointsArgs
from tests.components.harness import ACCOUNT, Declaration, Declared, children_without_region, resources_of

ENDPOINT = "aws:ec2/vpcEndpoint:VpcEndpoint"


ARGUMENTS = EndpointsArgs(
    region="us-east-2",
    account_id=ACCOUNT,
    vpc_id="vpc-1",
    vpc_cidr="10.20.0.0/16",
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


def test_interface_endpoints_admit_https_from_the_vpc_only() -> None:
    # F089.
    declaration = endpoints()
    rule = declaration.one("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule").inputs
    assert (rule["cidrIpv4"], rule["fromPort"], rule["toPort"], rule["ipProtocol"]) == ("10.20.0.0/16", 443, 443, "tcp")
    assert declaration.of("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule") == []
    for endpoint in declaration.of(ENDPOINT):
        if endpoint.inputs["vpcEndpointType"] == "Interface":
            assert endpoint.inputs["securityGroupIds"] == [rule["securityGroupId"]]


def test_every_endpoint_serves_this_account_s_principals_only() -> None:
    for endpoint in endpoints(interface_services=limits.INTERFACE_ENDPOINTS).of(ENDPOINT):
        assert own_account(endpoint)["Condition"]["StringEquals"]["aws:PrincipalAccount"] == ACCOUNT


def test_endpoints_lead_to_this_account_s_resources_unless_the_service_lives_on_foreign_ones() -> None:
    for endpoint in endpoints(interface_services=limits.INTERFACE_ENDPOINTS).of(ENDPOINT):
        bound = own_account(endpoint)["Condition"]["StringEquals"].get("aws:ResourceAccount") == ACCOUNT
        assert bound != any(endpoint.inputs["serviceName"].endswith(f".{service}") for service in SERVES_FOREIGN_RESOURCES)


def test_image_layers_stay_readable_and_nothing_else_escapes_the_account() -> None:
    declaration = endpoints()
    for endpoint in declaration.of(ENDPOINT):
        further = endpoint.document()["Statement"][1:]
        if endpoint.name != "endpoints-s3":
            assert further == []
            continue
        (layers,) = further
        assert layers["Action"] == "s3:GetObject"
        assert layers["Resource"] == "arn:aws:s3:::prod-us-east-2-starport-layer-bucket/*"


def test_without_interface_services_there_is_no_idle_security_group() -> None:
    declaration = endpoints(interface_services=(), subnet_ids={})
    assert declaration.of("aws:ec2/securityGroup:SecurityGroup") == []
    assert len(declaration.of(ENDPOINT)) == 2


def test_outputs_name_the_prefix_lists_and_the_security_group() -> None:
    seen: list[str] = []

    def program() -> None:
        built = Endpoints("endpoints", ARGUMENTS)
        built.s3_prefix_list_id.apply(seen.append)
        built.dynamodb_prefix_list_id.apply(seen.append)
        assert built.security_group is not None
        assert Endpoints("gateways", replace(ARGUMENTS, interface_services=())).security_group is None

    resources_of(program)
    assert seen == ["pl-1", "pl-1"]


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
        ("vpc_cidr", "10.20.0.1/16", "without host bits"),
    ],
)
def test_a_wrong_argument_is_named_before_any_resource_exists(field: str, value: Any, expected: str) -> None:
    with pytest.raises(InvalidArgumentError, match=f"EndpointsArgs.{field}.*{expected}"):
        replace(ARGUMENTS, **{field: value})
