"""Rotations, and what may happen to them, in any order: who reads the secret gets in, or the next rotation mends it.

The database is played by the password that it has: what PostgreSQL does with one, the other tests of this folder ask it itself.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest.mock import patch

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from components.data.rotation_function.masters import LocalMasters, Place, name_of
from components.data.rotation_function.rotation import NotYetError, Rotation
from components.data.users_function.credentials import log_in, reader
from components.data.users_function.postgres_client import PostgresError
from tests.components.data.rotation_function.world import ARN, STEPS, Fuse, Fused, GoneError, new_secret
from tests.postgres import PASSWORD
from tests.secrets_manager import CURRENT, PENDING


class Played:
    """A database, as far as its master's password goes."""

    def __init__(self) -> None:
        self.password = PASSWORD

    def connect(self, *, password: str, **_: object) -> "Played":
        if password != self.password:
            raise PostgresError("password authentication failed (SQLSTATE 28P01)")
        return self

    def run(self, statement: str) -> list[tuple[str]]:
        if statement.startswith("ALTER ROLE"):
            self.password = statement.rpartition("PASSWORD ")[2].strip("'")
        return [("f",)]

    def __enter__(self) -> "Played":
        return self

    def __exit__(self, *_: object) -> None:
        pass


class Rotations(RuleBasedStateMachine):
    """What Secrets Manager, people and failovers do."""

    @initialize()
    def deploy(self) -> None:
        self.manager, self.database = new_secret(), Played()
        self.mended = True

    def _step(self, name: str, fuse: Fuse) -> None:
        def connect(**given: Any) -> Any:
            return Fused(fuse.call("connect", self.database.connect, **given), fuse)

        module = "components.data.rotation_function.masters"
        same: Callable[[str], str] = lambda password: password  # noqa: E731 - the statement has it as it is
        with patch(f"{module}.connect", connect), patch(f"{module}.verifier", same):
            manager: Any = Fused(self.manager, fuse)
            places = {name_of(ARN): Place(host="database", port=5432)}
            masters = LocalMasters(databases=places, manager=lambda _: manager, authorities=Path())
            rotation = Rotation(manager=manager, masters=masters, sleep=lambda _: None)
            rotation.step(name, ARN, self.manager.stages[PENDING])

    @property
    def _under_way(self) -> bool:
        pending = self.manager.stages.get(PENDING)
        return pending is not None and pending != self.manager.stages[CURRENT]

    @precondition(lambda self: not self._under_way)
    @rule()
    def begin(self) -> None:
        self.manager.begin()

    @precondition(lambda self: self._under_way)
    @rule(name=st.sampled_from(STEPS), at=st.integers(-1, 12), after=st.booleans())
    def step(self, name: str, at: int, after: bool) -> None:
        """A step, in its order or not, which ends by itself or is ended."""
        try:
            self._step(name, Fuse(at=at, after=after))
        except (GoneError, NotYetError):
            return

    @precondition(lambda self: self._under_way)
    @rule()
    def cancel(self) -> None:
        """Somebody takes the stage off by hand: what is in force may have none then."""
        self.manager.update_secret_version_stage(
            SecretId=ARN, VersionStage=PENDING, RemoveFromVersionId=self.manager.stages[PENDING]
        )
        self.mended = False

    @rule(which=st.integers(0, 50))
    def restore(self, which: int) -> None:
        """The database is one of an earlier day."""
        values = [value for value in self.manager.values.values() if value]
        self.database.password = json.loads(values[which % len(values)])["password"]
        self.mended = False

    @rule()
    def rotate(self) -> None:
        """A rotation that nothing disturbs, or the rest of the one that was begun."""
        if not self._under_way:
            self.manager.begin()
        for name in STEPS:
            self._step(name, Fuse())
        assert self.manager.stages[CURRENT] == self.manager.stages[PENDING]
        self.mended = True

    @invariant()
    def whoever_reads_gets_in(self) -> None:
        if self.mended:
            log_in(ARN, reader(self.manager), lambda login: self.database.connect(password=login["password"]))


TestRotations = Rotations.TestCase
TestRotations.settings = settings(max_examples=200, stateful_step_count=25, deadline=None)
