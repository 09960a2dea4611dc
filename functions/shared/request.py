"""A request as a load balancer hands it to a function, read strictly: what could be understood in two ways is refused.

docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html: the target group must have multi-value
headers on (`lambda.multi_value_headers.enabled`). Without them the function would see the last of two headers of a name, and
could not know which of two tokens was verified.
"""

import base64
import binascii
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final, cast

MAX_BYTES: Final = 1024 * 1024
"""The largest body that a load balancer hands to a function."""


class RefusedRequestError(Exception):
    """A request is not done.

    Attributes:
        status: Of HTTP.
        reason: One word, which is counted.
        detail: What was expected; never a value of the request.
        headers: Further ones of the answer.
    """

    def __init__(self, status: HTTPStatus, reason: str, detail: str, **headers: str) -> None:
        super().__init__(status, reason, detail)
        self.status = status
        self.reason = reason
        self.detail = detail
        self.headers: Mapping[str, str] = headers


class MisconfiguredError(Exception):
    """The function is called or set up otherwise than it must be."""


@dataclass(frozen=True, kw_only=True)
class Request:
    """A request.

    Attributes:
        method: As sent.
        path: As sent, without the query; nothing is decoded.
        query: Name -> values, as sent.
        headers: Name in lower case -> values, in their order.
    """

    method: str
    path: str
    query: Mapping[str, Sequence[str]]
    headers: Mapping[str, Sequence[str]]
    _body: str = field(repr=False)
    _is_base64: bool

    def header(self, name: str) -> str | None:
        """The value of a header.

        Raises:
            RefusedRequestError: where it is there more than once.
        """
        return _only(self.headers.get(name, ()), f"header {name}")

    def parameter(self, name: str) -> str | None:
        """The value of a parameter of the query.

        Raises:
            RefusedRequestError: where it is there more than once.
        """
        return _only(self.query.get(name, ()), f"parameter {name}")

    def body(self) -> bytes:
        """The body.

        Raises:
            RefusedRequestError: on one that is too large, compressed, or not what the load balancer says.
        """
        if (self.header("content-encoding") or "identity").lower() != "identity":
            raise RefusedRequestError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "encoding", "expected a body that is not compressed")
        try:
            body = base64.b64decode(self._body, validate=True) if self._is_base64 else self._body.encode()
        except (binascii.Error, ValueError):
            raise RefusedRequestError(HTTPStatus.BAD_REQUEST, "body", "expected a body in UTF-8") from None
        if len(body) > MAX_BYTES:
            raise RefusedRequestError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "size", f"expected at most {MAX_BYTES} bytes")
        return body

    def content_type(self, known: Sequence[str]) -> str:
        """The type of the body, one of `known`.

        Raises:
            RefusedRequestError: on any other, and on a charset that is not UTF-8.
        """
        told = self.header("content-type") or ""
        found = re.fullmatch(r'\s*([A-Za-z0-9!#$&^_.+/-]+)\s*(?:;\s*charset\s*=\s*"?([A-Za-z0-9_-]+)"?\s*)?', told)
        if not found or found[1].lower() not in known or (found[2] or "utf-8").lower() not in ("utf-8", "utf8", "us-ascii"):
            expected = f"expected content-type {' or '.join(known)}, of UTF-8"
            raise RefusedRequestError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "content-type", expected)
        return found[1].lower()


def read(event: Mapping[str, Any]) -> Request:
    """The request of an event.

    Raises:
        MisconfiguredError: on an event that is not of a load balancer with multi-value headers.
    """
    context, headers, query = (
        event.get(name) or {} for name in ("requestContext", "multiValueHeaders", "multiValueQueryStringParameters")
    )
    body = event.get("body") or ""
    texts = (event.get("httpMethod"), event.get("path"), body)
    of_load_balancer = isinstance(context, Mapping) and "elb" in context
    if not (of_load_balancer and headers and _has_lists(headers) and _has_lists(query) and all(map(_is_text, texts))):
        raise MisconfiguredError("expected events of a load balancer whose target group has multi-value headers on")
    named: dict[str, list[str]] = {}
    for name, values in headers.items():
        named.setdefault(name.lower(), []).extend(values)
    return Request(
        method=event["httpMethod"],
        path=event["path"],
        query=query,
        headers=named,
        _body=body,
        _is_base64=bool(event.get("isBase64Encoded")),
    )


def _has_lists(named: Any) -> bool:
    if not isinstance(named, Mapping):
        return False
    found = cast("Mapping[str, Any]", named)
    return all(isinstance(values, list) and all(map(_is_text, cast("list[Any]", values))) for values in found.values())


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def answer(status: HTTPStatus, body: Mapping[str, Any], **headers: str) -> dict[str, Any]:
    """An answer as the load balancer takes it."""
    told = {"content-type": "application/json", "cache-control": "no-store"}
    told |= {name.replace("_", "-"): value for name, value in headers.items()}
    return {
        "statusCode": int(status),
        "statusDescription": f"{int(status)} {status.phrase}",
        "isBase64Encoded": False,
        "multiValueHeaders": {name: [value] for name, value in told.items()},
        "body": json.dumps(body),
    }


def _only(values: Sequence[str], what: str) -> str | None:
    if len(values) > 1:
        raise RefusedRequestError(HTTPStatus.BAD_REQUEST, "twice", f"expected {what} once")
    return values[0] if values else None
