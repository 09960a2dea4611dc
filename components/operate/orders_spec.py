"""Who may order from Slack, and where."""

from typing import Annotated

from pydantic import Field, field_validator

from ..base import checks
from ..base.problems import Problem, checked, duplicates, fail_on
from ..base.spec import Email, Spec, Whole, matching
from ..edge import edge_checks

ChannelId = Annotated[str, matching(r"[CG][0-9A-Z]{2,30}", "a Slack channel id, e.g. C0123ABCD")]
UserId = Annotated[str, matching(r"[UW][0-9A-Z]{2,30}", "a Slack user id, e.g. U024BE7LH")]


def _path(text: str) -> str | None:
    """One path, no pattern: the firewall and the function compare it whole."""
    return checks.path_pattern(text) or ("a path without * and ?" if {"*", "?"} & {*text} else None)


class OrdersSpec(Spec):
    """Who may order from Slack: the slash command, and the buttons of the notifier's messages (docs/alerts.md)."""

    workspace: Annotated[str, matching(r"T[0-9A-Z]{2,30}", "a Slack workspace id, e.g. T0123ABCD")] = Field(
        description="id of the one Slack workspace, T..."
    )
    channels: tuple[ChannelId, ...] = Field(
        description="ids of the channels in which people may order, all in which alerts.teams are told among them"
    )
    users: dict[UserId, Email] = Field(
        description="who may order: Slack user id -> e-mail address, by which the person is known; one or more"
    )
    path: Annotated[str, checked(_path)] = Field(
        default="/slack/orders",
        description="the path at which the load balancer takes Slack's requests; /slack/orders by default",
    )
    priority: Annotated[Whole, checked(edge_checks.listener_priority)] = Field(
        default=600, description="of its listener rule, 1 to 50000, its own among services and functions; 600 by default"
    )

    @field_validator("channels")
    @classmethod
    def _somewhere(cls, channels: tuple[str, ...]) -> tuple[str, ...]:
        if not channels:
            fail_on([Problem(value=[], expected="one channel or more: nobody could order anything")])
        fail_on(duplicates(channels, what="a channel"))
        return channels

    @field_validator("users")
    @classmethod
    def _somebody(cls, users: dict[str, str]) -> dict[str, str]:
        if not users:
            fail_on([Problem(value={}, expected="one user or more: nobody could order anything")])
        return users

    @property
    def paths(self) -> tuple[str, ...]:
        """The paths of its listener rule."""
        return (self.path,)

    @property
    def hosts(self) -> tuple[str, ...]:
        """Host names that it answers: any."""
        return ()
