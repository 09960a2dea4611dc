"""Tries whether a user of the cache may log in: two commands of RESP over TLS, of the standard library alone."""

import socket
import ssl
from typing import Final

SECONDS: Final = 10.0
_MOST: Final = 4096
"""No answer to AUTH or PING is as long."""


def may_log_in(host: str, port: int, *, user: str, password: str, context: ssl.SSLContext | None) -> bool:
    """Whether the cache lets a user in with a password; without `context` the way is plain, which only tests are.

    Raises:
        ConnectionError: when it answers something else, or ends the connection.
        OSError: when nobody answers, or whose certificate is not believed.
    """
    with socket.create_connection((host, port), timeout=SECONDS) as plain:
        stream = context.wrap_socket(plain, server_hostname=host) if context else plain
        with stream:
            answer = _ask(stream, "AUTH", user, password)
            if answer.startswith(b"-WRONGPASS"):
                return False
            if answer != b"+OK" or _ask(stream, "PING") != b"+PONG":
                # An answer may hold what was sent.
                raise ConnectionError("the cache answers neither that the password is right nor that it is wrong")
            return True


def _ask(stream: socket.socket, *words: str) -> bytes:
    texts = [word.encode() for word in words]
    stream.sendall(b"".join((b"*%d\r\n" % len(texts), *(b"$%d\r\n%s\r\n" % (len(text), text) for text in texts))))
    heard = b""
    while not heard.endswith(b"\r\n"):
        chunk = stream.recv(_MOST)
        if not chunk or len(heard) > _MOST:
            raise ConnectionError("the cache ended the connection")
        heard += chunk
    return heard[:-2]
