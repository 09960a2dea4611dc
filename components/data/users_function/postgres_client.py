"""A PostgreSQL client of just what the function needs: a login over TLS that knows its server, and plain statements.

The protocol is version 3, www.postgresql.org/docs/17/protocol.html; the login is SCRAM-SHA-256, RFC 5802 and RFC 7677.
"""

import base64
import hashlib
import hmac
import secrets
import socket
import ssl
import struct
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import BinaryIO, Final, NoReturn, cast

TIMEOUT_SECONDS: Final = 30
_PROTOCOL: Final = 196608  # 3.0
_REQUEST_TLS: Final = 80877103
_MECHANISM: Final = "SCRAM-SHA-256"
_NO_CHANNEL_BINDING: Final = "n,,"
_ITERATIONS: Final = 4096  # PostgreSQL's own (scram_iterations)
LOGIN_REFUSED: Final = "28P01"
"""The state by which the server says that a password is not the user's."""
LOCK_NOT_AVAILABLE: Final = "55P03"
"""The state by which the server says that a lock was not to be had in time."""
_OK, _CLEAR_PASSWORD, _SASL, _SASL_CONTINUE, _SASL_FINAL = 0, 3, 10, 11, 12

Row = tuple[str | None, ...]


class PostgresError(Exception):
    """The server refused something, in its own words, or is not the one it should be."""


class Connection:
    """A session; closes at the end of a `with`.

    Attributes:
        name: Of the database.
        environment: The environment on demand whose database it is in; empty, the default, for the instance's first one.
        master: The session in which roles are changed: the master's, in the first database; this one itself, the default, where
            it is that. What is in an environment's database its owner may have written, and the master runs none of it.
        beside: Opens a session of the same user in another database of the instance, `database`.
    """

    master: "Connection"
    beside: "Callable[..., Connection]"

    def __init__(self, stream: ssl.SSLSocket) -> None:
        self.name = ""
        self.environment = ""
        self.master = self
        self._socket = stream
        self._replies = cast("BinaryIO", stream.makefile("rb"))

    def __enter__(self) -> "Connection":
        return self

    def __exit__(self, *_: object) -> None:
        self._replies.close()
        self._socket.close()

    def run(self, statement: str) -> list[Row]:
        """Run one statement and return its rows, every value as text.

        Raises:
            PostgresError: when the server refuses it.
        """
        self._send(b"Q", _text(statement))
        rows: list[Row] = []
        refused: PostgresError | None = None
        for kind, body in self._messages():
            if kind == b"D":
                rows.append(_row(body))
            elif kind == b"E":
                refused = _refusal(body)
        if refused:
            raise refused
        return rows

    @contextmanager
    def unhurried(self, seconds: float) -> Generator[None]:
        """Within it the server cuts no statement off, and each answer is waited for `seconds`."""
        before = self._socket.gettimeout()
        self._socket.settimeout(seconds)
        self.run("SET statement_timeout = 0")
        yield
        self.run("RESET statement_timeout")
        self._socket.settimeout(before)

    def log_in(
        self, *, user: str, password: str, database: str, application: str, timeout_seconds: float = TIMEOUT_SECONDS
    ) -> None:
        """Begin the session; a statement may last, and wait for a lock, as long as the client waits for its answer.

        Raises:
            PostgresError: when the server refuses it, asks for the password itself, or does not know the password either.
        """
        self.name = database
        parameters = {
            "user": user,
            "database": database,
            "client_encoding": "UTF8",
            "application_name": application,
            # Functions that others have made in the database never stand for those of the server.
            "search_path": "pg_catalog",
            "statement_timeout": f"{int(timeout_seconds * 1000)}ms",
        }
        pairs = b"".join(_text(word) for pair in parameters.items() for word in pair)
        self._send(b"", struct.pack("!i", _PROTOCOL) + pairs + b"\0")
        scram = _Scram(password)
        for kind, body in self._messages():
            if kind == b"E":
                raise _refusal(body)
            if kind == b"R":
                self._authenticate(scram, struct.unpack("!i", body[:4])[0], body[4:])
        if not scram.server_is_known:
            raise PostgresError("the server let us in without a proof that it knows the password; expected SCRAM-SHA-256")

    def _authenticate(self, scram: "_Scram", step: int, body: bytes) -> None:
        if step == _SASL and _MECHANISM in body.decode().split("\0"):
            first = scram.first().encode()
            self._send(b"p", _text(_MECHANISM) + struct.pack("!i", len(first)) + first)
        elif step == _SASL_CONTINUE:
            self._send(b"p", scram.final(body.decode()).encode())
        elif step == _SASL_FINAL:
            scram.check(body.decode())
        elif step != _OK:
            hint = "; is this user a member of rds_iam?" if step == _CLEAR_PASSWORD else ""
            raise PostgresError(f"the server asks for a login of kind {step}; expected {_MECHANISM}{hint}")

    def _send(self, kind: bytes, body: bytes) -> None:
        self._socket.sendall(kind + struct.pack("!i", len(body) + 4) + body)

    def _messages(self) -> Iterator[tuple[bytes, bytes]]:
        """The server's messages until it is ready for the next statement."""
        while True:
            kind, length = struct.unpack("!ci", self._read(5))
            body = self._read(length - 4)
            yield kind, body
            if kind == b"Z":
                return

    def _read(self, count: int) -> bytes:
        found = self._replies.read(count)
        if len(found) < count:
            raise PostgresError("the server closed the connection")
        return found


