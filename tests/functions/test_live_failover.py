"""A failover between two real servers: what was done with is there afterwards, and the rest comes again and counts once."""

import socket
import threading
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import pytest

from functions.live.window import Windows
from functions.shared.valkey import Connection, Valkey
from tests.functions.deliveries import delivered, stored
from tests.functions.live_reader import Browser, Reader
from tests.functions.live_world import DAY, USERS, WORD, Live, far_end
from tests.functions.world import ACME, World
from tests.postgres import listening
from tests.valkey import ADMINISTRATOR, HOST, PASSWORD, Server, running


@dataclass
class Name:
    """What leads to the primary, as ElastiCache's name of it does.

    Attributes:
        port: Where it listens.
        target: Where it leads to now.
    """

    port: int
    target: int
    _open: list[socket.socket]

    def lead_to(self, server: Server) -> None:
        """Lead to another server, and end what is open."""
        self.target = server.port
        while self._open:
            with suppress(OSError):
                self._open.pop().shutdown(socket.SHUT_RDWR)


@contextmanager
def name_of(server: Server) -> Generator[Name]:
    name = Name(0, server.port, [])

    def serve(client: socket.socket) -> None:
        with socket.create_connection((HOST, name.target)) as onward:
            name._open += [client, onward]
            there = threading.Thread(target=_pump, args=(client, onward), daemon=True)
            there.start()
            _pump(onward, client)
            there.join()

    with listening(serve) as port:
        name.port = port
        yield name


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while chunk := source.recv(4096):
            sink.sendall(chunk)
    for each in (source, sink):
        with suppress(OSError):
            each.shutdown(socket.SHUT_RDWR)


@dataclass
class Pair:
    """A primary and a replica behind one name."""

    primary: Server
    replica: Server
    name: Name
    live: Live

    def client(self, user: str) -> Valkey:
        self.live.opened.append(Valkey(HOST, self.name.port, lambda _: (user, WORD), context=None))
        return self.live.opened[-1]

    def take(self, *numbers: int, status: str = "application") -> list[bool]:
        newest = self.live.lake.newest()
        windows = Windows(valkey=self.client("live"), replicas=True, ends=far_end)
        service = self.live.service().__class__(
            registry=newest.registry, sessions=newest.sessions, bucket="raw", windows=windows, now=lambda: self.live.lake.now
        )
        records = [delivered(stored(number, id=f"{status}-{number}", status=status)) for number in numbers]
        failed = {each["itemIdentifier"] for each in service.handle({"Records": records})["batchItemFailures"]}
        return [each["messageId"] not in failed for each in records]

    def reader(self) -> Reader:
        return Reader(self.client("realtime"), ACME, "loans", DAY, self.live.access())

    def fail_over(self) -> None:
        """The replica becomes the primary, and has a replica again; what was the primary is gone."""
        administrator = self.replica.administrator()
        administrator.call("REPLICAOF", "NO", "ONE")
        follow(self.primary, self.replica)
        self.name.lead_to(self.replica)
        administrator.close()


def follow(server: Server, primary: Server) -> None:
    """Make a server a replica, and wait until it has everything."""
    administrator = server.administrator()
    administrator.call("CONFIG", "SET", "primaryuser", ADMINISTRATOR, "primaryauth", PASSWORD, "repl-diskless-sync-delay", "0")
    administrator.call("REPLICAOF", HOST, primary.port)
    at = primary.administrator()
    at.call("CONFIG", "SET", "repl-diskless-sync-delay", "0")
    while not (_linked(administrator) and at.call("WAIT", 1, 1000)):
        pass
    administrator.close()
    at.close()


def _linked(connection: Connection) -> bool:
    return b"master_link_status:up" in connection.call("INFO", "replication")


@pytest.fixture
def pair(whole: World) -> Iterator[Pair]:
    whole.empty()
    with running() as primary, running() as replica:
        for server in (primary, replica):
            for user, access in USERS.items():
                server.allow(user, access, WORD)
        follow(replica, primary)
        with name_of(primary) as name:
            live = Live(whole, primary)
            yield Pair(primary, replica, name, live)
            while live.opened:
                live.opened.pop().close()


def test_what_was_done_with_is_there_after_a_failover_and_a_browser_goes_on(pair: Pair) -> None:
    browser, reader = Browser(), pair.reader()
    assert pair.take(1, 2, 3) == [True] * 3
    for event in reader.begin():
        browser.take(event)
    pair.fail_over()
    (event,) = reader.follow()
    assert event.kind == "snapshot" and event.counts["all:count"] == 3
    assert pair.take(3, 4, status="funded") == [True, True]
    kinds = list[str]()
    for event in reader.follow():
        kinds.append(event.kind)
        browser.take(event)
    assert kinds == ["change", "change"]
    assert (browser.counts["all:count"], browser.counts["status:funded:count"]) == (4, 2)


def test_what_no_replica_had_comes_again_and_counts_once(pair: Pair) -> None:
    assert pair.take(1) == [True]
    # The replica gets no more; the primary goes on for a while, and is lost.
    cut = pair.replica.administrator()
    cut.call("REPLICAOF", "NO", "ONE")
    assert pair.take(2) == [False]
    browser, reader = Browser(), pair.reader()
    for event in reader.begin():
        browser.take(event)
    assert browser.counts["all:count"] == 2  # which nobody has promised
    cut.close()
    pair.fail_over()
    assert pair.take(2) == [True]
    for event in (*reader.follow(), *reader.follow()):
        browser.take(event)
    assert browser.counts["all:count"] == 2
    # A browser that was away meanwhile, and whose change the new primary does not have, begins with the counts.
    other = pair.reader()
    assert [event.kind for event in other.begin(browser.last_event_id)] == []
    assert [event.kind for event in other.begin("0123456789abcdef.2.1-1")] == ["snapshot"]
