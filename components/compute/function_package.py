"""What lies in the package of a Lambda function: the same on every machine."""

import hashlib
from collections.abc import Mapping
from pathlib import Path

import pulumi

from ..base.errors import ComponentError


def source_files(folder: Path, package: str) -> dict[str, str]:
    """The files of a function's folder as they stand in its package: the same on every machine, whatever lies beside them.

    Raises:
        ComponentError: when there are none.
    """
    files = sorted(file for pattern in ("*.py", "*.pem", "*.json", "*.sql") for file in folder.glob(pattern))
    if not files:
        raise ComponentError(f"{folder.name} holds no code; expected a folder with a function's Python files")
    return {f"{package}/{file.name}": file.read_text(encoding="utf-8") for file in files}


def archive(
    source: Mapping[str, str],
    documents: Mapping[str, pulumi.Input[str]] | None = None,
    libraries: Mapping[str, Path] | None = None,
) -> pulumi.Input[pulumi.Archive]:
    """A package of texts, of texts that are known only when it is deployed, and of files: of those the state keeps no text."""
    files: dict[str, pulumi.Asset | pulumi.Archive] = {
        **{name: pulumi.StringAsset(text) for name, text in source.items()},
        **{name: pulumi.FileAsset(str(path)) for name, path in (libraries or {}).items()},
    }
    if not documents:
        return pulumi.AssetArchive(files)
    return pulumi.Output.all(**documents).apply(
        lambda told: pulumi.AssetArchive({**files, **{name: pulumi.StringAsset(text) for name, text in told.items()}})
    )


def digest(files: Mapping[str, str]) -> str:
    """What tells one state of a function's files from another."""
    return hashlib.sha256("".join(f"{name}\n{text}" for name, text in files.items()).encode()).hexdigest()
