"""Whether Slack sent a request: docs.slack.dev/authentication/verifying-requests-from-slack.

Nothing of the body is read before that is known, but for what Slack does not sign: whether it asks for our certificate alone.
"""

import hashlib
import hmac
import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final, NoReturn

from functions.shared.request import RefusedRequestError, Request

FORM: Final = "application/x-www-form-urlencoded"
LARGEST: Final = 256 * 1024
"""Bytes of a body: a button sends the message along that it is in, of some 50 KB at the most."""
WINDOW_SECONDS: Final = 300
"""So far a request's time may be from ours: Slack's own advice."""
_SECRET: Final = re.compile(r"[0-9a-f]{32,128}", re.ASCII)
_SSL_CHECK: Final = b"ssl_check=1"
_TIME: Final = re.compile(r"[0-9]{1,11}", re.ASCII)
_SIGNATURE: Final = re.compile(r"v0=[0-9a-f]{64}", re.ASCII)


class SecretError(ValueError):
    """The secret of the app is not filled as it should be; the text has no value of it."""


def secret_in(told: Mapping[str, Any]) -> str:
    """The signing secret in what people have filled.

    Slack documents no form of it, and makes 32 lower-case hexadecimal digits: what is shorter or no text is a word that a
    stranger can guess, and longer ones are taken.

    Raises:
        SecretError: on any other.
    """
    found = told.get("signingSecret")
    if not isinstance(found, str) or not _SECRET.fullmatch(found):
        raise SecretError("signingSecret is none; expected 32 lower-case hexadecimal digits or more, as the Slack app shows it")
    return found


def is_ssl_check(request: Request) -> bool:
    """Whether Slack looks at our certificate alone: it asks for nothing, signed or not, and wants 200.

    docs.slack.dev/interactivity/implementing-slash-commands: a POST with `ssl_check=1` and a token that is no secret any more.
    """
    try:
        return _SSL_CHECK in _form_of(request).split(b"&")
    except RefusedRequestError:
        return False


def body_of(request: Request, secret: str, now: float) -> tuple[bytes, int]:
    """The body of a request that Slack has signed within the last minutes, and when, Unix seconds.

    Raises:
        RefusedRequestError: on any other; `reason` is `form` where it is nothing that Slack sends, else `time` or `signature`.
    """
    body = _form_of(request)
    try:
        told, signature = request.header("x-slack-request-timestamp") or "", request.header("x-slack-signature") or ""
    except RefusedRequestError:
        _refuse(HTTPStatus.FORBIDDEN, "form")
    if not _TIME.fullmatch(told) or abs(now - int(told)) > WINDOW_SECONDS:
        _refuse(HTTPStatus.UNAUTHORIZED, "time")
    if not _SIGNATURE.fullmatch(signature) or not hmac.compare_digest(signed(secret, told, body), signature):
        _refuse(HTTPStatus.UNAUTHORIZED, "signature")
    return body, int(told)


def signed(secret: str, time: str, body: bytes) -> str:
    """The signature of a body that was sent at a time, Unix seconds."""
    return "v0=" + hmac.digest(secret.encode(), b"v0:" + time.encode() + b":" + body, hashlib.sha256).hex()


def _form_of(request: Request) -> bytes:
    """The body of a request of the form that Slack's have, whoever sent it."""
    if request.method != "POST" or request.query:
        _refuse(HTTPStatus.FORBIDDEN, "form")
    try:
        request.content_type((FORM,))
        body = request.body()
    except RefusedRequestError:
        _refuse(HTTPStatus.FORBIDDEN, "form")
    if len(body) > LARGEST:
        _refuse(HTTPStatus.FORBIDDEN, "form")
    return body


def _refuse(status: HTTPStatus, reason: str) -> NoReturn:
    # Whoever it is learns nothing of why.
    raise RefusedRequestError(status, reason, "") from None
