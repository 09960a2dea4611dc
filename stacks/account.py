"""The role account (dev-account, prod-account): what there is once in an account, or once in each region that it uses."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pulumi

from components.base.alarms import AlarmTarget
from components.base.here import Here
from components.security.account_guardrails import (
    AccountGuardrails,
    AccountGuardrailsArgs,
    RegionGuardrails,
    RegionGuardrailsArgs,
)
from components.security.key import Key, KeyArgs
from settings import AccountSettings
from stacks.outputs import StackOutputs
from stacks.parts.audit import declare_audit
from stacks.parts.detection import controls_of_rules, declare_detection


def compose(settings: AccountSettings) -> Mapping[str, pulumi.Input[Any]]:
    """Declare the account's stack; return its outputs, for whoever looks for evidence."""
    AccountGuardrails("guardrails", AccountGuardrailsArgs(owners=settings.owners, contacts=settings.contacts))
    alarms = {region: _alarms(settings, region) for region in settings.platforms}
    home = Here(
        region=settings.region,
        account_id=settings.account_id,
        alarms=alarms[settings.region],
        log_retention_days=settings.log_retention_days,
    )
    regions = {region: replace(home, region=region, alarms=alarms[region]) for region in settings.platforms}
    for here in regions.values():
        _declare_region(settings, here)
    audit = declare_audit(settings, regions[settings.region])
    detection = declare_detection(settings, regions, audit)
    return {"audit": audit.outputs(), "detection": detection, "configControls": controls_of_rules()}


def _alarms(settings: AccountSettings, region: str) -> AlarmTarget:
    platform = StackOutputs(settings.platforms[region])
    return AlarmTarget(topic_arn=platform.text("alertTopicArn"), runbook_url=settings.runbook_url)


def _declare_region(settings: AccountSettings, here: Here) -> None:
    key = None
    if settings.owners.volumes == "here":
        key = Key(
            f"account-volumes-key-{here.region}",
            KeyArgs(
                here=here,
                data_class="volumes",
                alias=f"alias/dataconnect/{settings.environment}/account-volumes",
                administrators=settings.key_administrators,
            ),
        )
    RegionGuardrails(
        f"guardrails-{here.region}",
        RegionGuardrailsArgs(here=here, owners=settings.owners, volumes_key_arn=key.arn if key else None),
    )
