"""Places the boxes of the picture: a panel per stack, in it a row per lane, in it three columns of boxes."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from docs.generate.estate import LANE_OF, LANES, Component, Place, Stack

WIDTH: Final = 1200
MARGIN: Final = 16
PANEL: Final = 460
MIDDLE: Final = 184
GUTTER: Final = (WIDTH - 2 * MARGIN - 2 * PANEL - MIDDLE) / 2
PADDING: Final = 14
COLUMN_GAP: Final = 24
BOX: Final = (PANEL - 2 * PADDING - 2 * COLUMN_GAP) / 3
HEADER: Final = 66
LANE_LABEL: Final = 26
CHANNEL: Final = 44
BOX_GAP: Final = 12
ROW: Final = 18

# In the primary panel, counted from the outer edge towards the other region; the recovery panel is its mirror image.
_COLUMN: Final = {
    **dict.fromkeys(("HostedZone", "Certificate", "Cluster", "Queue", "Database", "DatabaseReplica"), 0),
    **dict.fromkeys(("AliasRecord", "Service", "GlobalTable", "Secret", "DnsSecurity"), 1),
    **dict.fromkeys(("Ingress", "Repository", "DatabaseUsers", "Bucket", "Backup"), 2),
}

# Below the others of its column, so that what leads to it from beside passes below them.
_LAST: Final = ("Backup",)


@dataclass
class Box:
    """One box: all components of one class in one stack."""

    place: Place
    members: tuple[Component, ...]
    x: float
    y: float
    width: float
    lane: str
    faces_middle: bool

    @property
    def height(self) -> float:
        """From its content."""
        rows = len(self.members) * ROW + 6 if len(self.members) > 1 else ROW
        return 28 + rows + (len(self.regions) * ROW or 4)

    @property
    def regions(self) -> tuple[str, ...]:
        """Regions besides the stack's own that it reaches into."""
        return tuple(sorted({region for member in self.members for region in member.regions}))

    @property
    def staged(self) -> bool:
        """Whether nothing in it runs."""
        return all(member.staged for member in self.members)

    @property
    def center(self) -> float:
        """Middle of its width."""
        return self.x + self.width / 2

    @property
    def middle(self) -> float:
        """Middle of its height."""
        return self.y + self.height / 2

    @property
    def bottom(self) -> float:
        """Its lower edge."""
        return self.y + self.height


@dataclass(frozen=True)
class Panel:
    """The frame of one stack."""

    stack: Stack
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Layout:
    """Everything placed. `lanes` maps a lane to its top and bottom, which are the same in both panels."""

    panels: tuple[Panel, ...]
    boxes: Mapping[Place, Box]
    lanes: Mapping[str, tuple[float, float]]
    height: float


def place(primary: Stack, recovery: Stack, replication: Stack) -> Layout:
    """The primary region to the left, the recovery region to the right, what links them between."""
    right, middle = WIDTH - MARGIN - PANEL, MARGIN + PANEL + GUTTER
    columns = [MARGIN + PADDING + index * (BOX + COLUMN_GAP) for index in range(3)]
    shift = right - MARGIN
    boxes = [
        *_boxes(primary, lambda lane, column: (columns[column], column == 2 and lane != "foundation")),
        *_boxes(recovery, lambda lane, column: (columns[2 - column] + shift, column == 2 and lane != "foundation")),
    ]
    links = _boxes(replication, lambda _lane, _column: (middle + 8, True), width=MIDDLE - 16, last="compute")
    lanes: dict[str, tuple[float, float]] = {}
    top = float(MARGIN + HEADER)
    for lane in LANES:
        start = top + LANE_LABEL
        in_lane = [box for box in (*boxes, *links) if box.lane == lane]
        bottom = max(_stack([box for box in in_lane if box.x == x], start) for x in {box.x for box in in_lane} or {0.0})
        lanes[lane] = (top, bottom + PADDING)
        top = bottom + PADDING + CHANNEL
    height = top - CHANNEL + PADDING
    link_top = lanes["compute"][0] - 40
    panels = (
        Panel(primary, MARGIN, MARGIN, PANEL, height - MARGIN),
        Panel(replication, middle, link_top, MIDDLE, lanes["data"][1] - link_top),
        Panel(recovery, right, MARGIN, PANEL, height - MARGIN),
    )
    return Layout(panels, {box.place: box for box in (*boxes, *links)}, lanes, height + MARGIN)


def _boxes(
    stack: Stack, position: Callable[[str, int], tuple[float, bool]], *, width: float = BOX, last: str = LANES[-1]
) -> list[Box]:
    """The boxes of a stack; its foundation is in the lane `last`. Classes without a column go where there is most room."""
    by_kind: dict[str, list[Component]] = {}
    for component in stack.components:
        by_kind.setdefault(component.kind, []).append(component)
    found: list[Box] = []
    loads = [0.0, 0.0, 0.0]

    def order(item: tuple[str, list[Component]]) -> tuple[bool, bool, int, str]:
        return item[0] not in LANE_OF, item[0] in _LAST, -len(item[1]), item[0]

    for kind, members in sorted(by_kind.items(), key=order):
        lane = LANE_OF.get(kind, last)
        free = loads.index(min(loads))
        x, faces = position(lane, _COLUMN.get(kind, free))
        box = Box((stack.name, kind), tuple(members), x, 0, width, lane, faces)
        if kind not in _COLUMN:
            loads[free] += box.height + BOX_GAP
        found.append(box)
    return found


def _stack(boxes: Sequence[Box], top: float) -> float:
    """Put `boxes` below each other from `top` and return the bottom."""
    bottom = top
    for box in boxes:
        box.y = top
        bottom = box.bottom
        top = bottom + BOX_GAP
    return bottom
