"""Every resource of every stack is priced, known to be free, or told as unpriced for a reason that somebody gave."""

import pytest

from operations.cost import prices, usage
from operations.cost.estimate import estimate, types_without_a_place
from tests.operations.cost.stacks import PROFILES, estimated, resource, resources
from tests.stacks.estate import ALL, estate_of

OTHERS = (*ALL, "replication")


@pytest.mark.parametrize("name", OTHERS)
def test_each_type_has_one_place(name: str) -> None:
    found = types_without_a_place(token for token, _ in estate_of(name).resources)
    assert found == [], "write a pricer in operations/cost/pricers, or say in operations/cost/unpriced.toml why there is none"


@pytest.mark.parametrize("name", PROFILES)
def test_each_resource_is_in_the_sum_or_free_or_told(name: str) -> None:
    found = estimated(name)
    priced = {each.line.resource.urn for each in found.lines}
    told = {each.urn for each, _ in found.unpriced}
    assert len(priced | told) + found.free == len(resources(name))


@pytest.mark.parametrize("name", PROFILES)
def test_what_has_no_price_is_what_has_been_looked_at(name: str) -> None:
    """A change of what is unpriced shows here: nothing falls out of the sum in silence."""
    assert {each.type.rpartition(":")[2] for each, _ in estimated(name).unpriced} <= {
        *("Cluster", "FirehoseDeliveryStream"),
    }


def test_a_type_that_nobody_has_looked_at_is_told_and_costs_nothing() -> None:
    found = estimate([resource("aws:redshift/cluster:Cluster", {})], prices.load(), usage.load("dev"))
    assert [why for _, why in found.unpriced] == ["nobody has looked at this type yet"]
    assert not any(found.cost())


def test_a_size_that_is_not_in_the_table_is_told_with_its_price() -> None:
    database = resource("aws:rds/instance:Instance", {"instanceClass": "db.x99.large", "allocatedStorage": 10})
    found = estimate([database], prices.load(), usage.load("dev"))
    assert [why for _, why in found.unpriced] == ["instance db.x99.large: no price of rds/db.x99.large"]
    assert found.fixed().typical > 1, "its storage has one"


def test_what_a_preview_does_not_know_yet_is_told() -> None:
    unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
    domain = {"clusterConfig": {"instanceType": "t3.medium.search", "instanceCount": 1}, "ebsOptions": {"volumeSize": unknown}}
    service = {"desiredCount": 1, "taskDefinition": unknown}
    firewall = {"rules": unknown}
    all_ = [
        resource("aws:opensearch/domain:Domain", domain),
        resource("aws:ecs/service:Service", service),
        resource("aws:wafv2/webAcl:WebAcl", firewall),
    ]
    found = estimate(all_, prices.load(), usage.load("dev"))
    assert [why for _, why in found.unpriced] == [
        "storage gp3: known once it is deployed",
        "tasks of a size that is not known yet: known once it is deployed",
        "rules: known once it is deployed",
    ]
