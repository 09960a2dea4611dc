"""The engine's commands on the stack of one environment, as a child process that is watched, told to stop, and never killed."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from delivery.deploy import POLICY_PACK, prepare_environment
from delivery.reconcile.locks import Life, is_locked
from operations.environments.progress import Progress
from operations.errors import Code, OperationError
from operations.pulumi_outputs import ROOT

FOLDER: Final = ROOT / ".environments"
"""Where stack files, logs and what the engine told are; git ignores it."""
LOOK_SECONDS: Final = 0.5


class EngineError(OperationError):
    """A command of the engine failed; the message has what it said last."""


class ForeignStackError(EngineError):
    """There is a stack of that name, which is no environment's."""


class LockedError(EngineError):
    """Somebody else holds the state; `said` has what the engine said, with all locks."""

    def __init__(self, message: str, said: str) -> None:
        super().__init__(message, Code.CONFLICT)
        self.said = said


@dataclass(frozen=True, kw_only=True)
class Tools:
    """Which engine, on which project.

    Attributes:
        pulumi: The command, by its path or its name on PATH.
        account: The account; its state is in the account's bucket unless the variables say otherwise.
        project: Folder of the project.
        folder: Where files of environments are.
        packs: Folder of the policy packs that judge an `up`; empty for none.
        environ: Variables of every command.
    """

    pulumi: str
    account: str
    project: Path = ROOT
    folder: Path = FOLDER
    packs: str = POLICY_PACK
    environ: Mapping[str, str] | None = None

    def found(self) -> "Tools":
        """These, with the command by its path.

        Raises:
            OperationError: where there is no such command.
        """
        path = shutil.which(self.pulumi)
        if path is None:
            raise OperationError(
                f"--pulumi is {self.pulumi!r}, and there is no such command; expected the path of one",
                Code.USAGE,
            )
        return replace(self, pulumi=str(Path(path).absolute()))


