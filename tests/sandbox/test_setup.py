"""How the sandbox gets its Python packages and its engine."""

import errno
import os
import re
import shutil
import subprocess
import threading
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from sandbox import engines, environment, places
from sandbox.places import CLONE, SetupError


@pytest.fixture(autouse=True)
def own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of the machine's own engines, packages or state is touched."""
    monkeypatch.setenv("DATACONNECT_ENGINE_CACHE", str(tmp_path / "engines"))
    monkeypatch.setenv("DATACONNECT_SANDBOX_DIR", str(tmp_path / "sandbox"))
    venv = tmp_path / "venv"
    (tmp_path / "requirements.lock").write_text("one==1")
    for name, value in (("VENV", venv), ("STAMP", venv / ".stamp"), ("LOCK", tmp_path / "requirements.lock")):
        monkeypatch.setattr(environment, name, value)
    monkeypatch.setattr(environment, "digest", lambda: (tmp_path / "requirements.lock").read_text())
    monkeypatch.setattr(engines, "VENV", venv)


class Steps:
    """Stands for the commands that make .venv; `fails` names the one that fails."""

    def __init__(self, venv: Path, fails: str = "") -> None:
        self.venv = venv
        self.fails = fails
        self.done: list[str] = []

    def run(self, command: list[str], **_options: object) -> subprocess.CompletedProcess[str]:
        step = command[command.index("-m") + 1]
        time.sleep(0.05)
        self.done.append(step)
        if step == "venv":
            self.venv.mkdir()
        return subprocess.CompletedProcess(command, int(step == self.fails))


def steps(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, fails: str = "") -> Steps:
    made = Steps(tmp_path / "venv", fails)
    monkeypatch.setattr(environment.subprocess, "run", made.run)
    return made


def test_the_environment_is_made_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    made = steps(monkeypatch, tmp_path)
    environment.ensure()
    environment.ensure()
    assert made.done == ["venv", "pip", "compileall"]


