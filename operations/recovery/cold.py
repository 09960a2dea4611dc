"""`failover --cold`: builds a region from its backups, so that the executor finds what it finds in any region on standby.

Each part asks first, acts, and looks again: the same command goes on where it was interrupted.
"""

import shlex
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Literal

import boto3

from functions.recovery import backups, plan
from functions.recovery.loss import Loss, loss_of
from functions.recovery.record import Record
from operations.errors import Code, OperationError
from operations.pulumi_outputs import ROOT, Reader, read_outputs
from operations.recovery.cold_times import estimate_cold, expected_build
from operations.recovery.watch import clock

Tell = Callable[[str], None]
Accepted = int | Literal["unknown"]
SETTING: Final = "dataconnect:warmth"


@dataclass(frozen=True, kw_only=True)
class Cold:
    """What a cold stack tells of its region.

    Attributes:
        stack: As Pulumi is told it.
        region: Its AWS region.
        account: Its AWS account.
        primary: The AWS region whose databases were backed up.
        table: Name of the table `recovery`.
        backups: Database -> ARN of the copies of its automated backups.
    """

    stack: str
    region: str
    account: str
    primary: str
    table: str
    backups: Mapping[str, str]

    @property
    def up(self) -> list[str]:
        """The command that builds the region. Pulumi keeps the setting in the stack's file. Policy packs are left out, for an
        exemption that has expired must not stop it; nothing is refreshed, for some of it would be asked of the lost region.
        """
        setting = ("--config", f"{SETTING}=restored")
        return ["pulumi", "up", "--yes", "--skip-preview", "--non-interactive", "--stack", self.stack, *setting]


def load(stack: str) -> Cold | None:
    """What is to be built; None of a region that was built already.

    Raises:
        OperationError: when it is no recovery stack, one that follows the primary, or an output is missing or of another form.
    """
    name, told, source = read_outputs(stack, None)
    reader = Reader(told, source)
    warmth = reader.choice(("warm", "cold", "restored"), "warmth") if reader.has("warmth") else None
    if warmth == "restored" and reader.has("recovery"):
        return None
    if warmth != "cold":
        found = "has a replica of the database" if warmth == "warm" else "is no recovery stack"
        raise OperationError(f"{name} {found}; expected a cold recovery stack, or the command without --cold", Code.USAGE)
    return Cold(
        stack=stack,
        region=reader.text("cold", "region"),
        account=reader.text("cold", "account"),
        primary=reader.text("cold", "primaryRegion"),
        table=reader.text("cold", "table"),
        backups={each: reader.text("cold", "backups", each) for each in reader.names("cold", "backups")},
    )


def dry_run(cold: Cold, accepted: Accepted) -> tuple[dict[str, Any], list[str]]:
    """What the command would call, and how long it would take; nothing is changed."""
    found = _look(cold)
    calls = [f"rds:DescribeDBInstanceAutomatedBackups in {cold.region} of {arn}" for arn in cold.backups.values()]
    calls += [f"dynamodb:GetItem in {cold.region} of {cold.table}", shlex.join(cold.up)]
    steps = [step.name for step in plan.steps(plan.DISASTER)]
    estimate = estimate_cold()
    minutes = {each: f"{estimate.totals['declared'][each] / 60:.0f}" for each in (50, 95)}
    told = {"to": cold.region, "accepted": accepted, "calls": calls, "steps": steps, **found.facts()}
    return told, [
        f"cold to {cold.region} (--dry-run: nothing is changed)",
        *found.lines(),
        *(f"calls {call}" for call in calls),
        f"then orders the function recover, mode disaster: {', '.join(steps)}",
        f"clients are served after about {minutes[50]} minutes, 95 times in 100 within {minutes[95]} (a model)",
    ]


def build(cold: Cold, accepted: Accepted, tell: Tell, *, monotonic: Callable[[], float] = time.monotonic) -> None:
    """Build the region, once what is lost is known to be what was accepted.

    Raises:
        OperationError: when the loss is above that, nothing can be restored, or Pulumi does not bring it about.
    """
    began = monotonic()

    def say(text: str) -> None:
        tell(f"+{clock(int(monotonic() - began))}  {text}")

    found = _look(cold)
    for line in found.lines():
        say(line)
    if why := found.loss.refusal(None if accepted == "unknown" else accepted):
        raise OperationError(why, Code.CONFLICT)
    if found.loss.known is None and accepted != "unknown":
        # The bound grows while the region is built, and the gate would refuse then.
        raise OperationError('the loss is unknown, and its bound grows meanwhile; accept it with "unknown"', Code.CONFLICT)
    expected = clock(int(expected_build()))
    say(f"{shlex.join(cold.up)} (about {expected})")
    code = _run(cold.up, tell)
    if code:
        raise OperationError(
            f"`{shlex.join(cold.up)}` ended with {code}, and its last lines say why; mend that, then give the same command: it"
            f" goes on. A lock that a killed one left: `pulumi cancel --stack {cold.stack}`"
        )
    if load(cold.stack) is not None:
        raise OperationError(f"Pulumi is done, and {cold.stack} is cold still; expected {SETTING} restored among its settings")
    say(f"the region is built (expected {expected}); commit {SETTING}: restored in Pulumi.{cold.stack.rpartition('/')[2]}.yaml")


@dataclass(frozen=True)
class _Found:
    newest: Mapping[str, backups.Backup]
    loss: Loss

    def facts(self) -> dict[str, Any]:
        latest = {name: each.latest for name, each in self.newest.items()}
        return {"restorableTo": latest, "loss": self.loss.facts()}

    def lines(self) -> list[str]:
        lines = [
            f"{name} can be restored to {datetime.fromtimestamp(each.latest or 0, UTC):%Y-%m-%d %H:%M:%S} UTC ({each.status})"
            for name, each in self.newest.items()
        ]
        known = "unknown" if self.loss.known is None else f"{self.loss.known} s"
        return [*lines, f"loss: {known}, {self.loss.at_most} s at the most"]


def _look(cold: Cold) -> _Found:
    """Ask the region for its newest backups, and for the last heartbeat of the other one.

    Raises:
        OperationError: when a database cannot be restored at all, or the credentials are of another account.
    """
    rds, record = _open(cold)
    newest = backups.look(rds, cold.backups)
    moment = backups.oldest(newest)
    if moment is None:
        without = ", ".join(f"{name} ({each.status})" for name, each in newest.items() if each.latest is None)
        raise OperationError(f"nothing to restore in {cold.region}: no moment is known of {without}", Code.CONFLICT)
    return _Found(
        newest, loss_of(record.heartbeat(cold.primary), moment, time.time(), record.sign_of_life(cold.primary, cold.primary))
    )


def _open(cold: Cold) -> tuple[Any, Record]:
    """Clients of that region: they answer while the other one does not."""
    make: Any = boto3.Session(region_name=cold.region).client
    own = make("sts").get_caller_identity()["Account"]
    if own != cold.account:
        raise OperationError(
            f"the credentials are of account {own}, {cold.stack} is in {cold.account}; expected those of who deploys it",
            Code.USAGE,
        )
    return make("rds"), Record(make("dynamodb"), cold.table)


def _run(command: list[str], tell: Tell) -> int:
    """Run it in the project's folder, and tell what it prints."""
    with subprocess.Popen(  # noqa: S603
        command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        assert process.stdout  # noqa: S101
        try:
            for line in process.stdout:
                tell(line.rstrip("\n"))
        except KeyboardInterrupt:
            # It was interrupted, too: it ends what it is at, and gives the lock back.
            process.wait()
            raise
    return process.returncode
