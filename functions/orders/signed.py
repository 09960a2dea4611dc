"""Whether Slack sent a request: docs.slack.dev/authentication/verifying-requests-from-slack.

Nothing of the body is read before that is known.
"""

import hashlib
import hmac
import re
from http import HTTPStatus
from typing import Final, NoReturn

from functions.shared.request import RefusedRequestError, Request

FORM: Final = "application/x-www-form-urlencoded"
LARGEST: Final = 256 * 1024
"""Bytes of a body: a button sends the message along that it is in, of some 50 KB at the most."""
WINDOW_SECONDS: Final = 300
"""So far a request's time may be from ours: Slack's own advice."""
_TIME: Final = re.compile(r"[0-9]{1,11}", re.ASCII)
_SIGNATURE: Final = re.compile(r"v0=[0-9a-f]{64}", re.ASCII)


def body_of(request: Request, secret: str, now: float) -> bytes:
    """The body of a request that Slack has signed within the last minutes.

    Raises:
        RefusedRequestError: on any other; `reason` is `form` where it is nothing that Slack sends, else `time` or `signature`.
    """
    if request.method != "POST" or request.query:
        _refuse(HTTPStatus.FORBIDDEN, "form")
    try:
        request.content_type((FORM,))
        body = request.body()
        told, signature = request.header("x-slack-request-timestamp") or "", request.header("x-slack-signature") or ""
    except RefusedRequestError:
        _refuse(HTTPStatus.FORBIDDEN, "form")
    if len(body) > LARGEST:
        _refuse(HTTPStatus.FORBIDDEN, "form")
    if not _TIME.fullmatch(told) or abs(now - int(told)) > WINDOW_SECONDS:
        _refuse(HTTPStatus.UNAUTHORIZED, "time")
    if not _SIGNATURE.fullmatch(signature) or not hmac.compare_digest(signed(secret, told, body), signature):
        _refuse(HTTPStatus.UNAUTHORIZED, "signature")
    return body


def signed(secret: str, time: str, body: bytes) -> str:
    """The signature of a body that was sent at a time, Unix seconds."""
    return "v0=" + hmac.digest(secret.encode(), b"v0:" + time.encode() + b":" + body, hashlib.sha256).hex()


def _refuse(status: HTTPStatus, reason: str) -> NoReturn:
    # Whoever it is learns nothing of why.
    raise RefusedRequestError(status, reason, "") from None
