"""Tables and prose of the generated pages."""

import re
from collections.abc import Iterable, Sequence

from docs.generate.source import flat


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table; the cells are Markdown already."""
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, ["---"] * len(head), *rows))


def cell(text_: str) -> str:
    """`text_` with what would end a cell escaped."""
    return text_.replace("|", "\\|")


def text(prose: str | None) -> str:
    """Prose for a table: outside of code, what Markdown would take for HTML or emphasis stays as it is."""
    pieces = flat(prose or "").split("`")
    return cell("`".join(re.sub(r"([<*])", r"\\\1", piece) if index % 2 == 0 else piece for index, piece in enumerate(pieces)))


def anchor(title: str) -> str:
    """The link to a heading of the same page."""
    return "#" + "".join(letter for letter in title.lower().replace(" ", "-") if letter.isalnum() or letter in "-_")


def link(title: str) -> str:
    """The heading's text as a link to it."""
    return f"[{title}]({anchor(title)})"
