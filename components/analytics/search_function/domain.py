"""Requests to an OpenSearch domain, signed as whoever runs."""

import json
import ssl
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, cast
from urllib.parse import quote

import boto3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest

SECONDS: Final = 60
"""How long one request may take; what takes longer is a task of the server's, and is asked for again."""

Sign = Callable[[str, str, bytes, Mapping[str, str]], Mapping[str, str]]
"""Method, address, body, headers -> the headers that are sent."""


class DomainError(Exception):
    """What the domain refused, or the way to it; never a value of a document."""


@dataclass(frozen=True)
class Domain:
    """A domain.

    Attributes:
        endpoint: Its address, `https://` and a host.
        sign: Signs each request.
        tls: Whose certificates are believed; those of public authorities by default.
    """

    endpoint: str
    sign: Sign
    tls: ssl.SSLContext | None = None

    def ask(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        expected: tuple[int, ...] = (),
        besides: Mapping[str, str] | None = None,
    ) -> tuple[int, Any]:
        """Status and answer, which is None where there is no JSON.

        Args:
            method: Of HTTP.
            path: After the host, as it goes over the wire; see `part`.
            body: JSON, or nothing.
            expected: Statuses from 400 on that are an answer, e.g. 404 of what may not be there.
            besides: Headers; none by default.

        Raises:
            DomainError: on any other status from 400 on, and where the domain cannot be reached.
        """
        data = b"" if body is None else json.dumps(body).encode()
        headers = {**({"Content-Type": "application/json"} if data else {}), **(besides or {})}
        address = f"{self.endpoint}{path}"
        # The address is the deployment's: https and a host of its own.
        request = urllib.request.Request(  # noqa: S310
            address, data=data or None, method=method, headers={**self.sign(method, address, data, headers)}
        )
        try:
            with urllib.request.urlopen(request, timeout=SECONDS, context=self.tls) as answer:  # noqa: S310
                return answer.status, _json(answer.read())
        except urllib.error.HTTPError as error:
            told = _json(error.read())
            if error.code in expected:
                return error.code, told
            raise DomainError(f"{method} {path}: {error.code} {_reason(told)}") from None
        except OSError as error:
            raise DomainError(f"{method} {path}: {type(error).__name__}: {error}") from None

    def get(self, path: str, *, missing: Any = None) -> Any:
        """What is there; `missing` where nothing is."""
        status, answer = self.ask("GET", path, expected=(404,))
        return missing if status == 404 else answer


def part(name: str) -> str:
    """A name as a part of a path."""
    return quote(name, safe="")


def signed_with_role(region: str) -> Sign:
    """Signs as the role that the function runs in."""
    session: Any = boto3.Session()
    credentials = session.get_credentials()

    def sign(method: str, address: str, body: bytes, headers: Mapping[str, str]) -> Mapping[str, str]:
        request: Any = AWSRequest(method=method, url=address, data=body, headers=dict(headers))
        SigV4Auth(credentials.get_frozen_credentials(), "es", region).add_auth(request)
        return dict(request.headers.items())

    return sign


def _json(data: bytes) -> Any:
    try:
        return json.loads(data)
    except ValueError:
        return None


def _reason(told: Any) -> str:
    """Why, in the server's words: of its own administration, no documents are asked for here."""
    if not isinstance(told, dict):
        return "without a reason"
    error: Any = cast("dict[str, Any]", told).get("error", told)
    if isinstance(error, dict):
        named = cast("dict[str, Any]", error)
        return f"{named.get('type', '')}: {named.get('reason', named)}"
    return str(error)
