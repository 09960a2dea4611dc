"""Whatever the order in which commands read and write: no range is two environments', and no lease two commands'."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from moto import mock_aws

from operations.environments.items import Environment, Lease
from operations.environments.registry import LEASE_SECONDS, Registry
from operations.errors import OperationError
from tests.operations.environments.world import BEGAN, TABLE, clients, make_table

ACTORS = st.sampled_from(("ada", "bob", "janitor"))
NAMES = st.sampled_from(("x", "y"))
POOL = ("10.128.0.0/20", "10.128.16.0/20", "10.128.32.0/20")


class Commands(RuleBasedStateMachine):
    """Commands whose reads and writes are single steps: what one read may be old when it writes.

    `holds` is what each command believes: the name that it works on, its token and the end of its lease.
    """

    def __init__(self) -> None:
        super().__init__()
        self.mock = mock_aws()
        self.mock.start()
        client: Any = clients()["dynamodb"]
        make_table(client)
        self.registry, self.now, self.count = Registry(client, TABLE), BEGAN, 0
        self.seen: dict[str, str | None] = {}
        self.holds: dict[str, tuple[str, Lease, Environment]] = {}

    def teardown(self) -> None:
        self.mock.stop()

    def _lease(self, actor: str) -> Lease:
        self.count += 1
        return Lease(token=str(self.count), by=actor, doing="up", since=self.now, until=self.now + LEASE_SECONDS)

    @rule(actor=ACTORS)
    def look_for_a_range(self, actor: str) -> None:
        taken = self.registry.ranges()
        self.seen[actor] = next((each for each in POOL if each not in taken), None)

    @rule(actor=ACTORS, name=NAMES)
    def enter(self, actor: str, name: str) -> None:
        taken = self.seen.get(actor)
        if actor in self.holds or taken is None:
            return
        lease, now = self._lease(actor), self.now
        new = Environment(
            name=name,
            owner=actor,
            email="",
            of="dev",
            template="standard",
            range=taken,
            data="discard",
            state="coming-up",
            created=now,
            expires=now + 3600,
            changed_by=actor,
            changed_at=now,
            lease=lease,
        )
        before = self.registry.get(name)
        kept = before is not None and before.state == "kept"
        if before is not None and before.state == "kept" and before.owner == actor:
            new = replace(new, owner=before.owner)
        if self.registry.claim(new, kept=kept) == "":
            assert before is None or before.state == "kept"
            self.holds[actor] = (name, lease, new)

    @rule(actor=ACTORS, name=NAMES)
    def take(self, actor: str, name: str) -> None:
        if actor in self.holds:
            return
        lease = self._lease(actor)
        try:
            found = self.registry.lease(name, lease, ("coming-up", "up", "failed", "going-down"), state="going-down")
        except OperationError:
            return
        self.holds[actor] = (name, lease, found)

    @rule(actor=ACTORS)
    def beat(self, actor: str) -> None:
        if held := self.holds.get(actor):
            name, lease, found = held
            until = self.now + LEASE_SECONDS
            if self.registry.renew(name, lease.token, until):
                self.holds[actor] = (name, replace(lease, until=until), found)
            else:
                del self.holds[actor]

    @rule(actor=ACTORS, how=st.sampled_from(("up", "forget", "keep", "die")))
    def end(self, actor: str, how: str) -> None:
        held = self.holds.pop(actor, None)
        if held is None or how == "die":
            return
        name, lease, found = held
        if how == "up":
            try:
                self.registry.change(name, lease.token, release=True, state="up")
            except OperationError:
                assert lease.until <= self.now or self._is_anothers(name, lease)
        elif how == "keep":
            self.registry.keep(found, lease.token, until=self.now + 3600)
        else:
            self.registry.forget(found, lease.token)

    def _is_anothers(self, name: str, lease: Lease) -> bool:
        found = self.registry.get(name)
        return found is None or found.lease is None or found.lease.token != lease.token

    @rule(name=NAMES)
    def extend(self, name: str) -> None:
        found = self.registry.get(name)
        if found and self.registry.extend(name, old=found.expires, new=found.expires + 60, by="ada", now=self.now):
            assert found.state in ("coming-up", "up", "failed") and found.expires > self.now

    @rule(seconds=st.sampled_from((1, LEASE_SECONDS, 7200)))
    def wait(self, seconds: int) -> None:
        self.now += seconds

    @invariant()
    def each_range_is_one_environments(self) -> None:
        taken = self.registry.ranges()
        has = {each.name: each.range for each in self.registry.all() if each.state != "kept"}
        assert taken == {cidr: name for name, cidr in has.items()}

    @invariant()
    def each_lease_is_one_commands(self) -> None:
        living = [name for name, lease, _ in self.holds.values() if lease.until > self.now]
        assert len(living) == len(set(living))
        for name, lease, _ in self.holds.values():
            if lease.until > self.now:
                found = self.registry.get(name)
                assert found and found.lease and found.lease.token == lease.token


def test_no_order_of_commands_gives_a_range_or_a_lease_twice(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-2")
    monkeypatch.chdir(tmp_path)
    with mock_aws():
        clients()
    checks = [HealthCheck.too_slow, HealthCheck.data_too_large]
    wanted = settings(max_examples=20, stateful_step_count=25, deadline=None, suppress_health_check=checks, derandomize=True)
    run_state_machine_as_test(Commands, settings=wanted)
