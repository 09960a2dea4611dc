"""Finds the way of each arrow: around the boxes, beside the arrows before it, and along those to the same target."""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from heapq import heappop, heappush
from itertools import pairwise
from math import inf
from typing import Final

from docs.generate.estate import Arrow, Place, Relation
from docs.generate.layout import HEADER, LANE_LABEL, PADDING, Box, Layout

Point = tuple[float, float]
Area = tuple[Point, Point]
"""Upper left and lower right corner."""
_Node = tuple[int, int]
"""Where two lines of a grid meet: the indices of the vertical and the horizontal one."""

_TRACK: Final = 6
"""Distance between parallel arrows, in pixels."""
_HEADS: Final = 10
"""Distance between the ends of arrows at one edge of a box, in pixels: their heads stand apart."""
_CLEAR: Final = 8
"""Distance of the nearest arrow to what it passes: an arrowhead's length, in pixels."""
_BEND: Final = 20
_CROSSING: Final = 30
_BESIDE: Final = 500
"""What a corner, a crossing and drawing over something cost, in pixels of detour."""
_SHARED: Final = 0.8
"""How much shorter a way seems where an arrow of the same relation to the same target runs already."""


def route(arrows: Sequence[Arrow], boxes: Mapping[Place, Box], layout: Layout) -> dict[Arrow, list[Point]]:
    """Arrow -> the corners of its way, its ends included; the shortest arrows choose first, and all once more at the end."""

    def distance(arrow: Arrow) -> tuple[float, Arrow]:
        source, target = boxes[arrow.source], boxes[arrow.target]
        return abs(source.center - target.center) + abs(source.middle - target.middle), arrow

    ways: dict[Arrow, list[Point]] = {}
    ordered = sorted(arrows, key=distance)
    for arrow in (*ordered, *ordered):
        ways.pop(arrow, None)
        grid = _Grid(*_lines(boxes[arrow.source], boxes[arrow.target], layout, _trunk(arrow, ways)))
        for area in _labels(layout):
            grid.block(area, 0, 0)
        for place, box in boxes.items():
            along = 0 if place in (arrow.source, arrow.target) else _CLEAR - 1
            grid.block(((box.x, box.y), (box.right, box.bottom)), along, _CLEAR - 1)
        for other, way in ways.items():
            grid.avoid(way, same=_trunk_of(other) == _trunk_of(arrow))
        ways[arrow] = grid.way(boxes[arrow.source], boxes[arrow.target])
    return {arrow: ways[arrow] for arrow in arrows}


def _trunk_of(arrow: Arrow) -> tuple[Place, Relation]:
    return arrow.target, arrow.relation


def _trunk(arrow: Arrow, ways: Mapping[Arrow, list[Point]]) -> list[Point]:
    """The corners of the arrows that it may join."""
    return [point for other, way in ways.items() if _trunk_of(other) == _trunk_of(arrow) for point in way]


def _lines(source: Box, target: Box, layout: Layout, joined: Sequence[Point]) -> tuple[list[float], list[float]]:
    """Where an arrow may run: x of the vertical lines, y of the horizontal ones."""
    xs, ys = {x for x, _ in joined}, {y for _, y in joined}
    for left, right in layout.gutters:
        xs.update(_tracks(left, right))
    for (_, bottom), (top, _) in pairwise(layout.lanes.values()):
        ys.update(_tracks(bottom, top))
    for box in (source, target):
        xs.update((box.x, box.right, *_tracks(box.x, box.right, _HEADS)))
        ys.update((box.y, box.bottom, *_tracks(box.y, box.bottom, _HEADS)))
    return sorted(xs), sorted(ys)


