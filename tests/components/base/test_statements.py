import json
from collections.abc import Callable
from typing import Any

import pulumi
import pytest

from components.base.errors import ComponentError
from components.base.statements import (
    EVERYONE,
    OWN_TRUST,
    THIS_KEY,
    Statement,
    account,
    deny_plain_http,
    distinct,
    policy_json,
    service_trust,
    service_trust_json,
    services,
    sid,
    trust,
    use_key,
)
from tests.components.harness import resources_of, statements_of

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
        ({"resources": (QUEUE, "*")}, "allows every resource; name the ARNs or give wildcard_reason"),
        ({"principals": EVERYONE}, "allows everyone; name the principals or give conditions"),
        ({"sid": ""}, "Statement.sid is ''; expected letters and digits only"),
        ({"sid": "", "wildcard_reason": THIS_KEY}, "Statement.sid is ''; expected letters and digits only"),
        ({"actions": ("ReceiveMessage",)}, "has action 'ReceiveMessage'; expected service:Action"),
        ({"actions": ("SQS:ReceiveMessage",)}, "has action 'SQS:ReceiveMessage'; expected service:Action"),
        ({"actions": ("sqs:*Message",)}, r"has action 'sqs:\*Message'; expected service:Action"),
        ({"actions": ("s*:Get",), "effect": "Deny"}, r"has action 's\*:Get'; expected service:Action"),
    ],
)
def test_a_statement_too_wide_to_be_least_privilege_is_refused(changes: dict[str, Any], message: str) -> None:
    values: dict[str, Any] = {"sid": "Consume", "actions": ("sqs:ReceiveMessage",), "resources": (QUEUE,), **changes}
    with pytest.raises(ValueError, match=message):
        Statement(**values)


@pytest.mark.parametrize(
    "make",
    [
        lambda: Statement(sid="Consume", actions=("sqs:*",), resources=(QUEUE,)),
        lambda: use_key("arn:aws:kms:us-east-2:111111111111:key/1", service="s3", region="us-east-2", sid="Not OK"),
    ],
)
def test_a_statement_that_is_refused_is_told_with_the_file_and_line_that_make_it(make: Callable[[], Statement]) -> None:
    with pytest.raises(ComponentError) as caught:
        make()
    line = make.__code__.co_firstlineno
    assert str(caught.value).startswith(f"tests/components/base/test_statements.py:{line}: Statement")


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


def only(statement: Statement) -> dict[str, Any]:
    (found,) = statements_of(lambda: (statement,))
    return found


def test_the_policy_of_a_role_speaks_of_nobody_and_has_no_condition_unless_it_is_given_one() -> None:
    statement = only(Statement(sid="Consume", actions=("sqs:ReceiveMessage",), resources=(QUEUE,)))
    assert statement.keys() == {"Sid", "Effect", "Action", "Resource"}


@pytest.mark.parametrize(
    ("principals", "spelled"),
    [
        (account("111111111111"), {"AWS": "arn:aws:iam::111111111111:root"}),
        (services("sns.amazonaws.com"), {"Service": "sns.amazonaws.com"}),
        (services("sns.amazonaws.com", "s3.amazonaws.com"), {"Service": ["sns.amazonaws.com", "s3.amazonaws.com"]}),
    ],
)
def test_the_policy_of_a_resource_says_whom_it_speaks_of(principals: Any, spelled: dict[str, Any]) -> None:
    statement = Statement(sid="Send", actions=("sqs:SendMessage",), resources=(QUEUE,), principals=principals)
    assert only(statement)["Principal"] == spelled


def test_everyone_is_allowed_under_a_condition_or_for_a_written_reason_only() -> None:
    values: dict[str, Any] = {"sid": "Read", "actions": ("sqs:SendMessage",), "resources": (QUEUE,), "principals": EVERYONE}
    own = {"StringEquals": {"aws:PrincipalAccount": "111111111111"}}
    assert only(Statement(**values, conditions=own))["Condition"] == own
    assert only(Statement(**values, wildcard_reason="it is public"))["Principal"] == "*"


def test_what_is_denied_may_be_wide() -> None:
    statement = Statement(sid="Nothing", effect="Deny", principals=EVERYONE, actions=("*",), resources=("*",))
    assert only(statement) == {"Sid": "Nothing", "Effect": "Deny", "Principal": "*", "Action": ["*"], "Resource": ["*"]}


@pytest.mark.parametrize("action", ["*", "sqs:*", "kms:GenerateDataKey*"])
def test_a_whole_service_is_allowed_where_the_reason_is_written(action: str) -> None:
    statement = Statement(sid="All", actions=(action,), resources=(QUEUE,), wildcard_reason="an endpoint")
    assert only(statement)["Action"] == [action]


