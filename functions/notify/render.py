"""What people read: one message for all channels, as plain text, Slack's blocks and JSON. Foreign text is never markup."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from .incident import Acknowledged, Incident
from .logs import command_of, runbook_of
from .notice import clean, line
from .routing import Routing

# docs.slack.dev/reference/block-kit/blocks/header-block, section-block and context-block
HEADER: Final = 150
SECTION: Final = 3000
FIELD: Final = 2000
FIELDS: Final = 10
TEXT: Final = 4000
BUTTON: Final = 75
# docs.aws.amazon.com/sns/latest/api/API_Publish.html: ASCII, no line breaks, fewer than 100 characters
SUBJECT: Final = 99
# The house's own: SNS takes 256 KiB, and nobody reads more.
MAIL: Final = 20_000
ACKNOWLEDGE: Final = "acknowledge"
SILENCE: Final = "silence"
SILENCE_HOURS: Final = 1
_LABELS: Final = {ACKNOWLEDGE: "Acknowledge", SILENCE: f"Silence {SILENCE_HOURS} h"}
_MARK: Final = {"firing": "🔴", "event": "🔵", "resolved": "🟢"}


@dataclass(frozen=True, kw_only=True)
class Message:
    """What is told of an incident.

    Attributes:
        state: `firing`, `resolved` or `event`.
        severity: How urgent it is.
        headline: In one line.
        text: What is known of it.
        facts: Name -> value.
        links: Name -> address.
        command: What to run next; empty without.
        lines: Of a storm, an alarm each.
        buttons: What Slack's buttons do (`ACKNOWLEDGE`, `SILENCE`) -> the reference of what they do it to.
        where: Environment, stack and region.
        cared: Whether it goes on, and somebody takes care of it.
    """

    state: str
    severity: str
    headline: str
    text: str
    where: str
    facts: Sequence[tuple[str, str]] = ()
    links: Sequence[tuple[str, str]] = ()
    command: str = ""
    lines: Sequence[str] = field(default_factory=tuple[str, ...])
    buttons: Sequence[tuple[str, str]] = ()
    cared: bool = False

    def digest(self) -> str:
        """What tells it from another."""
        parts = [self.state, self.headline, self.text, self.facts, self.links, self.command, self.lines, self.buttons]
        said = json.dumps(parts)
        return hashlib.sha256(said.encode("utf-8", "replace")).hexdigest()[:16]

    def mark(self) -> str:
        """The same in a word."""
        return {"firing": self.severity.upper(), "event": self.severity.upper(), "resolved": "RESOLVED"}[self.state]


def message_of(incident: Incident, routing: Routing, now: datetime, members: Sequence[Incident] = ()) -> Message:
    """What there is to tell of an incident at a time; `members` are those that a storm stands for."""
    notice = incident.notice
    owner = incident.teams[0] if incident.kind in ("storm", "report") else routing.owner_of(notice.thing)
    over = incident.state == "resolved"
    # Of what is over: who took care of it then.
    cared = incident.cared_for(datetime.fromisoformat(incident.changed) if over else now)
    facts = [
        ("Since", f"{incident.opened[:19].replace('T', ' ')} UTC"),
        ("Over", f"{incident.changed[:19].replace('T', ' ')} UTC" if over else ""),
        ("Times", str(incident.count) if incident.count > 1 else ""),
        *notice.facts,
        ("Owner", owner),
        ("Told", ", ".join(incident.teams)),
        ("Escalated", f"{incident.escalated} times: nobody acknowledged it" if incident.escalated else ""),
        ("Acknowledged", _said(incident.acknowledged) if incident.acknowledged and cared else ""),
    ]
    stays = incident.kind == "report" or over or cared
    acknowledge = "" if stays else f"dataconnect alerts ack {incident.reference} --stack {routing.stack}"
    commands = (runbook_of(notice, routing), command_of(notice, incident.opened or notice.at, routing))
    return Message(
        state=incident.state,
        severity=notice.severity,
        headline=notice.title,
        text=notice.text,
        where=f"{routing.environment} · {notice.stack or routing.stack} · {routing.region}",
        facts=[(name, value) for name, value in facts if value],
        links=[(name, address) for name, address in (("Runbook", notice.runbook), ("Graph", notice.graph)) if address],
        command="\n".join(filter(None, (*([] if stays else commands), acknowledge))),
        buttons=_buttons(incident, cared=cared) if routing.buttons else [],
        lines=[_of_member(each) for each in sorted(members, key=lambda each: (not each.is_open, each.opened))],
        cared=cared and not over,
    )


def _said(said: Acknowledged) -> str:
    until = datetime.fromtimestamp(said.until, UTC).isoformat(" ", "minutes")[:16] if said.until else ""
    return f"by {said.by}, {said.at[:16].replace('T', ' ')} UTC" + (f", until {until} UTC" if until else "")


def _buttons(incident: Incident, *, cared: bool) -> list[tuple[str, str]]:
    if incident.kind == "report" or incident.state == "resolved":
        return []
    return [(each, incident.reference) for each in ([SILENCE] if cared else [ACKNOWLEDGE, SILENCE])]


def _of_member(member: Incident) -> str:
    mark = "over" if not member.is_open else member.notice.severity
    return f"{mark:8} {member.opened[11:16]} {member.notice.title} ({member.reference})"


def subject(message: Message, *, again: bool) -> str:
    """The subject of a mail: the same for all of an incident, so that they lie together."""
    text = f"[{message.where.replace(' · ', ' ')}] {message.severity}: {message.headline}"
    plain = " ".join(text.encode("ascii", "replace").decode().split())
    return f"{'Re: ' if again else ''}{plain}"[:SUBJECT]


def mail(message: Message) -> str:
    """The text of a mail."""
    parts = [
        f"{message.mark()}: {message.headline}",
        message.where,
        message.text,
        "\n".join(f"{name}: {value}" for name, value in message.facts),
        "\n".join(message.lines),
        "\n".join(f"{name}: {address}" for name, address in message.links),
        "Next:\n" + "\n".join(f"    {each}" for each in message.command.split("\n")) if message.command else "",
    ]
    return clean("\n\n".join(part for part in parts if part), MAIL)


def blocks(message: Message) -> list[dict[str, Any]]:
    """Slack's blocks. What comes from elsewhere stands as plain text, in which nothing is a link or a mention."""
    found: list[dict[str, Any]] = [
        {"type": "header", "text": _plain(f"{_MARK[message.state]} {message.mark()}: {message.headline}", HEADER)},
        {"type": "context", "elements": [_plain(message.where, FIELD)]},
    ]
    if message.text:
        found.append({"type": "section", "text": _plain(_fitting(message.text.split("\n"), SECTION), SECTION)})
    facts = [_plain(f"{name}: {value}", FIELD) for name, value in message.facts]
    found += [{"type": "section", "fields": facts[at : at + FIELDS]} for at in range(0, len(facts), FIELDS)]
    if message.lines:
        found.append({"type": "section", "text": _plain(_fitting(message.lines, SECTION), SECTION)})
    links = [f"<{escaped(address).replace('|', '%7C')}|{name}>" for name, address in message.links]
    code = escaped(message.command).replace("`", "'")
    said = "\n".join(filter(None, (" · ".join(links), f"```{code}```" if code else "")))
    if said and len(said) <= SECTION:
        found.append({"type": "section", "text": {"type": "mrkdwn", "text": said, "verbatim": True}})
    if message.buttons:
        found.append({"type": "actions", "elements": [_button(*each) for each in message.buttons]})
    return found


