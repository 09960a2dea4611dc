"""Secrets change by themselves, at least every 90 days."""

import re
from typing import Final

from policies.kit.facts import MONTHS
from policies.kit.references import referrers, sure_referrers
from policies.kit.resource import Resource
from policies.kit.rule import Answers, Finding, Rules
from policies.kit.values import as_number

rules: Final = Rules("workloads")

_ROTATION: Final = "secretsmanager/secretRotation"
_MOST_DAYS: Final = 90
_DAYS: Final = {"minute": 1 / 1440, "hour": 1 / 24, "day": 1.0}
_MOST_MONTHS: Final = 3


@rules.rule("secret-rotates", "C079", "secretsmanager/secret", needs_stack=True)
def _secret_rotates(secret: Resource) -> Answers:
    """Secrets have a rotation schedule.

    Add a secretsmanager.SecretRotation with a rotation function and automaticallyAfterDays of at most 90.
    """
    if secret.get("rotationRules") is not None or secret.get("rotationLambdaArn") is not None:  # provider before version 5
        yield from _often_enough(secret)
        return
    versions = referrers(secret, "secretsmanager/secretVersion", "secretId")
    rotations = [rotation for version in versions for rotation in referrers(version, _ROTATION, "secretId")]
    rotations = rotations or sure_referrers(secret, (_ROTATION, "secretId"))
    if not rotations:
        yield Finding("", None, "a secretsmanager/secretRotation that names the secret")
    for rotation in rotations:
        if rotation.get("rotationLambdaArn") is None and rotation.get("externalSecretRotationRoleArn") is None:
            yield Finding("", None, f"a rotationLambdaArn in {rotation.name}: AWS rotates only its own secrets without one")


@rules.rule("secret-rotates-often", "C079", _ROTATION)
def _often_enough(rotation: Resource) -> Answers:
    """Secrets are rotated at most 90 days after each other.

    Set rotationRules: {automaticallyAfterDays: 90} or less.
    """
    if rotation.get("rotationEnabled") is False:
        yield Finding("rotationEnabled", False, "true")
        return
    days, schedule = rotation.get("rotationRules.automaticallyAfterDays"), rotation.get("rotationRules.scheduleExpression")
    if schedule:
        if not _frequent(str(schedule)):
            yield Finding("rotationRules.scheduleExpression", schedule, f"at least once in {_MOST_DAYS} days")
    elif not (number := as_number(days)) or number > _MOST_DAYS:
        yield Finding("rotationRules.automaticallyAfterDays", days, f"1 to {_MOST_DAYS} days")


def _frequent(schedule: str) -> bool:
    """Whether a rate or cron expression comes round within 90 days, or in every quarter."""
    if rate := re.fullmatch(r"rate\((\d+) (minute|hour|day)s?\)", schedule):
        return int(rate[1]) * _DAYS[rate[2]] <= _MOST_DAYS
    cron = re.fullmatch(r"cron\(\S+ \S+ \S+ (\S+) \S+ (\S+)\)", schedule)
    if cron is None or not re.match(r"\*|\?", cron[2]):
        return False
    try:
        months = sorted(_months(cron[1]))
    except ValueError:
        return False
    gaps = [later - earlier for earlier, later in zip(months, [*months[1:], months[0] + 12], strict=True)]
    return max(gaps) <= _MOST_MONTHS


def _months(field: str) -> set[int]:
    """The months of a cron expression's field: `*`, `1,4`, `JAN-MAR`, `*/3`, `2/3`."""
    found: set[int] = set()
    for part in field.upper().split(","):
        span, _, step = part.partition("/")
        first, _, last = span.partition("-")
        if first in ("*", "?"):
            low, high = 1, 12
        else:
            low = _month(first)
            high = _month(last) if last else 12 if step else low
        found |= set(range(low, high + 1, int(step or 1)))
    return found


def _month(text: str) -> int:
    return MONTHS.index(text) + 1 if text in MONTHS else int(text)
