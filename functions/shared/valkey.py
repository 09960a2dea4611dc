"""A client of Valkey over TLS, of the standard library alone: what functions need of RESP2, and a way back to a lost server."""

import hashlib
import socket
import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar

T = TypeVar("T")
Word = str | bytes | int
Credentials = Callable[[bool], tuple[str, str]]
"""User and password; True asks for those that are valid now, not for what was kept."""

SECONDS: Final = 5.0
"""To wait for the server at the most, unless a command says that it waits longer."""
MOST_BYTES: Final = 64 * 1024 * 1024
"""Of one text in an answer: one that says more is no answer of Valkey."""
_DEPTH: Final = 8
_CHUNK: Final = 65_536
# The server that answers so is not the primary any more, or not yet: after a failover its name leads to another.
_ELSEWHERE: Final = ("READONLY", "MASTERDOWN", "LOADING", "CLUSTERDOWN")
_WRONG_PASSWORD: Final = ("WRONGPASS", "NOAUTH")


class ValkeyError(Exception):
    """What the server refused.

    Attributes:
        code: The first word of its answer, e.g. `NOPERM`. The rest may hold a key, and is not for logs.
    """

    def __init__(self, told: str) -> None:
        super().__init__(told)
        self.code = told.partition(" ")[0]


class LostError(ConnectionError):
    """The connection ended, or what came over it is no RESP: whether the command was carried out is not known."""


class Connection:
    """One connection, of one thread."""

    def __init__(self, stream: socket.socket) -> None:
        self._socket = stream
        self._held = bytearray()
        self._at = 0

    def call(self, *words: Word, wait: float = SECONDS) -> Any:
        """Send a command and read its answer: texts as bytes, numbers as `int`, lists, None for what is not there.

        Raises:
            ValkeyError: when the server refuses it.
            LostError: when the connection is lost, or nothing comes for `wait` seconds; it is of no use any more.
        """
        (answer,) = self.calls([words], wait=wait)
        if isinstance(answer, ValkeyError):
            raise answer
        return answer

    def calls(self, commands: Sequence[Sequence[Word]], *, wait: float = SECONDS) -> list[Any]:
        """Send commands at once and read all answers; what is refused stands in the place of its answer."""
        try:
            self._socket.settimeout(wait)
            self._socket.sendall(b"".join(map(_encoded, commands)))
            return [self._answer() for _ in commands]
        except (OSError, ValueError) as error:
            self.close()
            raise error if isinstance(error, LostError) else LostError(type(error).__name__) from None

    def close(self) -> None:
        """End it; may be done twice."""
        self._socket.close()

    def _answer(self, depth: int = 0) -> Any:
        line = self._line()
        kind, rest = line[:1], line[1:]
        match kind:
            case b"+":
                return rest
            case b"-":
                return ValkeyError(rest.decode(errors="replace"))
            case b":":
                return int(rest)
            case b"$":
                return self._text(int(rest))
            case b"*" if depth < _DEPTH:
                count = int(rest)
                return None if count < 0 else [self._answer(depth + 1) for _ in range(count)]
            case _:
                raise LostError("no RESP")

    def _text(self, length: int) -> bytes | None:
        if length < 0:
            return None
        if length > MOST_BYTES:
            raise LostError("an answer that is too long")
        self._fill(length + 2)
        text = bytes(self._held[self._at : self._at + length])
        self._at += length + 2
        return text

    def _line(self) -> bytes:
        while (end := self._held.find(b"\r\n", self._at)) < 0:
            if len(self._held) - self._at > _CHUNK:
                raise LostError("a line that is too long")
            self._receive()
        line = bytes(self._held[self._at : end])
        self._at = end + 2
        return line

    def _fill(self, count: int) -> None:
        while len(self._held) - self._at < count:
            self._receive()

    def _receive(self) -> None:
        if self._at:
            del self._held[: self._at]
            self._at = 0
        chunk = self._socket.recv(_CHUNK)
        if not chunk:
            raise LostError("the server ended the connection")
        self._held += chunk


def _encoded(words: Sequence[Word]) -> bytes:
    texts = [word if isinstance(word, bytes) else str(word).encode() for word in words]
    return b"".join((b"*%d\r\n" % len(texts), *(b"$%d\r\n%s\r\n" % (len(text), text) for text in texts)))


