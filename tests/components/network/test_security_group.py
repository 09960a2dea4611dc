from collections.abc import Callable
from typing import Any

import pytest

from components.base.errors import InvalidArgumentError
from components.network.security_group import SecurityGroup, SecurityGroupArgs
from tests.components.harness import children_without_region, here, resources_of

INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
EGRESS = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"


def group(name: str) -> SecurityGroup:
    return SecurityGroup(name, SecurityGroupArgs(here=here(), vpc_id="vpc-1", description=f"{name} tasks"))


def test_a_new_group_is_closed_in_both_directions() -> None:
    declared = resources_of(lambda: group("search"))
    assert "ingress" not in declared.one("aws:ec2/securityGroup:SecurityGroup").inputs
    assert not declared.of(INGRESS) and not declared.of(EGRESS)


def test_a_connection_opens_ingress_here_and_egress_there() -> None:
    declared = resources_of(lambda: group("database").allow_from(group("search"), port=5432, description="SQL"))
    ingress, egress = declared.one(INGRESS), declared.one(EGRESS)
    assert (ingress.inputs["securityGroupId"], ingress.inputs["referencedSecurityGroupId"]) == ("database-id", "search-id")
    assert (egress.inputs["securityGroupId"], egress.inputs["referencedSecurityGroupId"]) == ("search-id", "database-id")
    assert {rule.inputs["fromPort"] for rule in (ingress, egress)} == {5432}


@pytest.mark.parametrize(
    "open_to",
    [
        lambda g: g.allow_from_cidr("internet", "0.0.0.0/0", port=443, description="HTTPS"),
        lambda g: g.allow_to_cidr("internet", "0.0.0.0/0", port=443, description="HTTPS"),
    ],
)
def test_every_rule_has_a_region_and_a_description(open_to: Callable[[SecurityGroup], Any]) -> None:
    declared = resources_of(lambda: open_to(group("edge")))
    rule = (declared.of(INGRESS) + declared.of(EGRESS))[0]
    assert rule.inputs["region"] == "us-east-2"
    assert rule.inputs["description"]


@pytest.mark.parametrize("description", ["", "x" * 256, "the bank's", "Grüße", "two\nlines"])
def test_a_description_aws_would_refuse_is_named(description: str) -> None:
    with pytest.raises(InvalidArgumentError, match=r"SecurityGroupArgs.description is .*expected 1 to 255 characters"):
        SecurityGroupArgs(here=here(), vpc_id="vpc-1", description=description)


@pytest.mark.parametrize("description", ["x", "x" * 255, "a-z A-Z 0-9 ._-:/()#,@[]+=&;{}!$*"])
def test_every_description_that_aws_takes_is_taken(description: str) -> None:
    assert SecurityGroupArgs(here=here(), vpc_id="vpc-1", description=description).description == description


def test_every_child_is_told_its_region() -> None:
    declared = resources_of(lambda: group("database").allow_from(group("search"), port=5432, description="SQL"))
    assert children_without_region(declared, "us-east-2") == []
