"""The address plan, over every range it accepts and every zone the estate may use."""

from ipaddress import IPv4Network
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.base import limits
from components.base.errors import InvalidArgumentError
from components.network import address_plan
from components.network.address_plan import TIER_BITS, TIERS, ZONE_LETTERS, AddressPlan

EVERY_ZONE = [f"us-east-1{letter}" for letter in ZONE_LETTERS]


@st.composite
def vpc_ranges(draw: st.DrawFn) -> str:
    block = IPv4Network(draw(st.sampled_from(["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"])))
    prefix = draw(st.integers(16, 20))
    index = draw(st.integers(0, 2 ** (prefix - block.prefixlen) - 1))
    return str(IPv4Network((int(block.network_address) + (index << (32 - prefix)), prefix)))


def every_subnet(plan: AddressPlan) -> list[IPv4Network]:
    return [IPv4Network(plan.subnet(tier, zone)) for tier in TIERS for zone in EVERY_ZONE]


@given(vpc_ranges())
def test_no_two_subnets_share_an_address(cidr: str) -> None:
    assert not any(one.overlaps(other) for one, other in combinations(every_subnet(AddressPlan(cidr)), 2))


@given(vpc_ranges())
def test_every_subnet_lies_in_its_tier_and_every_tier_in_the_vpc(cidr: str) -> None:
    plan = AddressPlan(cidr)
    for tier in TIERS:
        assert IPv4Network(plan.tier(tier)).subnet_of(IPv4Network(cidr))
        for zone in EVERY_ZONE:
            assert IPv4Network(plan.subnet(tier, zone)).subnet_of(IPv4Network(plan.tier(tier)))


@given(vpc_ranges())
def test_subnets_have_sizes_that_aws_allows_and_a_load_balancer_needs(cidr: str) -> None:
    # AWS: /16 to /28. A load balancer: /27 or larger.
    assert {subnet.prefixlen for subnet in every_subnet(AddressPlan(cidr))} <= set(range(16, 28))


@given(vpc_ranges())
def test_a_quarter_of_the_vpc_stays_free_for_a_tier_to_come(cidr: str) -> None:
    plan = AddressPlan(cidr)
    free = [block for block in IPv4Network(cidr).subnets(TIER_BITS) if str(block) not in {plan.tier(tier) for tier in TIERS}]
    assert len(free) == 1
    assert not any(subnet.overlaps(free[0]) for subnet in every_subnet(plan))


@given(vpc_ranges())
def test_adding_a_tier_moves_no_subnet(cidr: str) -> None:
    before = every_subnet(AddressPlan(cidr))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(address_plan, "TIERS", (*TIERS, "analytics"))
        assert every_subnet(AddressPlan(cidr)) == before


def test_the_plan_of_production_is_what_was_deployed() -> None:
    # Changing a line of this test means replacing the subnets of every environment.
    plan = AddressPlan("10.20.0.0/16")
    assert {tier: [plan.subnet(tier, f"us-east-2{letter}") for letter in "abc"] for tier in TIERS} == {
        "public": ["10.20.0.0/21", "10.20.8.0/21", "10.20.16.0/21"],
        "application": ["10.20.64.0/21", "10.20.72.0/21", "10.20.80.0/21"],
        "data": ["10.20.128.0/21", "10.20.136.0/21", "10.20.144.0/21"],
    }


def test_every_zone_of_every_region_has_a_slot() -> None:
    assert set("".join(limits.REGION_ZONES.values())) <= set(ZONE_LETTERS)


@pytest.mark.parametrize("cidr", ["10.20.0.0/15", "10.20.0.0/21", "10.20.1.0/16", "203.0.112.0/20", "ten"])
def test_a_range_that_cannot_hold_the_plan_is_refused(cidr: str) -> None:
    with pytest.raises(InvalidArgumentError, match="AddressPlan.cidr"):
        AddressPlan(cidr)


@pytest.mark.parametrize("zone", ["us-east-2", "us-east-2i", "a", "use2-az1"])
def test_a_name_that_is_no_zone_is_refused(zone: str) -> None:
    with pytest.raises(InvalidArgumentError, match="AddressPlan.zone"):
        AddressPlan("10.20.0.0/16").subnet("data", zone)
