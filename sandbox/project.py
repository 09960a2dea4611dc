"""The sandbox's copy of the project: same program, same settings, but no key in AWS and nothing written to committed files.

Committed stack files name a KMS key as secrets provider, and the engine writes into stack files. So it works on copies, made
anew for every command. Standard library only: it runs before each command.
"""

from __future__ import annotations

import re
from pathlib import Path

from sandbox.places import VENV, write

PASSPHRASE = "sandbox"  # noqa: S105 (guards nothing: the sandbox holds example values)
SALT = "v1:r9PQ36TWbjw=:v1:9gpXIZ0GSen5/i1F:0siGXWbXOoTTPfREqkvRmRihN5rmvQ=="
SECRET = "v1:ONGk+oB+VwJHU+xG:qQd/9O4juhDWJEeXGf2XkRXIisCMiJo="  # noqa: S105 (the word "sandbox", encrypted with the passphrase above)

_PROVIDER_KEYS = re.compile(r"^(?:secretsprovider|encryptedkey|encryptionsalt):.*\n(?:[ \t]+.*\n)*", re.MULTILINE)
_SECURE = re.compile(r"(\bsecure:[ \t]*)(?:[^\s,}]+)")


def copy(clone: Path, to: Path) -> None:
    """Bring the copies in `to` up to date with the project file and the stack files of `clone`."""
    text = re.sub(r"^main:.*\n", "", _text(clone / "Pulumi.yaml"), flags=re.MULTILINE)
    text = re.sub(r"(\bvirtualenv:[ \t]*)\S+", rf"\g<1>{VENV}", text)
    write(to / "Pulumi.yaml", f"{text}main: {clone}\n")
    for file in to.glob("Pulumi.*.yaml"):
        if not (clone / file.name).exists():
            file.unlink()
    for file in clone.glob("Pulumi.*.yaml"):
        write(to / file.name, stack_settings(_text(file)))


def stack_settings(committed: str) -> str:
    """A committed stack file's text as the sandbox uses it: encrypted with the sandbox's passphrase, secrets replaced."""
    return f"encryptionsalt: {SALT}\n" + _SECURE.sub(rf"\g<1>{SECRET}", _PROVIDER_KEYS.sub("", committed))


def _text(file: Path) -> str:
    text = file.read_text(encoding="utf-8")
    return text if text.endswith("\n") else text + "\n"
