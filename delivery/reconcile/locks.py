"""Whose lock is on a stack's state, and whether its holder can be alive."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

OWN_USER: Final = "reconcile"
"""Who the image runs as: the engine writes it into its lock."""
QUIET: Final = timedelta(minutes=15)
"""An `up` writes the state at every step; what takes none for so long is dead, unless it waits for something of `SLOW`."""
LONGEST: Final = timedelta(hours=4)
"""After so long the deployment job ends an `up` (Jenkinsfile, the stage Up), whatever that waits for."""

# What AWS may take as long for as `QUIET`, or longer -> how long it is believed to: the default timeouts of
# github.com/hashicorp/terraform-provider-aws, below internal/service. Before it deletes a security group (15 minutes) or a
# subnet (20) it waits up to 45 for interfaces of Lambda's (`deleteLingeringENIs` in ec2). It tries to delete a bucket for 60.
# Databases, domains and the like take as long as their size has them, and certificates as long as people. An invocation ends
# with its function, after 15 at the most, and is not here: reconcile makes one, and must be believed to be dead soon.
SLOW: Final[Mapping[str, timedelta]] = {
    **dict.fromkeys(
        ("aws:acm/", "aws:dynamodb/", "aws:ecs/service:", "aws:elasticache/", "aws:lb/", "aws:opensearch/", "aws:rds/"), LONGEST
    ),
    **dict.fromkeys(
        (
            "aws:batch/",
            "aws:ec2/",
            "aws:ecs/cluster:",
            "aws:kinesis/",
            "aws:lambda/function:",
            "aws:route53/",
            "aws:s3/bucket:",
        ),
        timedelta(minutes=75),
    ),
}

# How the engine says it: pkg/backend/diy/lock.go of github.com/pulumi/pulumi, checkForLock.
_LOCKED: Final = "the stack is currently locked by"
_LOCK: Final = re.compile(r"^\s*(\S+): created by (.+)@(\S+) \(pid (\d+)\) at (\S+)$", re.MULTILINE)


@dataclass(frozen=True, kw_only=True)
class Lock:
    """A lock on a stack's state.

    Attributes:
        file: Where it lies.
        user: Who made it.
        host: On which machine.
        pid: Its process.
        at: When, with a time zone.
    """

    file: str
    user: str
    host: str
    pid: int
    at: datetime

    def __str__(self) -> str:
        """For people."""
        return f"{self.user}@{self.host} (pid {self.pid}) since {self.at.isoformat()}, {self.file}"


@dataclass(frozen=True, kw_only=True)
class Life:
    """What the state shows of an `up` that may be alive.

    Attributes:
        written: When the state was written last.
        pending: Types of what is being created, changed or deleted, as the state has it.
    """

    written: datetime
    pending: tuple[str, ...]


def is_locked(said: str) -> bool:
    """Whether the engine refused a command because somebody else holds the state."""
    return _LOCKED in said


def locks_of(said: str) -> tuple[Lock, ...]:
    """The locks that the engine names in its refusal."""
    return tuple(
        Lock(file=file, user=user, host=host, pid=int(pid), at=datetime.fromisoformat(at))
        for file, user, host, pid, at in _LOCK.findall(said)
    )


def alive(lock: Lock, life: Life, *, since: datetime, now: datetime) -> str:
    """Why the holder of a lock may be alive; empty where it cannot be, and the lock may be cancelled.

    `since` is when this region became the active one. Who took the lock afterwards is a person, or a run of this, who knows of
    it: only this very program is believed to be dead, for nothing that it may do takes long.
    """
    if lock.at >= since and lock.user != OWN_USER:
        return "it was taken after the failover: somebody is at work"
    silent = now - max(lock.at, life.written)
    slow = {kind: most for kind in life.pending for prefix, most in SLOW.items() if kind.startswith(prefix)}
    enough = max((QUIET, *slow.values()))
    if silent >= enough:
        return ""
    waits = f", waits for {', '.join(sorted(slow))}" if slow else ""
    return f"the state was silent for {_minutes(silent)} of {_minutes(enough)} minutes{waits}"


def who_lives(locks: Iterable[Lock], life: Life, *, since: datetime, now: datetime) -> tuple[str, ...]:
    """Each holder that may be alive, with the reason. To cancel takes all locks away: none may be, and one must be known."""
    found = [(lock, alive(lock, life, since=since, now=now)) for lock in locks]
    if not found:
        return ("a lock whose holder the engine does not name",)
    return tuple(f"{lock}: {why}" for lock, why in found if why)


def _minutes(span: timedelta) -> int:
    return int(span.total_seconds() // 60)
