import json
from typing import Any

import pulumi
import pytest

from components.permissions import Statement, policy_json, service_trust_json, use_key
from tests.components.harness import resources_of

QUEUE = "arn:aws:sqs:us-east-2:111111111111:ingest"


def document(output: pulumi.Output[str]) -> dict[str, Any]:
    seen: list[str] = []
    resources_of(lambda: output.apply(seen.append))
    return json.loads(seen[0])


def test_a_policy_is_the_sum_of_its_statements() -> None:
    consume = Statement(sid="Consume", actions=("sqs:ReceiveMessage", "sqs:DeleteMessage"), resources=(QUEUE,))
    publish = Statement(sid="Publish", actions=("sqs:SendMessage",), resources=(QUEUE,))
    policy = document(policy_json([consume, publish]))
    assert [statement["Sid"] for statement in policy["Statement"]] == ["Consume", "Publish"]
    assert policy["Statement"][0]["Resource"] == [QUEUE]
    assert all(statement["Effect"] == "Allow" for statement in policy["Statement"])


def test_arns_of_resources_not_yet_created_are_filled_in() -> None:
    statement = Statement(sid="Consume", actions=("sqs:ReceiveMessage",), resources=(pulumi.Output.from_input(QUEUE),))
    assert document(policy_json([statement]))["Statement"][0]["Resource"] == [QUEUE]


def test_the_same_grant_handed_over_twice_is_named() -> None:
    statement = Statement(sid="Consume", actions=("sqs:ReceiveMessage",), resources=(QUEUE,))
    with pytest.raises(ValueError, match="statements share the sid Consume"):
        policy_json([statement, statement])


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"sid": "Not OK"}, "Statement.sid is 'Not OK'; expected letters and digits only"),
        ({"actions": ()}, "names no action or no resource"),
        ({"resources": ()}, "names no action or no resource"),
        ({"actions": ("*",)}, r"has action '\*'; expected service:Action"),
        ({"actions": ("sqs:*",)}, r"has action 'sqs:\*'; expected service:Action, not a whole service"),
        ({"resources": ("*",)}, "allows every resource; name the ARNs or give wildcard_reason"),
    ],
)
def test_a_statement_too_wide_to_be_least_privilege_is_refused(changes: dict[str, Any], message: str) -> None:
    values: dict[str, Any] = {"sid": "Consume", "actions": ("sqs:ReceiveMessage",), "resources": (QUEUE,), **changes}
    with pytest.raises(ValueError, match=message):
        Statement(**values)


def test_every_resource_is_allowed_where_the_reason_is_written() -> None:
    reason = "ecr:GetAuthorizationToken has no resource-level permissions"
    token = Statement(sid="Token", actions=("ecr:GetAuthorizationToken",), resources=("*",), wildcard_reason=reason)
    assert document(policy_json([token]))["Statement"][0]["Resource"] == ["*"]


def test_a_service_role_trusts_the_service_for_this_account_only() -> None:
    trust = document(service_trust_json("ecs-tasks.amazonaws.com", account_id="111111111111", source_arn="arn:aws:ecs:*"))
    assert trust["Statement"][0]["Condition"] == {
        "StringEquals": {"aws:SourceAccount": "111111111111"},
        "ArnLike": {"aws:SourceArn": "arn:aws:ecs:*"},
    }


@pytest.mark.parametrize(("write", "allowed"), [(False, False), (True, True)])
def test_a_key_is_used_through_one_service_and_encrypts_only_for_writers(write: bool, allowed: bool) -> None:
    statement = use_key("arn:aws:kms:us-east-2:111111111111:key/1", service="s3", region="us-east-2", write=write)
    assert ("kms:GenerateDataKey" in statement.actions) is allowed
    assert statement.conditions == {"StringEquals": {"kms:ViaService": "s3.us-east-2.amazonaws.com"}}
