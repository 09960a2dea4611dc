"""JSON to an address of somebody else's."""

import json
from collections.abc import Mapping
from typing import Any, Final
from urllib.request import HTTPRedirectHandler, Request, build_opener

SECONDS: Final = 5
ANSWER: Final = 100_000
"""So many bytes of an answer are read."""


class _NoRedirect(HTTPRedirectHandler):
    """What is for one address goes to no other."""

    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        """None: the answer stands as the error that it is."""


_OPENER: Final = build_opener(_NoRedirect)


def post(address: str, content: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> bytes:
    """Post JSON, and return the beginning of the answer. The caller has checked the address.

    Raises:
        OSError: when nobody answers in five seconds, or the answer is an error or leads elsewhere (`HTTPError`).
        HTTPException: on an answer that is no HTTP.
    """
    data = json.dumps(content).encode()
    sent = {"Content-Type": "application/json; charset=utf-8", **(headers or {})}
    request = Request(address, data=data, headers=sent, method="POST")  # noqa: S310 - the caller has checked the scheme
    with _OPENER.open(request, timeout=SECONDS) as answer:
        return answer.read(ANSWER)
