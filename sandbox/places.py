"""Where the sandbox keeps things. Standard library only: this runs before anything is installed."""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

CLONE = Path(__file__).resolve().parent.parent
VENV = CLONE / ".venv"
PYTHON = VENV / "bin" / "python"


class SetupError(Exception):
    """Something the sandbox needs is missing; the message says what to install."""


def sandbox_dir() -> Path:
    """State, plugins and caches of this clone's sandbox; DATACONNECT_SANDBOX_DIR moves them."""
    return Path(os.environ.get("DATACONNECT_SANDBOX_DIR") or CLONE / ".sandbox").absolute()


def state_file(project: str, stack: str) -> Path:
    """Where the file backend keeps a stack's state."""
    return sandbox_dir() / "state" / ".pulumi" / "stacks" / project / f"{stack}.json"


def engine_cache() -> Path:
    """Engines, shared by the clones of one user; DATACONNECT_ENGINE_CACHE moves them."""
    own = os.environ.get("DATACONNECT_ENGINE_CACHE")
    shared = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(own).absolute() if own else Path(shared) / "dataconnect-sandbox"


def say(message: str) -> None:
    """One line of progress, on the error stream so that a command's own output stays clean."""
    print(f"sandbox: {message}", file=sys.stderr, flush=True)


def run(main: Callable[[], int]) -> NoReturn:
    """Run a command and end the program with its exit code; what stops it is told in one line, an interrupt is code 130."""
    try:
        code = main()
    except KeyboardInterrupt:
        say("interrupted")
        code = 130
    except SetupError as error:
        say(str(error))
        code = 1
    except OSError as error:
        if error.errno not in _REMEDIES:
            raise
        say(f"cannot use {error.filename or 'the disk'} ({error.strerror}): {_REMEDIES[error.errno]}")
        code = 1
    sys.exit(code)


_ELSEWHERE = "name another folder in DATACONNECT_SANDBOX_DIR (state), or in DATACONNECT_ENGINE_CACHE (engines)"
_FULL = f"make room on that disk, or {_ELSEWHERE}"
_CLOSED = f"make it a folder that you may write to, or {_ELSEWHERE}"
_REMEDIES = {
    **dict.fromkeys((errno.ENOSPC, errno.EDQUOT), _FULL),
    **dict.fromkeys((errno.EROFS, errno.EACCES, errno.EPERM, errno.ENOTDIR, errno.EISDIR, errno.EEXIST), _CLOSED),
}
"""What stops the sandbox, and what helps."""


def need_room(folder: Path, gib: int, what: str) -> None:
    """Ask whether a full disk is why something failed.

    Raises:
        SetupError: if the disk of `folder` has less than `gib` GiB left, which `what` needs.
    """
    there = next(each for each in (folder, *folder.parents) if each.exists())
    free = shutil.disk_usage(there).free
    if free < gib * 1024**3:
        raise SetupError(
            f"the disk of {folder} is full ({free // 1024**2} MiB left): {what} needs about {gib} GiB; make room there"
        )


@contextmanager
def locked(file: Path, what: str) -> Generator[None]:
    """Hold `file` as a lock; wait for another process that holds it. The lock ends with the process, however it ends."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(f"another run is busy with {what}; waiting for it")
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def write(file: Path, text: str, *, mode: int = 0o644) -> None:
    """Write `text` in one step, and only if it differs: a reader never sees half a file."""
    if file.is_file() and file.read_text(encoding="utf-8") == text:
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_name(f".{file.name}.{os.getpid()}")
    draft.write_text(text, encoding="utf-8")
    draft.chmod(mode)
    draft.replace(file)
