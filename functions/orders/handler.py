"""The function `orders`: takes what people order in Slack (docs/alerts.md, docs/schedules.md).

Slack waits for three seconds. So a request is verified, noted, handed to another run of this function, and answered; that run
does it, and posts what became of it to the address that came with the request.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from http import HTTPStatus
from http.client import HTTPException
from pathlib import Path
from typing import Any, Final

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from functions.notify.notice import clean
from functions.notify.render import escaped
from functions.notify.store import Store
from functions.shared import telling
from functions.shared.post import post
from functions.shared.request import RefusedRequestError, answer, read
from functions.shared.secret import Secret

from .asked import Allowed, Asked, asked_in, is_slacks
from .doing import Doer, UndoneError
from .signed import WINDOW_SECONDS, SecretError, body_of, is_ssl_check, secret_in
from .words import WordsError, order_of, usage

DOCUMENT: Final = Path(__file__).with_name("orders.json")
_TEXT: Final = 3000
# Slack waits for three seconds in all.
_QUICK: Final = Config(connect_timeout=1, read_timeout=2, retries={"mode": "standard", "total_max_attempts": 2})
# The sleeper's own time, and no second order where the first one may have arrived.
_PATIENT: Final = Config(connect_timeout=3, read_timeout=110, retries={"mode": "standard", "total_max_attempts": 1})


@dataclass(frozen=True, kw_only=True)
class Orders:
    """The function with all that it works with.

    Attributes:
        allowed: Who may ask.
        path: The one path that it answers.
        secret: Tells the secret, `signingSecret`.
        store: The notifier's table, which also knows what was asked before.
        hand_on: Has another run do it: takes its event.
        doer: Does it.
        tell: Posts JSON to an address of Slack's.
        now: The clock, UTC.
    """

    allowed: Allowed
    path: str
    secret: Callable[[], Mapping[str, Any]]
    store: Store
    hand_on: Callable[[Mapping[str, Any]], object]
    doer: Doer
    tell: Callable[[str, Mapping[str, Any]], object]
    now: Callable[[], datetime]

    def answer(self, event: Mapping[str, Any]) -> dict[str, Any]:
        """Answer a request of the load balancer; who is refused is told no more than that."""
        with telling.event("orders", "answer") as line:
            try:
                told = self._answer(event, line)
            except RefusedRequestError as refused:
                line.tell(reason=refused.reason)
                told = _said(refused.status, None)
            except (ClientError, BotoCoreError, LookupError, TypeError, ValueError) as error:
                # The secret has no value yet, or AWS does not do it at the moment.
                line.fail(str(error) if isinstance(error, SecretError) else type(error).__name__)
                told = _said(HTTPStatus.SERVICE_UNAVAILABLE, None)
            line.status(told["statusCode"])
        return told

    def _answer(self, event: Mapping[str, Any], line: telling.Event) -> dict[str, Any]:
        request, now = read(event), self.now().timestamp()
        if request.path != self.path:
            raise RefusedRequestError(HTTPStatus.FORBIDDEN, "path", "")
        if is_ssl_check(request):
            return _said(HTTPStatus.OK, None)
        body, at = body_of(request, secret_in(self.secret()), now)
        asked = asked_in(body, at)
        name = self.allowed.check(asked)
        line.tell(user=asked.user, does=asked.action or "command")
        signature = request.header("x-slack-signature") or ""
        if not self.store.is_first(hashlib.sha256(signature.encode()).hexdigest(), now + 2 * WINDOW_SECONDS):
            raise RefusedRequestError(HTTPStatus.UNAUTHORIZED, "replay", "")
        if asked.command:
            try:
                order_of(asked.text, name)
            except WordsError as error:
                return _said(HTTPStatus.OK, _private(f"{error}. Expected one of:\n{usage(asked.command)}"))
        self.hand_on({"asked": asked.as_event(), "by": f"{name} (Slack)"})
        return _said(HTTPStatus.OK, _private(f"{asked.command} {asked.text}: one moment") if asked.command else None)

    def do(self, event: Mapping[str, Any]) -> None:
        """Do what was asked, and say what became of it: to who asked, or below the message whose button it was.

        Raises as boto3 does where AWS fails: an alarm tells of that, and who asked hears that it was not done.
        """
        asked, by = Asked(**event["asked"]), str(event["by"])
        with telling.event("orders", "do", counted=False) as line:
            line.tell(user=asked.user, does=asked.action or "command")
            try:
                said = self.doer.do(asked, by)
            except (UndoneError, WordsError) as error:
                line.outcome = "refused"
                self._reply(asked, _private(str(error)), line)
            except Exception as error:
                self._reply(
                    asked, _private(f"it was not done: {type(error).__name__}; ask again, or on the command line"), line
                )
                raise
            else:
                self._reply(asked, _below(asked.message, said) if asked.action else _private(said), line)

    def _reply(self, asked: Asked, content: Mapping[str, Any], line: telling.Event) -> None:
        if not is_slacks(asked.answer_at):
            raise ValueError("answer_at is no address of Slack's")
        try:
            self.tell(asked.answer_at, content)
        except (OSError, HTTPException) as error:
            # What was ordered stands, or is told by an error of its own.
            line.tell(unanswered=type(error).__name__)


def _private(text: str) -> dict[str, Any]:
    """What one person sees, and the message stays as it is."""
    return {"response_type": "ephemeral", "replace_original": False, "text": escaped(clean(text, _TEXT))}


def _below(message: str, text: str) -> dict[str, Any]:
    """What everybody sees in the thread of a message (docs.slack.dev/interactivity/handling-user-interaction)."""
    public = {"response_type": "in_channel", "thread_ts": message}
    return {**_private(text), **public}


def _said(status: HTTPStatus, content: Mapping[str, Any] | None) -> dict[str, Any]:
    told = answer(status, content or {})
    return told if content else {**told, "body": ""}


def handle(event: Mapping[str, Any], _context: Any) -> dict[str, Any] | None:
    """Answer a request of the load balancer; or, called by such a run, do what it handed on."""
    return _orders().answer(event) if "requestContext" in event else _orders().do(event)


@cache
def _orders() -> Orders:
    return orders_of(json.loads(DOCUMENT.read_text(encoding="utf-8")), boto3)


def orders_of(told: Mapping[str, Any], session: Any) -> Orders:
    """The function of a document that components/operate/orders.py wrote; `session` makes clients."""
    region = told["region"]
    quick = session.client("lambda", region_name=region, config=_QUICK)
    store = Store(session.resource("dynamodb", region_name=region, config=_QUICK).Table(told["table"]))

    def now() -> datetime:
        return datetime.now(UTC)

    def hand_on(event: Mapping[str, Any]) -> None:
        quick.invoke(FunctionName=told["function"], InvocationType="Event", Payload=json.dumps(event).encode())

    return Orders(
        allowed=Allowed(workspace=told["workspace"], channels=frozenset(told["channels"]), users=told["users"]),
        path=told["path"],
        secret=Secret(session.client("secretsmanager", region_name=region, config=_QUICK), told["secret"]),
        store=store,
        hand_on=hand_on,
        doer=Doer(
            stack=told["stack"],
            store=store,
            awslambda=session.client("lambda", region_name=region, config=_PATIENT),
            sleeper=told["sleeper"],
            now=now,
        ),
        tell=post,
        now=now,
    )