def connect(host: str, port: int, *, user: str, password: str, context: ssl.SSLContext | None) -> Connection:
    """Open a connection and log in; without `context` it is plain, which only tests are.

    Raises:
        ValkeyError: when the user or the password is wrong.
        LostError: when nobody answers, or whose certificate is not believed.
    """
    try:
        stream = socket.create_connection((host, port), timeout=SECONDS)
        try:
            stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            wrapped = context.wrap_socket(stream, server_hostname=host) if context else stream
        except BaseException:
            stream.close()
            raise
    except OSError as error:
        raise LostError(type(error).__name__) from None
    connection = Connection(wrapped)
    try:
        connection.call("AUTH", user, password)
    except BaseException:
        connection.close()
        raise
    return connection


@dataclass(frozen=True)
class Script:
    """A Lua script, which the server knows by its digest once it was sent.

    Attributes:
        text: The script.
    """

    text: str

    @property
    def digest(self) -> str:
        """What `EVALSHA` calls it by."""
        return hashlib.sha1(self.text.encode(), usedforsecurity=False).hexdigest()


class Valkey:
    """A server by its name: connected when it is first asked, and again where the connection was lost.

    A command is tried twice where a connection is lost in between, so each must be one that may be carried out twice. After a
    failover the name leads to the new primary, and after a rotation of the password the credentials are asked for anew.

    Attributes:
        opened: How many connections there were: who goes on where it was must know whether it is the same server.
    """

    def __init__(self, host: str, port: int, credentials: Credentials, *, context: ssl.SSLContext | None) -> None:
        self._where = (host, port)
        self._credentials = credentials
        self._context = context
        self._connection: Connection | None = None
        self.opened = 0

    def call(self, *words: Word, wait: float = SECONDS) -> Any:
        """See `Connection.call`."""
        return self._twice(lambda connection: connection.call(*words, wait=wait))

    def together(self, commands: Sequence[Sequence[Word]]) -> list[Any]:
        """See `Connection.calls`; for commands that belong together, as those from MULTI to EXEC do."""
        return self._twice(lambda connection: connection.calls(commands))

    def run(self, script: Script, keys: Sequence[str], words: Sequence[Word], *, copied_within: int = 0) -> tuple[Any, int]:
        """Run a script, whose text the server is sent once; what it returns, and how many replicas have what it wrote.

        Of them one is waited for so many milliseconds. By the same connection: another one would wait for nothing.
        """
        arguments = (len(keys), *keys, *words)
        try:
            return self._twice(lambda connection: _run(connection, ("EVALSHA", script.digest, *arguments), copied_within))
        except ValkeyError as error:
            if error.code != "NOSCRIPT":
                raise
        return self._twice(lambda connection: _run(connection, ("EVAL", script.text, *arguments), copied_within))

    def close(self) -> None:
        """End the connection; the next command opens another."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _twice(self, work: Callable[[Connection], T]) -> T:
        for last in (False, True):
            try:
                return work(self._connected())
            except (LostError, ValkeyError) as error:
                if isinstance(error, ValkeyError) and error.code not in (*_ELSEWHERE, *_WRONG_PASSWORD):
                    raise
                self.close()
                if last:
                    raise
        raise AssertionError

    def _connected(self) -> Connection:
        if self._connection is None:
            try:
                self._connection = self._logged_in(anew=False)
            except ValkeyError as error:
                if error.code not in _WRONG_PASSWORD:
                    raise
                self._connection = self._logged_in(anew=True)
        return self._connection

    def _logged_in(self, *, anew: bool) -> Connection:
        user, password = self._credentials(anew)
        self.opened += 1
        return connect(*self._where, user=user, password=password, context=self._context)


def _run(connection: Connection, command: Sequence[Word], copied_within: int) -> tuple[Any, int]:
    if not copied_within:
        return connection.call(*command), 0
    answer, copies = connection.calls([command, ("WAIT", 1, copied_within)], wait=SECONDS + copied_within / 1000)
    for each in (answer, copies):
        if isinstance(each, ValkeyError):
            raise each
    return answer, copies