def _tracks(low: float, high: float, apart: float = _TRACK) -> list[float]:
    """As many parallel lines as fit, around the middle."""
    count = max(0, int((high - low - 2 * _CLEAR) // apart)) + 1
    first = (low + high - (count - 1) * apart) / 2
    return [first + index * apart for index in range(count)]


def _labels(layout: Layout) -> Iterator[Area]:
    """Where there is text outside boxes."""
    primary, replication, recovery = layout.panels
    for panel in layout.panels:
        yield (panel.x, panel.y), (panel.x + panel.width, panel.y + (48 if panel is replication else HEADER - 8))
    for top, _ in layout.lanes.values():
        for panel in (primary, recovery):
            yield (panel.x + PADDING, top), (panel.x + PADDING + 110, top + LANE_LABEL - 4)
    yield (replication.x, layout.lanes["foundation"][0]), (replication.x + replication.width, layout.height)


class _Grid:
    """What it costs to go along each piece of the lines; axis 0 is along x, axis 1 along y."""

    def __init__(self, xs: list[float], ys: list[float]) -> None:
        self._lines = xs, ys
        self._costs: defaultdict[tuple[int, int, int], float] = defaultdict(float)

    def add(self, axis: int, area: Area, cost: float, share: float = 0) -> None:
        """Make the pieces along `axis` that meet `area` cost more: each, and by its length."""
        (low, across_low), (high, across_high) = (point[::-1] if axis else point for point in area)
        along, across = self._lines[axis], self._lines[1 - axis]
        pieces = range(max(0, bisect_right(along, low) - 1), min(len(along) - 1, bisect_left(along, high)))
        for line in range(bisect_left(across, across_low), bisect_right(across, across_high)):
            for piece in pieces:
                self._costs[axis, piece, line] += cost + share * (along[piece + 1] - along[piece])

    def block(self, area: Area, along: float, aside: float) -> None:
        """Let nothing go through an area, as near as `along` to what is straight before it, as near as `aside` past it."""
        (left, top), (right, bottom) = area
        for axis, (x, y) in enumerate(((along, aside), (aside, along))):
            self.add(axis, ((left - x, top - y), (right + x, bottom + y)), inf)

    def avoid(self, way: Sequence[Point], *, same: bool) -> None:
        """Let nothing run on another arrow, and little across it; it is good to run on one of the `same` trunk."""
        for ends in pairwise(way):
            (x, y), (to_x, to_y) = sorted(ends)
            axis = 0 if y == to_y else 1
            if same:
                self.add(axis, ((x, y), (to_x, to_y)), 0, -_SHARED)
            else:
                # A hair longer, too: what ends where another one turns seems to go on in it.
                aside_x, aside_y = (1, _TRACK - 1) if axis == 0 else (_TRACK - 1, 1)
                self.add(axis, ((x - aside_x, y - aside_y), (to_x + aside_x, to_y + aside_y)), _BESIDE)
                self.add(1 - axis, ((x, y), (to_x, to_y)), _CROSSING)

    def way(self, source: Box, target: Box) -> list[Point]:
        """The cheapest way from an edge of one box to an edge of another."""
        goals = set(self._edge(target))
        queue: list[tuple[float, _Node, int, tuple[_Node, ...]]]
        queue = [(0, node, axis, ()) for axis in (0, 1) for node in self._edge(source)]
        done: set[tuple[_Node, int]] = set()
        while True:
            cost, node, axis, before = heappop(queue)
            if (node, axis) in done:
                continue
            done.add((node, axis))
            way = (*before, node)
            if node in goals:
                return self._corners(way)
            for turned in (0, 1):
                for step in (-1, 1):
                    following = (node[0] + step, node[1]) if turned == 0 else (node[0], node[1] + step)
                    piece = self._price(turned, min(node, following), max(node, following))
                    if piece < inf and (following, turned) not in done:
                        heappush(queue, (cost + piece + _BEND * (turned != axis), following, turned, way))

    def _price(self, axis: int, start: _Node, end: _Node) -> float:
        if start[axis] < 0 or end[axis] >= len(self._lines[axis]):
            return inf
        length = self._lines[axis][end[axis]] - self._lines[axis][start[axis]]
        return max(length * (1 - _SHARED), length + self._costs.get((axis, start[axis], start[1 - axis]), 0))

    def _edge(self, box: Box) -> Iterator[_Node]:
        """Where an arrow may touch a box."""
        xs, ys = self._lines
        for column, x in enumerate(xs):
            for line, y in enumerate(ys):
                beside = x in (box.x, box.right) and box.y + _CLEAR <= y <= box.bottom - _CLEAR
                if beside or (y in (box.y, box.bottom) and box.x + _CLEAR <= x <= box.right - _CLEAR):
                    yield column, line

    def _corners(self, way: Sequence[_Node]) -> list[Point]:
        points = [(self._lines[0][column], self._lines[1][line]) for column, line in way]
        turns = [
            point
            for before, point, after in zip(points, points[1:], points[2:], strict=False)
            if (before[0] == point[0]) != (point[0] == after[0])
        ]
        return [points[0], *turns, points[-1]]
