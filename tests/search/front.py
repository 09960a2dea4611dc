"""What stands before the nodes of a domain on AWS: TLS, IAM's word on who signed a request, and the domain's access policy.

AWS's own is not to be had. This one checks the signature (Signature Version 4) with the SDK's own signer, takes the policies
that the component declares, and tells the server who it is in headers that it lets nobody else send.
"""

import http.client
import json
import ssl
import threading
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fnmatch import fnmatchcase
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

import trustme
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

REGION = "us-east-2"
DOMAIN = f"arn:aws:es:{REGION}:111111111111:domain/search"


@dataclass(frozen=True)
class Front:
    """A front.

    Attributes:
        endpoint: Its address.
        tls: What a client believes.
    """

    endpoint: str
    tls: ssl.SSLContext


def signed(role: str) -> Any:
    """Signs as a role; the key id is its ARN, the secret is its own."""

    def sign(method: str, address: str, body: bytes, headers: Mapping[str, str]) -> Mapping[str, str]:
        request: Any = AWSRequest(method=method, url=address, data=body, headers=dict(headers))
        SigV4Auth(Credentials(*_keys(role)), "es", REGION).add_auth(request)
        return dict(request.headers.items())

    return sign


def _keys(role: str) -> tuple[str, str]:
    return role.rpartition("/")[2], f"secret of {role}"


def _signer(method: str, address: str, body: bytes, headers: Mapping[str, str], roles: Sequence[str]) -> str | None:
    """The role that signed a request, if one of them did."""
    told = headers.get("authorization", "")
    for role in roles:
        key, secret = _keys(role)
        if f"Credential={key}/" not in told:
            continue
        names = told.partition("SignedHeaders=")[2].partition(",")[0].split(";")
        request: Any = AWSRequest(
            method=method, url=address, data=body, headers={name: headers[name] for name in names if name in headers}
        )
        signer: Any = SigV4Auth(Credentials(key, secret), "es", REGION)
        request.context["timestamp"] = headers["x-amz-date"]
        text = signer.string_to_sign(request, signer.canonical_request(request))
        if told.endswith(f"Signature={signer.signature(text, request)}"):
            return role
    return None


Policies = Mapping[str | None, Sequence[Mapping[str, Any]]]
"""Role -> the statements of its policy; those of the domain's access policy for None."""


def allowed(policies: Policies, method: str, path: str, role: str | None) -> bool:
    """Whether a request passes, from a role or from nobody that IAM knows: the domain's policy lets it, or the role's own.

    Within an account either is enough (docs.aws.amazon.com/opensearch-service/latest/developerguide/ac.html).
    """
    action, resource = f"es:ESHttp{method.capitalize()}", f"{DOMAIN}{path}"
    for statement in (*policies[None], *(policies.get(role, ()) if role else ())):
        assert statement["Effect"] == "Allow" and statement.get("Principal", "*") == "*" and "Condition" not in statement
        if any(fnmatchcase(action, each) for each in statement["Action"]) and (
            any(fnmatchcase(resource, each) for each in statement["Resource"])
        ):
            return True
    return False


@contextmanager
def front(port: int, policies: Policies, roles: Sequence[str]) -> Generator[Front]:
    """A front of the server at `port`, with roles that IAM knows, until the end of the `with`."""
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            address = f"https://{headers['host']}{self.path}"
            has_signature = headers.get("authorization", "").startswith("AWS4-HMAC-SHA256")
            role = _signer(self.command, address, body, headers, roles) if has_signature else None
            if (has_signature and role is None) or not allowed(policies, self.command, urlsplit(self.path).path, role):
                self._send(403, json.dumps({"Message": "User is not authorized to perform this action"}).encode())
                return
            told = {name: value for name, value in headers.items() if not name.startswith(("x-front-", "x-forwarded-"))}
            if role:
                del told["authorization"]
                told |= {"x-forwarded-for": "127.0.0.1", "x-front-user": role, "x-front-roles": role}
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
            connection.request(self.command, self.path, body or None, told)
            answer = connection.getresponse()
            self._send(answer.status, answer.read())
            connection.close()

        do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = do_PATCH = _answer  # noqa: N815 - their names in the base class

        def _send(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listening:
        listening.socket = context.wrap_socket(listening.socket, server_side=True)
        thread = threading.Thread(target=listening.serve_forever, daemon=True)
        thread.start()
        believed = ssl.create_default_context()
        authority.configure_trust(believed)
        try:
            yield Front(f"https://localhost:{listening.server_address[1]}", believed)
        finally:
            listening.shutdown()
            thread.join()
