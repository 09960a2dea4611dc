"""What the make targets ask of the engine."""

import json
from pathlib import Path
from typing import Any

import pytest

from sandbox import targets
from sandbox.places import SetupError, state_file


@pytest.fixture
def commands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The engine commands given, in a clone with the stacks dev, prod, prod-recovery and prod-replication."""
    given: list[list[str]] = []

    def pulumi(*arguments: str) -> int:
        judged = arguments[0] in {"preview", "up"}
        assert judged == ("--event-log" in arguments)  # the closing verdict is made of it
        given.append(list(arguments[:-2] if judged else arguments))
        return int(arguments[0] == "destroy")

    monkeypatch.setenv("DATACONNECT_SANDBOX_DIR", str(tmp_path / "sandbox"))
    monkeypatch.setattr(targets, "CLONE", tmp_path)
    monkeypatch.setattr(targets, "_pulumi", pulumi)
    monkeypatch.setattr(targets, "set_up", lambda: None)
    for stack, upstreams in (
        ("dev", ()),
        ("prod", ()),
        ("prod-recovery", ("primary",)),
        ("prod-replication", ("primary", "recovery")),
    ):
        names = {"primary": "prod", "recovery": "prod-recovery"}
        lines = "".join(f"  dataconnect:{key}Stack: {names[key]}\n" for key in upstreams)
        (tmp_path / f"Pulumi.{stack}.yaml").write_text(f"config:\n{lines}")
    return given


def test_a_preview_shows_dev_and_prod_with_every_pack(commands: list[list[str]], tmp_path: Path) -> None:
    assert targets.main(["preview"]) == 0
    pack = ["--policy-pack", str(tmp_path / "policies")]
    assert commands == [["preview", "--stack", "dev", *pack], ["preview", "--stack", "prod", *pack]]


def test_a_configuration_of_the_packs_is_passed_on_from_where_it_was_named(commands: list[list[str]], tmp_path: Path) -> None:
    assert targets.main(["preview", "dev", str(tmp_path / "packs.json")]) == 0
    [command] = commands
    assert command[command.index("--policy-pack-config") + 1] == str(tmp_path / "packs.json")


def test_the_evidence_of_an_earlier_run_is_gone_before_anything_can_fail(
    commands: list[list[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    earlier = tmp_path / "sandbox" / "evidence" / "dev"
    earlier.mkdir(parents=True)

    def fail() -> None:
        raise SystemExit("sandbox: no engine")

    monkeypatch.setattr(targets, "set_up", fail)
    with pytest.raises(SystemExit, match="no engine"):
        targets.main(["evidence", "dev"])
    assert not earlier.exists()
    assert commands == []


def test_what_a_stack_reads_from_is_deployed_first(commands: list[list[str]]) -> None:
    assert targets.main(["preview", "prod-replication"]) == 0
    given = [(command[0], command[2]) for command in commands]
    assert given == [("up", "prod"), ("up", "prod"), ("up", "prod-recovery"), ("preview", "prod-replication")]


def test_what_is_deployed_already_is_left_alone(commands: list[list[str]]) -> None:
    file = state_file("dataconnect", "prod")
    file.parent.mkdir(parents=True)
    file.write_text(json.dumps(checkpoint({"url": "x"})))
    targets.main(["preview", "prod-recovery"])
    assert [command[0] for command in commands] == ["preview"]


def test_a_deployment_that_did_not_come_to_its_end_is_none(
    commands: list[list[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    file = state_file("dataconnect", "prod")
    file.parent.mkdir(parents=True)
    file.write_text(json.dumps(checkpoint({})))
    targets.main(["preview", "prod-recovery"])
    assert [command[0] for command in commands] == ["up", "preview"]
    assert "reads the outputs of prod, which is not in the sandbox yet: deploying prod first" in capsys.readouterr().err


def checkpoint(outputs: dict[str, str]) -> dict[str, Any]:
    """A state whose stack has those outputs, and a resource."""
    stack = {"type": "pulumi:pulumi:Stack", "outputs": outputs}
    return {"checkpoint": {"latest": {"resources": [stack, {"type": "aws:sqs/queue:Queue", "outputs": {"url": "x"}}]}}}


def test_the_evidence_is_that_of_prod_unless_another_is_named(
    commands: list[list[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran: list[tuple[str, ...]] = []
    monkeypatch.setattr(targets, "_python", lambda *command: ran.append(command) or 0)
    for stack in ("", "dev"):
        name = stack or "prod"
        folder = tmp_path / "sandbox" / "evidence" / name
        folder.mkdir(parents=True)
        assert targets.main(["evidence", stack, "packs.json", "tag-values"]) == 0
        assert not folder.exists(), "an earlier verdict stays while a new one is made"
        configured = ("--policy-pack-config", str(Path("packs.json").absolute()))
        preview = (str(tmp_path / "sandbox" / "pulumi"), "preview", "--stack", name)
        asked = ("--more", f"make evidence STACK={name} RULE=NAME", "--rule=tag-values")
        assert ran.pop() == ("policies.evidence.run", "--out", str(folder), *asked, *configured, "--", *preview)
    assert commands == []


def test_the_closing_verdict_is_told_the_stack_which_a_run_that_ends_early_does_not_name(
    commands: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def pulumi(*arguments: str) -> int:
        commands.append(list(arguments))
        Path(arguments[-1]).write_text("")
        return 1

    ran: list[tuple[str, ...]] = []
    monkeypatch.setattr(targets, "_pulumi", pulumi)
    monkeypatch.setattr(targets, "_python", lambda *command: ran.append(command) or 0)
    assert targets.main(["preview", "dev"]) == 1
    [(module, events, *options)] = ran
    assert (module, events) == ("policies.evidence.closing", commands[0][-1])
    assert options == ["--code", "1", "--stack", "dev", "--more", "make evidence STACK=dev"]


def test_a_failed_destroy_says_how_to_let_go(commands: list[list[str]], capsys: pytest.CaptureFixture[str]) -> None:
    assert targets.main(["destroy", "prod"]) == 1
    assert commands == [["destroy", "--stack", "prod", "--yes"]]
    assert "stack rm --force --yes -s prod" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [(["preview", "staging"], "no Pulumi.staging.yaml; the stacks are dev, prod"), (["up"], "STACK=<one of dev, prod")],
)
def test_an_unknown_or_missing_stack_is_named(commands: list[list[str]], arguments: list[str], said: str) -> None:
    with pytest.raises(SetupError, match=said):
        targets.main(arguments)
    assert commands == []
