"""Budgets of an account and its teams, and what AWS finds unusual in its costs.

Both services are global: their resources have no region, and go on where a region is lost.
"""

import json
from dataclasses import dataclass
from typing import Any, Final

import pulumi
from pulumi_aws import budgets, costexplorer

from ..base.component import Component, tags
from ..base.here import Place
from .budget_spec import BudgetSpec, LimitSpec, TeamBudgetSpec

PUBLISHERS: Final = ("budgets.amazonaws.com", "costalerts.amazonaws.com")
"""What publishes to a topic of the same account that lets it: docs.aws.amazon.com/cost-management/latest/userguide/, its pages
budgets-sns-policy.html and ad-SNS.html."""


@dataclass(frozen=True, kw_only=True)
class BudgetArgs:
    """Budgets of an account.

    Attributes:
        here: The account.
        spec: How much it may cost.
        topic_arn: The topic that is told: of the same account, and `PUBLISHERS` may publish to it and use its key.
    """

    here: Place
    spec: BudgetSpec
    topic_arn: pulumi.Input[str]


class Budget(Component):
    """A budget of all that the account costs, one for each team, and the detection of what is unusual.

    The first has no filter: what bears no tag costs, too. A team's counts what bears its tag, which is nothing until the tag is
    active for cost allocation (`dataconnect cost tags`). No outputs.
    """

    def __init__(self, name: str, args: BudgetArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self.args = args
        self._budget(name, args.spec, subscriber_sns_topic_arns=[args.topic_arn])
        for team, spec in args.spec.teams.items():
            self._budget(f"{name}-{team}", spec, subscriber_email_addresses=[*spec.emails])
            if args.spec.anomalies.by_team:
                self._team_anomalies(team, spec)
        self._anomalies()
        self.register_outputs({})

    def _budget(self, name: str, spec: LimitSpec, **told: Any) -> None:
        levels = [
            *(("ACTUAL", percent) for percent in spec.actual_percents),
            *(("FORECASTED", percent) for percent in spec.forecast_percents),
        ]
        # A filter without `user:` matches nothing, and nobody is told.
        own = [f"user:{spec.tag}${spec.value}"] if isinstance(spec, TeamBudgetSpec) else []
        budgets.Budget(
            name,
            account_id=self.args.here.account_id,
            budget_type="COST",
            limit_amount=str(spec.monthly_usd),
            limit_unit="USD",
            time_unit="MONTHLY",
            cost_filters=[budgets.BudgetCostFilterArgs(name="TagKeyValue", values=own)] if own else None,
            notifications=[
                budgets.BudgetNotificationArgs(
                    notification_type=kind,
                    comparison_operator="GREATER_THAN",
                    threshold=percent,
                    threshold_type="PERCENTAGE",
                    **told,
                )
                for kind, percent in levels
            ],
            tags=tags(name),
            opts=self.child(),
        )

    def _anomalies(self) -> None:
        spec = self.args.spec.anomalies
        arn: pulumi.Input[str] | None = spec.monitor_arn
        if arn is None:
            monitor = costexplorer.AnomalyMonitor(
                f"{self.name}-services",
                name=f"{self.name}-services-{pulumi.get_stack()}",
                monitor_type="DIMENSIONAL",
                monitor_dimension="SERVICE",
                tags=tags(f"{self.name}-services"),
                opts=self.child(),
            )
            arn = monitor.arn
        self._tell(f"{self.name}-anomalies", arn, "IMMEDIATE", [("SNS", self.args.topic_arn)])

    def _team_anomalies(self, team: str, spec: TeamBudgetSpec) -> None:
        """A monitor of a team's tag: the provider knows none by dimension TAG (hashicorp/terraform-provider-aws#48492).

        Only the management account of an organisation may have it
        (docs.aws.amazon.com/cost-management/latest/userguide/getting-started-ad.html).
        """
        name = f"{self.name}-{team}"
        monitor = costexplorer.AnomalyMonitor(
            name,
            name=f"{name}-{pulumi.get_stack()}",
            monitor_type="CUSTOM",
            monitor_specification=json.dumps(
                {
                    **dict.fromkeys(("And", "CostCategories", "Dimensions", "Not", "Or")),
                    "Tags": {"Key": spec.tag, "MatchOptions": None, "Values": [spec.value]},
                }
            ),
            tags=tags(name),
            opts=self.child(),
        )
        # By mail at once is no choice that AWS gives: people are told daily, topics at once.
        self._tell(f"{name}-anomalies", monitor.arn, "DAILY", [("EMAIL", email) for email in spec.emails])

    def _tell(self, name: str, monitor: pulumi.Input[str], often: str, whom: list[tuple[str, pulumi.Input[str]]]) -> None:
        costexplorer.AnomalySubscription(
            name,
            # Names of monitors and subscriptions have no auto-naming: the provider wants one.
            name=f"{name}-{pulumi.get_stack()}",
            account_id=self.args.here.account_id,
            frequency=often,
            monitor_arn_lists=[monitor],
            subscribers=[costexplorer.AnomalySubscriptionSubscriberArgs(type=kind, address=address) for kind, address in whom],
            threshold_expression=costexplorer.AnomalySubscriptionThresholdExpressionArgs(
                dimension=costexplorer.AnomalySubscriptionThresholdExpressionDimensionArgs(
                    key="ANOMALY_TOTAL_IMPACT_ABSOLUTE",
                    match_options=["GREATER_THAN_OR_EQUAL"],
                    values=[str(self.args.spec.anomalies.minimum_usd)],
                )
            ),
            tags=tags(name),
            opts=self.child(),
        )
