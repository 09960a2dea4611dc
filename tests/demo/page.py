"""The demonstration's page: what each lender saw and was refused, and what people on call saw, as one self-contained file."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import Final, Protocol

PAGE: Final = Path(__file__).parents[2] / ".sandbox" / "demo" / "index.html"
"""Where the demonstration writes it."""
_STYLE: Final = Path(__file__).with_name("page.css")
_BAR, _GAP, _WIDTH, _LABEL, _VALUE = 18, 8, 460, 130, 108


class Part(Protocol):
    """Something that a view shows: a figure of the page."""

    @property
    def title(self) -> str:
        """What it is."""
        ...

    @property
    def source(self) -> str:
        """Which engine told it."""
        ...

    def body(self) -> Iterator[str]:
        """Its HTML, without the caption."""
        ...


@dataclass(frozen=True, kw_only=True)
class Chart:
    """Figures of one kind as bars.

    Attributes:
        title: What they are.
        source: Which engine told them, e.g. `BI: Athena's SQL`.
        rows: Label -> figure, in the order of the bars.
        unit: What stands behind a figure, e.g. `loans`; nothing by default.
    """

    title: str
    source: str
    rows: Mapping[str, int]
    unit: str = ""

    def body(self) -> Iterator[str]:
        """As `Part`."""
        if not self.rows:
            yield "<p class='soft'>nothing</p>"
            return
        most = max([*self.rows.values(), 1])
        height = len(self.rows) * (_BAR + _GAP)
        told = "; ".join(f"{label} {figure:,} {self.unit}".strip() for label, figure in self.rows.items())
        yield f"<svg viewBox='0 0 {_WIDTH} {height}' role='img' aria-label='{escape(f'{self.title}: {told}')}'>"
        for row, (label, figure) in enumerate(self.rows.items()):
            top = row * (_BAR + _GAP)
            long = round((_WIDTH - _LABEL - _VALUE) * figure / most, 1)
            middle = top + _BAR * 0.72
            yield f"<text x='{_LABEL - 8}' y='{middle:.1f}' text-anchor='end'>{escape(label)}</text>"
            yield f"<rect x='{_LABEL}' y='{top}' width='{max(long, 1)}' height='{_BAR}' rx='2'/>"
            yield f"<text class='figure' x='{_LABEL + long + 6:.1f}' y='{middle:.1f}'>{figure:,}</text>"
        yield "</svg>"
        if self.unit:
            yield f"<p class='soft'>{escape(self.unit)}</p>"


@dataclass(frozen=True, kw_only=True)
class Table:
    """Rows of text, e.g. what a search found.

    Attributes:
        title: What they are.
        source: Which engine told them.
        head: Names of the columns.
        rows: A text for each column.
    """

    title: str
    source: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]

    def body(self) -> Iterator[str]:
        """As `Part`."""
        yield "<table><thead><tr>"
        yield from (f"<th>{escape(name)}</th>" for name in self.head)
        yield "</tr></thead><tbody>"
        for row in self.rows:
            cells = (f"<td data-label='{escape(name)}'>{escape(text)}</td>" for name, text in zip(self.head, row, strict=True))
            yield f"<tr>{''.join(cells)}</tr>"
        yield "</tbody></table>"
        if not self.rows:
            yield "<p class='soft'>nothing</p>"


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """Something that was tried and refused.

    Attributes:
        what: What was tried.
        by: Who refused it.
        said: In which words.
    """

    what: str
    by: str
    said: str


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What one of those who use or run the platform sees.

    Attributes:
        who: Its name.
        id: Its id.
        parts: What it shows, in order.
        refusals: What it was refused.
    """

    who: str
    id: str
    parts: Sequence[Part]
    refusals: Sequence[Refusal] = field(default_factory=tuple[Refusal, ...])


def as_page(title: str, about: str, views: Sequence[Seen]) -> str:
    """The whole page."""
    body = "".join(
        (
            f"<header><h1>{escape(title)}</h1><p class='soft'>{escape(about)}</p><nav>",
            *(f"<a href='#{escape(view.who)}'>{escape(view.who)}</a>" for view in views),
            "</nav></header>",
            *(part for view in views for part in _view(view)),
        )
    )
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>\n{_STYLE.read_text(encoding='utf-8')}</style></head><body>{body}</body></html>\n"
    )


def _view(view: Seen) -> Iterator[str]:
    yield f"<section id='{escape(view.who)}'><h2>{escape(view.who)} <code>{escape(view.id)}</code></h2><div class='parts'>"
    for part in view.parts:
        yield f"<figure class='{type(part).__name__.lower()}'>"
        yield f"<figcaption>{escape(part.title)} <span class='soft'>{escape(part.source)}</span></figcaption>"
        yield from part.body()
        yield "</figure>"
    yield "</div>"
    if view.refusals:
        yield "<h3>Refused</h3><ul class='refused'>"
        for each in view.refusals:
            who = f"<span class='soft'>refused by {escape(each.by)}:</span>"
            yield f"<li>{escape(each.what)} {who} <code>{escape(each.said)}</code></li>"
        yield "</ul>"
    yield "</section>"
