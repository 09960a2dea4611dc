"""What a command believes of others: that one is dead, what time it is, whose a stack is."""

import socket
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

from delivery.reconcile.locks import Life, Lock
from operations.clock import refuse_skew
from operations.environments.command import open_place
from operations.environments.engine import Engine, EngineError, ForeignStackError, Tools
from operations.environments.locks import proof_of_life
from operations.errors import OperationError
from tests.operations.environments.world import World

NOW = datetime(2027, 1, 15, 8, 0, tzinfo=UTC)


@pytest.mark.parametrize(("minutes", "told"), [(14, "the state was silent for 14 of 15 minutes"), (15, "")])
def test_a_process_that_is_not_here_is_dead_only_once_its_state_is_silent(minutes: int, told: str) -> None:
    began = NOW - timedelta(minutes=minutes)
    # Another container of the same name has processes of its own.
    lock = Lock(file="lock", user="ada", host=socket.gethostname(), pid=2**22 + 1, at=began)
    assert proof_of_life(lock, Life(written=began, pending=()), NOW) == told


@pytest.mark.parametrize(
    ("seconds", "told"), [(-31, "31 s behind"), (-30, ""), (0, ""), (30, ""), (31, "31 s ahead of")], ids=str
)
def test_a_clock_that_is_wrong_is_refused(seconds: int, told: str) -> None:
    answer = {"ResponseMetadata": {"HTTPHeaders": {"date": format_datetime(NOW, usegmt=True)}}}
    mine = NOW + timedelta(seconds=seconds)
    if not told:
        assert refuse_skew(answer, mine, mine) == NOW + timedelta(seconds=min(max(seconds, 0), 1)), "as AWS has it"
        return
    with pytest.raises(OperationError, match=f"the clock of this machine is {told} that of AWS; expected 30 s"):
        refuse_skew(answer, mine, mine)


def test_an_answer_that_took_long_proves_nothing_and_one_without_a_time_neither() -> None:
    answer: dict[str, Any] = {"ResponseMetadata": {"HTTPHeaders": {"date": format_datetime(NOW, usegmt=True)}}}
    for mine in (NOW, NOW + timedelta(seconds=1)):
        assert refuse_skew(answer, NOW - timedelta(seconds=120), mine) == mine
    assert refuse_skew({"ResponseMetadata": {"HTTPHeaders": {}}}, NOW, NOW) == NOW


def test_each_command_compares_its_clock_first(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    dev = world.place().dev
    assert open_place(dev, "", "").registry.table == dev.table

    class Wrong(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> "Wrong":
            return super().now(tz) + timedelta(minutes=4)

    monkeypatch.setattr("operations.environments.command.datetime", Wrong)
    with pytest.raises(OperationError, match=r"\d+ s ahead of that of AWS"):
        open_place(dev, "", "")


@pytest.mark.parametrize(
    ("said", "new", "error"),
    [
        ("error: stack 'dev-x' already exists", False, None),
        ("error: stack 'dev-x' already exists", True, ForeignStackError),
        ("error: no bucket", True, EngineError),
    ],
)
def test_a_stack_that_is_there_is_gone_on_with_only_by_who_made_it(
    tmp_path: Path, said: str, new: bool, error: type[EngineError] | None
) -> None:
    pulumi = tmp_path / "pulumi"
    pulumi.write_text(f'#!/bin/sh\necho "{said}" >&2\nexit 255\n')
    pulumi.chmod(0o755)
    (tmp_path / "Pulumi.yaml").write_text("name: dataconnect\n")
    tools = Tools(pulumi=str(pulumi), account="111111111111", project=tmp_path, folder=tmp_path / "files", environ={})
    engine = Engine("dev-x", tools)
    engine.write("config: {}\n")
    if error is None:
        engine.init("passphrase", new=new)
    else:
        with pytest.raises(error):
            engine.init("passphrase", new=new)
    assert not (tmp_path / "files" / "init" / "dev-x").exists()
