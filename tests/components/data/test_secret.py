from typing import Any

import pulumi
import pytest

from components.base.errors import InvalidArgumentError
from components.base.features import Features
from components.base.here import Inventory, Place
from components.data.secret import Secret, SecretArgs, SecretReplica, generate_password
from tests.components.harness import ACCOUNT, ANSWERED, Declared, kms_key, resources_of, statements_of, statements_of_link

SECRET = "aws:secretsmanager/secret:Secret"
VERSION = "aws:secretsmanager/secretVersion:SecretVersion"
KEY = kms_key()
REPLICA = SecretReplica(region="us-west-2", key_arn=kms_key("us-west-2"))


def arguments(**changes: Any) -> SecretArgs:
    of_here = {name: changes.pop(name) for name in ("protect", "features", "inventory") if name in changes}
    where = Place(region="us-east-2", account_id=ACCOUNT, **of_here)
    defaults: dict[str, Any] = {"here": where, "description": "SQL master user", "key_arn": KEY, "value": "s3cret"}
    return SecretArgs(**(defaults | changes))


def version_of(**changes: Any) -> Declared:
    return resources_of(lambda: Secret("database", arguments(**changes))).one(VERSION)


def test_the_secret_is_encrypted_under_the_given_key_and_protected() -> None:
    secret = resources_of(lambda: Secret("database", arguments())).one(SECRET)
    assert secret.inputs["kmsKeyId"] == KEY
    assert secret.inputs["recoveryWindowInDays"] == 30
    assert secret.inputs["tags"]["DataClassification"] == "restricted"
    assert secret.protect
    assert "replicas" not in secret.inputs and "name" not in secret.inputs


@pytest.mark.parametrize(("kept", "days"), [(True, 30), (False, 0)])
def test_a_deleted_secret_can_be_restored_where_deleted_things_are_kept(kept: bool, days: int) -> None:
    features = Features(keep_deleted=kept)
    secret = resources_of(lambda: Secret("database", arguments(features=features))).one(SECRET)
    assert secret.inputs["recoveryWindowInDays"] == days
    assert secret.protect


def test_protection_stops_a_plan_and_decides_nothing_else() -> None:
    secret = resources_of(lambda: Secret("database", arguments(protect=False))).one(SECRET)
    assert not secret.protect
    assert secret.inputs["recoveryWindowInDays"] == 30


def test_the_replica_is_encrypted_under_a_key_of_its_own_region() -> None:
    secret = resources_of(lambda: Secret("database", arguments(replica=REPLICA))).one(SECRET)
    assert secret.inputs["replicas"] == [{"region": "us-west-2", "kmsKeyId": REPLICA.key_arn}]


def test_everything_is_declared_in_the_region_of_the_secret() -> None:
    declared = resources_of(lambda: Secret("database", arguments(replica=REPLICA)))
    assert {resource.inputs["region"] for resource in declared.aws()} == {"us-east-2"}


def test_the_value_is_a_secret_even_if_it_was_handed_over_in_the_clear() -> None:
    assert version_of().secret_inputs == ("secretString",)


def test_a_stored_value_survives_later_runs_that_generate_another() -> None:
    assert version_of(value=generate_password()).ignore_changes == ("secretString",)


def test_raising_the_version_stores_a_new_value_beside_the_old_one() -> None:
    assert (version_of().name, version_of(version=2).name) == ("database-version-1", "database-version-2")
    assert not version_of().protect  # the previous version must be removable


def test_users_of_the_arn_wait_until_there_is_a_value() -> None:
    def program() -> None:
        secret = Secret("database", arguments())
        Secret("dependent", arguments(description=secret.arn))

    declared = resources_of(program)
    assert declared.one(SECRET, "dependent").depends_on("database-version-1")


def test_the_value_given_out_is_what_was_stored_and_stays_secret() -> None:
    seen: list[Any] = []

    def program() -> None:
        secret = Secret("database", arguments())
        pulumi.Output.all(secret.value, secret.value.is_secret()).apply(seen.append)

    resources_of(program)
    assert seen == [["s3cret", True]]


def test_reading_names_one_secret_and_its_key_only() -> None:
    read, decrypt = statements_of(lambda: Secret("prod-database", arguments()).link("").start_statements)
    assert read["Sid"] == "ReadProdDatabase"
    assert read["Resource"] == ["arn:aws:secretsmanager:us-east-2:111111111111:prod-database"]
    assert decrypt["Resource"] == [KEY]
    assert decrypt["Condition"] == {"StringEquals": {"kms:ViaService": "secretsmanager.us-east-2.amazonaws.com"}}
    assert "kms:Encrypt" not in decrypt["Action"]


