"""An identity provider of a test run: signs tokens, and publishes its keys where the server asks for them."""

import base64
import json
import threading
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256

ISSUER = "https://login.dataconnect.example"
KEY_ID = "one"


def _new_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _number(value: int) -> str:
    return _text(value.to_bytes((value.bit_length() + 7) // 8, "big"))


@dataclass
class Provider:
    """The provider.

    Attributes:
        url: Where its keys are.
    """

    url: str = ""
    _key: rsa.RSAPrivateKey = field(default_factory=_new_key)
    _others: rsa.RSAPrivateKey = field(default_factory=_new_key)

    def keys(self) -> bytes:
        """What it publishes."""
        public = self._key.public_key().public_numbers()
        key = {"kty": "RSA", "use": "sig", "alg": "RS256", "kid": KEY_ID, "n": _number(public.n), "e": _number(public.e)}
        return json.dumps({"keys": [key]}).encode()

    def token(
        self, tenant: object, *, seconds: int = 3600, forged: bool = False, head: Mapping[str, Any] | None = None, **claims: Any
    ) -> str:
        """A token of a tenant's user, for so long; `forged` under another key than that of the provider."""
        now = int(time.time())
        told = {"iss": ISSUER, "sub": "ada@lender.example", "iat": now - 60, "exp": now + seconds, **claims}
        if tenant is not None:
            told["tenant"] = tenant
        header = {"alg": "RS256", "typ": "JWT", "kid": KEY_ID, **(head or {})}
        signed = f"{_text(json.dumps(header).encode())}.{_text(json.dumps(told).encode())}"
        if header["alg"] == "none":
            return f"{signed}."
        key = self._others if forged else self._key
        return f"{signed}.{_text(key.sign(signed.encode(), padding.PKCS1v15(), SHA256()))}"

    def bearer(self, tenant: object, **claims: Any) -> dict[str, str]:
        """The header of a request with such a token."""
        return {"Authorization": f"Bearer {self.token(tenant, **claims)}"}


@contextmanager
def provider() -> Generator[Provider]:
    """An identity provider on loopback, until the end of the `with`."""
    found = Provider()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("content-type", "application/json")
            self.end_headers()
            self.wfile.write(found.keys())

        def log_message(self, format: str, *args: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listening:
        thread = threading.Thread(target=listening.serve_forever, daemon=True)
        thread.start()
        found.url = f"http://127.0.0.1:{listening.server_address[1]}/.well-known/jwks.json"
        try:
            yield found
        finally:
            listening.shutdown()
            thread.join()
