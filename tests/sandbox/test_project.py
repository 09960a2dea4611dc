"""The sandbox's copies of the project's files."""

from pathlib import Path

from sandbox import project

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


def test_a_stack_file_that_is_gone_is_gone_from_the_copy(tmp_path: Path) -> None:
    clone, copied = tmp_path / "clone", tmp_path / "copy"
    clone.mkdir()
    (clone / "Pulumi.yaml").write_text("name: x\nruntime: python\n")
    (clone / "Pulumi.dev.yaml").write_text(COMMITTED)
    project.copy(clone, copied, replaced)
    (clone / "Pulumi.dev.yaml").unlink()
    project.copy(clone, copied, replaced)
    assert not (copied / "Pulumi.dev.yaml").exists()
