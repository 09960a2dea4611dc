"""The key that encrypts a stack's secrets, in its file and in its state: `secretsprovider`, which the engine reads.

Without one, or with `passphrase`, whoever runs a stack must know a word that nobody rotates; the key of another environment
opens this one's secrets to that one's people; a key in the primary region is gone with it, just when a failover needs them.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from components.base import checks
from components.base.problems import Line
from settings.files import FileProblemError, read

STATE_REGION: Final = "us-west-2"
"""Where every account keeps its state and that key, away from the primary region (docs/decisions/regions.md)."""
LONGEST: Final = 200
"""Characters of a value that a line shows."""


def provider_of(environment: str) -> str:
    """What `secretsprovider` of each stack of an environment is."""
    return f"awskms://alias/dataconnect-pulumi-{environment}?region={STATE_REGION}"


def provider_problems(file: Path, environment: str) -> Iterator[str]:
    """A line if the secrets of the stack that has this file are not encrypted by the key of its environment."""
    try:
        content = read(file)
    except FileProblemError:  # which whoever reads the settings in it tells
        return
    key, expected = "secretsprovider", provider_of(environment)
    if (value := content.get(key)) != expected:
        shown = "[hidden]" if checks.credential(str(value)) else repr(str(value)[:LONGEST])
        says = "is missing" if value is None else f"is {shown}"
        advice = f"expected {expected}: the key of {environment}, which lives with the state and outlives the primary region"
        yield f"{file.name}: {Line(path=(key,), says=says, advice=advice)}"
    elif "encryptionsalt" in content:
        advice = f"expected none: it is a passphrase's, and {key} names a key"
        yield f"{file.name}: {Line(path=('encryptionsalt',), says='is there', advice=advice)}"
