"""The story of a rehearsal: all is well, the primary region is lost, the other takes over, and it goes back; what is claimed
of it, each time with what was seen."""

import json
import re
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any, Final

from functions.recovery.plan import PLANNED
from operations.output import columns
from operations.recovery.times import GOALS
from operations.recovery.watch import clock as minutes
from tests.functions.recovery.aws import REGIONS
from tests.functions.recovery.built import PRIMARY, RECOVERY
from tests.rehearsal.emulated import Emulated

FOLLOWS_SECONDS: Final = 1800
"""So long (emulated) Route 53, or a standing fence, may take."""
WRITES_SECONDS: Final = 30
"""So long (emulated) people write before something happens."""
FAILOVER, FAILBACK, REFUSED = "failover", "failback", "refused"


class StoryError(Exception):
    """The story can't go on; the message says why."""


@dataclass
class Claim:
    """Something that a rehearsal shows, or does not.

    Attributes:
        says: What is claimed.
        holds: Whether it was so.
        seen: What was seen.
    """

    says: str
    holds: bool
    seen: str


@dataclass
class Story:
    """One rehearsal.

    Attributes:
        world: The two regions.
        say: Prints a line.
        claims: What was claimed.
        reports: The reports of the runs, by name.
        lost: Rows that were acknowledged and are gone.
        outage: When the primary region was lost, Unix seconds (emulated).
    """

    world: Emulated
    say: Callable[[str], None]
    claims: list[Claim] = field(default_factory=list[Claim])
    reports: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])
    lost: set[int] = field(default_factory=set[int])
    outage: float = 0
    _began: float = field(default_factory=time.monotonic)

    def tell(self) -> None:
        """All of it.

        Raises:
            StoryError: it can't go on.
        """
        for title, chapter in (
            ("All is well", self._normal),
            (f"{PRIMARY} is lost", self._lose),
            (f"Failover to {RECOVERY}, without a word of what may be lost", self._refused),
            (f"Failover to {RECOVERY}, with the loss accepted", self._fail_over),
            (f"{PRIMARY} answers again", self._heal),
            (f"{PRIMARY} follows, and the way back", self._fail_back),
            (f"{RECOVERY} follows again", self._ready_again),
        ):
            now = datetime.fromtimestamp(self.world.clock.now(), UTC)
            self.say(f"\n{title} (emulated {now:%H:%M:%S}, {time.monotonic() - self._began:.0f} s in)")
            chapter()

    def _normal(self) -> None:
        self.world.clock.sleep(WRITES_SECONDS)
        self._claim_traffic(PRIMARY)
        self._claim_ready("the recovery region is ready")
        self._claim_writable(PRIMARY)

    def _lose(self) -> None:
        self.outage = self.world.lose()
        code = self._dataconnect("status", stack="prod-recovery")
        self._claim("status answers while the other region does not", code == 0, f"exit code {code}")

    def _refused(self) -> None:
        code = self._turn("failover", REFUSED, "--mode", "disaster", stack="prod-recovery")
        why = self._report(REFUSED, "prod-recovery")["why"]
        self._claim("a loss that nobody accepted is refused", code == 4 and "accept" in why, why)
        self._claim_writable()

    def _fail_over(self) -> None:
        asked = re.search(r"accept (?:at least )?(\d+)", self.reports[REFUSED]["why"])
        accepted = asked[1] if asked else "unknown"
        words = ("--mode", "disaster", "--accept-data-loss", accepted)
        self._claim_done(self._turn("failover", FAILOVER, *words, stack="prod-recovery"), FAILOVER, "prod-recovery")
        self._claim_traffic(RECOVERY)
        self._claim_writable(RECOVERY)
        self.world.clock.sleep(WRITES_SECONDS)
        self.lost = self._gone(RECOVERY)
        since = min((self.world.writer.acknowledged[row][0] for row in self.lost), default=self.outage)
        loss = self.reports[FAILOVER]["loss"] or {"known": None, "atMost": None}
        self._claim(
            f"no more is lost than was told: {loss['known']} s known, at most {loss['atMost']} s",
            self.outage - since <= (loss["atMost"] or 0) and all(self._row_of(row) == PRIMARY for row in self.lost),
            f"{len(self.lost)} rows, of the last {self.outage - since:.1f} s before the outage",
        )

    def _heal(self) -> None:
        self.world.heal()

        def state() -> str:
            told = self._json("status", stack="prod-recovery")
            return str(told["fence"][PRIMARY])

        self._claim_soon("the standing fence shuts the old region off", lambda: state() == "closed", state)
        self._claim_writable(RECOVERY)
        self._claim_traffic(RECOVERY)

    def _fail_back(self) -> None:
        self._seed(PRIMARY)
        self._claim_done(self._turn("failback", FAILBACK, stack="prod"), FAILBACK, "prod")
        self._claim_traffic(PRIMARY)
        self._claim_writable(PRIMARY)
        self.world.clock.sleep(WRITES_SECONDS)
        gone = self._gone(PRIMARY) - self.lost
        self._claim("a planned switchover loses no row", not gone, f"{len(gone)} rows")

    def _ready_again(self) -> None:
        self._seed(RECOVERY)
        self._claim_ready("it is ready, as it was")
        watch = self.world.watch
        says = "two regions were never writable, but where the one to be shut off was recorded as unfenced"
        self._claim(says, watch.unrecorded == 0, f"{watch.both:g} s recorded, {watch.unrecorded:g} s not")

    # What is looked at.

    def _claim(self, says: str, holds: bool, seen: str) -> None:
        self.claims.append(Claim(says, holds, seen))
        self.say(f"  {'holds' if holds else 'DOES NOT HOLD'}: {says} ({seen})")

    def _claim_soon(self, says: str, holds: Callable[[], bool], seen: Callable[[], str]) -> None:
        began = self.world.clock.now()
        while not (held := holds()) and self.world.clock.now() - began < FOLLOWS_SECONDS:
            self.world.clock.sleep(5)
        self._claim(says, held, f"{seen()} after {self.world.clock.now() - began:.0f} s")

    def _claim_traffic(self, region: str) -> None:
        answer = self.world.route53.answer
        self._claim_soon(f"Route 53 sends people to {region}", lambda: answer() == region, answer)

    def _claim_writable(self, *regions: str) -> None:
        writable = [each for each in REGIONS if self.world.is_writable(each)]
        says = f"of both regions, {regions[0]} alone is writable" if regions else "no region is writable"
        self._claim(says, writable == [*regions], ", ".join(writable) or "none")

    def _claim_ready(self, says: str) -> None:
        wrong: list[str] = []

        def ready() -> bool:
            told = self._json("readiness", stack="prod-recovery")
            checks = [each for each in told["checks"] if each["verdict"] not in ("ready", "not asked")]
            wrong[:] = [f"{each['name']} {each['verdict']}: {each['found']}" for each in checks]
            return not wrong

        self._claim_soon(says, ready, lambda: "; ".join(wrong) or "every check")

    def _claim_done(self, code: int, run: str, stack: str) -> None:
        told = self._report(run, stack)
        self._claim(
            f"the {run} is done", code == 0 and told["state"] == "done", f"exit code {code}, {told['why'] or told['state']}"
        )
        folder = self.world.folder / run
        found = sorted(each.name for each in folder.glob("report.*"))
        self._claim("its report is written", found == ["report.html", "report.json", "report.md"], ", ".join(found))
        seconds = told["seconds"]
        told_of = "declared" if told["mode"] == PLANNED else "outage"
        limit = GOALS[told_of][95] * 60
        self._claim(
            f"the traffic is turned within {limit // 60} minutes ({told_of})",
            seconds[told_of] is not None and seconds[told_of] <= limit,
            f"{minutes(seconds[told_of] or 0)} emulated",
        )

    def _gone(self, region: str) -> set[int]:
        acknowledged = set(self.world.writer.acknowledged)
        return acknowledged - self.world.databases.rows(region)

    def _row_of(self, row: int) -> str:
        return self.world.writer.acknowledged[row][1]

    def _seed(self, region: str) -> None:
        trouble = self.world.seed()
        self._claim(f"the database of {region} follows", not trouble, trouble or "by pg_rewind")
        self.world.clock.sleep(WRITES_SECONDS)

    # The command.

    def _turn(self, command: str, run: str, *words: str, stack: str) -> int:
        return self._dataconnect(command, *words, "--run", run, "--yes", stack, stack=stack)

    def _report(self, run: str, stack: str) -> dict[str, Any]:
        outage = datetime.fromtimestamp(self.outage, UTC).isoformat(timespec="seconds")
        words = ("--to", str(self.world.folder / run), *(() if run == FAILBACK else ("--outage", outage)))
        self.reports[run] = self._json("report", run, *words, stack=stack)
        return self.reports[run]

    def _dataconnect(self, *words: str, stack: str) -> int:
        """Run it, and show what it tells while it runs."""
        self.say(f"  $ dataconnect recovery {' '.join(words)} --stack {stack}")
        with subprocess.Popen(
            self._command(*words, stack=stack),
            env=self.world.environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as process:
            assert process.stdout
            for line in process.stdout:
                if line.startswith("#"):
                    break  # The report: it is written to files, too.
                self.say(f"    {line.rstrip()}")
            process.stdout.read()
        return process.returncode

    def _json(self, *words: str, stack: str) -> Any:
        done = subprocess.run(
            [*self._command(*words, stack=stack), "--json"],
            env=self.world.environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        try:
            told: Any = json.JSONDecoder().raw_decode(done.stdout)[0]
        except ValueError:
            raise StoryError(f"dataconnect recovery {' '.join(words)} told no JSON: {done.stdout}{done.stderr}") from None
        # What is not ready is told beside the checks, and may be ready soon.
        if "error" in told and "checks" not in told:
            raise StoryError(f"dataconnect recovery {' '.join(words)}: {told['error']}")
        return told

    def _command(self, *words: str, stack: str) -> list[str]:
        outputs = str(self.world.outputs(stack))
        return [sys.executable, "-m", "operations", "recovery", *words, "--stack", stack, "--outputs", outputs]

    # The end.

    def summary(self) -> list[str]:
        """Both runs beside what was expected, the clocks, and the rows."""
        lines: list[str] = []
        for run in (FAILOVER, FAILBACK):
            told = self.reports[run]
            rows: list[tuple[object, ...]] = [("step", "emulated", "expected")]
            rows += [
                (each["step"], minutes(each["seconds"] or 0), minutes(int(each["expected"] or 0))) for each in told["steps"]
            ]
            clocks = [f"from the {name}" for name in ("declaration", "outage")]
            seconds = [told["seconds"][name] for name in ("declared", "outage")]
            both = [f"{minutes(each)} {name}" for name, each in zip(clocks, seconds, strict=True) if each is not None]
            lines += ["", f"{run}, {told['mode']}: traffic turned {', '.join(both)} (emulated)", *columns(rows)]
        facts = self.facts()
        loss, counts = facts["loss"] or {}, ", ".join(f"{name} {count}" for name, count in facts["rows"].items())
        lines += ["", f"rows {counts}; told was a loss of {loss.get('known')} s of writes, at most {loss.get('atMost')} s"]
        lines += [f"nobody could write for {' and then for '.join(minutes(each) for each in facts['gaps'])} (emulated)"]
        return lines

    def facts(self) -> dict[str, Any]:
        """For programs."""
        acknowledged = dict(self.world.writer.acknowledged)
        lost = len(acknowledged.keys() - self.world.databases.rows(PRIMARY))
        rows = {"acknowledged": len(acknowledged), "kept": len(acknowledged) - lost, "lost": lost}
        written = [acknowledged[row] for row in sorted(acknowledged)]
        gaps = [int(at - before) for (before, there), (at, here) in pairwise(written) if here != there]
        return {
            "emulated": True,
            "factor": self.world.clock.factor,
            "rows": rows,
            "gaps": gaps,
            "loss": self.reports[FAILOVER]["loss"],
            "claims": [{"says": each.says, "holds": each.holds, "seen": each.seen} for each in self.claims],
        }
