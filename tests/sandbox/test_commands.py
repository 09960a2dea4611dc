"""What the sandbox refuses or says in one line, in a copy of the project with a program of one resource."""

import os
import re
import signal
import subprocess
import time
from pathlib import Path

import pytest

from sandbox.places import locked
from tests.clones import copy_project, run_in
from tests.engine import Result

PROGRAM = 'import pulumi_aws as aws\naws.sqs.Queue("q")\n'
LASTING = (
    "import os, pathlib, time\npathlib.Path('draft').write_text(str(os.getpid()))\n"
    "pathlib.Path('draft').rename('process')\ntime.sleep(600)\n"
)


CODE = ("x;touch HIT", "$(touch HIT)", "$(shell touch HIT)", "`touch HIT`")


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy for commands that leave nothing behind, or nothing that matters to the next."""
    return copy_project(tmp_path_factory.mktemp("clone"), PROGRAM)


def pulumi(clone: Path, *arguments: str, **environ: str) -> Result:
    return run_in(clone, clone / "sandbox" / "pulumi", "--non-interactive", *arguments, environ=environ)


def told(result: Result, expected: str) -> None:
    """That the command failed and its last line says `expected`, without a traceback."""
    assert result.code == 1, result.output
    assert "Traceback" not in result.output
    assert re.search(expected, result.stderr.splitlines()[-1]), result.output


@pytest.mark.parametrize(
    ("arguments", "file"),
    [
        (["config", "set", "-s", "prod", "dataconnect:active", "true"], r"edit Pulumi\.prod\.yaml itself"),
        (["-s", "prod", "config", "set", "--path", "dataconnect:a.b", "true"], r"edit Pulumi\.prod\.yaml itself"),
        (["config", "--stack=dev", "set-all", "--plaintext", "a=b"], r"edit Pulumi\.dev\.yaml itself"),
        (["config", "rm", "-s", "prod", "dataconnect:alerts"], r"edit Pulumi\.prod\.yaml itself"),
        (["config", "rm-all", "dataconnect:alerts", "-s", "prod"], r"edit Pulumi\.prod\.yaml itself"),
        (["config", "remove", "x", "-s", "prod"], r"edit Pulumi\.prod\.yaml itself"),
        (["config", "refresh", "-s", "prod"], r"edit Pulumi\.prod\.yaml itself"),
        (["config", "cp", "-s", "prod", "-d", "dev"], r"edit Pulumi\.prod\.yaml itself"),
        (["config", "set", "dataconnect:active", "true"], r"edit the stack's file, Pulumi\.<stack>\.yaml, itself"),
        (["config", "env", "add", "-s", "prod", "x"], r"edit Pulumi\.prod\.yaml itself"),
        (["stack", "rename", "-s", "dev", "other"], "rename the file"),
        (["stack", "change-secrets-provider", "-s", "dev", "default"], r"edit Pulumi\.dev\.yaml itself"),
        (["stack", "init", "staging"], r"there is no Pulumi\.staging\.yaml: write it first .*; the stacks are dev, prod"),
        (["new", "python"], "would be lost"),
        (["package", "add", "random"], "would be lost"),
    ],
)
def test_what_would_be_written_into_a_copy_is_refused_with_the_file_to_edit(
    clone: Path, arguments: list[str], file: str
) -> None:
    before = {each.name: each.read_bytes() for each in clone.glob("Pulumi*.yaml")}
    told(pulumi(clone, *arguments), file)
    assert {each.name: each.read_bytes() for each in clone.glob("Pulumi*.yaml")} == before


def test_a_file_that_the_user_names_is_written(clone: Path, tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text("config: {}\n")
    pulumi(clone, "config", "set", "-s", "dev", "--config-file", str(file), "dataconnect:extra", "1")
    assert "dataconnect:extra" in file.read_text()


BESIDE = """secretsprovider: awskms://alias/dataconnect-pulumi-dev?region=us-west-2
config:
  aws:region: us-east-2
