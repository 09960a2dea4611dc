"""What a stack file or a program may say of a network, and the error on everything else."""

from typing import Any

import pytest

from components.base import limits
from components.base.errors import InvalidArgumentError
from components.base.spec import StackContext
from components.network.network_spec import NetworkSpec

LEAST: dict[str, Any] = {
    "cidr": "10.20.0.0/16",
    "zones": ("us-east-2a", "us-east-2b"),
    "nat": "per-zone",
    "interface_endpoints": (),
}


def spec(**changes: Any) -> NetworkSpec:
    return NetworkSpec(**{**LEAST, **changes})


def refused(**changes: Any) -> str:
    with pytest.raises(InvalidArgumentError) as caught:
        spec(**changes)
    return str(caught.value)


def test_a_stack_file_spells_its_keys_in_camel_case() -> None:
    network = NetworkSpec.model_validate(
        {
            "cidr": "10.20.0.0/16",
            "zones": ["us-east-2a", "us-east-2b"],
            "nat": "none",
            "interfaceEndpoints": list(limits.FARGATE_ENDPOINTS),
            "flowLogRetentionDays": 365,
            "reservedCidrs": ["10.10.0.0/16"],
        }
    )
    assert (network.flow_log_retention_days, network.reserved_cidrs) == (365, ("10.10.0.0/16",))
    assert network.interface_endpoints == limits.FARGATE_ENDPOINTS


def test_flow_logs_are_kept_as_other_logs_and_no_network_is_reserved_unless_said_otherwise() -> None:
    assert spec().flow_log_retention_days is None
    assert spec().reserved_cidrs == ()


@pytest.mark.parametrize("cidr", ["10.20.0.0/16", "172.31.240.0/20"])
def test_the_largest_and_the_smallest_range_are_taken(cidr: str) -> None:
    assert spec(cidr=cidr).cidr == cidr


@pytest.mark.parametrize(
    ("cidr", "expected"),
    [
        ("10.20.0.0/15", "a range from /16"),
        ("10.20.0.0/21", "to /20"),
        ("10.20.1.0/16", "an IPv4 range without host bits: 10.20.0.0/16"),
        ("10.20.0.0", "with its prefix length, e.g. 10.20.0.0/32"),
        ("52.20.0.0/16", "a private range"),
        ("ten", "an IPv4 range"),
    ],
)
def test_a_range_that_cannot_hold_the_network_is_refused(cidr: str, expected: str) -> None:
    error = refused(cidr=cidr)
    assert error.startswith(f"NetworkSpec.cidr is '{cidr}'; expected ") and expected in error


@pytest.mark.parametrize(
    ("zones", "error"),
    [
        ((), "NetworkSpec.zones is []; expected two zones or more: RDS and load balancers refuse one"),
        (("us-east-2a",), "NetworkSpec.zones is ['us-east-2a']; expected two zones or more: RDS and load balancers refuse one"),
        (("us-east-2a", "us-east-2a"), "NetworkSpec.zones[1] is 'us-east-2a'; expected a zone not listed before"),
    ],
)
def test_fewer_than_two_zones_are_refused(zones: tuple[str, ...], error: str) -> None:
    assert refused(zones=zones) == error


@pytest.mark.parametrize("zone", ["us-west-2a", "us-east-2d"])
def test_a_zone_of_another_region_is_refused_where_the_region_is_known(zone: str) -> None:
    network = spec(zones=("us-east-2a", zone))
    assert network.within(StackContext()) is network
    with pytest.raises(
        InvalidArgumentError, match=rf"NetworkSpec\.zones\[1\] is '{zone}'; expected a zone of us-east-2: us-east-2a"
    ):
        network.within(StackContext(region="us-east-2"))


@pytest.mark.parametrize("nat", ["none", "single", "per-zone"])
def test_every_way_out_is_taken(nat: str) -> None:
    assert spec(nat=nat, interface_endpoints=limits.FARGATE_ENDPOINTS).nat == nat


def test_another_way_out_is_refused_with_the_known_ones() -> None:
    assert refused(nat="double") == "NetworkSpec.nat is 'double'; expected 'none', 'single' or 'per-zone'"


def test_without_nat_tasks_need_the_endpoints_that_they_start_by() -> None:
    error = refused(nat="none", interface_endpoints=("ecr.api", "logs"))
    expected = "also ecr.dkr, secretsmanager: without NAT, tasks cannot start without them"
    assert error == f"NetworkSpec.interface_endpoints is ['ecr.api', 'logs']; expected {expected}"


@pytest.mark.parametrize(
    ("services", "where", "expected"),
    [
        # F086: a second endpoint of a service cannot have its name.
        (("logs", "logs"), "interface_endpoints[1]", "an endpoint not listed before"),
        # F087: an S3 interface endpoint would take the name from the gateway endpoint.
        (("s3",), "interface_endpoints[0]", "one of athena"),
        (("ecr",), "interface_endpoints[0]", "one of athena"),
    ],
)
def test_an_endpoint_that_aws_lacks_or_has_already_is_refused(services: tuple[str, ...], where: str, expected: str) -> None:
    error = refused(interface_endpoints=services)
    assert error.startswith(f"NetworkSpec.{where} is '{services[-1]}'; expected {expected}")


@pytest.mark.parametrize("days", [1, 3653])
def test_the_shortest_and_the_longest_retention_are_taken(days: int) -> None:
    assert spec(flow_log_retention_days=days).flow_log_retention_days == days


@pytest.mark.parametrize("days", [0, 2, 42, 3654, True])
def test_a_retention_that_cloudwatch_lacks_is_refused(days: object) -> None:
    assert refused(flow_log_retention_days=days).startswith("NetworkSpec.flow_log_retention_days is ")


@pytest.mark.parametrize(
    ("reserved", "expected"),
    [
        ("10.20.0.0/16", "a range that does not overlap network.cidr 10.20.0.0/16"),
        ("10.20.255.0/24", "a range that does not overlap network.cidr 10.20.0.0/16"),
        ("10.0.0.0/8", "a range that does not overlap network.cidr 10.20.0.0/16"),
        ("203.0.113.0/24", "a private range, inside 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16"),
        ("x", "an IPv4 range, e.g. 10.20.0.0/16"),
    ],
)
def test_a_network_that_could_not_be_joined_is_refused(reserved: str, expected: str) -> None:
    assert (
        refused(reserved_cidrs=("10.10.0.0/16", reserved))
        == f"NetworkSpec.reserved_cidrs[1] is '{reserved}'; expected {expected}"
    )


def test_the_neighbouring_ranges_can_be_joined() -> None:
    assert spec(reserved_cidrs=("10.19.0.0/16", "10.21.0.0/16")).reserved_cidrs == ("10.19.0.0/16", "10.21.0.0/16")


def test_one_wrong_reserved_range_does_not_hide_another_nor_a_wrong_range_of_its_own() -> None:
    both = refused(reserved_cidrs=("x", "10.20.0.0/16"))
    assert "reserved_cidrs[0] is 'x'" in both and "reserved_cidrs[1] is '10.20.0.0/16'" in both
    assert "reserved_cidrs[0] is 'x'" in refused(cidr="ten", reserved_cidrs=("x",))


def test_an_unknown_key_is_refused() -> None:
    assert "did you mean zones?" in refused(zone="us-east-2a")
