"""Draws the platform as SVG from the exported states of the three production stacks; nothing in it is drawn by hand."""

import json
import re
from collections.abc import Iterator, Sequence
from typing import Final, cast
from xml.sax.saxutils import escape

from docs.generate.estate import INTERNET, Arrow, Component, Relation, State, arrows, components_in_state, read
from docs.generate.layout import (
    CHANNEL,
    GUTTER,
    LANE_LABEL,
    MARGIN,
    MIDDLE,
    PADDING,
    PANEL,
    ROW,
    WIDTH,
    Box,
    Layout,
    place,
)

_INK, _GREY, _LINE, _BAND = "#1f2328", "#59636e", "#b9c3ce", "#f3f5f8"
_COLORS: Final[dict[Relation, str]] = {"traffic": "#0969da", "access": "#1a7f37", "replication": "#bc4c00", "backup": "#8250df"}
_MEANINGS: Final[dict[Relation, str]] = {
    "traffic": "opens connections to",
    "access": "may use (IAM policy)",
    "replication": "is copied to",
    "backup": "is backed up by",
}
_FONT: Final = "-apple-system, BlinkMacSystemFont, 'Segoe UI', 'Noto Sans', Helvetica, Arial, sans-serif"
_TIMES: Final = "\N{MULTIPLICATION SIGN}"
_RADIUS: Final = 7

Point = tuple[float, float]


def draw(primary: State, recovery: State, replication: State) -> str:
    """The picture as SVG; the same states give the same picture."""
    states = (primary, recovery, replication)
    stacks = [read(state) for state in states]
    layout = place(*stacks)
    internet = _internet(layout)
    router = _Router(layout, internet)
    drawn_from = {stack.name: components_in_state(state) for stack, state in zip(stacks, states, strict=True)}
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {layout.height:g}" role="img" '
            f'font-family="{_FONT}" font-size="13">',
            f"<title>DataConnect on AWS: the stacks {', '.join(stack.name for stack in stacks)}</title>",
            f'<metadata id="drawn-from">{escape(json.dumps(drawn_from, sort_keys=True))}</metadata>',
            "<defs>",
            *(
                f'<marker id="{relation}" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" '
                f'markerUnits="userSpaceOnUse" orient="auto"><path d="M0 0L8 4L0 8z" fill="{color}"/></marker>'
                for relation, color in _COLORS.items()
            ),
            "</defs>",
            f'<rect width="{WIDTH}" height="{layout.height:g}" rx="12" fill="#ffffff"/>',
            *_panels(layout),
            *(line for box in layout.boxes.values() for line in _box(box)),
            *_box(internet),
            *router.paths(arrows(states)),
            *_legend(layout),
            "</svg>\n",
        ]
    )


def components_in_picture(svg: str) -> dict[str, dict[str, int]]:
    """What a picture was drawn from: stack -> what `components_in_state` says of it.

    Raises:
        ValueError: The picture does not say.
    """
    drawn_from = re.search(r'<metadata id="drawn-from">(.*?)</metadata>', svg)
    if drawn_from is None:
        raise ValueError("this picture does not say what it was drawn from; expected one that `make picture` has drawn")
    return cast("dict[str, dict[str, int]]", json.loads(drawn_from[1]))


def _internet(layout: Layout) -> Box:
    width = 110
    top = layout.lanes["edge"][0] + LANE_LABEL
    return Box(INTERNET, (Component("Internet", "", 0),), (WIDTH - width) / 2, top, width, "edge", faces_middle=True)


def _panels(layout: Layout) -> Iterator[str]:
    for panel in layout.panels:
        yield _rect(panel.x, panel.y, panel.width, panel.height, fill="#ffffff", stroke=_LINE, rx=12)
        stack, left = panel.stack, panel.x + PADDING
        facts = [stack.region, f"account {stack.account}", f"{stack.resources} AWS resources"]
        if panel.width == PANEL:
            yield _text(left, panel.y + 30, stack.name, size=20, bold=True)
            yield _text(left, panel.y + 50, " · ".join(facts), color=_GREY)
            for name, (top, bottom) in layout.lanes.items():
                yield _rect(panel.x + 6, top, panel.width - 12, bottom - top, fill=_BAND, rx=8)
                yield _text(left, top + 17, name.upper(), size=11, color=_GREY, bold=True)
        else:
            yield _text(left, panel.y + 24, stack.name, size=15, bold=True)
            yield _text(left, panel.y + 42, f"{stack.region} · {stack.resources} resources", size=12, color=_GREY)