def test_the_beginning_of_actions_needs_no_reason() -> None:
    assert only(Statement(sid="Keys", actions=("kms:GenerateDataKey*",), resources=(QUEUE,)))["Effect"] == "Allow"


def test_plain_http_is_refused_whoever_asks() -> None:
    assert only(deny_plain_http("sqs:*", QUEUE, f"{QUEUE}-2")) == {
        "Sid": "OnlyOverTls",
        "Effect": "Deny",
        "Principal": "*",
        "Action": ["sqs:*"],
        "Resource": [QUEUE, f"{QUEUE}-2"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }


def test_a_role_trusts_by_one_bare_statement() -> None:
    conditions = {"StringEquals": {"aws:SourceAccount": "111111111111"}}
    for statement in (service_trust("vpc.amazonaws.com", account_id="111111111111"), trust("vpc.amazonaws.com", conditions)):
        assert only(statement) == {
            "Effect": "Allow",
            "Principal": {"Service": "vpc.amazonaws.com"},
            "Action": ["sts:AssumeRole"],
            "Condition": conditions,
        }
        assert statement.wildcard_reason == OWN_TRUST


def test_a_role_may_trust_twice() -> None:
    both = [trust(f"{name}.amazonaws.com", {}) for name in ("events", "scheduler")]
    assert len(statements_of(lambda: both)) == 2


def test_values_known_only_later_are_filled_in_everywhere() -> None:
    later = pulumi.Output.from_input(QUEUE)
    statement = Statement(
        sid="Send", actions=("sqs:SendMessage",), resources=(QUEUE,), conditions={"ArnLike": {"aws:SourceArn": [later, "x"]}}
    )
    assert only(statement)["Condition"] == {"ArnLike": {"aws:SourceArn": [QUEUE, "x"]}}


def test_a_policy_says_in_which_language_it_is() -> None:
    assert document(policy_json([])) == {"Version": "2012-10-17", "Statement": []}


def test_several_grants_handed_over_twice_are_all_named() -> None:
    twice = [Statement(sid=name, actions=("sqs:SendMessage",), resources=(QUEUE,)) for name in ("B", "A", "C", "B", "A")]
    with pytest.raises(ValueError, match="statements share the sid A, B; hand each grant over once"):
        policy_json(twice)


@pytest.mark.parametrize(
    ("words", "made"),
    [(("read", "prod-sessions"), "ReadProdSessions"), (("read", "lake/raw", "in/"), "ReadLakeRawIn"), (("aDMIN",), "ADMIN")],
)
def test_an_id_is_made_of_words(words: tuple[str, ...], made: str) -> None:
    assert sid(*words) == made


def test_the_use_of_a_key_is_named_after_the_service_unless_it_has_a_name() -> None:
    use = use_key("k", service="secretsmanager", region="us-east-2")
    assert use.sid == "UseKeyViaSecretsmanager"
    assert use_key("k", service="s3", region="us-east-2", sid="Mine").sid == "Mine"


@pytest.mark.parametrize("principals", ["*", {"AWS": "*"}, {"AWS": ["*"]}, {"*": "*"}])
def test_nobody_allows_everyone_without_a_condition(principals: Any) -> None:
    with pytest.raises(ValueError, match="Statement Open allows everyone; name the principals or give conditions"):
        Statement(sid="Open", actions=("sqs:SendMessage",), resources=(QUEUE,), principals=principals)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"effect": "allow"}, "has effect 'allow'; expected Allow or Deny"),
        ({"resources": QUEUE}, "has a text for actions or resources; expected a tuple of texts"),
        ({"resources": ("**",)}, "allows every resource"),
        ({"resources": ("*",), "wildcard_reason": ""}, "allows every resource"),
    ],
)
def test_a_statement_that_says_something_else_than_it_seems_is_refused(changes: dict[str, Any], message: str) -> None:
    values: dict[str, Any] = {"sid": "Consume", "actions": ("sqs:ReceiveMessage",), "resources": (QUEUE,), **changes}
    with pytest.raises(ValueError, match=message):
        Statement(**values)


def test_sids_that_leave_out_what_tells_two_statements_apart_get_a_number() -> None:
    one, other = (Statement(sid=sid("read", path), actions=("s3:GetObject",), resources=(path,)) for path in ("a-b", "a/b"))
    assert [each.sid for each in distinct((one, other))] == ["ReadAB", "ReadAB2"]
