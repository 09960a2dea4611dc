"""The picture shows what the stacks are."""

import re
from collections.abc import Iterator
from itertools import combinations, pairwise
from xml.etree import ElementTree

import pytest

from docs.generate.estate import FOUNDATION, INTERNET, LANE_OF, Arrow, UnlistedClassError, arrows, components_in_state, read
from docs.generate.layout import place
from docs.generate.picture import components_in_picture, draw
from docs.generate.source import ROOT
from tests.docs import states
from tests.found import some

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
    for one, other in combinations(some(layout.boxes).values(), 2):
        apart = one.bottom < other.y or other.bottom < one.y
        assert apart or one.x + one.width < other.x or other.x + other.width < one.x, (one.place, other.place)


def test_the_committed_picture_shows_the_three_production_stacks() -> None:
    drawn = components_in_picture((ROOT / "docs/platform.svg").read_text(encoding="utf-8"))
    assert list(drawn) == ["prod", "prod-recovery", "prod-replication"]


def test_a_picture_from_elsewhere_is_refused() -> None:
    with pytest.raises(ValueError, match="does not say what it was drawn from"):
        components_in_picture("<svg/>")


def backed_up(*boxes: tuple[str, str, str]) -> states.StateBuilder:
    """A stack whose backup selects a thing of each class: class, type, name."""
    state = states.StateBuilder("prod", "us-east-2")
    arns: list[str] = []
    for kind, type_, name in boxes:
        arns.append(f"arn:aws:x:us-east-2:222222222222:{name}")
        state.aws(state.component(kind, name), type_, name, arn=arns[-1])
    state.aws(state.component("Backup", "backup"), "aws:backup/selection:Selection", "backup", {"resources": arns})
    return state


DATABASE, TABLE = ("Database", "aws:rds/instance:Instance", "database"), ("GlobalTable", "aws:dynamodb/table:Table", "sessions")


def test_what_a_backup_selects_is_backed_up_by_it_and_not_copied_to_it() -> None:
    assert arrows([backed_up(DATABASE, TABLE).state]) == [
        Arrow(("prod", "Database"), ("prod", "Backup"), "backup"),
        Arrow(("prod", "GlobalTable"), ("prod", "Backup"), "backup"),
    ]


def test_the_arrow_to_a_backup_is_called_so_and_goes_through_no_box() -> None:
    primary = backed_up(DATABASE, TABLE, ("Bucket", "aws:s3/bucket:Bucket", "lake-raw"))
    others = (
        states.StateBuilder("prod-recovery", "us-west-2").state,
        states.StateBuilder("prod-replication", "us-east-2").state,
    )
    picture = draw(primary.state, *others)
    assert "<title>prod database is backed up by prod backup</title>" in picture
    assert "is copied to prod backup" not in picture
    boxes = place(*(read(state) for state in (primary.state, *others))).boxes
    (path,) = re.findall(r'<path d="([^"]*)"[^>]*><title>prod database is backed', picture)
    points = [(float(x), float(y)) for x, y in re.findall(r"([\d.]+) ([\d.]+)", path)]
    for box in boxes.values():
        if box.place[1] not in ("Database", "Backup"):
            assert not any(box.x < x < box.x + box.width and box.y < y < box.bottom for x, y in along(points)), box.place


def along(points: list[tuple[float, float]]) -> Iterator[tuple[float, float]]:
    """Points on the way, close to one another."""
    for (x, y), (to_x, to_y) in pairwise(points):
        for step in range(101):
            yield x + (to_x - x) * step / 100, y + (to_y - y) * step / 100


def test_the_text_of_every_box_stays_inside() -> None:
    state = states.StateBuilder("prod", "us-east-2")
    for name in ("one", "two"):
        key = state.component("Key", f"{name}-of-a-long-name-key")
        for region in ("us-east-1", "us-west-2", "us-east-2"):
            state.aws(key, "aws:kms/key:Key", f"{name}-{region}", region=region)
    others = (
        states.StateBuilder("prod-recovery", "us-west-2").state,
        states.StateBuilder("prod-replication", "us-east-2").state,
    )
    (box,) = place(*(read(each) for each in (state.state, *others))).boxes.values()
    texts = ElementTree.fromstring(draw(state.state, *others)).iter("{http://www.w3.org/2000/svg}text")
    inside = [each for each in texts if box.x < float(each.get("x", 0)) < box.x + box.width]
    inside = [each for each in inside if box.y < float(each.get("y", 0)) < box.bottom]
    assert {"+ us-east-1", "+ us-west-2"} <= {each.text for each in inside}
    assert len({each.get("y") for each in inside if (each.text or "").startswith("+")}) == 2
    for each in inside:
        if each.get("text-anchor") == "start":
            # The widest of the fonts, see docs/generate/picture.py.
            assert float(each.get("x", 0)) + len(each.text or "") * float(each.get("font-size", 0)) * 0.55 <= box.x + box.width