def _button(action: str, reference: str) -> dict[str, Any]:
    """docs.slack.dev/reference/block-kit/block-elements/button-element; functions/orders takes what it sends."""
    return {"type": "button", "action_id": action, "value": reference, "text": _plain(_LABELS[action], BUTTON)}


def slack_text(message: Message) -> str:
    """What Slack shows where it shows no blocks, as in a notification."""
    return escaped(line(f"{message.mark()}: {message.headline} ({message.where})", 300))


def escaped(text: str) -> str:
    """Text in which Slack finds neither a link nor a mention (docs.slack.dev/messaging/formatting-message-text)."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def document(message: Message, incident: Incident) -> dict[str, Any]:
    """What a webhook gets."""
    return {
        "id": incident.reference,
        "identity": incident.identity,
        "kind": incident.kind,
        "state": message.state,
        "severity": message.severity,
        "key": incident.notice.key,
        "title": message.headline,
        "text": message.text,
        "where": message.where,
        "facts": dict(message.facts),
        "links": dict(message.links),
        "incidents": list(message.lines),
        "next": message.command,
    }


def _plain(text: str, longest: int) -> dict[str, Any]:
    return {"type": "plain_text", "text": clean(text, longest) or " ", "emoji": False}


def _fitting(lines: Sequence[str], longest: int) -> str:
    """As many lines as fit, and how many do not."""
    for count in range(len(lines), -1, -1):
        left = [f"and {len(lines) - count} more"] if count < len(lines) else []
        if len(text := "\n".join([*lines[:count], *left])) <= longest:
            return text
    return ""
