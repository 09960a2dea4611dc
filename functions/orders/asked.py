"""What somebody asked in Slack: a slash command, or a button of a message of the notifier's; and who may ask.

docs.slack.dev/interactivity/implementing-slash-commands, docs.slack.dev/reference/interaction-payloads/block_actions-payload.
All of it is signed by Slack; whoever wrote the text is somebody else.
"""

import json
import re
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, replace
from http import HTTPStatus
from typing import Any, Final, NoReturn, cast
from urllib.parse import parse_qsl, urlsplit

from functions.notify.notice import line
from functions.notify.render import ACKNOWLEDGE, SILENCE
from functions.shared.request import RefusedRequestError

ANSWERS_AT: Final = "hooks.slack.com"
"""The host of all addresses at which Slack takes answers."""
LONGEST: Final = 200
"""Characters of a command's text."""
_FIELDS: Final = 40
_REFERENCE: Final = re.compile(r"[a-z0-9]{6}", re.ASCII)
_MOMENT: Final = re.compile(r"[0-9]{1,12}\.[0-9]{1,9}", re.ASCII)
_COMMAND: Final = re.compile(r"/[a-z0-9_-]{1,32}", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What was asked.

    Attributes:
        user: Slack's id of who asked.
        team: That of the workspace.
        channel: That of the channel in which.
        answer_at: Where Slack takes the answer, for half an hour and five times.
        at: When, Unix seconds, as Slack has signed it.
        command: The command as it is called, e.g. `/dataconnect`; empty for a button.
        text: What follows it.
        action: What the button does; empty for a command.
        reference: The incident that it does it to.
        message: Slack's timestamp of the message that it is in.
    """

    user: str
    team: str
    channel: str
    answer_at: str
    at: int
    command: str = ""
    text: str = ""
    action: str = ""
    reference: str = ""
    message: str = ""

    def as_event(self) -> dict[str, Any]:
        """The same as JSON."""
        return asdict(self)


@dataclass(frozen=True, kw_only=True)
class Allowed:
    """Who may ask.

    Attributes:
        workspace: Slack's id of the workspace.
        channels: Those of the channels in which it is answered.
        users: Id -> name, by which they are known here.
    """

    workspace: str
    channels: Collection[str]
    users: Mapping[str, str]

    def check(self, asked: Asked) -> str:
        """The name of who asked.

        Raises:
            RefusedRequestError: who may not, there.
        """
        known = (asked.team == self.workspace, asked.channel in self.channels, asked.user in self.users)
        for right, reason in zip(known, ("workspace", "channel", "user"), strict=True):
            if not right:
                _refuse(reason)
        return self.users[asked.user]


def asked_in(body: bytes, at: int) -> Asked:
    """What a signed body asks, that was sent at a time, Unix seconds.

    Raises:
        RefusedRequestError: on what is neither a command nor a button of ours, or is to be answered elsewhere than at Slack.
    """
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, strict_parsing=True, errors="strict", max_num_fields=_FIELDS)
        fields = dict(pairs)
        if len(fields) != len(pairs):
            _refuse("body")
        found = _button(json.loads(fields["payload"]), at) if "payload" in fields else _command(fields, at)
    except (ValueError, LookupError, TypeError, RecursionError):
        _refuse("body")
    if not is_slacks(found.answer_at):
        _refuse("answer-at")
    return found


def is_slacks(address: str) -> bool:
    """Whether an address is one at which Slack takes answers: nothing else is ever posted to."""
    if not re.fullmatch(r"https://[!-~]+", address) or "\\" in address:
        return False
    try:
        found = urlsplit(address)
        return found.netloc == ANSWERS_AT and found.path.startswith("/")
    except ValueError:
        return False


def _command(fields: Mapping[str, str], at: int) -> Asked:
    if not _COMMAND.fullmatch(fields["command"]):
        _refuse("body")
    return Asked(
        user=fields["user_id"],
        team=fields["team_id"],
        channel=fields["channel_id"],
        answer_at=fields["response_url"],
        at=at,
        command=fields["command"],
        text=line(fields["text"], LONGEST),
    )


def _button(payload: Mapping[str, Any], at: int) -> Asked:
    (action,) = payload["actions"]
    texts = (
        *(payload["user"]["id"], payload["team"]["id"], payload["channel"]["id"], payload["response_url"]),
        *(action["action_id"], action["value"], payload["message"]["ts"]),
    )
    if payload["type"] != "block_actions" or not all(isinstance(each, str) for each in texts):
        _refuse("body")
    user, team, channel, answer_at, does, reference, message = cast("tuple[str, ...]", texts)
    if does not in (ACKNOWLEDGE, SILENCE) or not _REFERENCE.fullmatch(reference) or not _MOMENT.fullmatch(message):
        _refuse("body")
    who = Asked(user=user, team=team, channel=channel, answer_at=answer_at, at=at)
    return replace(who, action=does, reference=reference, message=message)


def _refuse(reason: str) -> NoReturn:
    raise RefusedRequestError(HTTPStatus.FORBIDDEN, reason, "") from None