class _Scram:
    """The client's side of one SCRAM-SHA-256 login: neither side ever shows the password."""

    def __init__(self, password: str) -> None:
        self._password = password.encode()
        self._nonce = secrets.token_urlsafe(24)
        self._proof_of_server = b""
        self.server_is_known = False

    def first(self) -> str:
        # PostgreSQL takes the user's name from the beginning of the session.
        return f"{_NO_CHANNEL_BINDING}n=,r={self._nonce}"

    def final(self, server_first: str) -> str:
        told = dict(part.split("=", 1) for part in server_first.split(","))
        if not told["r"].startswith(self._nonce) or told["r"] == self._nonce:
            _unknown_server()
        salted = hashlib.pbkdf2_hmac("sha256", self._password, base64.b64decode(told["s"]), int(told["i"]))
        final = f"c={base64.b64encode(_NO_CHANNEL_BINDING.encode()).decode()},r={told['r']}"
        exchange = f"n=,r={self._nonce},{server_first},{final}".encode()
        client_key = _hmac(salted, b"Client Key")
        signature = _hmac(hashlib.sha256(client_key).digest(), exchange)
        proof = bytes(key ^ sign for key, sign in zip(client_key, signature, strict=True))
        self._proof_of_server = _hmac(_hmac(salted, b"Server Key"), exchange)
        return f"{final},p={base64.b64encode(proof).decode()}"

    def check(self, server_final: str) -> None:
        expected = f"v={base64.b64encode(self._proof_of_server).decode()}"
        if not self._proof_of_server or not hmac.compare_digest(server_final, expected):
            _unknown_server()
        self.server_is_known = True


def connect(
    *,
    host: str,
    port: int,
    database: str,
    user: str,
    password: str,
    authorities: Path,
    application: str = "database-users",
    timeout_seconds: float = TIMEOUT_SECONDS,
) -> Connection:
    """Log in at `host` over TLS, as libpq does with `sslmode=verify-full` and `sslrootcert=authorities`.

    `application` is what the server calls the session; each answer is waited for `timeout_seconds`, 30 by default.

    Raises:
        PostgresError: when the server has no TLS, or refuses the login.
        ssl.SSLCertVerificationError: when its certificate is not of `authorities`, or is another host's.
    """
    # Not ssl.create_default_context: since Python 3.13 it refuses certificates without an authority key identifier, which RFC
    # 5280 asks for and private authorities leave out.
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_verify_locations(authorities)
    with ExitStack() as on_failure:
        plain = on_failure.enter_context(socket.create_connection((host, port), timeout=timeout_seconds))
        plain.sendall(struct.pack("!ii", 8, _REQUEST_TLS))
        if plain.recv(1) != b"S":
            raise PostgresError("the server offers no TLS")
        stream = on_failure.enter_context(context.wrap_socket(plain, server_hostname=host))
        connection = on_failure.enter_context(Connection(stream))
        connection.log_in(
            user=user, password=password, database=database, application=application, timeout_seconds=timeout_seconds
        )
        on_failure.pop_all()
    connection.beside = partial(
        connect,
        host=host,
        port=port,
        user=user,
        password=password,
        authorities=authorities,
        application=application,
        timeout_seconds=timeout_seconds,
    )
    return connection


def verifier(password: str) -> str:
    """What a server keeps of a password to check it by (RFC 5803, as PostgreSQL writes it): it can be set in its place."""
    salt = secrets.token_bytes(16)
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, _ITERATIONS)
    stored = hashlib.sha256(_hmac(salted, b"Client Key")).digest()
    parts = (base64.b64encode(part).decode() for part in (salt, stored, _hmac(salted, b"Server Key")))
    return f"{_MECHANISM}${_ITERATIONS}:{next(parts)}${next(parts)}:{next(parts)}"


def identifier(name: str) -> str:
    """`name` as SQL takes it for a name, whatever is in it."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """`text` as SQL takes it for a text, whatever is in it."""
    return "'" + text.replace("'", "''") + "'"


def _unknown_server() -> NoReturn:
    raise PostgresError("the server does not know the password either: it is not the one it should be")


def _hmac(key: bytes, message: bytes) -> bytes:
    return hmac.digest(key, message, "sha256")


def _text(text: str) -> bytes:
    if "\0" in text:
        raise ValueError("a text for PostgreSQL holds a NUL character; expected none")
    return text.encode() + b"\0"


def _row(body: bytes) -> Row:
    (count,) = struct.unpack("!h", body[:2])
    values: list[str | None] = []
    at = 2
    for _ in range(count):
        (length,) = struct.unpack("!i", body[at : at + 4])
        at += 4
        values.append(None if length < 0 else body[at : at + length].decode())
        at += max(length, 0)
    return tuple(values)


def _refusal(body: bytes) -> PostgresError:
    fields = {field[:1]: field[1:].decode() for field in body.split(b"\0") if field}
    return PostgresError(f"{fields.get(b'M', 'no reason given')} (SQLSTATE {fields.get(b'C', 'unknown')})")