def test_a_workload_gets_the_value_in_a_variable_when_it_starts_and_its_code_reads_nothing() -> None:
    seen: list[Any] = []
    resources_of(lambda: pulumi.Output.all(**Secret("api-token", arguments()).link("").secrets).apply(seen.append))
    assert seen == [{"API_TOKEN": "arn:aws:secretsmanager:us-east-2:111111111111:api-token"}]
    assert statements_of_link(lambda: Secret("api-token", arguments()).link("")) == []


@pytest.mark.parametrize(("replica", "recovery"), [(REPLICA, "replicated"), (None, "restored")])
def test_what_becomes_of_it_when_its_region_is_lost_depends_on_the_replica(
    replica: SecretReplica | None, recovery: str
) -> None:
    inventory = Inventory()
    resources_of(lambda: Secret("database", arguments(replica=replica, inventory=inventory)))
    assert [(store.name, store.recovery, store.backed_up) for store in inventory.stores] == [("database", recovery, False)]


def test_the_replica_has_the_same_arn_in_the_recovery_region() -> None:
    seen: list[str] = []

    def program() -> None:
        secret = Secret("database", arguments(replica=REPLICA))
        assert secret.replica_arn is not None
        secret.replica_arn.apply(seen.append)
        assert Secret("alone", arguments()).replica_arn is None

    resources_of(program)
    assert seen == ["arn:aws:secretsmanager:us-west-2:111111111111:database"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("version", 0),
        ("replica", SecretReplica(region="us-east-2", key_arn=KEY)),
    ],
)
def test_arguments_that_aws_would_refuse_are_named(field: str, value: Any) -> None:
    with pytest.raises(InvalidArgumentError, match=rf"SecretArgs\.{field}.* expected "):
        arguments(**{field: value})


def test_generated_passwords_are_secret_distinct_and_accepted_by_rds() -> None:
    seen: list[Any] = []

    def program() -> None:
        first, second = generate_password(), generate_password(128)
        pulumi.Output.all(first, second, first.is_secret(), second.is_secret()).apply(seen.append)

    resources_of(program)
    first, second, *secrets = seen[0]
    assert (len(first), len(second)) == (40, 128)
    assert first.isalnum() and second.isalnum() and first != second[:40]
    assert all(secrets)


@pytest.mark.parametrize("length", [19, 129])
def test_a_password_too_short_or_too_long_for_rds_is_refused(length: int) -> None:
    with pytest.raises(ValueError, match="expected 20 to 128 characters"):
        generate_password(length)


@pytest.mark.parametrize(
    ("copies", "status", "told"),
    [
        ([{"region": "us-west-2", "status": "InSync"}], "InSync", ""),
        ([{"region": "us-west-2", "status": "InProgress"}], "InProgress", ""),
        ([{"region": "us-west-2"}], "InProgress", ""),
        (
            [{"region": "us-west-2", "status": "Failed", "statusMessage": "the key is disabled"}],
            "Failed",
            "database has no usable copy in us-west-2: the key is disabled",
        ),
        (
            [{"region": "us-east-1", "status": "InSync"}],
            "Failed",
            "database has no usable copy in us-west-2: AWS lists no copy",
        ),
        ([], "Failed", "database has no usable copy in us-west-2: AWS lists no copy there"),
    ],
)
def test_a_copy_that_failed_is_told(
    monkeypatch: pytest.MonkeyPatch, copies: list[dict[str, str]], status: str, told: str
) -> None:
    seen: list[str] = []
    warnings: list[str] = []
    monkeypatch.setitem(ANSWERED, SECRET, {"replicas": copies})
    monkeypatch.setattr(pulumi.log, "warn", lambda message, **_: warnings.append(message))

    def program() -> None:
        replica_status = Secret("database", arguments(replica=REPLICA)).replica_status
        assert replica_status is not None
        replica_status.apply(seen.append)

    resources_of(program)
    assert seen == [status]
    assert len(warnings) == bool(told) and told in "".join(warnings)


def test_without_a_replica_there_is_no_status() -> None:
    seen: list[object] = []
    resources_of(lambda: seen.append(Secret("alone", arguments()).replica_status))
    assert seen == [None]
