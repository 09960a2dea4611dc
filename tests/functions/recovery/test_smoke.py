"""Smoke checks against a real server with a real certificate."""

import http.server
import json
import ssl
import threading
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import pytest
import trustme

from functions.recovery.site import Site, site_of
from functions.recovery.smoke import Smoke

from .test_site import document


class Visitors(http.server.BaseHTTPRequestHandler):
    """Answers as the balancer does: by host and path."""

    status = 200
    seen: tuple[tuple[str, str], ...] = ()

    def do_GET(self) -> None:
        Visitors.seen = (*Visitors.seen, (self.headers["Host"], self.path))
        self.send_response(Visitors.status)
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        del format, args


@contextmanager
def _server(authority: trustme.CA, name: str) -> Generator[int]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(context)
    server = http.server.HTTPServer(("127.0.0.1", 0), Visitors)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def authority() -> trustme.CA:
    Visitors.status, Visitors.seen = 200, ()
    return trustme.CA()


def _site() -> Site:
    told = document()
    told["loadBalancer"] = "127.0.0.1"
    return site_of(json.dumps(told))


def _smoke(authority: trustme.CA, port: int) -> Smoke:
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return Smoke(context=context, port=port)


def test_a_service_that_answers_is_well(authority: trustme.CA) -> None:
    with _server(authority, "app.example.com") as port:
        assert _smoke(authority, port)(_site()) == {}
    assert Visitors.seen == (("app.example.com", "/health"),)


def test_a_service_that_answers_503_is_not(authority: trustme.CA) -> None:
    Visitors.status = 503
    with _server(authority, "app.example.com") as port:
        assert _smoke(authority, port)(_site()) == {"web": "app.example.com: 503"}


def test_a_certificate_of_another_name_is_refused(authority: trustme.CA) -> None:
    with _server(authority, "other.example.com") as port:
        assert "CERTIFICATE_VERIFY_FAILED" in _smoke(authority, port)(_site())["web"]


def test_a_certificate_that_nobody_vouches_for_is_refused(authority: trustme.CA) -> None:
    with _server(authority, "app.example.com") as port:
        assert "CERTIFICATE_VERIFY_FAILED" in Smoke(port=port)(_site())["web"]


def test_a_balancer_that_does_not_answer_is_trouble(authority: trustme.CA) -> None:
    with _server(authority, "app.example.com") as port:
        pass
    assert "ConnectionRefusedError" in _smoke(authority, port)(_site())["web"]