@pytest.mark.parametrize("folder", ["venv", "with a space, and 'quotes'"])
def test_dataconnect_runs_from_any_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, folder: str) -> None:
    venv = tmp_path / folder
    monkeypatch.setattr(environment, "VENV", venv)
    # A virtual environment is found by where its Python is: this one stands for a clone's own.
    venv.symlink_to(CLONE / ".venv")
    launcher = tmp_path / "launcher"
    monkeypatch.setattr(environment, "_launcher", lambda: launcher)
    environment._write_launcher()
    (tmp_path / "operations.py").write_text("raise SystemExit('the wrong one')")
    command = [str(launcher), "tenant", "placement", "--json"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert '"headroom": 0.7' in done.stdout


def test_two_set_ups_at_once_make_it_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    made = steps(monkeypatch, tmp_path)
    threads = [threading.Thread(target=environment.ensure) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert made.done == ["venv", "pip", "compileall"]


def test_an_interrupted_set_up_is_done_again_from_the_start(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "venv").mkdir()
    (tmp_path / "venv" / "half").touch()
    made = steps(monkeypatch, tmp_path)
    environment.ensure()
    assert made.done == ["venv", "pip", "compileall"]
    assert not (tmp_path / "venv" / "half").exists()


def test_a_new_lock_file_updates_the_environment_in_place(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    made = steps(monkeypatch, tmp_path)
    environment.ensure()
    (tmp_path / "requirements.lock").write_text("one==2")
    environment.ensure()
    assert made.done == ["venv", "pip", "compileall", "pip", "compileall"]
    assert environment.is_ready()


def test_a_lock_file_that_changes_during_the_set_up_is_not_vouched_for(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    made = steps(monkeypatch, tmp_path)
    run = made.run

    def change(command: list[str], **options: object) -> subprocess.CompletedProcess[str]:
        (tmp_path / "requirements.lock").write_text("one==2")
        return run(command, **options)

    monkeypatch.setattr(environment.subprocess, "run", change)
    environment.ensure()
    assert not environment.is_ready()


@pytest.mark.parametrize(("fails", "said"), [("venv", "install Python's venv module"), ("pip", "needs the network")])
def test_a_failed_step_says_what_is_missing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, fails: str, said: str) -> None:
    steps(monkeypatch, tmp_path, fails)
    with pytest.raises(SetupError, match=said):
        environment.ensure()
    assert not environment.is_ready()


@pytest.mark.parametrize("fails", ["venv", "pip"])
def test_a_step_that_fails_on_a_full_disk_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, fails: str) -> None:
    steps(monkeypatch, tmp_path, fails)
    full_disk(monkeypatch)
    with pytest.raises(SetupError, match=r"the disk of \S+/venv is full \(7 MiB left\): .* needs about 2 GiB; make room"):
        environment.ensure()


def full_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places.shutil, "disk_usage", lambda _path: SimpleNamespace(free=7 * 1024**2))


def test_an_environment_whose_python_is_gone_is_made_anew(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    made = steps(monkeypatch, tmp_path)
    environment.ensure()
    monkeypatch.setattr(environment, "PYTHON", tmp_path / "gone")
    assert not environment.is_ready()
    environment.ensure()
    assert made.done == ["venv", "pip", "compileall"] * 2


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (errno.ENOSPC, r"cannot use /some/file \(No space left on device\): make room on that disk, or name another folder"),
        (
            errno.EROFS,
            r"cannot use /some/file \(Read-only file system\): make it a folder that you may write to",
        ),
        (errno.EACCES, r"cannot use /some/file \(Permission denied\): make it a folder that you may write to, or name another"),
    ],
)
def test_what_the_disk_refuses_is_one_line(number: int, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    def refused() -> int:
        raise OSError(number, os.strerror(number), "/some/file")

    with pytest.raises(SystemExit) as end:
        places.run(refused)
    assert end.value.code == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert re.match(f"sandbox: {said}", line)


def test_a_mistake_of_the_sandboxes_own_is_not_hidden() -> None:
    def mistaken() -> int:
        raise OSError(errno.ENOENT, "no such file", "/some/file")

    with pytest.raises(OSError, match="no such file"):
        places.run(mistaken)


@pytest.mark.parametrize("remembered", ["", '["half', "[]", "{}", '{"key": 1}', '[1, "x"]', "null"])
def test_a_half_written_note_about_the_engine_is_written_anew(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, remembered: str
) -> None:
    path_of(monkeypatch, tmp_path / "bin")
    official = script(tmp_path / "bin" / "pulumi", "echo v3.300.1; echo --policy-pack PACK")
    note = tmp_path / "sandbox" / "cache" / "engine-on-path.json"
    note.parent.mkdir(parents=True)
    note.write_text(remembered)
    assert engines.find() == official
    assert "3" in note.read_text()


def script(file: Path, text: str) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"#!/bin/sh\n{text}\n")
    file.chmod(0o755)
    return file


