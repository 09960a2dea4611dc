"""The sandbox's copies of the project's files."""

import shutil
from pathlib import Path

import pytest

from sandbox import command, project
from sandbox.places import CLONE

COMMITTED = """\
# Kept.
secretsprovider: awskms://alias/dataconnect?region=us-west-2
encryptedkey: AQID
config:
  aws:region: us-east-2
  dataconnect:token:
    secure: v1:real
  dataconnect:inline: {secure: v1:real, other: 1}
"""


def replaced(file: str, text: str) -> str:
    """In the place of the engine's encryption: what a file's secrets become."""
    return text.replace("v1:real", f"another of {file}")


def test_a_stack_file_loses_its_key_and_nothing_else() -> None:
    assert project.stack_settings(COMMITTED) == (
        f"encryptionsalt: {project.SALT}\n# Kept.\nconfig:\n  aws:region: us-east-2\n"
        f"  dataconnect:token:\n    secure: v1:real\n  dataconnect:inline: {{secure: v1:real, other: 1}}\n"
    )


def test_the_copied_project_runs_the_clones_program(tmp_path: Path) -> None:
    clone, copied = tmp_path / "clone", tmp_path / "copy"
    clone.mkdir()
    (clone / "Pulumi.yaml").write_text("name: x\nruntime:\n  name: python\n  options:\n    virtualenv: .venv\nmain: elsewhere")
    (clone / "Pulumi.dev.yaml").write_text(COMMITTED)
    project.copy(clone, copied, replaced)
    text = (copied / "Pulumi.yaml").read_text()
    assert text.endswith(f"main: {clone}\n")
    assert "elsewhere" not in text
    assert f"virtualenv: {project.VENV}\n" in text
    assert (copied / "Pulumi.dev.yaml").read_text() == replaced("Pulumi.dev.yaml", project.stack_settings(COMMITTED))


def test_the_environment_is_replaced_in_braces_too(tmp_path: Path) -> None:
    (tmp_path / "Pulumi.yaml").write_text("name: x\nruntime: {name: python, options: {virtualenv: .venv}}\n")
    project.copy(tmp_path, tmp_path / "copy", replaced)
    assert f"virtualenv: {project.VENV}}}}}\n" in (tmp_path / "copy" / "Pulumi.yaml").read_text()


def test_a_stack_file_that_is_gone_is_gone_from_the_copy(tmp_path: Path) -> None:
    clone, copied = tmp_path / "clone", tmp_path / "copy"
    clone.mkdir()
    (clone / "Pulumi.yaml").write_text("name: x\nruntime: python\n")
    (clone / "Pulumi.dev.yaml").write_text(COMMITTED)
    project.copy(clone, copied, replaced)
    (clone / "Pulumi.dev.yaml").unlink()
    project.copy(clone, copied, replaced)
    assert not (copied / "Pulumi.dev.yaml").exists()


def test_a_stack_file_that_is_none_is_told_before_the_engine_reads_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "settings").mkdir()
    shutil.copy(CLONE / "settings" / "files.py", tmp_path / "settings")
    shutil.copy(CLONE / "Pulumi.yaml", tmp_path)
    monkeypatch.setattr(command, "CLONE", tmp_path)
    monkeypatch.setattr(command, "set_up", lambda: Path("/engine"))
    monkeypatch.setattr(command, "environment_of", lambda *_: {})
    monkeypatch.chdir(tmp_path)
    for content, says in (
        (b"# \xe9\nconfig: {}\n", "is not UTF-8 in line 1; expected text in UTF-8"),
        (b"config:\n  a:b: \0\n", "has the character U+0000 in line 2; expected characters that can be printed"),
        (b"config: [a]\n", "config is a list; expected an object with keys such as dataconnect:role"),
    ):
        (tmp_path / "Pulumi.dev.yaml").write_bytes(content)
        with pytest.raises(SystemExit) as caught:
            command.main(["preview", "--stack", "dev"])
        assert caught.value.code == f"Pulumi.dev.yaml: {says}"
    assert capsys.readouterr().out == ""


def test_an_umlaut_survives_the_copy_whatever_the_shell_s_language(tmp_path: Path) -> None:
    clone, copied = tmp_path / "clone", tmp_path / "copy"
    clone.mkdir()
    (clone / "Pulumi.yaml").write_text("name: x\nruntime: python\n")
    (clone / "Pulumi.dev.yaml").write_text("# \u00fc\n", encoding="utf-8")
    project.copy(clone, copied, replaced)
    assert (copied / "Pulumi.dev.yaml").read_text(encoding="utf-8").endswith("# \u00fc\n")
