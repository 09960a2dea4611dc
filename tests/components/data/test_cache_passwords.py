"""The passwords of the cache's users as they are declared: a secret each, without a value, and a function that fills it."""

import json
from typing import Any

import pulumi
import pytest

from components.base.errors import InvalidArgumentError
from components.base.features import Features
from components.base.links import Link
from components.data.cache import Cache
from components.data.cache_passwords import CachePasswords, CachePasswordsArgs, source
from tests.components.data.test_cache import arguments
from tests.components.harness import ACCOUNT, Declaration, children_without_region, here, kms_key, resources_of

REGION = "us-east-2"
FUNCTION = "aws:lambda/function:Function"
INVOCATION = "aws:lambda/invocation:Invocation"
ROTATION = "aws:secretsmanager/secretRotation:SecretRotation"
SECRET = "aws:secretsmanager/secret:Secret"
KEY = kms_key(REGION, "mrk-secrets")


def passwords(**changes: Any) -> CachePasswords:
    place = changes.pop("place", here(REGION, log_retention_days=365))
    own: dict[str, Any] = {
        "here": place,
        "cache": Cache("cache", arguments(here=place, **changes.pop("of_cache", {}))),
        "key_arn": KEY,
        "vpc_id": "vpc-1",
        "subnet_ids": ["subnet-a", "subnet-b"],
    }
    return CachePasswords("cache-passwords", CachePasswordsArgs(**(own | changes)))


def declare(**changes: Any) -> Declaration:
    return resources_of(lambda: passwords(**changes))


def arn(workload: str) -> str:
    return f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:cache-passwords-{workload}"


def test_each_user_has_a_secret_under_the_key_of_secrets_and_pulumi_knows_no_value_of_it() -> None:
    declared = declare()
    assert {each.name for each in declared.of(SECRET)} == {"cache-passwords-live", "cache-passwords-realtime"}
    assert {each.inputs["kmsKeyId"] for each in declared.of(SECRET)} == {KEY}
    assert all(each.protect for each in declared.of(SECRET))
    assert not declared.of("aws:secretsmanager/secretVersion:SecretVersion")


def test_a_deployment_makes_what_is_missing_once_the_cache_is_there() -> None:
    declared = declare()
    order = declared.one(INVOCATION)
    assert json.loads(order.inputs["input"]) == {
        "users": {each: {"user_id": f"dev-{each}", "secret": arn(each)} for each in ("live", "realtime")}
    }
    assert order.depends_on("cache") and order.depends_on("cache-passwords-to-cache-6380")


def test_they_are_looked_at_again_when_the_code_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    before = declare().one(INVOCATION).inputs["triggers"]
    assert declare().one(INVOCATION).inputs["triggers"] == before
    changed = {**source(), "cache_function/login.py": "# other code\n"}
    monkeypatch.setattr("components.data.cache_passwords.source", lambda: changed)
    assert declare().one(INVOCATION).inputs["triggers"] != before


def test_each_is_rotated_by_the_function_and_not_at_once() -> None:
    declared = declare(of_cache={"of_spec": {"rotation_days": 7}})
    for rotation in declared.of(ROTATION):
        assert rotation.inputs["rotateImmediately"] is False
        assert rotation.inputs["rotationRules"] == {"automaticallyAfterDays": 7}
        assert rotation.inputs["rotationLambdaArn"].endswith(":cache-passwords")
        assert rotation.depends_on("cache-passwords") and rotation.depends_on(rotation.name)
    assert len(declared.of(ROTATION)) == 2


def test_nobody_but_secrets_manager_for_these_secrets_calls_the_function() -> None:
    allowed = {each.inputs["sourceArn"]: each.inputs for each in declare().of("aws:lambda/permission:Permission")}
    assert set(allowed) == {arn("live"), arn("realtime")}
    for each in allowed.values():
        assert each["principal"] == "secretsmanager.amazonaws.com"


