"""Requests in bulk to an OpenSearch domain, signed as whoever runs: an answer of 200 says nothing of the documents."""

import http.client
import json
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from ssl import SSLContext
from typing import Any, Final

import boto3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest

SECONDS: Final = 20
CONFLICT: Final = 409
REFUSED: Final = 400
Sign = Callable[[str, str, bytes, Mapping[str, str]], Mapping[str, str]]
"""Method, address, body, headers -> the headers that are sent."""


class SearchError(Exception):
    """The domain did not answer, or refused a whole request: without a value of any document."""


@dataclass(frozen=True)
class Bulk:
    """A domain.

    Attributes:
        endpoint: Its address.
        sign: Signs each request.
        tls: Whose certificates are believed; those of public authorities by default.
    """

    endpoint: str
    sign: Sign
    tls: SSLContext | None = None

    def post(self, path: str, body: bytes, documents: int) -> list[dict[str, Any]]:
        """What became of each document of a body in bulk, in its order: its status, and why.

        Raises:
            SearchError: where it is not known what became of any; all may be written again.
        """
        items = self._ask(path, body).get("items")
        if not isinstance(items, list) or len(items) != documents:
            raise SearchError("bulk: expected an answer for each document")
        return [next(iter(each.values())) for each in items]

    def _ask(self, path: str, body: bytes) -> dict[str, Any]:
        address = f"{self.endpoint}{path}"
        headers = self.sign("POST", address, body, {"Content-Type": "application/x-ndjson"})
        # The address is the deployment's: https and a host of its own.
        request = urllib.request.Request(address, data=body, method="POST", headers={**headers})  # noqa: S310
        try:
            with urllib.request.urlopen(request, timeout=SECONDS, context=self.tls) as answer:  # noqa: S310
                return json.loads(answer.read())
        except urllib.error.HTTPError as error:
            raise SearchError(f"bulk: {error.code}") from None
        except (OSError, ValueError, http.client.HTTPException) as error:
            raise SearchError(f"bulk: {type(error).__name__}") from None


def signed_with_role(region: str) -> Sign:
    """Signs as the role that the function runs in."""
    session: Any = boto3.Session()
    credentials = session.get_credentials()

    def sign(method: str, address: str, body: bytes, headers: Mapping[str, str]) -> Mapping[str, str]:
        request: Any = AWSRequest(method=method, url=address, data=body, headers=dict(headers))
        SigV4Auth(credentials.get_frozen_credentials(), "es", region).add_auth(request)
        return dict(request.headers.items())

    return sign
