"""A message of Slack on the demonstration's page: its blocks as people read them."""

import html
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

# Of Slack's markup what functions/notify/render.py writes: a block of code, and a link with a name.
_MARKUP: Final = re.compile(r"```(?P<code>.*?)```|<(?P<address>https://[^|>]+)\|(?P<name>[^>]+)>", re.DOTALL)


@dataclass(frozen=True, kw_only=True)
class Slack:
    """A message.

    Attributes:
        title: Where it stands, and when.
        source: Who told it.
        blocks: As the channel was sent them last (docs.slack.dev/reference/block-kit/blocks).
        thread: What was said below it.
    """

    title: str
    source: str
    blocks: Sequence[Mapping[str, Any]]
    thread: Sequence[str] = ()

    def body(self) -> Iterator[str]:
        """As `Part`."""
        for block in self.blocks:
            yield from _block(block)
        for said in self.thread:
            yield f"<p class='thread'>{_plain(said)}</p>"


def _block(block: Mapping[str, Any]) -> Iterator[str]:
    if "fields" in block:
        yield f"<ul class='fields'>{''.join(f'<li>{_text(each)}</li>' for each in block['fields'])}</ul>"
    elif block["type"] == "actions":
        buttons = (f"<button disabled>{_text(each['text'])}</button>" for each in block["elements"])
        yield f"<p>{' '.join(buttons)}</p>"
    elif "elements" in block:
        yield f"<p class='soft'>{' '.join(map(_text, block['elements']))}</p>"
    elif block["type"] == "header":
        yield f"<p class='headline'>{_text(block['text'])}</p>"
    else:
        yield f"<div class='said'>{_text(block['text'])}</div>"


def _text(told: Mapping[str, str]) -> str:
    if told["type"] == "plain_text":
        return html.escape(told["text"])
    pieces, at = list[str](), 0
    for found in _MARKUP.finditer(told["text"]):
        pieces.append(_plain(told["text"][at : found.start()]))
        if found["code"] is not None:
            pieces.append(f"<pre><code>{_plain(found['code'])}</code></pre>")
        else:
            pieces.append(f"<a href='{_plain(found['address'])}'>{_plain(found['name'])}</a>")
        at = found.end()
    return "".join([*pieces, _plain(told["text"][at:])])


def _plain(text: str) -> str:
    """Text in which Slack escapes three characters, and HTML five."""
    return html.escape(html.unescape(text))
