"""A program of another project in an environment of its own, through the real engine."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pulumi_aws
import pytest

from tests.engine import CLONE, Engine, Result, write_program
from tests.environments import make_environment, site_packages


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with a package that no other has."""
    folder = make_environment(tmp_path_factory.mktemp("environments") / "own")
    (site_packages(folder) / "only_there.py").write_text('WORD = "from the environment"\n')
    return folder


def project_in(folder: Path, program: str, virtualenv: Path | str | None) -> Path:
    """A project whose Pulumi.yaml names `virtualenv`, if any."""
    project = write_program(folder, program)
    if virtualenv is not None:
        options = f"runtime:\n  name: python\n  options:\n    virtualenv: {virtualenv}\n"
        (project / "Pulumi.yaml").write_text(f"name: tiny\n{options}")
    return project


def preview(tmp_path: Path, program: str, virtualenv: Path | str | None) -> Result:
    return Engine(tmp_path / "sandbox", project_in(tmp_path / "project", program, virtualenv)).run("preview", "--stack", "test")


def is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_program_finds_the_packages_of_its_own_environment(tmp_path: Path, environment: Path) -> None:
    program = 'import only_there, sys\npulumi.export("word", only_there.WORD)\npulumi.export("prefix", sys.prefix)'
    said = preview(tmp_path, program, environment).ok().stdout
    assert re.search(r'word *: "from the environment"', said)
    assert re.search(rf'prefix *: "{re.escape(str(environment))}"', said)


def test_a_relative_environment_is_beside_the_project_file(tmp_path: Path, environment: Path) -> None:
    (tmp_path / "project").mkdir()
    (tmp_path / "project" / ".venv").symlink_to(environment)
    preview(tmp_path, "import only_there", ".venv").ok()


def test_the_rooms_of_the_clone_are_not_there(tmp_path: Path, environment: Path) -> None:
    for room in ("components", "sandbox"):
        assert f"No module named '{room}'" in preview(tmp_path, f"import {room}", environment).output


def test_a_program_that_names_no_environment_runs_in_the_sandboxes(tmp_path: Path) -> None:
    said = preview(tmp_path, 'import sys\npulumi.export("prefix", sys.prefix)', None).ok().stdout
    assert re.search(rf'prefix *: "{re.escape(sys.prefix)}"', said)


def test_its_resources_and_outputs_are_deployed(tmp_path: Path, environment: Path) -> None:
    program = 'pulumi.export("url", aws.sqs.Queue("q").url)'
    engine = Engine(tmp_path / "sandbox", project_in(tmp_path / "project", program, environment))
    engine.up("test").ok()
    assert engine.outputs("test")["url"].startswith("https://sqs.us-east-2.amazonaws.com/")


def test_another_version_of_the_sdk_has_a_stand_in_of_its_own(tmp_path: Path) -> None:
    environment = make_environment(tmp_path / "other")
    package, metadata = (site_packages(environment) / name for name in ("pulumi_aws", "pulumi_aws-7.0.99.dist-info"))
    package.mkdir()
    for entry in Path(pulumi_aws.__file__).parent.iterdir():
        (package / entry.name).symlink_to(entry)
    plugin = package / "pulumi-plugin.json"
    settings = json.loads(plugin.read_text()) | {"version": "7.0.99"}
    plugin.unlink()
    plugin.write_text(json.dumps(settings))
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: pulumi_aws\nVersion: 7.0.99\n")
    engine = Engine(tmp_path / "sandbox", project_in(tmp_path / "project", 'aws.sqs.Queue("q")', environment))
    engine.up("test").ok()
    assert engine.resources("test").keys() == {"q"}
    assert (tmp_path / "sandbox/home/plugins/resource-aws-v7.0.99").is_dir()


def test_what_it_prints_is_shown_to_the_last_letter(tmp_path: Path, environment: Path) -> None:
    lines = "".join(f"line {number}\n" for number in range(500))
    said = preview(tmp_path, f"import sys\nprint({lines!r})\nsys.stdout.write('the end')", environment).ok().stdout
    assert [text for text in ("line 0", "line 250", "line 499", "the end") if text not in said] == []


def test_its_exceptions_are_told_from_its_own_lines_on(tmp_path: Path, environment: Path) -> None:
    result = preview(tmp_path, 'print("before")\naws.ec2.Vpc("v", cidr_block="10.0.0.0/16").nothing', environment)
    assert result.code != 0
    assert "AttributeError: 'Vpc' object has no attribute 'nothing'" in result.output
    assert "before" in result.output
    assert "language_host" not in result.output


def test_a_program_that_ends_its_process_is_no_success(tmp_path: Path, environment: Path) -> None:
    assert preview(tmp_path, "import os\nos._exit(0)", environment).code != 0


def test_an_environment_that_is_not_there_is_named(tmp_path: Path) -> None:
    result = preview(tmp_path, "", "elsewhere/.venv")
    assert result.code != 0
    assert str(tmp_path / "project/elsewhere/.venv") in result.output


def test_an_environment_without_pulumi_is_named_with_what_it_lacks(tmp_path: Path) -> None:
    bare = make_environment(tmp_path / "bare", with_packages=False)
    result = preview(tmp_path, "", bare)
    assert result.code != 0
    assert re.search(r"No module named '?(grpc|pulumi)", result.output)
    assert str(bare) in result.output


@pytest.mark.parametrize("program", ["", "1 / 0"])
def test_no_process_is_left(tmp_path: Path, environment: Path, program: str) -> None:
    preview(tmp_path, f"import os, pathlib\npathlib.Path('process').write_text(str(os.getpid()))\n{program}", environment)
    assert not is_alive(int((tmp_path / "project" / "process").read_text()))


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGKILL])
@pytest.mark.parametrize("own", [True, False], ids=["own environment", "the sandbox's"])
def test_no_process_is_left_by_an_engine_that_is_ended(
    tmp_path: Path, environment: Path, end: signal.Signals, own: bool
) -> None:
    program = "import os, pathlib, time\npathlib.Path('draft').write_text(str(os.getpid()))\n"
    program += "pathlib.Path('draft').rename('process')\ntime.sleep(600)"
    project = project_in(tmp_path / "project", program, environment if own else None)
    with subprocess.Popen(
        [CLONE / "sandbox" / "pulumi", "--non-interactive", "preview", "--stack", "test"],
        cwd=project,
        env={**os.environ, "DATACONNECT_SANDBOX_DIR": str(tmp_path / "sandbox")},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as engine:
        while not (project / "process").exists():
            assert engine.poll() is None
            time.sleep(0.1)
        engine.send_signal(end)
    process = int((project / "process").read_text())
    for _ in range(300):
        if not is_alive(process):
            return
        time.sleep(0.1)
    os.kill(process, signal.SIGKILL)
    pytest.fail("the program outlives its engine")
