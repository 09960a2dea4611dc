"""Remediations end what they promise and nothing else, and only where the configuration asks for it."""

from typing import Any

import pytest
from google.protobuf import json_format
from pulumi.runtime import rpc

from policies.kit.pack import Pack
from policies.kit.remediation import remediate
from policies.kit.rule import Rule
from policies.pack import PACK, PACKS
from tests.found import some
from tests.policies.harness import UNKNOWN, Engine, Planned, only, secret, struct, verdict
from tests.policies.test_rules import cases_of

REMEDIATIONS = [
    pytest.param(pack, rule, id=f"{pack.name}/{rule.name}")
    for pack in PACKS
    for rule in pack.rules
    if rule.remediation_values is not None
]


def remediated(pack: Pack, rule: Rule, resource: Planned) -> tuple[list[Any], Planned]:
    """What the pack sends back for `resource`, and the resource as the engine then goes on with it."""
    engine = Engine(only(pack, rule.name).analyzer.judge.pack, levels={rule.name: "remediate"})
    sent = engine.remediate(resource)
    inputs = json_format.MessageToDict(sent[-1].properties) if sent else resource.inputs
    return sent, Planned(token=resource.token, name=resource.name, inputs=inputs, refs=resource.refs, protect=resource.protect)


@pytest.mark.parametrize(("pack", "rule"), REMEDIATIONS)
def test_a_remediation_ends_a_finding_of_its_rule(pack: Pack, rule: Rule) -> None:
    passing = 0
    for case in cases_of(pack)[rule.name].of("fail"):
        if len(case) == 1:
            sent, after = remediated(pack, rule, case[0])
            passing += bool(sent) and verdict(only(pack, rule.name).preview([after])) == "pass"
    assert passing, "no failing case passes once it is remediated"


@pytest.mark.parametrize(("pack", "rule"), REMEDIATIONS)
def test_a_remediation_leaves_alone_what_passes_or_is_unknown(pack: Pack, rule: Rule) -> None:
    cases = cases_of(pack)[rule.name]
    for case in some([*cases.of("pass"), *cases.of("unknown")]):
        for resource in case:
            assert remediated(pack, rule, resource)[0] == []


def test_nothing_is_mended_unless_the_configuration_asks() -> None:
    key = Planned(token="aws:kms/key:Key", inputs={"enableKeyRotation": False})
    assert Engine(PACK).remediate(key) == []
    [sent] = Engine(PACK, levels={"kms-rotation": "remediate"}).remediate(key)
    assert sent.policyName == "kms-rotation"
    assert json_format.MessageToDict(sent.properties) == {"enableKeyRotation": True}


def test_a_remediation_keeps_secrets_unknowns_and_neighbours_as_the_engine_sent_them() -> None:
    before = {"a": secret("hidden"), "b": UNKNOWN, "block": {"other": 1.0}, "blocks": [{"x": False}, {}]}
    after = json_format.MessageToDict(remediate(struct(before), {"block.on": True, "made.inner": "v", "blocks.x": True}))
    assert after["a"] == {rpc._special_sig_key: rpc._special_secret_sig, "value": "hidden"}
    assert after["b"] == UNKNOWN
    assert after["block"] == {"other": 1.0, "on": True}
    assert after["made"] == {"inner": "v"}
    assert after["blocks"] == [{"x": True}, {"x": True}]


def test_a_rule_that_needs_the_whole_stack_has_no_remediation_values() -> None:
    """The engine asks for remediations resource by resource."""
    assert [rule.name for rule in PACK.rules if rule.needs_stack and rule.remediation_values is not None] == []
