"""Teams, and who of them is told of which alarm at which time."""

from collections.abc import Iterator
from itertools import product
from typing import Annotated, Final

from pydantic import Field, ValidationInfo, field_validator

from ..base.hours import DAY, WEEK, Hours, minutes
from ..base.hours import overlapping as overlapping_hours
from ..base.problems import Problem, between, checked, duplicates, fail_on, instead_of, matching
from ..base.severity import SEVERITIES, THINGS, Severity
from ..base.spec import Email, PartName, Spec, Whole

NO_KIND: Final = "unknown"
"""The thing of an event that is of no kind of ours."""


def _thing(name: str) -> str | None:
    if name in THINGS or name == NO_KIND:
        return None
    return (
        f"what an alarm's key begins with, or {NO_KIND} for events of no kind; {instead_of(name, (*sorted(THINGS), NO_KIND))}"
    )


Thing = Annotated[str, checked(_thing)]


class TeamSpec(Spec):
    """How the people of a team are told; one way or more."""

    emails: tuple[Email, ...] = Field(default=(), description="e-mail addresses; each person confirms by mail once")
    slack: Annotated[str, matching(r"[CG][0-9A-Z]{2,30}", "a Slack channel id, e.g. C0123ABCD")] | None = Field(
        default=None, description="id of the Slack channel, C..., to which the notifier's app was invited; none by default"
    )
    webhook: PartName | None = Field(
        default=None, description="name of an address in `webhooks` of the notifier's secret; none by default"
    )
    pagerduty: PartName | None = Field(
        default=None,
        validate_default=True,
        description="name of an integration key in `pagerduty` of the notifier's secret; none by default",
    )

    @field_validator("emails")
    @classmethod
    def _once(cls, emails: tuple[str, ...]) -> tuple[str, ...]:
        fail_on(duplicates(emails, what="an address"))
        return emails

    @field_validator("pagerduty")
    @classmethod
    def _somehow(cls, pagerduty: str | None, info: ValidationInfo) -> str | None:
        ways = ("emails", "slack", "webhook")
        if pagerduty is None and info.data.keys() >= {*ways} and not any(info.data[way] for way in ways):
            expected = "a team with emails, slack, webhook or pagerduty: its alarms must reach somebody"
            fail_on([Problem(value=None, expected=expected)])
        return pagerduty


class RouteSpec(Spec):
    """Alarms that are told to another team than their owner."""

    team: str = Field(description="the team that is told")
    severities: tuple[Severity, ...] = Field(default=(), description="of these severities; of all by default")
    things: tuple[Thing, ...] = Field(default=(), description="of these things, e.g. database; of all by default")
    hours: tuple[Hours, ...] = Field(default=(), description="in these hours, e.g. [mon-fri 08:00-18:00]; always by default")

    @field_validator("hours")
    @classmethod
    def _apart(cls, hours: tuple[str, ...]) -> tuple[str, ...]:
        fail_on(overlapping_hours(hours))
        return hours

    def is_for(self, severity: Severity, thing: str) -> bool:
        """Whether it is for alarms of that severity and thing, at its hours."""
        return (not self.severities or severity in self.severities) and (not self.things or thing in self.things)

    def meets(self, other: "RouteSpec") -> bool:
        """Whether something could be for both, whatever the hour."""
        pairs = ((self.severities, other.severities), (self.things, other.things))
        return all(not ours or not theirs or {*ours} & {*theirs} for ours, theirs in pairs)


class EscalationSpec(Spec):
    """Whom a critical alarm is told to when nobody has acknowledged it."""

    after_minutes: Annotated[Whole, between(1, DAY, "minutes")] = Field(description="minutes after it was raised, 1 to 1,440")
    team: str = Field(description="the team that is told then, too")


class StormSpec(Spec):
    """When many alarms of a team are told as one message."""

    alarms: Annotated[Whole, between(2, 100)] = Field(
        default=8, description="new alarms of a team that are told one by one, 2 to 100; 8 by default"
    )
    minutes: Annotated[Whole, between(1, 60, "minutes")] = Field(
        default=5, description="minutes within which more than that are a storm, 1 to 60; 5 by default"
    )


def overlapping(routes: tuple[RouteSpec, ...]) -> Iterator[Problem]:
    """A problem for each route that is never taken, and for each two whose hours leave open which of them is meant."""
    week = frozenset(range(WEEK))
    left = dict.fromkeys(product(SEVERITIES, (*THINGS, NO_KIND)), week)
    for index, route in enumerate(routes):
        hours = minutes(route.hours) if route.hours else week
        pairs = [pair for pair in left if route.is_for(*pair)]
        if not any(left[pair] & hours for pair in pairs):
            before = ", ".join(f"routes[{at}]" for at, each in enumerate(routes[:index]) if each.meets(route))
            expected = f"a route that can be taken: {before} before it take all of it"
            yield Problem(value=route.team, expected=expected, path=(index, "team"))
        for pair in pairs:
            left[pair] -= hours
        for at, earlier in enumerate(routes[:index]):
            if earlier.meets(route) and minutes(earlier.hours) & minutes(route.hours):
                expected = f"hours that do not overlap with those of routes[{at}], which is for some of the same alarms"
                yield Problem(value=", ".join(route.hours), expected=expected, path=(index, "hours"))
                break
