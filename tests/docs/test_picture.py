"""The picture shows what the stacks are."""

from itertools import combinations
from xml.etree import ElementTree

import pytest

from docs.generate.estate import FOUNDATION, INTERNET, LANE_OF, Arrow, UnlistedClassError, arrows, components_in_state, read
from docs.generate.layout import place
from docs.generate.picture import components_in_picture, draw
from docs.generate.source import ROOT
from tests.docs import states

STATES = tuple(build().state for build in (states.primary, states.recovery, states.replication))


@pytest.fixture(scope="module")
def found() -> list[Arrow]:
    return arrows(STATES)


def test_a_component_counts_the_resources_of_its_children_too() -> None:
    assert components_in_state(STATES[0])["Network network"] == 2
    assert "FlowLog network-flow-log" not in components_in_state(STATES[0])


def test_a_class_without_a_place_in_the_picture_is_an_error_and_no_lost_arrow() -> None:
    state = states.StateBuilder("prod", "us-east-2")
    state.component("Stream", "clicks")
    with pytest.raises(UnlistedClassError, match="component class Stream has no lane; add it to LANE_OF or FOUNDATION"):
        read(state.state)


def test_a_queue_is_drawn_with_the_services_that_send_to_it_and_consume_it() -> None:
    state = states.StateBuilder("prod", "us-east-2")
    queue = state.component("Queue", "ingest")
    arn = "arn:aws:sqs:us-east-2:222222222222:ingest"
    state.aws(queue, "aws:sqs/queue:Queue", "ingest", arn=arn)
    state.policy(state.component("Service", "search"), arn)
    assert arrows([state.state]) == [Arrow(("prod", "Service"), ("prod", "Queue"), "access")]


def test_no_class_is_both_foundation_and_in_a_lane() -> None:
    assert not FOUNDATION & LANE_OF.keys()


def test_a_stack_knows_its_region_and_account() -> None:
    recovery = read(STATES[1])
    assert (recovery.name, recovery.region, recovery.account) == ("prod-recovery", "us-west-2", "222222222222")


def test_a_component_names_the_regions_it_reaches_into() -> None:
    reaching = {component.name: component.regions for component in read(STATES[0]).components if component.regions}
    assert reaching == {"storage-key": ("us-west-2",)}


def test_a_service_that_nothing_runs_is_staged() -> None:
    assert [component.name for component in read(STATES[0]).components if component.staged] == ["bi"]
    assert [component.name for component in read(STATES[1]).components if component.staged] == ["bi", "search"]


@pytest.mark.parametrize("stack", ["prod", "prod-recovery"])
def test_traffic_follows_security_groups_and_dns_names(found: list[Arrow], stack: str) -> None:
    assert Arrow(INTERNET, (stack, "Ingress"), "traffic") in found
    assert Arrow((stack, "AliasRecord"), (stack, "Ingress"), "traffic") in found
    assert Arrow((stack, "Ingress"), (stack, "Service"), "traffic") in found


def test_a_private_range_is_not_the_internet() -> None:
    state = states.StateBuilder("prod", "us-east-2")
    ingress = state.component("Ingress", "ingress")
    state.security_group(ingress, "sg-ingress")
    state.allow(ingress, "sg-ingress", cidrIpv4="10.20.0.0/16")
    assert arrows([state.state]) == []


def test_access_follows_iam_policies_but_not_to_the_foundation(found: list[Arrow]) -> None:
    access = [(arrow.source, arrow.target) for arrow in found if arrow.relation == "access"]
    assert access == [((stack, "Service"), (stack, "Bucket")) for stack in ("prod", "prod-recovery")]


def test_replication_runs_from_the_source_through_its_link_to_the_destination(found: list[Arrow]) -> None:
    assert [(arrow.source, arrow.target) for arrow in found if arrow.relation == "replication"] == [
        (("prod", "Bucket"), ("prod-replication", "BucketReplication")),
        (("prod", "Database"), ("prod-recovery", "DatabaseReplica")),
        (("prod", "Repository"), ("prod-replication", "ImageReplication")),
        (("prod-replication", "BucketReplication"), ("prod-recovery", "Bucket")),
        (("prod-replication", "ImageReplication"), ("prod-recovery", "Repository")),
    ]


def test_the_same_states_give_the_same_picture_whatever_the_order_of_their_resources() -> None:
    shuffled = [{"deployment": {"resources": state["deployment"]["resources"][::-1]}} for state in STATES]
    assert draw(*shuffled) == draw(*STATES)


def test_the_picture_names_every_component_and_says_so() -> None:
    picture = draw(*STATES)
    texts = {element.text for element in ElementTree.fromstring(picture).iter("{http://www.w3.org/2000/svg}text")}
    for state in STATES:
        assert {component.name for component in read(state).components} <= texts
    assert components_in_picture(picture) == {read(state).name: components_in_state(state) for state in STATES}


def test_no_two_boxes_overlap() -> None:
    layout = place(*(read(state) for state in STATES))
    for one, other in combinations(layout.boxes.values(), 2):
        apart = one.bottom < other.y or other.bottom < one.y
        assert apart or one.x + one.width < other.x or other.x + other.width < one.x, (one.place, other.place)


def test_the_committed_picture_shows_the_three_production_stacks() -> None:
    drawn = components_in_picture((ROOT / "docs/platform.svg").read_text(encoding="utf-8"))
    assert list(drawn) == ["prod", "prod-recovery", "prod-replication"]


def test_a_picture_from_elsewhere_is_refused() -> None:
    with pytest.raises(ValueError, match="does not say what it was drawn from"):
        components_in_picture("<svg/>")
