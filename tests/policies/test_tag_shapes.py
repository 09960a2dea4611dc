"""Tags of a wrong shape: no rule breaks on them, and what is no tag is told or counts as missing."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from policies.evidence.verdicts import Evidence
from tests.policies.harness import TAGS, UNKNOWN
from tests.policies.test_evidence import evidence_of, preview, verdicts, written

__all__ = ["written"]

QUEUE, PROVIDER, SELECTION = "aws:sqs/queue:Queue", "pulumi:providers:aws", "aws:backup/selection:Selection"
TAGGED = (
    *(QUEUE, "aws:ec2/subnet:Subnet", "aws:autoscaling/group:Group", "aws:ec2/launchTemplate:LaunchTemplate"),
    *("aws:dynamodb/table:Table", "aws:rds/instance:Instance", "aws:kms/key:Key", "aws:s3/bucket:Bucket", "aws:iam/role:Role"),
)
SHAPES = (
    *(3, 1.5, True, "x", ["a"], [1], [None], [["key"]], [{"value": 1}], [{"key": ["a"], "value": {"b": 1}}]),
    *({"Owner": ["a"]}, {"Owner": {"a": 1}, "Project": 3}, {"": None}, [], UNKNOWN, [UNKNOWN]),
)
NO_TAGS = (3, 1.5, True, "x", ["a"], [1], [None], [["key"]])


def resource(token: str, name: str, **inputs: object) -> dict[str, Any]:
    return {"urn": f"urn:pulumi:prod::dataconnect::{token}::{name}", "type": token, "inputs": inputs}


def judged(written: Callable[[object], Path], *states: dict[str, Any]) -> Evidence:
    return evidence_of(written(preview(resource("pulumi:pulumi:Stack", "dataconnect-prod"), *states)))


@pytest.mark.parametrize("shape", SHAPES, ids=json.dumps)
def test_no_rule_breaks_on_tags_of_any_shape(written: Callable[[object], Path], shape: object) -> None:
    states = [resource(token, f"r{number}", tags=shape, tagSpecifications=shape) for number, token in enumerate(TAGGED)]
    states += [
        resource(SELECTION, "direct", selectionTags=shape, conditions=shape),
        resource(SELECTION, "inside", conditions={"stringEquals": shape, "stringLikes": shape}),
        resource(SELECTION, "pattern", conditions=[{"stringLikes": [{"key": "aws:ResourceTag/Owner", "value": "*"}]}]),
    ]
    for name, defaults in {"flat": shape, "plain": {"tags": shape}, "text": json.dumps({"tags": shape})}.items():
        provider = resource(PROVIDER, name, defaultTags=defaults)
        states += [provider, {**resource(QUEUE, name), "provider": f"{provider['urn']}::id"}]
    assert judged(written, *states).crashes == []


@pytest.mark.parametrize("shape", NO_TAGS, ids=json.dumps)
def test_what_is_no_tag_is_told_and_counts_as_missing(written: Callable[[object], Path], shape: object) -> None:
    evidence = judged(written, resource(QUEUE, "wrong", tags=shape), resource(QUEUE, "right", tags=TAGS))
    assert verdicts(evidence, "tag-values") == {"wrong": "fail", "right": "pass"}
    assert verdicts(evidence, "mandatory-tags") == {"wrong": "fail", "right": "pass"}


@pytest.mark.parametrize("shape", NO_TAGS, ids=json.dumps)
def test_default_tags_that_are_none_are_missing(written: Callable[[object], Path], shape: object) -> None:
    providers = (
        resource(PROVIDER, "wrong", defaultTags={"tags": shape}),
        resource(PROVIDER, "right", defaultTags={"tags": TAGS}),
    )
    evidence = judged(written, *providers)
    assert verdicts(evidence, "provider-default-tags") == {"wrong": "fail", "right": "pass"}


def test_a_tag_that_is_no_text_is_none_of_the_allowed_values(written: Callable[[object], Path]) -> None:
    nested = resource(QUEUE, "nested", tags={**TAGS, "Owner": ["a"]}), resource(QUEUE, "deep", tags={**TAGS, "Owner": {"a": 1}})
    assert verdicts(judged(written, *nested), "tag-values") == {"nested": "fail", "deep": "fail"}


def test_a_group_s_tag_that_is_none_passes_nothing_on(written: Callable[[object], Path]) -> None:
    good = {"key": "Owner", "value": "x", "propagateAtLaunch": True}
    token = "aws:autoscaling/group:Group"
    groups = resource(token, "wrong", tags=[good, "Owner"]), resource(token, "right", tags=[good])
    assert verdicts(judged(written, *groups), "tags-propagate") == {"wrong": "fail", "right": "pass"}
