"""What the case tables of the network pack cannot say: options, other environments, and any order of the resources."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from policies.controls.network.pack import PACK
from policies.kit.pack import Pack
from tests.policies.given.network.common import ALB, GROUP, INSTANCE, block
from tests.policies.given.network.vpcs import HOME, PRIVATE, PUBLIC, nat
from tests.policies.harness import Engine, Planned, verdict


def judged(rule: str, case: Sequence[Planned], *, stack: str = "prod", options: Mapping[str, Any] | None = None) -> str:
    pack = Pack(PACK.name, PACK.description, [each for each in PACK.rules if each.name == rule], whole=False)
    return verdict(Engine(pack, stack=stack, options={rule: options} if options else {}).preview(case))


@pytest.mark.parametrize("listed", ["ingress", "front-door"])
def test_a_load_balancer_may_be_listed_as_public_by_either_name(listed: str) -> None:
    case = [Planned(token=ALB, name="ingress", inputs={"internal": False, "name": "front-door"})]
    assert judged("load-balancer-internal", case) == "fail"
    assert judged("load-balancer-internal", case, options={"public": [listed]}) == "pass"
    assert judged("load-balancer-internal", case, options={"public": ["other"]}) == "fail"


@pytest.mark.parametrize("listed", ["group", "partners"])
def test_a_group_may_be_listed_as_public_but_only_for_the_web(listed: str) -> None:
    rule, options = "security-group-public-ingress", {"groups": [listed]}
    web = Planned(token=GROUP, name="group", inputs={"name": "partners", "ingress": [block(443), block(80)]})
    ssh = Planned(token=GROUP, name="group", inputs={"name": "partners", "ingress": [block(22)]})
    assert judged(rule, [web, INSTANCE]) == "fail"
    assert judged(rule, [web, INSTANCE], options=options) == "pass"
    assert judged(rule, [ssh, INSTANCE], options=options) == "fail"


def test_outside_production_two_zones_are_enough_and_one_is_not() -> None:
    assert judged("subnet-tier-zones", [HOME, *PUBLIC[:2]], stack="dev") == "pass"
    assert judged("subnet-tier-zones", [HOME, *PUBLIC[:1]], stack="dev") == "fail"


def test_outside_production_one_nat_gateway_serves_all_zones() -> None:
    assert judged("nat-gateway-per-zone", [HOME, *PUBLIC, *PRIVATE, nat("a", "public-a")], stack="dev") == "pass"
