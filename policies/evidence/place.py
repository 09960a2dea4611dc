"""The folder of the evidence: it holds this run's files or none, and never an earlier run's verdict."""

import errno
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

PLAN: Final = "plan.json"
HTML: Final = "evidence.html"
JSON: Final = "evidence.json"
JUNIT: Final = "evidence.junit.xml"
MARKDOWN: Final = "evidence.md"
SARIF: Final = "evidence.sarif"
FILES: Final = (PLAN, HTML, JSON, JUNIT, MARKDOWN, SARIF)


class InvalidPlaceError(ValueError):
    """The folder cannot be used; the message names it and says why."""


def forget(place: Path, *, keep: Path | None = None) -> None:
    """Takes the files of an earlier run away, all but `keep`; what else is in the folder stays.

    Raises:
        InvalidPlaceError: if it is no folder, or its files cannot be taken away.
    """
    if not place.is_dir():
        if place.exists() or place.is_symlink():
            raise InvalidPlaceError(f"--out is {place}, which is not a folder; expected a folder, which is made, or none yet")
        return
    try:
        for file in (place / name for name in FILES):
            if keep is None or not (file.exists() and file.samefile(keep)):
                file.unlink(missing_ok=True)
    except OSError as error:
        raise InvalidPlaceError(f"the evidence of an earlier run stays in {place}: {error.strerror}") from error


def fill(place: Path, files: Mapping[str, str | Path]) -> None:
    """Puts the files (name -> text, or the file to copy) into the folder: written beside it, then moved.

    The folder is moved as a whole where there is none yet, or an empty one; else file by file.

    Raises:
        InvalidPlaceError: if it cannot be written.
    """
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=place.parent, prefix=f".{place.name}-") as scratch:
            new = Path(scratch, "new")
            new.mkdir()
            for name, content in files.items():
                if isinstance(content, Path):
                    shutil.copyfile(content, new / name)
                else:
                    (new / name).write_text(content, encoding="utf-8")
            _move(new, place)
    except OSError as error:
        raise InvalidPlaceError(f"the evidence cannot be written to {place}: {error.strerror}") from error


def _move(new: Path, place: Path) -> None:
    try:
        new.rename(place)
    except OSError as error:
        if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
            raise
        for file in new.iterdir():
            file.replace(place / file.name)
