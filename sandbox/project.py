"""The sandbox's copy of the project: same program, same settings, but no key in AWS and nothing written to committed files.

Committed stack files name a KMS key as secrets provider, and the engine writes into stack files. So it works on copies, made
anew for every command. Standard library only: it runs before each command.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from sandbox.places import VENV, write

PASSPHRASE = "sandbox"  # noqa: S105 (guards nothing: the sandbox holds example values)
SALT = "v1:r9PQ36TWbjw=:v1:9gpXIZ0GSen5/i1F:0siGXWbXOoTTPfREqkvRmRihN5rmvQ=="

_PROVIDER_KEYS = re.compile(r"^(?:secretsprovider|encryptedkey|encryptionsalt):.*\n(?:[ \t]+.*\n)*", re.MULTILINE)
_SECURE = re.compile(r"\bsecure:[ \t]*\S")


def copy(clone: Path, to: Path, replaced: Callable[[str, str], str]) -> None:
    """Bring the copies in `to` up to date with the project file and the stack files of `clone`.

    replaced: name and text of a stack file with secrets -> its text with secrets of the sandbox's own.
    """
    text = re.sub(r"^main:.*\n", "", _text(clone / "Pulumi.yaml"), flags=re.MULTILINE)
    text = re.sub(r"(\bvirtualenv:[ \t]*)[^\s,}]+", rf"\g<1>{VENV}", text)
    write(to / "Pulumi.yaml", f"{text}main: {clone}\n")
    for file in to.glob("Pulumi.*.yaml"):
        if not (clone / file.name).exists():
            file.unlink(missing_ok=True)
    for file in clone.glob("Pulumi.*.yaml"):
        copy_file(file, to / file.name, replaced)


def copy_file(file: Path, to: Path, replaced: Callable[[str, str], str]) -> None:
    """Write to `to` what the stack file `file` says, for the sandbox's passphrase; see `copy`."""
    text = stack_settings(_text(file))
    write(to, replaced(file.name, text) if _SECURE.search(text) else text)


def stack_settings(committed: str) -> str:
    """A committed stack file's text for the sandbox's passphrase in the place of its key in AWS."""
    return f"encryptionsalt: {SALT}\n" + _PROVIDER_KEYS.sub("", committed)


def _text(file: Path) -> str:
    text = file.read_text(encoding="utf-8")
    return text if text.endswith("\n") else text + "\n"