def path_of(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    monkeypatch.setenv("PATH", str(folder))


def cached_engine(tmp_path: Path) -> Path:
    return script(tmp_path / "engines" / engines.BUILT / "bin" / "pulumi", "")


def test_a_recent_pulumi_on_path_is_preferred(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path_of(monkeypatch, tmp_path / "bin")
    official = script(tmp_path / "bin" / "pulumi", "echo v3.300.1; echo --policy-pack PACK")
    cached_engine(tmp_path)
    assert engines.find() == official


def test_an_old_pulumi_on_path_is_not_used(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path_of(monkeypatch, tmp_path / "bin")
    script(tmp_path / "bin" / "pulumi", "echo v3.100.0")
    cached = cached_engine(tmp_path)
    assert [engines.find(), engines.find()] == [cached, cached]
    assert capsys.readouterr().err.count("older than 3.259.0") == 1


def test_an_engine_in_the_cache_needs_nothing_else(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path_of(monkeypatch, tmp_path / "bin")
    cached = cached_engine(tmp_path)
    assert engines.find() == cached


def test_without_installer_and_go_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path_of(monkeypatch, tmp_path / "bin")
    monkeypatch.setattr(engines, "PYTHON", script(tmp_path / "python", "exit 1"))
    with pytest.raises(SetupError, match=r"install Pulumi .* or Go 1\.25\.11 or later"):
        engines.find()
    script(tmp_path / "bin" / "go", "echo go1.20.1")
    with pytest.raises(SetupError, match="or later"):
        engines.find()


def test_the_official_installer_comes_before_the_build(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(engines, "PYTHON", script(tmp_path / "python", 'mkdir -p "$3/bin" && touch "$3/bin/pulumi"'))
    monkeypatch.setattr(engines.shutil, "which", lambda _name: None)
    assert engines.find() == tmp_path / "engines" / engines.INSTALLED / "bin" / "pulumi"


def test_the_engine_is_built_in_one_folder_and_the_scratch_goes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    go = script(
        tmp_path / "bin" / "go",
        'case "$1" in version) echo go1.99.0 ;; build) env > "$GOTMPDIR/../../environment"; mkdir -p "$GOTMPDIR/../out/bin"; '
        'echo "go: downloading x" >&2; touch "$GOTMPDIR/../out/bin/pulumi" ;; esac',
    )
    monkeypatch.setenv("PATH", f"{go.parent}{os.pathsep}/usr/bin{os.pathsep}/bin")
    monkeypatch.setattr(engines, "PYTHON", script(tmp_path / "python", "exit 1"))
    assert engines.find() == tmp_path / "engines" / engines.BUILT / "bin" / "pulumi"
    work = str(tmp_path / "engines" / f"{engines.BUILT}.build")
    seen = dict(line.split("=", 1) for line in (tmp_path / "engines" / "environment").read_text().splitlines() if "=" in line)
    assert all(seen[name].startswith(work) for name in ("GOCACHE", "GOMODCACHE", "GOPATH", "GOTMPDIR", "XDG_CONFIG_HOME"))
    assert not Path(work).exists()


def test_a_failed_build_keeps_what_is_done_for_the_next_run(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    script(tmp_path / "bin" / "go", 'case "$1" in version) echo go1.99.0 ;; build) echo "no route to host" >&2; exit 1 ;; esac')
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}/usr/bin{os.pathsep}/bin")
    monkeypatch.setattr(engines, "PYTHON", script(tmp_path / "python", "exit 1"))
    with pytest.raises(SetupError, match="needs the network"):
        engines.find()
    assert "no route to host" in capsys.readouterr().err
    assert (tmp_path / "engines" / f"{engines.BUILT}.build").is_dir()


def test_a_build_that_fails_on_a_full_disk_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    script(tmp_path / "bin" / "go", 'case "$1" in version) echo go1.99.0 ;; build) exit 1 ;; esac')
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}/usr/bin{os.pathsep}/bin")
    monkeypatch.setattr(engines, "PYTHON", script(tmp_path / "python", "exit 1"))
    full_disk(monkeypatch)
    with pytest.raises(SetupError, match=r"is full \(7 MiB left\): building the engine needs about 4 GiB"):
        engines.find()


def test_an_engine_that_is_there_in_part_is_replaced(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "engines" / engines.INSTALLED / "bin" / "half").mkdir(parents=True)
    monkeypatch.setattr(engines, "PYTHON", script(tmp_path / "python", 'mkdir -p "$3/bin" && touch "$3/bin/pulumi"'))
    monkeypatch.setattr(engines.shutil, "which", lambda _name: None)
    assert engines.find() == tmp_path / "engines" / engines.INSTALLED / "bin" / "pulumi"


def test_without_a_python_it_says_so(tmp_path: Path) -> None:
    shutil.copytree(CLONE / "sandbox", tmp_path / "clone" / "sandbox", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "bin").mkdir()
    dirname = shutil.which("dirname")
    assert dirname is not None
    (tmp_path / "bin" / "dirname").symlink_to(dirname)
    result = subprocess.run(
        [tmp_path / "clone" / "sandbox" / "pulumi"],
        env={"PATH": str(tmp_path / "bin")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 1
    assert "no Python 3.11 or later" in result.stderr