def _box(box: Box) -> Iterator[str]:
    inside, left, right = box.width - 20, box.x + 10, box.x + box.width - 10
    kind = box.place[1]
    yield _rect(box.x, box.y, box.width, box.height, fill="#ffffff", stroke=_LINE, rx=_RADIUS, dashed=box.staged)
    if box.place == INTERNET:
        yield _text(box.center, box.middle + 5, "Internet", bold=True, anchor="middle")
        return
    if len(box.members) == 1:
        (member,) = box.members
        yield _text(left, box.y + 20, member.name, bold=True, width=inside - 22)
        yield _text(right, box.y + 20, str(member.resources), size=12, color=_GREY, anchor="end")
        yield _text(left, box.y + 38, kind, size=12, color=_GREY, width=inside)
    else:
        yield _text(left, box.y + 20, f"{len(box.members)} {_TIMES} {kind}", bold=True, width=inside)
        first_words = {member.name.partition("-")[0] for member in box.members}
        common = f"{first_words.pop()}-" if len(first_words) == 1 else ""
        for index, member in enumerate(box.members):
            y = box.y + 22 + (index + 1) * ROW
            name = member.name.removeprefix(common)
            yield _text(left, y, name, size=12, width=inside - 22)
            yield _text(right, y, str(member.resources), size=12, color=_GREY, anchor="end")
    for index, region in enumerate(reversed(box.regions)):
        yield _text(left, box.bottom - 9 - index * ROW, f"+ {region}", size=12, width=inside, color=_COLORS["replication"])


class _Router:
    """Finds a way for each arrow: within a panel through the channels between lanes, between panels through the gutters."""

    def __init__(self, layout: Layout, internet: Box) -> None:
        self._layout = layout
        self._boxes = {**layout.boxes, INTERNET: internet}
        self._stacks = [panel.stack.name for panel in layout.panels]

    def paths(self, found: Sequence[Arrow]) -> Iterator[str]:
        """SVG of all arrows."""
        for arrow in found:
            source, target = self._boxes[arrow.source], self._boxes[arrow.target]
            points = self._points(arrow, source, target, found)
            yield (
                f'<path d="{_rounded(points)}" fill="none" stroke="{_COLORS[arrow.relation]}" stroke-width="1.6" '
                f'marker-end="url(#{arrow.relation})"><title>{escape(_label(source))} '
                f"{_MEANINGS[arrow.relation]} {escape(_label(target))}</title></path>"
            )

    def _points(self, arrow: Arrow, source: Box, target: Box, found: Sequence[Arrow]) -> list[Point]:
        same_panel = source.place[0] == target.place[0]
        faces = source.faces_middle, target.faces_middle
        overlap = max(source.y, target.y) + 12 < min(source.bottom, target.bottom)
        if arrow.relation == "backup" and same_panel and not (overlap and self._is_free(source, target, source.middle)):
            return self._across(source, target)
        if overlap and (same_panel or faces == (True, True)):
            y = (max(source.y, target.y) + min(source.bottom, target.bottom)) / 2
            return [(_side(source, target), y), (_side(target, source), y)]
        if same_panel:
            leave = source.center + self._port(arrow, source, found)
            enter = target.center if abs(target.center - leave) > 1 else leave
            y = self._channel(source.lane, arrow.relation)
            return [(leave, source.bottom), (leave, y), (enter, y), (enter, target.y)]
        if faces == (True, True):
            y, end = source.middle, target.middle
            middle = self._gutter(source, target)
            return [(_side(source, target), y), (middle, y), (middle, end), (_side(target, source), end)]
        leave, enter = source.center + self._port(arrow, source, found), target.center
        y = self._channel(source.lane, arrow.relation)
        if faces == (False, True):
            middle, end = self._gutter(source, target, arrow.relation), target.middle
            return [(leave, source.bottom), (leave, y), (middle, y), (middle, end), (_side(target, source), end)]
        far = self._channel(target.lane, arrow.relation)
        if faces == (True, False):
            middle, start = self._gutter(source, target, arrow.relation), source.middle
            return [(_side(source, target), start), (middle, start), (middle, far), (enter, far), (enter, target.bottom)]
        far += 14  # below what turns into the gutters
        return [(leave, source.bottom), (leave, far), (enter, far), (enter, target.bottom)]

    def _across(self, source: Box, target: Box) -> list[Point]:
        """Down, and along the lane to a box that stands lower; below the lane where something is in the way."""
        leave, y = source.center + (26 if target.center > source.center else -26), target.middle
        if source.bottom < y and self._is_free(source, target, y):
            return [(leave, source.bottom), (leave, y), (_side(target, source), y)]
        below = self._channel(source.lane, "backup")
        return [(leave, source.bottom), (leave, below), (target.center, below), (target.center, target.bottom)]

    def _is_free(self, source: Box, target: Box, y: float) -> bool:
        """Whether nothing stands between two boxes of a lane at that height."""
        left, right = sorted((source.center, target.center))
        between = (box for box in self._boxes.values() if left < box.center < right)
        return not any(box.y <= y <= box.bottom for box in between)

    def _port(self, arrow: Arrow, source: Box, found: Sequence[Arrow]) -> float:
        """How far from the center of its lower edge an arrow leaves: relations side by side, in the order of their targets."""
        leaving: dict[Relation, list[float]] = {}
        for other in found:
            target = self._boxes[other.target]
            if other.source == arrow.source and target.lane != source.lane:
                leaving.setdefault(other.relation, []).append(target.center - source.center)
        means = {relation: sum(offsets) / len(offsets) for relation, offsets in leaving.items()}
        if len(means) < 2 or arrow.relation not in means:
            return 0
        nearest = min((min(abs(offset) for offset in offsets), relation) for relation, offsets in leaving.items())[1]
        return 0 if arrow.relation == nearest else 26 if means[arrow.relation] > means[nearest] else -26

    def _channel(self, lane: str, relation: Relation) -> float:
        return self._layout.lanes[lane][1] + CHANNEL * (0.64 if relation == "access" else 0.36)

    def _gutter(self, source: Box, target: Box, relation: Relation = "traffic") -> float:
        to_right = target.center > source.center
        left_side = min(source.center, target.center) < MARGIN + PANEL
        edge = MARGIN + PANEL if left_side else MARGIN + PANEL + GUTTER + MIDDLE
        share = 0.72 if relation == "access" else 0.5
        return edge + GUTTER * (share if to_right else 1 - share)


