"""Ways to reach people: Slack, mail by a topic of SNS, PagerDuty, and any address that takes JSON."""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from http import HTTPStatus
from http.client import HTTPException
from typing import Any, Final, Literal, cast
from urllib.error import HTTPError

from botocore.exceptions import BotoCoreError, ClientError

from functions.shared.post import post

from .incident import Incident, Told
from .notice import line
from .render import Message, blocks, document, mail, slack_text, subject
from .routing import Channel

PATIENCE_SECONDS: Final = 5
"""So long a wait is waited: Slack takes a message a second of a channel (docs.slack.dev/apis/web-api/rate-limits)."""
# docs.slack.dev/reference/methods/chat.update#errors: what was posted can be changed no more, so it is posted anew
_GONE: Final = frozenset({"message_not_found", "cant_update_message", "edit_window_closed"})
# developer.pagerduty.com/docs/events-api-v2: 1,024 characters
_SUMMARY: Final = 1024


Voice = Literal["quiet", "change", "news"]
"""How a channel is told: nobody hears of it, but what stands there is true; it is told a change; or people hear anew."""


class UndeliveredError(Exception):
    """A channel did not take a message; why, without a secret."""


@dataclass(frozen=True, kw_only=True)
class Endpoints:
    """Where services are; `scheme` is what each address must begin with."""

    slack: str = "https://slack.com/api"
    pagerduty: str = "https://events.pagerduty.com/v2/enqueue"
    scheme: str = "https://"


