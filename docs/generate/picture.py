"""Draws the platform as SVG from the exported states of the three production stacks; nothing in it is drawn by hand."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final
from xml.sax.saxutils import escape

from docs.generate.estate import INTERNET, Arrow, Component, Place, Relation, State, arrows, read
from docs.generate.layout import (
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
from docs.generate.routing import Point, route

_INK, _GREY, _LINE, _BAND = "#1f2328", "#59636e", "#b9c3ce", "#f3f5f8"
_COLORS: Final[dict[Relation, str]] = {
    "traffic": "#0969da",
    "delivery": "#bf3989",
    "access": "#1a7f37",
    "replication": "#bc4c00",
    "backup": "#8250df",
}
_MEANINGS: Final[dict[Relation, str]] = {
    "traffic": "opens connections to",
    "delivery": "delivers to",
    "access": "may use (IAM policy)",
    "replication": "is copied to",
    "backup": "is backed up by",
}
_FONT: Final = "-apple-system, BlinkMacSystemFont, 'Segoe UI', 'Noto Sans', Helvetica, Arial, sans-serif"
_TIMES: Final = "\N{MULTIPLICATION SIGN}"
_RADIUS: Final = 4


def draw(primary: State, recovery: State, replication: State) -> str:
    """The picture as SVG; the same states give the same picture."""
    states = (primary, recovery, replication)
    stacks = [read(state) for state in states]
    layout = place(*stacks)
    internet = _internet(layout)
    boxes = {**layout.boxes, INTERNET: internet}
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {layout.height:g}" role="img" '
            f'font-family="{_FONT}" font-size="14">',
            f"<title>DataConnect on AWS: the stacks {', '.join(stack.name for stack in stacks)}</title>",
            "<defs>",
            *(
                f'<marker id="{relation}" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" '
                f'markerUnits="userSpaceOnUse" orient="auto"><path d="M0 0L8 4L0 8z" fill="{color}"/></marker>'
                for relation, color in _COLORS.items()
            ),
            "</defs>",
            f'<rect width="{WIDTH}" height="{layout.height:g}" rx="12" fill="#ffffff"/>',
            *_panels(layout),
            *(line for box in boxes.values() for line in _box(box)),
            *_arrows(arrows(states), boxes, layout),
            *_legend(layout),
            "</svg>\n",
        ]
    )


def _internet(layout: Layout) -> Box:
    width = 110
    top = layout.lanes["edge"][0] + LANE_LABEL
    return Box(INTERNET, (Component("Internet", "", 0),), (WIDTH - width) / 2, top, width, "edge")


def _panels(layout: Layout) -> Iterator[str]:
    for panel in layout.panels:
        yield _rect(panel.x, panel.y, panel.width, panel.height, fill="#ffffff", stroke=_LINE, rx=12)
        stack, left = panel.stack, panel.x + PADDING
        facts = [stack.region, f"account {stack.account}", f"{stack.resources} AWS resources"]
        if panel.width == PANEL:
            yield _text(left, panel.y + 34, stack.name, size=28, bold=True)
            yield _text(left, panel.y + 55, " · ".join(facts), size=14, color=_GREY)
            for name, (top, bottom) in layout.lanes.items():
                yield _rect(panel.x + 6, top, panel.width - 12, bottom - top, fill=_BAND, rx=8)
                yield _text(left, top + 19, name.upper(), size=16, color=_GREY, bold=True)
        else:
            yield _text(left, panel.y + 24, stack.name, size=15, bold=True)
            yield _text(
                left,
                panel.y + 42,
                f"{stack.region} · {stack.resources} resources",
                size=13,
                color=_GREY,
                width=MIDDLE - 2 * PADDING,
            )


def _box(box: Box) -> Iterator[str]:
    inside, left, right = box.width - 20, box.x + 10, box.x + box.width - 10
    kind = box.place[1]
    yield _rect(box.x, box.y, box.width, box.height, fill="#ffffff", stroke=_LINE, rx=7, dashed=box.staged, name=_id(box))
    if box.place == INTERNET:
        yield _text(box.center, box.middle + 5, "Internet", bold=True, anchor="middle")
        return
    if len(box.members) == 1:
        (member,) = box.members
        yield _text(left, box.y + 20, member.name, bold=True, width=inside - 22)
        yield _text(right, box.y + 20, str(member.resources), size=13, color=_GREY, anchor="end")
        yield _text(left, box.y + 38, kind, size=13, color=_GREY, width=inside)
    else:
        yield _text(left, box.y + 20, f"{len(box.members)} {_TIMES} {kind}", bold=True, width=inside)
        first_words = {member.name.partition("-")[0] for member in box.members}
        common = f"{first_words.pop()}-" if len(first_words) == 1 else ""
        for index, member in enumerate(box.members):
            y = box.y + 22 + (index + 1) * ROW
            name = member.name.removeprefix(common)
            yield _text(left, y, name, size=13, width=inside - 22)
            yield _text(right, y, str(member.resources), size=13, color=_GREY, anchor="end")
    for index, region in enumerate(reversed(box.regions)):
        yield _text(left, box.bottom - 9 - index * ROW, f"+ {region}", size=13, width=inside, color=_COLORS["replication"])


def _arrows(found: Sequence[Arrow], boxes: Mapping[Place, Box], layout: Layout) -> Iterator[str]:
    for arrow, points in route(found, boxes, layout).items():
        source, target = boxes[arrow.source], boxes[arrow.target]
        yield (
            f'<path data-source="{_id(source)}" data-target="{_id(target)}" d="{_rounded(points)}" fill="none" '
            f'stroke="{_COLORS[arrow.relation]}" stroke-width="1.6" marker-end="url(#{arrow.relation})"><title>'
            f"{escape(_label(source))} {_MEANINGS[arrow.relation]} {escape(_label(target))}</title></path>"
        )


def _legend(layout: Layout) -> Iterator[str]:
    x, y = MARGIN + PANEL + GUTTER, layout.lanes["foundation"][0] + 36
    for relation, color in _COLORS.items():
        yield f'<path d="M{x} {y - 4}H{x + 26}" stroke="{color}" stroke-width="1.6" marker-end="url(#{relation})"/>'
        yield _text(x + 34, y, _MEANINGS[relation], size=13, width=MIDDLE - 34)
        y += 22
    notes = (
        "Numbers count resources;",
        "+ marks a region that a",
        "stack reaches into;",
        "dashed services have no",
        "tasks, on standby. The",
        "foundation serves all,",
        "recovery switches all.",
    )
    for index, note in enumerate(notes):
        yield _text(x, y + 8 + index * 17, note, size=13, color=_GREY, width=MIDDLE)


def _id(box: Box) -> str:
    return ".".join(filter(None, box.place))


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
    x: float,
    y: float,
    width: float,
    height: float,
    *,
    fill: str,
    stroke: str = "none",
    rx: float,
    dashed: bool = False,
    name: str = "",
) -> str:
    dash, name = ' stroke-dasharray="5 4"' if dashed else "", f'id="{name}" ' if name else ""
    area = f'x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}"'
    return f'<rect {name}{area} rx="{rx:g}" fill="{fill}" stroke="{stroke}"{dash}/>'


def _text(
    x: float,
    y: float,
    text: str,
    *,
    size: int = 14,
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
