"""Requests as a load balancer hands them on."""

import base64
import json
from collections.abc import Mapping, Sequence
from typing import Any

from tests.functions.world import ACME
from tests.loans import record

NDJSON = "application/x-ndjson"


def part(value: Mapping[str, Any] | str) -> str:
    """A part of a token."""
    text = value if isinstance(value, str) else json.dumps(value)
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


def token(claims: Mapping[str, Any] | str, header: Mapping[str, Any] | str | None = None) -> str:
    return f"Bearer {part(header or {'alg': 'RS256', 'typ': 'JWT'})}.{part(claims)}.c2lnbmF0dXJl"


def request(
    body: bytes | str | Mapping[str, Any] | Sequence[Mapping[str, Any]] = "",
    *,
    tenant: str = ACME,
    path: str = "/ingest/loans",
    method: str = "POST",
    query: Mapping[str, list[str]] | None = None,
    content_type: str | None = None,
    encoded: bool = False,
    **headers: list[str] | str | None,
) -> dict[str, Any]:
    """An event: one record, several, or a body as it is."""
    many = isinstance(body, list | tuple)
    if many:
        body = b"\n".join(json.dumps(each).encode() for each in body)
    elif isinstance(body, Mapping):
        body = json.dumps(body)
    data = body if isinstance(body, bytes) else str(body).encode()
    told: dict[str, Any] = {
        "content-type": content_type or (NDJSON if many else "application/json"),
        "authorization": token({"iss": "https://id.example", "tenant": tenant}),
    } | {name.replace("_", "-"): value for name, value in headers.items()}
    return {
        "requestContext": {
            "elb": {"targetGroupArn": "arn:aws:elasticloadbalancing:us-east-2:111111111111:targetgroup/ingest/1"}
        },
        "httpMethod": method,
        "path": path,
        "multiValueQueryStringParameters": dict(query or {}),
        "multiValueHeaders": {
            name: value if isinstance(value, list) else [value] for name, value in told.items() if value is not None
        },
        "body": base64.b64encode(data).decode() if encoded else data.decode(),
        "isBase64Encoded": encoded,
    }


def sent(number: int = 1, *, id: str = "", **changes: Any) -> dict[str, Any]:
    """What a lender sends of it."""
    return {"id": id or f"m{number}", "record": record(number, **changes)}


def told(answer: Mapping[str, Any]) -> tuple[int, Any]:
    """Status and body of an answer, whose form is that of a load balancer with multi-value headers."""
    assert answer["isBase64Encoded"] is False and answer["statusDescription"].startswith(f"{answer['statusCode']} ")
    assert all(isinstance(values, list) for values in answer["multiValueHeaders"].values()) and "headers" not in answer
    assert len(answer["body"]) < 1_000_000
    return answer["statusCode"], json.loads(answer["body"])