class Channels:
    """All channels, for one run of the function: one that fails is not tried again in it.

    Args:
        secrets: What tells the secret: `slackToken`, `webhooks` and `pagerduty`, both name -> value.
        sns: A boto3 client.
        endpoints: Where the services are.
    """

    def __init__(self, secrets: Callable[[], Mapping[str, Any]], sns: Any, endpoints: Endpoints) -> None:
        self._secrets, self._sns, self._endpoints = secrets, sns, endpoints
        self._broken: dict[str, str] = {}

    def tell(self, channel: Channel, incident: Incident, message: Message, token: str, voice: Voice) -> Told:
        """Tell a channel of an incident, or that it has changed; what it has been told, which is what people heard of.

        Raises:
            UndeliveredError: when it does not take it.
        """
        if why := self._broken.get(str(channel)):
            raise UndeliveredError(why)
        way = {"slack": self._slack, "mail": self._mail, "webhook": self._webhook, "pagerduty": self._pagerduty}[channel.kind]
        try:
            posted = way(channel.address, incident, message, voice)
        except (OSError, HTTPException, ValueError, LookupError, TypeError, BotoCoreError, ClientError) as error:
            why = f"{channel.kind} {self._named(channel)}: {_explained(error)}"
            self._broken[str(channel)] = why
            raise UndeliveredError(why) from None
        before = incident.told.get(str(channel))
        if voice == "quiet" and before:
            return replace(before, token=token, message=posted, cared=before.cared or message.cared)
        return Told(token=token, state=message.state, message=posted, raised=incident.raised, cared=message.cared)

    def _slack(self, channel: str, incident: Incident, message: Message, voice: Voice) -> str:
        before = incident.told.get(f"slack:{channel}")
        content = {"channel": channel, "text": slack_text(message), "blocks": blocks(message)}
        quiet = {"unfurl_links": False, "unfurl_media": False}
        if before is None:
            return str(self._call("chat.postMessage", {**content, **quiet})["ts"])
        try:
            self._call("chat.update", {**content, "ts": before.message})
        except RefusedError as error:
            if error.code not in _GONE:
                raise
            if voice == "quiet":
                return before.message
            return str(self._call("chat.postMessage", {**content, **quiet})["ts"])
        if voice == "news":
            # A change of a message tells nobody; a word below it does, and the channel where it goes on.
            said = {"channel": channel, "thread_ts": before.message, "text": slack_text(message), **quiet}
            self._call("chat.postMessage", {**said, "reply_broadcast": message.state != "resolved"})
        return before.message

    def _call(self, method: str, content: Mapping[str, Any]) -> Mapping[str, Any]:
        token = self._text("slackToken")
        told = json.loads(_patiently(f"{self._endpoints.slack}/{method}", content, {"Authorization": f"Bearer {token}"}))
        if not isinstance(told, dict) or told.get("ok") is not True or "ts" not in told:
            raise RefusedError(line(told.get("error") if isinstance(told, dict) else "", 100) or "an answer that is none")
        return cast("dict[str, Any]", told)

    def _mail(self, topic: str, incident: Incident, message: Message, _: Voice) -> str:
        again = f"mail:{topic}" in incident.told
        self._sns.publish(TopicArn=topic, Subject=subject(message, again=again), Message=mail(message))
        return ""

    def _webhook(self, name: str, incident: Incident, message: Message, _: Voice) -> str:
        address = self._text("webhooks", name)
        if not address.startswith(self._endpoints.scheme):
            raise RefusedError(f"its address does not begin with {self._endpoints.scheme}")
        post(address, document(message, incident), {})
        return ""

    def _pagerduty(self, name: str, incident: Incident, message: Message, voice: Voice) -> str:
        before = incident.told.get(f"pagerduty:{name}")
        action = "resolve" if message.state == "resolved" else "acknowledge" if message.cared and before else "trigger"
        event: dict[str, Any] = {
            "routing_key": self._text("pagerduty", name),
            "dedup_key": f"{incident.reference}-{incident.opened}"[:255],
            "payload": {
                "summary": line(f"{message.headline} ({message.where})", _SUMMARY),
                "source": message.where,
                "severity": message.severity,
                "custom_details": document(message, incident),
            },
            "links": [{"href": address, "text": name} for name, address in message.links],
        }
        # developer.pagerduty.com/docs/events-api-v2: what is acknowledged there calls nobody, whatever triggers it again; once
        # it is resolved, a trigger of the same key begins another.
        anew = action == "trigger" and voice == "news" and before is not None and before.state != "resolved"
        for each in ("resolve", "trigger") if anew else (action,):
            post(self._endpoints.pagerduty, {**event, "event_action": each}, {})
        return ""

    def _text(self, field: str, name: str = "") -> str:
        """A value of the secret.

        Raises:
            RefusedError: on what is no text, or an empty one; it names the field and does not quote it.
        """
        told: Any = self._secrets().get(field)
        if name and not isinstance(told, dict):
            raise RefusedError(f"{field} of the secret is no object; expected one, name -> text")
        path, value = (f"{field}.{name}", told.get(name)) if name else (field, told)
        if not isinstance(value, str) or not value.strip():
            raise RefusedError(f"{path} of the secret is {_kind(value)}; expected a text")
        return value

    @staticmethod
    def _named(channel: Channel) -> str:
        return channel.address.rpartition(":")[2]


class RefusedError(ValueError):
    """A service answered that it does not want to; `code` is its word for why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def _kind(value: object) -> str:
    """What a value of JSON is, without the value."""
    kinds = {"NoneType": "missing", "str": "empty", "bool": "a boolean", "list": "a list", "dict": "an object"}
    return kinds.get(type(value).__name__, "a number")


def _patiently(address: str, content: Mapping[str, Any], headers: Mapping[str, str]) -> bytes:
    """Post, and once more where the service asks for a moment."""
    try:
        return post(address, content, headers)
    except HTTPError as error:
        asked = error.headers.get("Retry-After") or ""
        if error.code != HTTPStatus.TOO_MANY_REQUESTS or not asked.isdecimal() or int(asked) > PATIENCE_SECONDS:
            raise
    time.sleep(int(asked))
    return post(address, content, headers)


def _explained(error: Exception) -> str:
    """Why, without what an error may quote: an address is a secret."""
    if isinstance(error, HTTPError):
        later = error.headers.get("Retry-After")
        return f"HTTP {error.code}" + (f", to be tried again after {line(later, 20)} s" if later else "")
    if isinstance(error, RefusedError):
        return error.code
    if isinstance(error, ClientError):
        return str(error.response.get("Error", {}).get("Code"))
    return type(error).__name__
