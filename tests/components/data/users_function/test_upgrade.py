"""pg_upgrade, by which RDS upgrades an instance in place, takes one with databases of environments, made and kept."""

import os
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.components.data.users_function.test_environments import World
from tests.postgres import ADMINISTRATOR, MAJORS, Server, server

OLD, NEW = min(MAJORS), max(MAJORS)


@pytest.fixture(scope="module")
def older() -> Iterator[Server]:
    with server(OLD) as started:
        yield started


def checked(old: Server) -> str:
    """What `pg_upgrade --check` says of a server that runs; it asks a new, empty one of the next major."""
    user = "nobody" if os.getuid() == 0 else None
    binaries = Path(str(old.binaries).replace(f"/{MAJORS[OLD]}/", f"/{MAJORS[NEW]}/"))
    with tempfile.TemporaryDirectory(prefix="postgres-", dir=old.log.parent) as folder:
        Path(folder).chmod(0o777)
        made = ("-D", f"{folder}/new", "-U", ADMINISTRATOR, "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync")
        subprocess.run(
            [str(binaries / "initdb"), *made, "--no-data-checksums"], user=user, cwd=folder, check=True, capture_output=True
        )
        data = str(old.log.parent / "data")
        where = ("-b", str(old.binaries), "-B", str(binaries), "-d", data, "-D", f"{folder}/new")
        done = subprocess.run(
            [str(binaries / "pg_upgrade"), "--check", *where, "-p", str(old.port), "-U", ADMINISTRATOR],
            user=user,
            cwd=folder,
            check=False,
            capture_output=True,
            text=True,
        )
    return done.stdout + done.stderr


def test_an_instance_with_environments_kept_and_in_use_can_be_upgraded(older: Server) -> None:
    world = World(older)
    for name in ("x", "two-b"):
        world.make(name)
    world.end("x", "keep")
    assert "Clusters are compatible" in checked(older)
    older.psql("ALTER DATABASE dataconnect__x ALLOW_CONNECTIONS false")
    assert "datallowconn must be true" in checked(older)
    older.psql("ALTER DATABASE dataconnect__x ALLOW_CONNECTIONS true")
    older.psql("UPDATE pg_database SET datconnlimit = -2 WHERE datname = 'dataconnect__x'")
    assert "must not be -2" in checked(older)
    world.command(action="drop", environment="x")
    assert "Clusters are compatible" in checked(older)
