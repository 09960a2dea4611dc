"""The client of Valkey on a real server: what it reads, what it does when the connection is lost, and whom it believes."""

import socket
from collections.abc import Iterator

import pytest

from functions.shared.valkey import Connection, LostError, Script, Valkey, ValkeyError, connect
from tests.postgres import listening
from tests.valkey import ADMINISTRATOR, PASSWORD, Front, Server, running, tls


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with running() as found:
        yield found


@pytest.fixture
def front(server: Server) -> Iterator[Front]:
    server.empty()
    with tls(server) as found:
        yield found


def client(front: Front) -> Valkey:
    return Valkey("localhost", front.port, lambda _: (ADMINISTRATOR, PASSWORD), context=front.trusted)


def test_every_kind_of_answer_is_read_in_pieces_over_tls(front: Front) -> None:
    valkey = client(front)
    assert valkey.call("SET", "k", b"\x00\r\n$5\r\nx") == b"OK"
    assert valkey.call("GET", "k") == b"\x00\r\n$5\r\nx"
    assert valkey.call("GET", "nothing") is None
    assert valkey.call("INCRBY", "n", -7) == -7
    assert valkey.call("MGET", "n", "nothing") == [b"-7", None]
    assert valkey.call("XREAD", "COUNT", 1, "STREAMS", "s", "0") is None
    valkey.call("XADD", "s", "1-1", "f", "v")
    assert valkey.call("XREAD", "STREAMS", "s", "0") == [[b"s", [[b"1-1", [b"f", b"v"]]]]]
    assert valkey.call("SET", "big", b"x" * 3_000_00) == b"OK"
    assert valkey.call("STRLEN", "big") == 300_000
    assert len(valkey.call("GET", "big")) == 300_000
    assert valkey.call("LRANGE", "none", 0, -1) == []
    assert valkey.opened == 1
    valkey.close()


def test_what_the_server_refuses_is_told_by_its_code_and_the_connection_goes_on(front: Front) -> None:
    valkey = client(front)
    valkey.call("SET", "k", "v")
    with pytest.raises(ValkeyError) as raised:
        valkey.call("HGET", "k", "f")
    assert raised.value.code == "WRONGTYPE"
    good, bad, after = valkey.together([["GET", "k"], ["HGET", "k", "f"], ["GET", "k"]])
    assert (good, after) == (b"v", b"v") and isinstance(bad, ValkeyError)
    assert valkey.opened == 1
    valkey.close()


@pytest.mark.parametrize("left", [1, 4, 7])
def test_a_connection_that_is_cut_within_an_answer_is_opened_anew(front: Front, left: int) -> None:
    valkey = client(front)
    valkey.call("SET", "k", "value")
    front.left = left
    assert valkey.call("GET", "k") == b"value"
    assert valkey.opened == 2
    valkey.close()


def test_one_that_is_cut_twice_is_lost(front: Front) -> None:
    valkey = client(front)
    valkey.call("SET", "k", "value")
    valkey.close()
    front.left = 2
    with pytest.raises(LostError):
        # The login of the first try is cut; the second one is cut, too.
        front_again(front, valkey)
    assert valkey.call("GET", "k") == b"value"
    valkey.close()


def front_again(front: Front, valkey: Valkey) -> None:
    real = valkey.close

    def close() -> None:
        real()
        front.left = 2

    valkey.close = close
    try:
        valkey.call("GET", "k")
    finally:
        valkey.close = real
        front.left = None


def test_nobody_there_is_lost(server: Server) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(LostError, match="ConnectionRefusedError"):
        connect("127.0.0.1", port, user="x", password="y", context=None)
    del server


def test_a_server_that_does_not_answer_is_not_waited_for_for_ever(server: Server) -> None:
    administrator = server.administrator()
    with pytest.raises(LostError, match="TimeoutError"):
        administrator.call("BLPOP", "nothing", 0, wait=0.05)
    with pytest.raises(LostError):
        administrator.call("PING")


@pytest.mark.parametrize(
    "answer", [b"HTTP/1.1 400 Bad Request\r\n", b"$99999999999\r\n", b":one\r\n", b"*1\r\n" * 20, b"x" * 200_000]
)
def test_what_is_no_resp_is_lost_and_not_believed(answer: bytes) -> None:
    def serve(client: socket.socket) -> None:
        client.recv(4096)
        client.sendall(answer)

    with listening(serve) as port:
        connection = Connection(socket.create_connection(("127.0.0.1", port)))
        with pytest.raises(LostError):
            connection.call("PING")


def test_another_certificate_is_not_believed(server: Server, front: Front) -> None:
    with tls(server) as other, pytest.raises(LostError, match="SSLCertVerificationError"):
        connect("localhost", front.port, user=ADMINISTRATOR, password=PASSWORD, context=other.trusted)


def test_a_name_that_is_not_in_the_certificate_is_not_believed(front: Front) -> None:
    with pytest.raises(LostError, match="SSLCertVerificationError"):
        connect("127.0.0.1", front.port, user=ADMINISTRATOR, password=PASSWORD, context=front.trusted)


def test_a_password_that_does_not_open_any_more_is_asked_for_anew(server: Server) -> None:
    server.empty()
    server.allow("live", "on ~* +@all", "n" * 16)
    asked = list[bool]()

    def credentials(anew: bool) -> tuple[str, str]:
        asked.append(anew)
        return "live", "n" * 16 if anew else "o" * 16

    valkey = Valkey("127.0.0.1", server.port, credentials, context=None)
    assert valkey.call("PING") == b"PONG"
    assert asked == [False, True]
    valkey.close()


def test_one_that_never_opens_is_told(server: Server) -> None:
    valkey = Valkey("127.0.0.1", server.port, lambda _: ("live", "x" * 16), context=None)
    with pytest.raises(ValkeyError, match="WRONGPASS"):
        valkey.call("PING")


def test_a_script_is_sent_once_and_again_where_the_server_has_forgotten_it(server: Server) -> None:
    server.empty()
    valkey = Valkey("127.0.0.1", server.port, lambda _: (ADMINISTRATOR, PASSWORD), context=None)
    script = Script("return redis.call('INCRBY', KEYS[1], ARGV[1])")
    assert [valkey.run(script, ["n"], [2])[0] for _ in range(2)] == [2, 4]
    valkey.call("SCRIPT", "FLUSH")
    assert valkey.run(script, ["n"], [2]) == (6, 0)
    assert valkey.run(script, ["n"], [2], copied_within=1) == (8, 0)
    with pytest.raises(ValkeyError, match="WRONGTYPE"):
        valkey.call("LPUSH", "list", 1)
        valkey.run(script, ["list"], [2])
    valkey.close()
