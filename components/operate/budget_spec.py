"""How much an account may cost a month, and who hears of it."""

import re
from typing import Annotated, Final

from pydantic import Field, ValidationInfo, field_validator

from ..base.problems import Problem, between, duplicates, fail_on, matching
from ..base.spec import Email, PartName, Spec, Whole, context

MOST_NOTIFICATIONS: Final = 5
"""Of a budget: docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-budgets-budget.html."""
MOST_EMAILS: Final = 10
"""Of a notification: the same page."""

Usd = Annotated[Whole, between(1, 10_000_000, "whole US dollars")]
Percent = Annotated[Whole, between(1, 1000, "percent of monthlyUsd")]
TagKey = Annotated[str, matching(r"(?!aws:)[\w .:/=+@-]{1,128}", "the key of a tag, e.g. CostCenter")]
TagValue = Annotated[str, matching(r"[\w .:/=+@-]{1,256}", "the value of that tag, e.g. CC-4100")]


class LimitSpec(Spec):
    """A sum, and at how much of it somebody is told."""

    monthly_usd: Usd = Field(description="whole US dollars a month that it may cost, 1 to 10,000,000")
    actual_percents: tuple[Percent, ...] = Field(
        default=(80, 100), description="percents of it that somebody is told of once they are spent; 80 and 100 by default"
    )
    forecast_percents: tuple[Percent, ...] = Field(
        default=(100,),
        validate_default=True,
        description="percents of it that somebody is told of once AWS expects them; 100 by default",
    )

    @field_validator("actual_percents", "forecast_percents")
    @classmethod
    def _each_once(cls, percents: tuple[int, ...]) -> tuple[int, ...]:
        fail_on(duplicates(percents, what="a percentage"))
        return percents

    @field_validator("forecast_percents")
    @classmethod
    def _few(cls, percents: tuple[int, ...], info: ValidationInfo) -> tuple[int, ...]:
        count = len(percents) + len(info.data.get("actual_percents", ()))
        if not 1 <= count <= MOST_NOTIFICATIONS:
            expected = f"1 to {MOST_NOTIFICATIONS} of them together with actualPercents: AWS takes no more for a budget"
            fail_on([Problem(value=list(percents), expected=expected)])
        return percents


class TeamBudgetSpec(LimitSpec):
    """What a team may cost: what bears a tag of its own."""

    tag: TagKey = Field(default="CostCenter", description="key of the tag that tells its resources; CostCenter by default")
    value: TagValue = Field(description="value of that tag, e.g. CC-4100")
    emails: tuple[Email, ...] = Field(description="e-mail addresses of the team, 1 to 10")

    @field_validator("emails")
    @classmethod
    def _somebody(cls, emails: tuple[str, ...]) -> tuple[str, ...]:
        if not 1 <= len(emails) <= MOST_EMAILS:
            fail_on([Problem(value=list(emails), expected=f"1 to {MOST_EMAILS} e-mail addresses: a team must hear of it")])
        fail_on(duplicates(emails, what="an address"))
        return emails


class AnomaliesSpec(Spec):
    """What is told of as unusual."""

    minimum_usd: Usd = Field(
        default=50, description="whole US dollars beyond the usual that somebody is told of; 50 by default"
    )
    by_team: bool = Field(
        default=False,
        description="whether what is unusual in a team's costs is told, too; in an organisation AWS lets only the management "
        "account; false by default",
    )
    monitor_arn: str | None = Field(
        default=None,
        description="ARN of the account's monitor of AWS services, where it has one: an account can have one only, and AWS "
        "makes it for new ones; none by default, and the stack makes it",
    )

    @field_validator("monitor_arn")
    @classmethod
    def _of_the_account(cls, arn: str | None, info: ValidationInfo) -> str | None:
        account = context(info).account_id
        if arn is not None and not re.fullmatch(rf"arn:aws:ce::{account or '[0-9]{12}'}:anomalymonitor/[A-Za-z0-9-]+", arn):
            expected = f"arn:aws:ce::{account or '<account>'}:anomalymonitor/<id>, as `aws ce get-anomaly-monitors` tells it"
            fail_on([Problem(value=arn, expected=expected)])
        return arn


class BudgetSpec(LimitSpec):
    """What the account may cost, each team in it, and what is unusual.

    It is said by one stack of an account, in its own file: what an account costs is one sum.
    """

    teams: dict[PartName, TeamBudgetSpec] = Field(
        default_factory=dict[str, TeamBudgetSpec],
        description="budgets of teams, by the name of a team of alerts.teams; none by default",
    )
    anomalies: AnomaliesSpec = Field(
        default_factory=AnomaliesSpec, description="what is told of as unusual; 50 US dollars and more by default"
    )

    @field_validator("teams")
    @classmethod
    def _within_the_whole(cls, teams: dict[str, TeamBudgetSpec], info: ValidationInfo) -> dict[str, TeamBudgetSpec]:
        whole, owners = info.data.get("monthly_usd"), dict[tuple[str, str], str]()
        for name, team in teams.items():
            owner = owners.setdefault((team.tag, team.value), name)
            if owner != name:
                expected = f"another value of {team.tag}: that of team {owner} is the same"
                fail_on([Problem(value=team.value, expected=expected, path=(name, "value"))])
            if whole is not None and team.monthly_usd > whole:
                expected = f"up to {whole}, monthlyUsd of the whole account"
                fail_on([Problem(value=team.monthly_usd, expected=expected, path=(name, "monthlyUsd"))])
        return teams