def test_the_function_changes_these_users_and_these_secrets_and_nothing_else() -> None:
    document = declare().one("aws:iam/rolePolicy:RolePolicy", "cache-passwords-grants").document()
    found = {each["Sid"]: each for each in document["Statement"]}
    users = f"arn:aws:elasticache:{REGION}:{ACCOUNT}:user"
    assert found["ChangePasswords"]["Resource"] == [f"{users}:dev-live", f"{users}:dev-realtime"]
    assert found["ChangePasswords"]["Action"] == ["elasticache:DescribeUsers", "elasticache:ModifyUser"]
    assert found["KeepSecrets"]["Resource"] == [arn("live"), arn("realtime")]
    assert found["UseSecretsKey"]["Resource"] == [KEY]
    assert set(found) == {"ChangePasswords", "KeepSecrets", "UseSecretsKey", "NotByTheCode", "BeTraced"}


def test_one_that_has_no_users_yet_may_do_nothing() -> None:
    declared = declare(of_cache={"workloads": {}})
    document = declared.one("aws:iam/rolePolicy:RolePolicy", "cache-passwords-grants").document()
    assert {each["Sid"] for each in document["Statement"]} == {"NotByTheCode", "BeTraced"}
    assert json.loads(declared.one(INVOCATION).inputs["input"]) == {"users": {}}


def test_the_code_is_what_stands_in_its_folder_and_rotations_that_come_due_together_are_not_throttled() -> None:
    inputs = declare().one(FUNCTION).inputs
    assert list(source()) == [f"cache_function/{name}" for name in ("__init__.py", "handler.py", "login.py", "passwords.py")]
    assert isinstance(inputs["code"], pulumi.AssetArchive)
    assert (inputs["handler"], inputs["reservedConcurrentExecutions"]) == ("cache_function.handler.handle", 10)
    assert set(inputs["environment"]["variables"]) == {"CACHE_HOST", "CACHE_PORT"}
    assert inputs["kmsKeyArn"] == KEY


def link(*asked: str, **changes: Any) -> Link:
    found: list[Link] = []
    resources_of(lambda: found.append(passwords(**changes).link(*asked[:2], workload=asked[2])))
    return found[0]


def test_a_workload_reads_its_own_password_and_waits_until_it_is_made() -> None:
    given = link("live", "read", "realtime")
    assert [each.actions for each in given.statements] == [
        ("secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue"),
        ("kms:Decrypt", "kms:DescribeKey"),
    ]
    assert not given.secrets and given.environment["CACHE_USER"] == "realtime"
    assert [(each.port, each.what) for each in given.openings] == [(6380, "Valkey for {workload}")]
    assert [type(need).__name__ for need in given.needs] == ["Invocation"]


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (("live", "read", "bi"), "bi has no user in cache; expected one of live, realtime"),
        (("live", "write", "realtime"), "realtime may not write live in cache"),
        (("search", "read", "realtime"), "realtime may not read search in cache"),
    ],
)
def test_nobody_gets_more_than_its_access_string_has(asked: tuple[str, str, str], expected: str) -> None:
    with pytest.raises(ValueError, match=expected):
        link(*asked)


def test_a_deleted_secret_is_kept_for_a_while_only_where_deleted_things_are() -> None:
    assert {each.inputs["recoveryWindowInDays"] for each in declare().of(SECRET)} == {30}
    none = here(REGION, features=Features(keep_deleted=False), protect=False)
    assert {each.inputs["recoveryWindowInDays"] for each in declare(place=none).of(SECRET)} == {0}


def test_everything_is_in_the_region_of_the_cache() -> None:
    assert children_without_region(declare(), REGION) == []


def test_one_subnet_is_refused() -> None:
    with pytest.raises(InvalidArgumentError, match=r"CachePasswordsArgs\.subnet_ids is .*; expected subnets in at least two"):
        declare(subnet_ids=["subnet-a"])
