"""Whose lock is cancelled: one whose holder cannot be alive, and no other."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from delivery.reconcile.locks import LONGEST, OWN_USER, QUIET, Life, Lock, alive, is_locked, locks_of, who_lives

SINCE = datetime(2026, 11, 30, 8, 0, tzinfo=UTC)
BEFORE = Lock(file="s3://state/one.json", user="jenkins", host="agent-1", pid=7, at=SINCE - timedelta(minutes=5))
MINUTE = timedelta(minutes=1)
PLACE = "s3://state/.pulumi/locks/organization/dataconnect/prod-recovery"
SAID = f"""\
error: the stack is currently locked by 2 lock(s). Either wait for the other process(es) to end or delete the lock file with \
`pulumi cancel`.
  {PLACE}/a.json: created by jenkins@agent-1 (pid 7) at 2026-11-30T07:55:00Z
  {PLACE}/b.json: created by Jane Doe@laptop (pid 8) at 2026-11-30T09:00:00+01:00
"""


def life(*pending: str, written: datetime = SINCE - timedelta(hours=1)) -> Life:
    return Life(written=written, pending=pending)


def test_the_engine_s_refusal_names_every_holder() -> None:
    assert is_locked(SAID) and not is_locked("error: stack not found")
    jenkins, jane = locks_of(SAID)
    assert (jenkins.user, jenkins.host, jenkins.pid, jenkins.at) == ("jenkins", "agent-1", 7, BEFORE.at)
    assert (jane.user, jane.at) == ("Jane Doe", SINCE)


def test_a_lock_of_before_the_failover_falls_once_the_state_is_silent() -> None:
    assert alive(BEFORE, life(), since=SINCE, now=BEFORE.at + QUIET - MINUTE)
    assert not alive(BEFORE, life(), since=SINCE, now=BEFORE.at + QUIET)
    # Each step of an up is a sign of life.
    written = BEFORE.at + timedelta(minutes=30)
    assert alive(BEFORE, life(written=written), since=SINCE, now=written + QUIET - MINUTE)
    assert not alive(BEFORE, life(written=written), since=SINCE, now=written + QUIET)


def test_an_up_that_waits_for_something_slow_has_as_long_as_the_deployment_job_gives_it() -> None:
    slow = life("aws:rds/instance:Instance", "aws:iam/role:Role")
    told = alive(BEFORE, slow, since=SINCE, now=BEFORE.at + LONGEST - MINUTE)
    assert "aws:rds/instance:Instance" in told and "iam" not in told
    assert not alive(BEFORE, slow, since=SINCE, now=BEFORE.at + LONGEST)


@pytest.mark.parametrize(
    "kind",
    [
        *("aws:ec2/securityGroup:SecurityGroup", "aws:ec2/subnet:Subnet", "aws:ec2/natGateway:NatGateway"),
        *("aws:batch/computeEnvironment:ComputeEnvironment", "aws:lambda/function:Function", "aws:s3/bucket:Bucket"),
    ],
)
def test_so_has_one_that_waits_for_interfaces_of_functions_or_the_like(kind: str) -> None:
    told = alive(BEFORE, life(kind), since=SINCE, now=BEFORE.at + 60 * MINUTE)
    assert told == f"the state was silent for 60 of 75 minutes, waits for {kind}"
    # Not for as long as a database may take: until then nobody takes away what was cut off.
    assert not alive(BEFORE, life(kind), since=SINCE, now=BEFORE.at + 75 * MINUTE)
    assert alive(BEFORE, life(kind, "aws:rds/instance:Instance"), since=SINCE, now=BEFORE.at + 75 * MINUTE)


def test_what_keeps_users_is_not_waited_for_so_long() -> None:
    own = replace(BEFORE, user=OWN_USER, at=SINCE + MINUTE)
    assert not alive(own, life("aws:lambda/invocation:Invocation"), since=SINCE, now=own.at + QUIET)


@pytest.mark.parametrize("age", [timedelta(), timedelta(days=3)])
def test_a_lock_of_after_the_failover_is_never_cancelled(age: timedelta) -> None:
    assert "somebody is at work" in alive(replace(BEFORE, at=SINCE), life(), since=SINCE, now=SINCE + age)


def test_but_for_one_of_an_earlier_task_like_this_which_does_nothing_slow() -> None:
    own = replace(BEFORE, user=OWN_USER, at=SINCE + MINUTE)
    assert alive(own, life(), since=SINCE, now=own.at + QUIET - MINUTE)
    assert not alive(own, life(), since=SINCE, now=own.at + QUIET)


def test_of_several_locks_one_that_lives_keeps_all_and_an_unknown_one_does_too() -> None:
    now = SINCE + timedelta(hours=5)
    assert who_lives([BEFORE], life(), since=SINCE, now=now) == ()
    (told,) = who_lives([BEFORE, replace(BEFORE, user="jane", at=SINCE)], life(), since=SINCE, now=now)
    assert told.startswith("jane@agent-1 (pid 7)")
    assert who_lives([], life(), since=SINCE, now=now)