"""


def test_a_stack_whose_file_the_user_names_runs_without_its_key_in_aws(clone: Path, tmp_path: Path) -> None:
    file = tmp_path / "Pulumi.dev-x.yaml"
    file.write_text(BESIDE)
    for command in (["preview"], ["up", "--yes", "--skip-preview"], ["destroy", "--yes", "--skip-preview"]):
        pulumi(clone, *command, "-s", "dev-x", "--config-file", str(file)).ok()
    assert file.read_text() == BESIDE


@pytest.mark.parametrize("section", ["{of: dev, data: keep}", "{data: keep, of: dev}", "\n    data: keep\n    of: dev"])
def test_a_stack_beside_one_that_is_not_deployed_is_told_which(clone: Path, tmp_path: Path, section: str) -> None:
    file = tmp_path / "Pulumi.dev-y.yaml"
    file.write_text(f"{BESIDE}  dataconnect:environment: {section}\n")
    result = pulumi(clone, "preview", "-s", "dev-y", "--config-file", str(file))
    told(result, "dev-y reads the outputs of dev, and dev is not deployed in this sandbox: make up STACK=dev")


def test_what_is_wrong_with_a_file_that_the_user_names_is_told_first(clone: Path, tmp_path: Path) -> None:
    file = tmp_path / "Pulumi.dev-z.yaml"
    file.write_text("config: [1]\n")
    told(
        pulumi(clone, "preview", "-s", "dev-z", "--config-file", str(file)), r"Pulumi\.dev-z\.yaml: config is a list; expected"
    )


@pytest.mark.parametrize("arguments", [["config", "-s", "prod"], ["config", "get", "aws:region", "-s", "prod"]])
def test_reading_is_no_writing(clone: Path, arguments: list[str]) -> None:
    assert "us-east-2" in pulumi(clone, *arguments).ok().stdout


def test_forgetting_a_stack_leaves_its_file(clone: Path) -> None:
    pulumi(clone, "stack", "rm", "--yes", "--force", "-s", "dev").ok()
    assert (clone / "Pulumi.dev.yaml").is_file()
    assert "us-east-2" in pulumi(clone, "config", "-s", "dev").ok().stdout


@pytest.mark.parametrize("command", ["preview", "up"])
def test_a_stack_that_reads_one_that_is_not_deployed_says_which(clone: Path, command: str) -> None:
    told(
        pulumi(clone, command, "-s", "prod-recovery"),
        r"prod-recovery reads the outputs of prod, and prod is not deployed in this sandbox: make up STACK=prod$",
    )


def test_two_first_previews_wait_for_one_another(tmp_path: Path) -> None:
    clone = copy_project(tmp_path / "clone", PROGRAM)
    environ = {**os.environ, "DATACONNECT_SANDBOX_DIR": str(clone / ".sandbox")}
    command = [clone / "sandbox" / "pulumi", "--non-interactive", "preview", "-s", "dev"]
    # Both wait at the door until both are there.
    with locked(clone / ".sandbox" / "project.lock", "the test"):
        both = [
            subprocess.Popen(command, cwd=clone, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
            for _ in range(2)
        ]
        waited = [(process.stderr.readline() if process.stderr else "") for process in both]
    ends = [(process.communicate()[1], process.returncode) for process in both]
    assert [code for _, code in ends] == [0, 0], ends
    assert waited == ["sandbox: another run is busy with preparing the project; waiting for it\n"] * 2
    assert sum("making the stack dev" in said for said, _ in ends) == 1


def test_a_damaged_state_is_told_with_the_way_on(tmp_path: Path) -> None:
    clone = copy_project(tmp_path / "clone", PROGRAM)
    pulumi(clone, "stack", "init", "prod").ok()
    file = clone / ".sandbox/state/.pulumi/stacks/dataconnect/prod.json"
    for damaged in ("", '{"version": 3, "checkpoint', "[]", "{}"):
        file.write_text(damaged)
        expected = rf"the state of prod in this sandbox is damaged: delete {re.escape(str(file))}"
        told(pulumi(clone, "preview", "-s", "prod"), expected)
        told(run_in(clone, "sandbox/python", "sandbox.targets", "preview", "prod-recovery"), expected)
    file.unlink()
    pulumi(clone, "preview", "-s", "prod").ok()


def test_a_folder_that_cannot_be_written_is_named(clone: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    folder = tmp_path / "file" / "sandbox"
    result = pulumi(clone, "preview", "-s", "dev", DATACONNECT_SANDBOX_DIR=str(folder))
    told(result, rf"cannot use {re.escape(str(folder))}\S* \(.*\): make it a folder that you may write to, or name another")


@pytest.mark.parametrize(
    "said", ["echo v3.999.0", "echo v3.100.0", "echo v3.999.0; exit 1", "echo nothing", "echo broken >&2; exit 1"]
)
def test_a_pulumi_that_is_none_is_not_used(clone: Path, tmp_path: Path, said: str) -> None:
    fake = tmp_path / "bin" / "pulumi"
    fake.parent.mkdir()
    fake.write_text(f"#!/bin/sh\n{said}\n")
    fake.chmod(0o755)
    result = pulumi(clone, "preview", "-s", "dev", PATH=f"{fake.parent}:{os.environ['PATH']}").ok()
    assert f"the pulumi on PATH ({fake}) " in result.stderr
    assert "the sandbox uses an engine of its own" in result.stderr


@pytest.mark.parametrize("text", ["", "#!/bin/sh\necho 'no such stack' >&2\nexit 1\n"])
def test_an_engine_that_does_not_run_is_named_with_what_to_do(tmp_path: Path, text: str) -> None:
    clone = copy_project(tmp_path / "clone", PROGRAM)
    engine = tmp_path / "engines" / "3.272.0" / "bin" / "pulumi"
    engine.parent.mkdir(parents=True)
    engine.write_text(text)
    engine.chmod(0o755)
    quiet = {"DATACONNECT_ENGINE_CACHE": str(tmp_path / "engines"), "PATH": without_pulumi(tmp_path)}
    told(pulumi(clone, "preview", "-s", "dev", **quiet), rf"the engine {re.escape(str(engine))} .*: delete {tmp_path}/engines")


def without_pulumi(folder: Path) -> str:
    """A PATH on which `pulumi` is no program."""
    (folder / "first").mkdir()
    return os.pathsep.join(each for each in os.environ["PATH"].split(os.pathsep) if not Path(each, "pulumi").exists())


@pytest.mark.parametrize("command", ["sandbox/pulumi preview -s dev", "sandbox/python sandbox.targets up dev"])
def test_an_interrupt_while_it_waits_is_one_line_and_code_130(tmp_path: Path, command: str) -> None:
    clone = copy_project(tmp_path / "clone", PROGRAM)
    with locked(clone / ".sandbox" / "project.lock", "the test"), start(clone, *command.split()) as process:
        lines = iter(process.stderr or ())
        assert any("waiting for it" in line for line in lines)
        os.killpg(process.pid, signal.SIGINT)
        rest = [line for line in lines if "waiting" not in line]
        assert process.wait() == 130
    assert rest
    assert set(rest) == {"sandbox: interrupted\n"}


def test_an_interrupt_ends_the_engine_and_the_program(tmp_path: Path) -> None:
    clone = copy_project(tmp_path / "clone", LASTING)
    with start(clone, "sandbox/python", "sandbox.targets", "preview", "dev") as process:
        while not (clone / "process").exists():
            assert process.poll() is None
            time.sleep(0.1)
        os.killpg(process.pid, signal.SIGINT)
        _, said = process.communicate()
    assert process.returncode == 130
    assert "Traceback" not in said
    assert said.splitlines()[-1] == "sandbox: interrupted"
    program = int((clone / "process").read_text())
    while Path(f"/proc/{program}").exists():
        time.sleep(0.1)


def start(clone: Path, *command: str) -> "subprocess.Popen[str]":
    """Start a command as a terminal does: in a group of its own, which an interrupt reaches as a whole."""
    environ = {**os.environ, "DATACONNECT_SANDBOX_DIR": str(clone / ".sandbox")}
    return subprocess.Popen(
        command, cwd=clone, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, start_new_session=True
    )


@pytest.mark.parametrize("target", ["preview", "evidence", "up", "refresh", "destroy"])
@pytest.mark.parametrize(
    "text",
    [*CODE, '";touch HIT;"', "';touch HIT;'", "../dev", "-h"],
)
@pytest.mark.parametrize("given", ["argument", "variable"])
def test_a_stack_is_a_name_and_no_code(clone: Path, target: str, text: str, given: str) -> None:
    argument, environ = ([f"STACK={text}"], {}) if given == "argument" else ([], {"STACK": text})
    result = run_in(clone, "make", target, *argument, environ=environ)
    assert result.code != 0
    listed = "the stacks are dev, prod, prod-recovery, prod-replication"
    assert f"make {target}: there is no Pulumi.{text}.yaml; {listed}\n" in result.stderr
    assert not list(clone.rglob("HIT"))


@pytest.mark.parametrize("text", CODE)
@pytest.mark.parametrize("target", ["mutants", "fuzz"])
def test_the_options_of_a_target_are_words_and_no_code(clone: Path, text: str, target: str) -> None:
    result = run_in(clone, "make", target, f"{target.upper()}=--bogus {text}")
    assert result.code != 0
    assert "unrecognized arguments" in result.stderr
    assert not list(clone.rglob("HIT"))


def test_every_variable_that_a_recipe_takes_from_the_user_is_a_value_there(clone: Path) -> None:
    text = (clone / "Makefile").read_text()
    own = set(re.findall(r"^(?:override )?(\w+) :?=", text, re.MULTILINE)) - {"STACK", "MUTANTS", "FUZZ"}
    assert set(re.findall(r"\$\((\w+)\)", text)) <= own | {"MAKEFILE_LIST", "CURDIR", "stack"}