class Engine:
    """`pulumi` on one stack, whose file is in the folder of environments."""

    def __init__(self, stack: str, tools: Tools) -> None:
        self.stack, self._tools = stack, tools
        self.file = tools.folder / f"Pulumi.{stack}.yaml"
        self.log = tools.folder / f"{stack}.log"
        self._environ = {
            **(os.environ if tools.environ is None else tools.environ),
            # What it does, as it does it: the event log that Pulumi's own Automation API reads.
            "PULUMI_DEBUG_COMMANDS": "true",
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            # What takes a stack down writes a file without its key: `destroy` then asks the state, `refresh` only so.
            "PULUMI_FALLBACK_TO_STATE_SECRETS_MANAGER": "true",
        }
        prepare_environment(self._environ, "janitor", tools.account)

    def write(self, text: str) -> None:
        """Write the stack file."""
        self._tools.folder.mkdir(exist_ok=True)
        self.file.write_text(text, encoding="utf-8")

    def init(self, secrets_provider: str, *, new: bool = False) -> None:
        """Make the stack, unless it is there. The engine writes into a file of its own, not into one of the project's.

        Raises:
            ForeignStackError: it is there, and `new` says that no command on this environment made it.
            EngineError: as the engine says.
        """
        home = self._tools.folder / "init" / self.stack
        home.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(self._tools.project / "Pulumi.yaml", home / "Pulumi.yaml")
        provider = ("--secrets-provider", secrets_provider) if secrets_provider else ()
        done = self._run(("stack", "init", self.stack, "--no-select", *provider), home)
        if done.returncode and (new or "already exists" not in done.stderr):
            shutil.rmtree(home)
            if "already exists" in done.stderr:
                told = f"the stack {self.stack} is there already, and no environment's; expected another name"
                raise ForeignStackError(told, Code.CONFLICT)
            raise self._failed("stack init", done)
        # What it wrote beside its project is the key of the state's secrets: the stack file needs it.
        written = home / self.file.name
        if written.is_file():
            keys = re.findall(r"^(?:encryptedkey|encryptionsalt):.*\n", written.read_text(encoding="utf-8"), re.MULTILINE)
            self.write(self.file.read_text(encoding="utf-8") + "".join(keys))
        shutil.rmtree(home)

    def exists(self) -> bool:
        """Whether there is such a stack."""
        return self.stack in self.stacks()

    def stacks(self) -> list[str]:
        """The stacks of the project in this backend."""
        done = self._run(("stack", "ls", "--json"), self._tools.project)
        if done.returncode:
            raise self._failed("stack ls", done)
        return [str(each["name"]).rpartition("/")[2] for each in json.loads(done.stdout)]

    def ask(self, *words: str) -> str:
        """What a command on the stack prints."""
        done = self._run((*words, "--stack", self.stack), self._tools.project)
        if done.returncode:
            raise self._failed(words[0], done)
        return done.stdout

    def state(self) -> dict[str, Any]:
        """The state of the stack."""
        return json.loads(self.ask("stack", "export"))["deployment"] or {}

    def life(self) -> Life:
        """What the state shows of a run that may be alive."""
        told = self.state()
        pending = tuple(each["resource"]["type"] for each in told.get("pending_operations") or ())
        return Life(written=datetime.fromisoformat(told["manifest"]["time"]), pending=pending)

    def interrupted(self) -> bool:
        """Whether the last run was cut off while something was created, changed or deleted."""
        return bool(self.state().get("pending_operations"))

    def outputs(self) -> dict[str, Any]:
        """The outputs of the stack."""
        return json.loads(self.ask("stack", "output", "--json"))

    def preview(self, progress: Progress) -> None:
        """Tell what `up` would do."""
        self._watched(("preview", *self._packs, "--diff"), progress, show=True)

    def up(self, progress: Progress) -> None:
        """Make it. It previews first, so that packs judge all of it before anything is changed, and steps are counted."""
        self._watched(("up", "--yes", *self._packs), progress)

    def destroy(self, progress: Progress) -> None:
        """Take down what the state has."""
        self._watched(("destroy", "--yes", "--skip-preview"), progress)

    def refresh(self, progress: Progress) -> None:
        """Write down what the world is like. What was being created is forgotten, the rest of what was pending looked at."""
        self._watched(("refresh", "--yes", "--skip-preview", "--clear-pending-creates"), progress)

    def cancel(self) -> None:
        """Take every lock of the stack away: in a backend of one's own, `pulumi cancel` does nothing else."""
        self.ask("cancel", "--yes")

    def remove(self) -> None:
        """Remove the stack, which has no resource any more, and its files."""
        self.ask("stack", "rm", "--yes", "--preserve-config")
        for file in (self.file, self._events):
            file.unlink(missing_ok=True)

    @property
    def _events(self) -> Path:
        return self._tools.folder / f"{self.stack}.events.json"

    @property
    def _packs(self) -> tuple[str, ...]:
        return ("--policy-pack", self._tools.packs) if self._tools.packs else ()

    def _command(self, words: Sequence[str]) -> list[str]:
        return [self._tools.pulumi, *words, "--non-interactive", "--color", "never"]

    def _run(self, words: Sequence[str], folder: Path) -> subprocess.CompletedProcess[str]:
        return subprocess.run(  # noqa: S603
            self._command(words),
            cwd=folder,
            env=self._environ,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )

    def _failed(self, what: str, done: subprocess.CompletedProcess[str]) -> EngineError:
        said = done.stdout + done.stderr
        if is_locked(said):
            return LockedError(f"the state of {self.stack} is locked:\n{end_of(said)}", said)
        return EngineError(f"pulumi {what} failed for {self.stack}:\n{end_of(said)}")

    def _watched(self, words: Sequence[str], progress: Progress, *, show: bool = False) -> None:
        """Run a long command; what it does goes to `progress`, what it says to the log.

        Not to a pipe: if this process dies, the engine goes on to its end and leaves a state that is whole. An interrupt is
        handed on once, and what is in flight is waited for.

        Raises:
            LockedError: the stack is locked.
            EngineError: it failed.
            KeyboardInterrupt: it was told to stop, and has stopped.
        """
        self._events.unlink(missing_ok=True)
        file = ("--stack", self.stack, "--config-file", str(self.file), "--event-log", str(self._events))
        with self.log.open("w", encoding="utf-8") as log:
            child = subprocess.Popen(  # noqa: S603
                self._command((*words, *file)),
                cwd=self._tools.project,
                env=self._environ,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                # A terminal's Ctrl-C reaches this process, which hands it on.
                start_new_session=True,
            )
            try:
                while not _ended(child, LOOK_SECONDS):
                    progress.read(self._events)
            except BaseException:
                _stop(child)
                raise
        progress.read(self._events)
        said = self.log.read_text(encoding="utf-8", errors="replace")
        if show:
            print(said, flush=True)
        if child.returncode:
            if is_locked(said):
                raise LockedError(f"the state of {self.stack} is locked:\n{end_of(said)}", said)
            errors = "\n".join(progress.errors) or end_of(said)
            raise EngineError(
                f"pulumi {words[0]} of {self.stack} ended with {child.returncode}:\n{errors}\nAll of it: {self.log}"
            )
        progress.end(said)


def _ended(child: subprocess.Popen[bytes], seconds: float) -> bool:
    try:
        child.wait(seconds)
    except subprocess.TimeoutExpired:
        return False
    return True


def _stop(child: subprocess.Popen[bytes]) -> None:
    """Tell the engine once to stop, and wait until it has; a second interrupt would have it leave what is in flight."""
    wait: Callable[[], int] = child.wait
    child.send_signal(signal.SIGINT)
    while child.returncode is None:
        try:
            print("dataconnect: the engine ends what is in flight, then stops", file=sys.stderr, flush=True)
            wait()
        except KeyboardInterrupt:
            continue


def end_of(said: str) -> str:
    """The end of what the engine said, without empty lines."""
    return "\n".join(line for line in said.splitlines() if line.strip())[-2000:]
