"""The state of every stack as it was last released, and the command that records it: what a change is previewed on.

    make deployed

Each `<stack>.json.xz` is what `pulumi stack export` printed of a stack deployed to a sandbox, without its stack traces; secrets
are encrypted with the sandbox's passphrase and hold example values. `commit` names the commit that declared them. Record them
anew once what the test lists is released.
"""

import json
import lzma
import subprocess
import tempfile
from pathlib import Path
from typing import Any, Final

from tests.engine import CLONE, Engine

STACKS: Final = ("dev", "prod", "prod-recovery", "prod-replication")
FOLDER: Final = Path(__file__).parent


def state(stack: str) -> dict[str, Any]:
    """The recorded state of a stack, as `pulumi stack import` takes it."""
    return json.loads(lzma.decompress((FOLDER / f"{stack}.json.xz").read_bytes()))


def commit() -> str:
    """The commit whose program declared the recorded states."""
    return (FOLDER / "commit").read_text().strip()


def checked_out(folder: Path) -> str:
    """The commit that `folder` is a checkout of.

    Raises:
        SystemExit: where files differ from it: then no commit could be named for the states.
    """

    def git(*arguments: str) -> str:
        return subprocess.run(["git", *arguments], cwd=folder, capture_output=True, text=True, check=True).stdout.strip()

    if changed := git("status", "--porcelain", "--untracked-files=no"):
        raise SystemExit(f"the states are recorded of a commit; commit these first:\n{changed}")
    return git("rev-parse", "HEAD")


def write(stack: str, exported: dict[str, Any]) -> None:
    """Record what `pulumi stack export` printed."""
    for resource in exported["deployment"]["resources"]:
        for key in ("stackTrace", "sourcePosition", "created", "modified"):
            resource.pop(key, None)
    text = json.dumps(exported, sort_keys=True, separators=(",", ":")).encode()
    (FOLDER / f"{stack}.json.xz").write_bytes(lzma.compress(text, preset=9))


def record() -> None:
    """Deploy every stack to a sandbox of its own and record the states and their commit."""
    found = checked_out(CLONE)
    with tempfile.TemporaryDirectory() as folder:
        engine = Engine(Path(folder) / "sandbox")
        for stack in STACKS:
            engine.run("stack", "init", stack).ok()
            engine.up(stack).ok()
            write(stack, engine.run("stack", "export", "--stack", stack).ok().json)
            print(f"recorded {stack}", flush=True)
    (FOLDER / "commit").write_text(f"{found}\n")


if __name__ == "__main__":
    record()
