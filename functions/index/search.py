"""Writing to the search domain: documents in bulk, each with the version of what it tells."""

import json
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from ssl import SSLContext
from typing import Any, Final

import boto3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest

from .documents import Document

SECONDS: Final = 20
Sign = Callable[[str, str, bytes, Mapping[str, str]], Mapping[str, str]]
"""Method, address, body, headers -> the headers that are sent."""
Result = tuple[str, str]
"""`kept`, `older`, `refused` (the mapping takes no such document) or `failed` (it has to come again), and why."""
CONFLICT: Final = 409
REFUSED: Final = 400


class SearchError(Exception):
    """The domain did not answer, or refused a whole request: without a value of any document."""


@dataclass(frozen=True)
class Search:
    """The domain.

    Attributes:
        endpoint: Its address.
        sign: Signs each request.
        tls: Whose certificates are believed; those of public authorities by default.
    """

    endpoint: str
    sign: Sign
    tls: SSLContext | None = None

    def write(self, index: str, documents: Sequence[Document], *, only_alias: bool) -> list[Result]:
        """Write documents of one index, and tell what became of each.

        An answer of 200 says nothing of the documents: each has a status of its own.

        Raises:
            SearchError: where it is not known what became of any; all may be written again.
        """
        lines: list[str] = []
        for each in documents:
            lines.append(json.dumps({"index": {"_id": each.id, "version": each.version, "version_type": "external"}}))
            lines.append(json.dumps(each.fields))
        query = "?require_alias=true" if only_alias else ""
        told = self._post(f"/{index}/_bulk{query}", "".join(f"{line}\n" for line in lines).encode())
        items = told.get("items")
        if not isinstance(items, list) or len(items) != len(documents):
            raise SearchError("bulk: expected an answer for each document")
        return [_result(each["index"]) for each in items]

    def _post(self, path: str, body: bytes) -> dict[str, Any]:
        address = f"{self.endpoint}{path}"
        headers = self.sign("POST", address, body, {"Content-Type": "application/x-ndjson"})
        # The address is the deployment's: https and a host of its own.
        request = urllib.request.Request(address, data=body, method="POST", headers={**headers})  # noqa: S310
        try:
            with urllib.request.urlopen(request, timeout=SECONDS, context=self.tls) as answer:  # noqa: S310
                return json.loads(answer.read())
        except urllib.error.HTTPError as error:
            raise SearchError(f"bulk: {error.code}") from None
        except (OSError, ValueError) as error:
            raise SearchError(f"bulk: {type(error).__name__}") from None


def _result(item: Mapping[str, Any]) -> Result:
    status, error = int(item["status"]), item.get("error") or {}
    if status == CONFLICT:
        return "older", ""
    kind = str(error.get("type", ""))
    if status == REFUSED:
        return "refused", kind
    return ("failed", f"bulk: {status} {kind}") if error else ("kept", "")


def signed_with_role(region: str) -> Sign:
    """Signs as the role that the function runs in."""
    session: Any = boto3.Session()
    credentials = session.get_credentials()

    def sign(method: str, address: str, body: bytes, headers: Mapping[str, str]) -> Mapping[str, str]:
        request: Any = AWSRequest(method=method, url=address, data=body, headers=dict(headers))
        SigV4Auth(credentials.get_frozen_credentials(), "es", region).add_auth(request)
        return dict(request.headers.items())

    return sign
