"""Places the boxes of the picture: a panel per stack, in it a row per lane, in it three columns of boxes."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from docs.generate.estate import LANE_OF, LANES, Component, Place, Stack

WIDTH: Final = 1240
MARGIN: Final = 8
PANEL: Final = 490
MIDDLE: Final = 172
GUTTER: Final = (WIDTH - 2 * MARGIN - 2 * PANEL - MIDDLE) / 2
PADDING: Final = 16
COLUMN_GAP: Final = 40
BOX: Final = (PANEL - 2 * PADDING - 2 * COLUMN_GAP) / 3
HEADER: Final = 66
LANE_LABEL: Final = 26
CHANNEL: Final = 44
BOX_GAP: Final = 12
ROW: Final = 18

# In the primary panel, from the outer edge towards the other region, each from above; the recovery panel is its mirror image.
_COLUMNS: Final = (
    ("Certificate", "HostedZone", "Function", "DatabaseUsers", "Cluster", "Queue", "Database", "DatabaseReplica", "Catalog"),
    ("AliasRecord", "DnsSecurity", "Service", "Batch", "Topic", "GlobalTable", "Secret"),
    ("Ingress", "Repository", "Job", "DeliveryStream", "Bucket", "Backup"),
)
_COLUMN: Final = {kind: (column, index) for column, kinds in enumerate(_COLUMNS) for index, kind in enumerate(kinds)}


@dataclass
class Box:
    """One box: all components of one class in one stack."""

    place: Place
    members: tuple[Component, ...]
    x: float
    y: float
    width: float
    lane: str

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
    def right(self) -> float:
        """Its right edge."""
        return self.x + self.width

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
    """Everything placed.

    Attributes:
        lanes: Their top and bottom, which are the same in both panels.
        gutters: Left and right of what is free between the columns of boxes.
    """

    panels: tuple[Panel, Panel, Panel]
    boxes: Mapping[Place, Box]
    lanes: Mapping[str, tuple[float, float]]
    gutters: Sequence[tuple[float, float]]
    height: float


def place(primary: Stack, recovery: Stack, replication: Stack) -> Layout:
    """The primary region to the left, the recovery region to the right, what links them between."""
    right, middle = WIDTH - MARGIN - PANEL, MARGIN + PANEL + GUTTER
    outer, inner = ([panel + PADDING + index * (BOX + COLUMN_GAP) for index in range(3)] for panel in (MARGIN, right))
    boxes = [
        *_boxes(primary, outer, BOX),
        *_boxes(recovery, inner[::-1], BOX),
        *_boxes(replication, [middle + 8], MIDDLE - 16, foundation="compute"),
    ]
    lanes: dict[str, tuple[float, float]] = {}
    top = float(MARGIN + HEADER)
    for lane in LANES:
        start = bottom = top + LANE_LABEL
        for box in boxes:
            if box.lane == lane:
                box.y += start
                bottom = max(bottom, box.bottom)
        lanes[lane] = (top, bottom + PADDING)
        top = bottom + PADDING + CHANNEL
    height = top - CHANNEL + PADDING
    link_top = lanes["compute"][0] - 40
    panels = (
        Panel(primary, MARGIN, MARGIN, PANEL, height - MARGIN),
        Panel(replication, middle, link_top, MIDDLE, lanes["data"][1] - link_top),
        Panel(recovery, right, MARGIN, PANEL, height - MARGIN),
    )
    gutters = [
        *zip((MARGIN, *(x + BOX for x in outer)), (*outer, MARGIN + PANEL), strict=True),
        (MARGIN + PANEL, middle),
        (middle + MIDDLE, right),
        *zip((right, *(x + BOX for x in inner)), (*inner, WIDTH - MARGIN), strict=True),
    ]
    return Layout(panels, {box.place: box for box in boxes}, lanes, gutters, height + MARGIN)


def _boxes(stack: Stack, columns: Sequence[float], width: float, *, foundation: str = "foundation") -> list[Box]:
    """The boxes of a stack, from the top of their lanes; a class without a column goes where its lane has most room."""
    by_kind: dict[str, list[Component]] = {}
    for component in stack.components:
        by_kind.setdefault(component.kind, []).append(component)
    found: list[Box] = []
    used: defaultdict[tuple[str, int], float] = defaultdict(float)

    def order(item: tuple[str, list[Component]]) -> tuple[int, int, str]:
        return _COLUMN.get(item[0], (0, 99))[1], -len(item[1]), item[0]

    for kind, members in sorted(by_kind.items(), key=order):
        lane = LANE_OF.get(kind, foundation)
        roomiest = min(range(len(columns)), key=lambda column: used[lane, column])
        column = min(_COLUMN.get(kind, (roomiest,))[0], len(columns) - 1)
        box = Box((stack.name, kind), tuple(members), columns[column], used[lane, column], width, lane)
        used[lane, column] += box.height + BOX_GAP
        found.append(box)
    return found
