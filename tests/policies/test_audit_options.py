"""What the audit pack's options change."""

from collections.abc import Mapping, Sequence
from typing import Any

from policies.controls.audit.pack import PACK
from tests.policies.harness import Engine, Planned

PROVIDER = "pulumi:providers:aws"
STACK = "pulumi:pulumi:Stack"


def found(rule: str, options: Mapping[str, Any], *resources: Planned) -> Sequence[str]:
    engine = Engine(PACK, levels={rule: "advisory"}, options={rule: options})
    return [diagnostic.message for diagnostic in engine.preview(resources) if diagnostic.policyName == rule]


def test_providers_may_name_listed_accounts_only() -> None:
    provider = Planned(token=PROVIDER, inputs={"allowedAccountIds": ["111111111111", "222222222222"]})
    [finding] = found("provider-accounts", {"accounts": ["111111111111"]}, provider)
    assert "222222222222" in finding
    assert found("provider-accounts", {"accounts": ["111111111111", "222222222222"]}, provider) == []


def test_regions_are_those_of_the_option() -> None:
    provider = Planned(token=PROVIDER, inputs={"region": "eu-central-1"})
    assert found("region-allowed", {"regions": ["eu-central-1"]}, provider) == []
    assert found("region-allowed", {"regions": ["eu-west-1"]}, provider)


def test_any_stack_can_be_told_to_hold_the_guardrails() -> None:
    stack = Planned(token=STACK, name="dataconnect-prod")
    assert found("account-guardrails", {}, stack) == []
    assert found("account-guardrails", {"stacks": ["prod"]}, stack)
    assert found("account-guardrails", {"stacks": ["dataconnect-*"]}, stack)


def test_guards_are_wanted_in_each_region_of_the_option() -> None:
    stack = Planned(token=STACK)
    missing = found("account-guardrails", {"stacks": ["*"], "regions": ["us-east-2", "us-west-2"]}, stack)
    assert sum("a GuardDuty detector in us-" in finding for finding in missing) == 2


def test_ignored_changes_are_judged_by_the_list_of_the_option() -> None:
    queue = Planned(token="aws:sqs/queue:Queue", ignore_changes=["visibilityTimeoutSeconds", "tags"])
    [finding] = found("no-ignored-security-changes", {"properties": ["visibilityTimeoutSeconds"]}, queue)
    assert "visibilityTimeoutSeconds" in finding


def test_what_is_switched_by_design_is_the_options_to_say() -> None:
    database = Planned(token="aws:rds/instance:Instance", ignore_changes=["vpcSecurityGroupIds"])
    assert found("no-ignored-security-changes", {}, database) == []
    assert found("no-ignored-security-changes", {"switched": []}, database)
