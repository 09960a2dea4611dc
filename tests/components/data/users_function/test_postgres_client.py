import hashlib
import socket
import ssl
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import trustme
from hypothesis import given
from hypothesis import strategies as st

from components.data.users_function.postgres_client import Connection, PostgresError, connect, identifier, literal
from tests.postgres import DATABASE, MASTER, PASSWORD, Server, listening, server, tls


@pytest.fixture(scope="module")
def database() -> Iterator[Server]:
    with server(18) as running:
        yield running


def session(database: Server, **changes: Any) -> Connection:
    login: dict[str, Any] = {"database": DATABASE, "user": MASTER, "password": PASSWORD}
    where: dict[str, Any] = {"host": "localhost", "port": database.tls_port, "authorities": database.authorities}
    return connect(**(login | where | changes))


def test_rows_come_as_texts_and_nulls(database: Server) -> None:
    with session(database) as open_:
        assert open_.run("SELECT 1, NULL, 'größer', true UNION ALL SELECT 2, '', '', false ORDER BY 1") == [
            ("1", None, "größer", "t"),
            ("2", "", "", "f"),
        ]
        assert open_.run("SET search_path TO public") == []
        assert open_.run("SELECT repeat('x', 300000)") == [("x" * 300_000,)]


def test_what_the_server_refuses_is_told_in_its_words_and_the_session_goes_on(database: Server) -> None:
    with session(database) as open_:
        with pytest.raises(PostgresError, match=r'relation "nowhere" does not exist \(SQLSTATE 42P01\)'):
            open_.run("SELECT * FROM nowhere")
        assert open_.run("SELECT 1") == [("1",)]


@given(text=st.text(st.characters(exclude_characters="\0", exclude_categories=("Cs",)), max_size=20))
def test_texts_and_names_are_taken_for_nothing_else(database: Server, text: str) -> None:
    with session(database) as open_:
        assert open_.run(f"SELECT {literal(text)}") == [(text,)]
        assert open_.run(f"SELECT 1 AS {identifier('x' + text)}") == [("1",)]


def test_a_text_that_postgresql_cannot_take_is_refused(database: Server) -> None:
    with session(database) as open_, pytest.raises(ValueError, match="NUL"):
        open_.run("SELECT '\0'")


# The server must be the one it should be


def test_a_server_without_tls_is_sent_nothing(database: Server) -> None:
    with pytest.raises(PostgresError, match="the server offers no TLS"):
        session(database, port=database.port)


def test_a_certificate_of_another_authority_is_refused(database: Server, tmp_path: Path) -> None:
    other = tmp_path / "other.pem"
    trustme.CA().cert_pem.write_to_path(str(other))
    with pytest.raises(ssl.SSLCertVerificationError):
        session(database, authorities=other)


def test_a_certificate_of_another_host_is_refused(database: Server) -> None:
    with pytest.raises(ssl.SSLCertVerificationError, match="IP address mismatch|Hostname mismatch"):
        session(database, host="127.0.0.1")


def reply(kind: bytes, body: bytes) -> bytes:
    return kind + struct.pack("!i", len(body) + 4) + body


def sasl(step: int, body: bytes) -> bytes:
    return reply(b"R", struct.pack("!i", step) + body)


READY = reply(b"R", struct.pack("!i", 0)) + reply(b"Z", b"I")
OFFER = sasl(10, b"SCRAM-SHA-256\0\0")


def nonce(message: bytes) -> bytes:
    return message.partition(b"r=")[2]


@pytest.mark.parametrize(
    ("answers", "error"),
    [
        ([lambda _: READY], "without a proof that it knows the password"),
        ([lambda _: sasl(3, b"")], "login of kind 3; expected SCRAM-SHA-256; is this user a member of rds_iam"),
        ([lambda _: sasl(5, b"salt")], "login of kind 5; expected SCRAM-SHA-256"),
        ([lambda _: sasl(10, b"SCRAM-SHA-1\0\0")], "login of kind 10"),
        ([lambda _: sasl(12, b"v=")], "does not know the password either"),
        ([lambda _: OFFER, lambda m: sasl(11, b"r=" + nonce(m) + b",s=c2FsdA==,i=4096")], "does not know the password either"),
        ([lambda _: OFFER, lambda _: sasl(11, b"r=another,s=c2FsdA==,i=4096")], "does not know the password either"),
        (
            [
                lambda _: OFFER,
                lambda m: sasl(11, b"r=" + nonce(m) + b"more,s=c2FsdA==,i=4096"),
                lambda _: sasl(12, b"v=" + b"A" * 43 + b"=") + READY,
            ],
            "does not know the password either",
        ),
        (
            [lambda _: OFFER, lambda m: sasl(11, b"r=" + nonce(m) + b"more,s=c2FsdA==,i=4096"), lambda _: READY],
            "without a proof",
        ),
        ([lambda _: b""], "the server closed the connection"),
    ],
)
def test_a_server_that_does_not_know_the_password_learns_nothing_and_is_left(
    answers: list[Any], error: str, tmp_path: Path
) -> None:
    heard: list[bytes] = []

    def serve(client: socket.socket) -> None:
        for answer in answers:
            heard.append(client.recv(65536))
            client.sendall(answer(heard[-1]))

    authority = trustme.CA()
    authorities = tmp_path / "authorities.pem"
    authority.cert_pem.write_to_path(str(authorities))
    with (
        listening(serve) as plain,
        tls(plain, authority.issue_cert("localhost")) as port,
        pytest.raises(PostgresError, match=error),
    ):
        connect(host="localhost", port=port, database=DATABASE, user=MASTER, password=PASSWORD, authorities=authorities)
    told = b"".join(heard)
    assert PASSWORD.encode() not in told
    assert hashlib.sha256(PASSWORD.encode()).digest() not in told
