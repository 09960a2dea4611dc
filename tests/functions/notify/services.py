"""Slack, PagerDuty and a webhook on this machine: a server that refuses what Slack's documentation says it refuses."""

import json
import re
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

TOKEN: Final = "xoxb-" + "test"
# docs.slack.dev/reference/block-kit/blocks: the most characters of each text, by where it stands
MOST_BLOCKS, MOST_FIELDS = 50, 10
LENGTHS: Final = {"header": 150, "section": 3000, "field": 2000, "context": 2000, "text": 40_000, "button": 75}


@dataclass
class Fault:
    """An answer that is given in place of Slack's own."""

    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict[str, str])


@dataclass
class Services:
    """What the services were sent, and what they show.

    Attributes:
        address: Of all of them.
        messages: Slack: channel -> timestamp -> message as it stands.
        calls: Slack: (method, content) of each call that was taken.
        posted: Path -> documents, of PagerDuty (`/pager`) and webhooks (`/hook/...`).
        faults: Answers of the next calls to Slack.
        down: The answer to all calls to Slack while it is set.
        during: Called once, while the next call waits for its answer.
    """

    address: str = ""
    messages: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict[str, dict[str, dict[str, Any]]])
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list[tuple[str, dict[str, Any]]])
    posted: dict[str, list[dict[str, Any]]] = field(default_factory=dict[str, list[dict[str, Any]]])
    faults: list[Fault] = field(default_factory=list[Fault])
    down: Fault | None = None
    lock: Any = field(default_factory=threading.Lock)
    during: Callable[[], object] | None = None

    def empty(self) -> None:
        for each in (self.messages, self.posted):
            each.clear()
        self.calls.clear()
        self.faults.clear()
        self.down = self.during = None

    def shown(self, channel: str) -> list[dict[str, Any]]:
        """The messages of a channel, without threads, in order."""
        return [each for each in self.messages.get(channel, {}).values() if "thread_ts" not in each]

    def headers(self, channel: str) -> list[str]:
        """The first line of each."""
        return [each["blocks"][0]["text"]["text"] for each in self.shown(channel)]

    def slack(self, method: str, token: str, content: dict[str, Any]) -> Fault:
        if self.down or self.faults:
            return self.down or self.faults.pop(0)
        if token != f"Bearer {TOKEN}":
            return _refused("invalid_auth")
        if wrong := wrong_with(content):
            return _refused(wrong)
        channel = self.messages.setdefault(content["channel"], {})
        if method == "chat.update" and content["ts"] not in channel:
            return _refused("message_not_found")
        ts = content["ts"] if method == "chat.update" else f"{len(self.calls) + 1}.{len(channel):06}"
        channel[ts] = content
        self.calls.append((method, content))
        return Fault(body={"ok": True, "ts": ts, "channel": content["channel"]})


def _refused(error: str) -> Fault:
    return Fault(body={"ok": False, "error": error})


def wrong_with(content: dict[str, Any]) -> str:
    """What Slack says of a message that it does not take; nothing of one that it does."""
    blocks = content.get("blocks", [])
    if not content.get("text") or len(content["text"]) > LENGTHS["text"] or len(blocks) > MOST_BLOCKS:
        return "msg_too_long"
    return "" if all(_is_right(block) for block in blocks) else "invalid_blocks"


def _is_right(block: dict[str, Any]) -> bool:
    kind = block["type"]
    if kind == "context":
        return 1 <= len(block["elements"]) <= MOST_FIELDS and all(_fits(each, "context") for each in block["elements"])
    if kind == "actions":
        return _are_buttons(block["elements"])
    if "fields" in block:
        return 1 <= len(block["fields"]) <= MOST_FIELDS and all(_fits(each, "field") for each in block["fields"])
    return _fits(block["text"], kind) and (kind != "header" or block["text"]["type"] == "plain_text")


def _are_buttons(elements: list[dict[str, Any]]) -> bool:
    """docs.slack.dev/reference/block-kit/block-elements/button-element; ids differ within a message."""
    ids = [each["action_id"] for each in elements]
    fits = all(len(each["action_id"]) <= 255 and len(each["value"]) <= 2000 for each in elements)
    plain = all(each["type"] == "button" and each["text"]["type"] == "plain_text" for each in elements)
    return (
        1 <= len(elements) <= 25
        and len({*ids}) == len(ids)
        and fits
        and plain
        and all(_fits(each["text"], "button") for each in elements)
    )


def _fits(text: dict[str, Any], where: str) -> bool:
    return text["type"] in ("plain_text", "mrkdwn") and 1 <= len(text["text"]) <= LENGTHS[where]


def mentions(message: dict[str, Any]) -> list[str]:
    """What Slack would read as a mention, or as a link, in a message: `<...>` in what it reads markup in."""
    texts = [message["text"]]
    for block in message.get("blocks", []):
        found = [
            block.get("text"),
            *block.get("fields", []),
            *(each.get("text", each) if each["type"] == "button" else each for each in block.get("elements", [])),
        ]
        texts += [each["text"] for each in found if each and each["type"] == "mrkdwn"]
    return [found for text in texts for found in re.findall(r"<([^>]*)>", text)]


@contextmanager
def services() -> Generator[Services]:
    """The services, while they run."""
    world = Services()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            content = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            meanwhile, world.during = world.during, None
            if meanwhile:
                meanwhile()
            with world.lock:
                if self.path.startswith("/api/"):
                    answer = world.slack(self.path.removeprefix("/api/"), self.headers["Authorization"], content)
                else:
                    world.posted.setdefault(self.path, []).append(content)
                    answer = Fault(status=302, headers={"Location": "/stolen"}) if self.path == "/moved" else Fault(status=202)
            body = answer.body if isinstance(answer.body, bytes) else json.dumps(answer.body).encode()
            self.send_response(answer.status)
            for name, value in {**answer.headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    world.address = f"http://127.0.0.1:{server.server_port}"
    try:
        yield world
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
