"""Who hears about alarms."""

from typing import Annotated

from pydantic import Field, SecretStr, ValidationInfo, field_validator

from ..base import checks
from ..base.problems import Problem, duplicates, fail_on, matching
from ..base.spec import Email, Spec, context


class SlackSpec(Spec):
    """A Slack channel that AWS Chatbot posts alarms to; the workspace must have been authorised in the AWS console once.

    An account may configure a channel once, whatever the region: two topics of one account need a channel each (Chatbot
    CreateSlackChannelConfiguration: "has already been configured for AWS account").
    """

    workspace_id: Annotated[str, matching(r"T[0-9A-Z]{2,30}", "a Slack workspace id, e.g. T0123ABCD")] = Field(
        description="Slack workspace id, T..."
    )
    channel_id: Annotated[str, matching(r"C[0-9A-Z]{2,30}", "a Slack channel id, e.g. C0123ABCD")] = Field(
        description="Slack channel id, C..."
    )


class AlertsSpec(Spec):
    """Who hears about alarms."""

    emails: tuple[Email, ...] = Field(description="e-mail addresses, one or more; each person confirms by mail once")
    webhook: SecretStr | None = Field(
        default=None,
        description="https address that takes SNS messages; a Pulumi secret, none by default",
        examples=["https://alerts.dataconnect.example/sandbox"],
    )
    slack: SlackSpec | None = Field(default=None, description="Slack channel, none by default")

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
