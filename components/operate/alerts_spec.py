"""Who hears about alarms."""

from itertools import pairwise
from typing import Annotated

from pydantic import Field, SecretStr, ValidationInfo, field_validator

from ..base import checks
from ..base.hours import Hours
from ..base.hours import overlapping as overlapping_hours
from ..base.hours import timezone as known_timezone
from ..base.problems import Problem, checked, duplicates, fail_on, one_of
from ..base.spec import Email, PartName, Spec, context
from .routing_spec import EscalationSpec, RouteSpec, StormSpec, TeamSpec, Thing, overlapping


class AlertsSpec(Spec):
    """Who hears about alarms: teams, by the notifier; and by themselves those who hear when the notifier fails."""

    emails: tuple[Email, ...] = Field(
        description="e-mail addresses, one or more, that hear without the notifier: that it fails, and of the zone's security; "
        "each person confirms by mail once"
    )
    webhook: SecretStr | None = Field(
        default=None,
        description="https address that takes SNS messages and hears the same as `emails`; a Pulumi secret, none by default",
        examples=["https://alerts.dataconnect.example/sandbox"],
    )
    timezone: Annotated[str, checked(known_timezone)] = Field(
        default="UTC", description="time zone of all hours here, e.g. America/New_York; UTC by default"
    )
    teams: dict[PartName, TeamSpec] = Field(description="the teams that are told, by name, and how; one or more")
    owner: str = Field(description="the team that owns the alarms of all things which no other owns")
    owners: dict[Thing, str] = Field(
        default_factory=dict[str, str],
        description="thing, e.g. database, -> the team that owns its alarms; none by default",
    )
    routes: tuple[RouteSpec, ...] = Field(
        default=(), description="alarms that go to another team than their owner, the first route that fits; none by default"
    )
    hours: tuple[Hours, ...] = Field(
        default=(),
        description="when warning and info are told, e.g. [mon-fri 08:00-18:00]; they wait until then. Always by default",
    )
    escalation: tuple[EscalationSpec, ...] = Field(
        default=(), description="whom critical alarms are told to that nobody acknowledges; none by default"
    )
    storm: StormSpec = Field(default_factory=StormSpec, description="when many alarms are told as one")

    @field_validator("emails")
    @classmethod
    def _somebody(cls, emails: tuple[str, ...]) -> tuple[str, ...]:
        if not emails:
            fail_on([Problem(value=[], expected="one e-mail address or more: an alarm must reach somebody")])
        fail_on(duplicates(emails, what="an address"))
        return emails

    @field_validator("webhook")
    @classmethod
    def _secret_https(cls, webhook: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        if webhook is not None:
            # A program has it from a secret of its own; a stack file must not show it.
            if info.context is not None and "dataconnect:alerts" not in context(info).secrets:
                command = "pulumi config set --secret --path dataconnect:alerts.webhook"
                fail_on([Problem(value=webhook, expected=f"a secret; set it with `{command}`")])
            if expected := checks.https_url(webhook.get_secret_value()):
                fail_on([Problem(value=webhook, expected=expected)])
        return webhook

    @field_validator("teams")
    @classmethod
    def _some_team(cls, teams: dict[str, TeamSpec]) -> dict[str, TeamSpec]:
        if not teams:
            fail_on([Problem(value={}, expected="one team or more: an alarm must reach somebody")])
        return teams

    @field_validator("owner")
    @classmethod
    def _owned(cls, team: str, info: ValidationInfo) -> str:
        fail_on(_unknown(team, info))
        return team

    @field_validator("owners")
    @classmethod
    def _all_owned(cls, owners: dict[str, str], info: ValidationInfo) -> dict[str, str]:
        fail_on(problem for thing, team in owners.items() for problem in _unknown(team, info, thing))
        return owners

    @field_validator("routes")
    @classmethod
    def _to_somebody(cls, routes: tuple[RouteSpec, ...], info: ValidationInfo) -> tuple[RouteSpec, ...]:
        fail_on(problem for index, each in enumerate(routes) for problem in _unknown(each.team, info, index, "team"))
        fail_on(overlapping(routes))
        return routes

    @field_validator("hours")
    @classmethod
    def _apart(cls, hours: tuple[str, ...]) -> tuple[str, ...]:
        fail_on(overlapping_hours(hours))
        return hours

    @field_validator("escalation")
    @classmethod
    def _later_and_later(cls, steps: tuple[EscalationSpec, ...], info: ValidationInfo) -> tuple[EscalationSpec, ...]:
        fail_on(problem for index, each in enumerate(steps) for problem in _unknown(each.team, info, index, "team"))
        fail_on(
            Problem(
                value=each.after_minutes,
                expected=f"more than the {before.after_minutes} minutes of the step before",
                path=(index, "afterMinutes"),
            )
            for index, (before, each) in enumerate(pairwise(steps), start=1)
            if each.after_minutes <= before.after_minutes
        )
        return steps


def _unknown(team: str, info: ValidationInfo, *path: str | int) -> list[Problem]:
    teams = info.data.get("teams")
    if not isinstance(teams, dict) or not teams or team in teams:
        return []
    return [Problem(value=team, expected=one_of("a team of dataconnect:alerts.teams", team, map(str, teams)), path=path)]
