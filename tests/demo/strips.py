"""Days as strips of hours on the demonstration's page: when something was awake."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

_WIDTH, _LABEL, _ROW, _GAP, _END = 460, 76, 18, 8, 10
_HOURS: Final = range(0, 25, 6)


@dataclass(frozen=True, kw_only=True)
class Span:
    """Hours of a day, from 0 to 24, and what was awake in them: `all` or `some`."""

    begins: float
    ends: float
    awake: str


@dataclass(frozen=True, kw_only=True)
class Strips:
    """A strip for each day.

    Attributes:
        title: What it shows.
        source: Who told it.
        days: Name of a day -> its spans.
        legend: `all`, `some` and `asleep` -> what that means.
    """

    title: str
    source: str
    days: Mapping[str, Sequence[Span]]
    legend: Mapping[str, str]

    def body(self) -> Iterator[str]:
        """As `Part`."""
        told = "; ".join(f"{day} {_spoken(spans)}" for day, spans in self.days.items())
        height = len(self.days) * (_ROW + _GAP) + 16
        yield f"<svg viewBox='0 0 {_WIDTH} {height}' role='img' aria-label='{escape(f'{self.title}: {told}')}'>"
        for row, (day, spans) in enumerate(self.days.items()):
            top = row * (_ROW + _GAP)
            yield f"<text x='{_LABEL - 8}' y='{top + _ROW * 0.72:.1f}' text-anchor='end'>{escape(day)}</text>"
            yield f"<rect class='asleep' x='{_LABEL}' y='{top}' width='{_at(24) - _LABEL:.1f}' height='{_ROW}'/>"
            for span in spans:
                long = _at(span.ends) - _at(span.begins)
                yield f"<rect class='{span.awake}' x='{_at(span.begins):.1f}' y='{top}' width='{long:.1f}' height='{_ROW}'/>"
        for hour in _HOURS:
            yield f"<text class='figure' x='{_at(hour):.1f}' y='{height - 2}' text-anchor='middle'>{hour}</text>"
        yield "</svg>"
        marks = (f"<span class='mark {name}'></span>{escape(says)}" for name, says in self.legend.items())
        yield f"<p class='soft'>{' &emsp; '.join(marks)}</p>"


def _at(hour: float) -> float:
    return _LABEL + (_WIDTH - _LABEL - _END) * hour / 24


def _spoken(spans: Sequence[Span]) -> str:
    return ", ".join(f"{_clock(each.begins)}-{_clock(each.ends)} {each.awake}" for each in spans) or "asleep"


def _clock(hour: float) -> str:
    return f"{round(hour * 60) // 60:02}:{round(hour * 60) % 60:02}"
