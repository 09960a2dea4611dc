"""What a stack file or a program may say of who hears about alarms."""

from typing import Any

import pytest
from pydantic import SecretStr, ValidationError

from components.base.errors import InvalidArgumentError
from components.base.problems import lines
from components.base.spec import StackContext
from components.operate.alerts_spec import AlertsSpec

ON_CALL = "oncall@dataconnect.example"
WEBHOOK = "https://events.dataconnect.example/token"
TEAMS: dict[str, Any] = {"teams": {"platform": {"emails": [ON_CALL]}}, "owner": "platform"}
SECRET = frozenset({"dataconnect:alerts"})


def spec(**changes: Any) -> AlertsSpec:
    values: dict[str, Any] = {**TEAMS, "emails": [ON_CALL], **changes}
    return AlertsSpec(**values)


def refused(**changes: Any) -> str:
    with pytest.raises(InvalidArgumentError) as caught:
        spec(**changes)
    return str(caught.value)


def told(secrets: frozenset[str], webhook: str) -> list[str]:
    """What a reader of a stack file with such a webhook is told."""
    values = {**TEAMS, "emails": [ON_CALL], "webhook": webhook}
    with pytest.raises(ValidationError) as caught:
        AlertsSpec.model_validate(values, context=StackContext(secrets=secrets))
    return [str(line) for line in lines(caught.value, AlertsSpec)]


def test_nobody_but_the_addresses_hears_without_the_notifier_by_default() -> None:
    assert (spec().webhook, spec().timezone, spec().routes, spec().hours) == (None, "UTC", (), ())


def test_alarms_that_would_tell_nobody_are_refused() -> None:
    assert refused(emails=[]) == "AlertsSpec.emails is []; expected one e-mail address or more: an alarm must reach somebody"


def test_an_address_given_twice_is_refused() -> None:
    assert refused(emails=[ON_CALL, ON_CALL]) == (f"AlertsSpec.emails[1] is '{ON_CALL}'; expected an address not listed before")


@pytest.mark.parametrize("address", ["on-call", "@dataconnect.example", "oncall@", "on call@dataconnect.example"])
def test_what_is_no_address_is_refused(address: str) -> None:
    assert refused(emails=[address]).startswith(f"AlertsSpec.emails[0] is '{address}'; expected an e-mail address")


def test_a_webhook_in_a_stack_file_must_be_a_secret() -> None:
    command = "pulumi config set --secret --path dataconnect:alerts.webhook"
    assert told(frozenset(), WEBHOOK) == [f"webhook is [hidden]; expected a secret; set it with `{command}`"]
    values = {**TEAMS, "emails": [ON_CALL], "webhook": WEBHOOK}
    alerts = AlertsSpec.model_validate(values, context=StackContext(secrets=SECRET))
    assert alerts.webhook == SecretStr(WEBHOOK)


def test_a_program_hands_a_webhook_over_and_its_token_is_never_shown() -> None:
    alerts = spec(webhook=WEBHOOK)
    assert alerts.webhook == SecretStr(WEBHOOK)
    assert "token" not in repr(alerts)


@pytest.mark.parametrize(
    "webhook", ["http://events.dataconnect.example/token", "token", "", "https://u:p@events.dataconnect.example/token"]
)
def test_a_webhook_that_is_no_https_address_is_refused_and_not_shown(webhook: str) -> None:
    expected = "webhook is [hidden]; expected an https:// address without user, query or final slash"
    assert told(SECRET, webhook) == [expected]
    assert refused(webhook=webhook) == f"AlertsSpec.{expected}"
