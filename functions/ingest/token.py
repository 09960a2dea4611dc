"""The tenant that a token is for. The load balancer has verified the token; here it is read so that both read the same.

docs.aws.amazon.com/elasticloadbalancing/latest/application/listener-verify-jwt.html
"""

import base64
import binascii
import re
from http import HTTPStatus
from typing import Any, Final, NoReturn

from functions.shared.request import RefusedRequestError, Request
from functions.shared.tenants import ID
from jobs.aggregate.records import RefusedError, parse

CLAIM: Final = "tenant"
_PART: Final = r"([A-Za-z0-9_-]+)"
_BEARER: Final = re.compile(rf"[Bb]earer {_PART}\.{_PART}\.{_PART}", re.ASCII)


def tenant_of(request: Request) -> str:
    """The claim `tenant` of the request's token.

    Raises:
        RefusedRequestError: with 401 where there is no token, with 403 where it is for no tenant.
    """
    told = request.header("authorization")
    found = _BEARER.fullmatch(told) if told else None
    if not found:
        raise RefusedRequestError(
            HTTPStatus.UNAUTHORIZED, "token", "expected one bearer token, a signed JWT", www_authenticate="Bearer"
        )
    if _decoded(found[1]).get("alg") != "RS256":
        _forbid("expected a token that is signed with RS256")
    tenant = _decoded(found[2]).get(CLAIM)
    if type(tenant) is not str or not ID.fullmatch(tenant):
        _forbid(f"expected a token with the claim {CLAIM}, a tenant's id")
    return tenant


def _decoded(part: str) -> dict[str, Any]:
    """The JSON object of a part of the token: in one form of base64url, and with no key twice."""
    try:
        data = base64.b64decode(part + "=" * (-len(part) % 4), altchars=b"-_", validate=True)
        if base64.urlsafe_b64encode(data).rstrip(b"=").decode() != part:
            _forbid("expected a token in canonical base64url")
        found = parse(data)
    except (binascii.Error, RefusedError):
        _forbid("expected a token of JSON objects, no key twice")
    if type(found) is not dict:
        _forbid("expected a token of JSON objects")
    return found


def _forbid(detail: str) -> NoReturn:
    raise RefusedRequestError(HTTPStatus.FORBIDDEN, "token", detail) from None