def _legend(layout: Layout) -> Iterator[str]:
    x, y = MARGIN + PANEL + GUTTER, layout.lanes["foundation"][0] + 36
    for relation, color in _COLORS.items():
        yield f'<path d="M{x} {y - 4}H{x + 26}" stroke="{color}" stroke-width="1.6" marker-end="url(#{relation})"/>'
        yield _text(x + 34, y, _MEANINGS[relation], size=12)
        y += 22
    notes = (
        "Numbers count AWS resources;",
        "+ marks a region that a stack",
        "reaches into; dashed services",
        "are staged, not running. The",
        "foundation serves all above.",
    )
    for index, note in enumerate(notes):
        yield _text(x, y + 8 + index * 17, note, size=12, color=_GREY)


def _side(box: Box, other: Box) -> float:
    """The edge of `box` that faces `other`."""
    return box.x + box.width if other.center > box.center else box.x


def _label(box: Box) -> str:
    return " ".join(filter(None, (box.place[0], ", ".join(member.name for member in box.members))))


def _rounded(points: Sequence[Point]) -> str:
    """A path through `points`, its corners rounded."""
    ends = [point for index, point in enumerate(points) if index == 0 or point != points[index - 1]]
    pieces = [f"M{ends[0][0]:g} {ends[0][1]:g}"]
    for before, corner, after in zip(ends, ends[1:], ends[2:], strict=False):
        enter, leave = _towards(corner, before), _towards(corner, after)
        pieces.append(f"L{enter[0]:g} {enter[1]:g}Q{corner[0]:g} {corner[1]:g} {leave[0]:g} {leave[1]:g}")
    return "".join([*pieces, f"L{ends[-1][0]:g} {ends[-1][1]:g}"])


def _towards(start: Point, end: Point) -> Point:
    """A corner's radius away from `start`, or half-way if that is nearer."""
    (x, y), (to_x, to_y) = start, end
    distance = abs(to_x - x) + abs(to_y - y)
    share = min(_RADIUS, distance / 2) / distance
    return (x + (to_x - x) * share, y + (to_y - y) * share)


def _rect(
    x: float, y: float, width: float, height: float, *, fill: str, stroke: str = "none", rx: float, dashed: bool = False
) -> str:
    dash = ' stroke-dasharray="5 4"' if dashed else ""
    return (
        f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="{rx:g}" fill="{fill}" stroke="{stroke}"{dash}/>'
    )


def _text(
    x: float,
    y: float,
    text: str,
    *,
    size: int = 13,
    color: str = _INK,
    bold: bool = False,
    anchor: str = "start",
    width: float | None = None,
) -> str:
    """A line of text; smaller where it would be wider than `width` in the widest of the fonts."""
    widest = len(text) * (0.59 if bold else 0.55)
    shown = size if width is None else min(size, round(width / widest, 1))
    weight = ' font-weight="600"' if bold else ""
    return (
        f'<text x="{x:g}" y="{y:g}" font-size="{shown:g}" fill="{color}" text-anchor="{anchor}"{weight}>{escape(text)}</text>'
    )
