"""Nothing in the picture hides anything else: arrows go around boxes, boxes and texts stand apart."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import combinations, pairwise
from xml.etree import ElementTree

import pytest

from docs.generate.estate import FOUNDATION, LANE_OF
from docs.generate.picture import draw
from docs.generate.source import ROOT
from tests.docs.states import StateBuilder
from tests.found import some

SVG = "{http://www.w3.org/2000/svg}"
Point = tuple[float, float]


@dataclass(frozen=True)
class Area:
    """A box, a text or a straight piece of an arrow."""

    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: "Area") -> bool:
        """Whether they share more than an edge."""
        beside = self.right <= other.left or other.right <= self.left
        return not beside and self.top < other.bottom and other.top < self.bottom


@dataclass(frozen=True)
class Line:
    """An arrow: the identifiers of its boxes, what it says, and its corners."""

    source: str
    target: str
    color: str
    corners: tuple[Point, ...]

    @property
    def pieces(self) -> Iterator[Area]:
        """Its straight pieces, a hair wide."""
        for (x, y), (to_x, to_y) in pairwise(self.corners):
            yield Area(min(x, to_x) - 0.1, min(y, to_y) - 0.1, max(x, to_x) + 0.1, max(y, to_y) + 0.1)


@cache
def picture(name: str) -> ElementTree.Element:
    """The committed picture, or that of a larger estate."""
    if name == "production":
        return ElementTree.parse(ROOT / "docs/platform.svg").getroot()
    return ElementTree.fromstring(draw(*(large(stack, region, int(name)) for stack, region in STACKS)))


STACKS = (("prod", "us-east-2"), ("prod-recovery", "us-west-2"), ("prod-replication", "us-east-2"))
PICTURES = pytest.mark.parametrize("name", ["production", "1", "5"])
USERS = ("Service", "Function", "Job", "Batch", "Task", "Fleet", "DatabaseUsers")
USED = ("Bucket", "GlobalTable", "Secret", "Queue", "Topic", "DeliveryStream", "Repository", "Catalog")
LINKS = ("BucketReplication", "GlobalTableReplica", "ImageReplication")


def arn(region: str, kind: str, member: int = 0) -> str:
    return f"arn:aws:x:{region}:222222222222:{kind}-{member}"


def large(stack: str, region: str, members: int) -> dict[str, object]:
    """A stack with `members` components of every class; what computes may use everything, and much is copied and delivered."""
    state = StateBuilder(stack, region)
    kinds = LINKS if stack == "prod-replication" else sorted(FOUNDATION | LANE_OF.keys() - set(LINKS))
    for kind in kinds:
        for member in range(members):
            component = state.component(kind, f"{kind.lower()}-{member}")
            state.aws(component, "aws:x:Thing", kind, arn=arn(region, kind, member))
            if kind in USERS:
                state.policy(component, *(arn(region, used) for used in USED), arn("us-east-2", "GlobalTableReplica"))
                state.security_group(component, f"sg-{stack}-{kind}")
                state.allow(component, f"sg-{stack}-{kind}", referencedSecurityGroupId=f"sg-{stack}-Ingress")
    if stack == "prod-replication":
        copies = {"from": arn("us-east-2", "Bucket"), "destination": arn("us-west-2", "Bucket")}
        state.aws(state.component("BucketReplication", "copies"), "aws:s3:Copy", "copies", copies)
        return state.state
    ingress, database = state.component("Ingress", "ingress"), state.component("Database", "database")
    state.security_group(ingress, f"sg-{stack}-Ingress")
    state.allow(ingress, f"sg-{stack}-Ingress", cidrIpv4="0.0.0.0/0")
    state.security_group(database, f"sg-{stack}-Database")
    for user in USERS:
        state.allow(database, f"sg-{stack}-Database", referencedSecurityGroupId=f"sg-{stack}-{user}")
    for endpoint in ("Queue", "DeliveryStream", "Function"):
        subscription = {"topic": arn(region, "Topic"), "endpoint": arn(region, endpoint)}
        state.aws(database, "aws:sns/topicSubscription:TopicSubscription", endpoint, subscription)
    selected = {"resources": [arn(region, kind) for kind in ("Database", "GlobalTable", "Bucket")]}
    state.aws(state.component("Backup", "backup"), "aws:backup/selection:Selection", "all", selected)
    replica = {"replicateSourceDb": arn("us-east-2", "Database")}
    state.aws(state.component("DatabaseReplica", "replica"), "aws:rds/instance:Instance", "replica", replica)
    return state.state


def boxes(root: ElementTree.Element) -> dict[str, Area]:
    """Identifier -> box."""
    found = {}
    for rect in root.iter(f"{SVG}rect"):
        if identifier := rect.get("id"):
            x, y, width, height = (float(rect.get(key, 0)) for key in ("x", "y", "width", "height"))
            found[identifier] = Area(x, y, x + width, y + height)
    return some(found)


def texts(root: ElementTree.Element) -> dict[str, Area]:
    """Every text that stands in no box, somewhat narrower than in the widest of the fonts."""
    found = {}
    for text in root.iter(f"{SVG}text"):
        x, y, size = (float(text.get(key, 0)) for key in ("x", "y", "font-size"))
        area = Area(x, y - size * 0.7, x + len(text.text or "") * size * 0.5, y)
        if not any(box.meets(area) for box in boxes(root).values()):
            found[text.text or ""] = area
    return some(found)


def lines(root: ElementTree.Element) -> list[Line]:
    """Every arrow; rounded corners as if they were sharp."""
    return some(
        [
            Line(
                path.get("data-source", ""),
                path.get("data-target", ""),
                path.get("stroke", ""),
                tuple((float(x), float(y)) for x, y in re.findall(r"([\d.]+) ([\d.]+)", path.get("d", ""))),
            )
            for path in root.iter(f"{SVG}path")
            if path.get("data-source")
        ]
    )


@PICTURES
def test_no_two_boxes_overlap(name: str) -> None:
    for one, other in combinations(boxes(picture(name)).items(), 2):
        assert not one[1].meets(other[1]), (one, other)


@PICTURES
def test_no_arrow_crosses_a_box_other_than_its_own_or_a_text(name: str) -> None:
    root = picture(name)
    obstacles = boxes(root) | texts(root)
    for line in lines(root):
        for identifier, area in obstacles.items():
            if identifier not in (line.source, line.target):
                assert not any(piece.meets(area) for piece in line.pieces), (line, identifier)


@PICTURES
def test_an_arrow_begins_and_ends_at_the_edges_of_its_boxes_and_goes_through_neither(name: str) -> None:
    root = picture(name)
    places = boxes(root)
    for line in lines(root):
        for identifier, (x, y) in ((line.source, line.corners[0]), (line.target, line.corners[-1])):
            box = places[identifier]
            assert Area(x - 0.1, y - 0.1, x + 0.1, y + 0.1).meets(box)
            inside = Area(box.left + 1, box.top + 1, box.right - 1, box.bottom - 1)
            assert not any(piece.meets(inside) for piece in line.pieces), line


def test_in_production_only_arrows_that_say_the_same_of_the_same_target_run_on_one_another() -> None:
    for one, other in combinations(lines(picture("production")), 2):
        if (one.target, one.color) != (other.target, other.color):
            for piece in one.pieces:
                for beside in other.pieces:
                    across = (piece.right - piece.left > 1) != (beside.right - beside.left > 1)
                    assert across or not piece.meets(beside), (one, other)
