from dataclasses import replace
from typing import Any

import pytest

from components.base.errors import InvalidArgumentError
from components.data.backup import Backup, BackupArgs
from components.data.backup_spec import BackupSpec
from tests.components.harness import ACCOUNT, Declaration, children_without_region, here, kms_key, resources_of

VAULT = "aws:backup/vault:Vault"
SETTINGS = "aws:backup/regionSettings:RegionSettings"
DATABASE = f"arn:aws:rds:us-east-2:{ACCOUNT}:db:dataconnect-prod"
TABLE = f"arn:aws:dynamodb:us-east-2:{ACCOUNT}:table/sessions"
ARGS = BackupArgs(here=here(), spec=BackupSpec(), key_arn=kms_key(), resources={"database": DATABASE, "sessions": TABLE})


def declare(args: BackupArgs = ARGS) -> Declaration:
    return resources_of(lambda: Backup("backup", args))


def test_recovery_points_are_encrypted_under_the_key() -> None:
    assert declare().one(VAULT).inputs["kmsKeyArn"] == ARGS.key_arn


def test_nobody_deletes_a_recovery_point_within_a_week() -> None:
    lock = declare().one("aws:backup/vaultLockConfiguration:VaultLockConfiguration").inputs
    assert lock["minRetentionDays"] == 7
    assert "changeableForDays" not in lock, "a lock of compliance mode can never be removed, not even with the account's end"


def test_everything_given_is_backed_up_daily_and_kept_as_long_as_asked() -> None:
    declared = declare(replace(ARGS, spec=BackupSpec(starts_at="05:30", retention_days=90)))
    [rule] = declared.one("aws:backup/plan:Plan").inputs["rules"]
    assert (rule["schedule"], rule["startWindow"]) == ("cron(30 5 * * ? *)", 60)
    assert rule["lifecycle"] == {"deleteAfter": 90}
    assert declared.one("aws:backup/selection:Selection").inputs["resources"] == [DATABASE, TABLE]


def test_the_region_lets_backup_take_databases_and_keep_tables_in_the_vault() -> None:
    declared = declare()
    settings = declared.one(SETTINGS)
    region = settings.inputs
    # AWS answers with all of some twenty types: they are no difference.
    assert settings.ignore_changes == ("resourceTypeOptInPreference", "resourceTypeManagementPreference")
    assert region["resourceTypeOptInPreference"] == {"DynamoDB": True, "RDS": True}
    assert region["resourceTypeManagementPreference"] == {"DynamoDB": True}
    assert region["region"] == "us-east-2"


def test_the_selection_waits_for_its_role_s_permission_and_the_region_s_settings() -> None:
    waited = declare().one("aws:backup/selection:Selection").dependencies
    # Plan, role and settings have one name.
    for token, name in (("aws:iam/rolePolicyAttachment:RolePolicyAttachment", "backup-service"), (SETTINGS, "backup")):
        assert any(urn.endswith(f"{token}::{name}") for urn in waited), token


def test_only_backup_of_this_account_takes_the_role() -> None:
    [statement] = declare().one("aws:iam/role:Role").document("assumeRolePolicy")["Statement"]
    assert statement["Principal"] == {"Service": "backup.amazonaws.com"}
    assert statement["Condition"]["StringEquals"] == {"aws:SourceAccount": ACCOUNT}


def test_a_failed_job_is_told_with_the_runbook() -> None:
    declared = declare()
    pattern = declared.one("aws:cloudwatch/eventRule:EventRule", "backup-job-failed").document("eventPattern")
    assert {"FAILED", "ABORTED", "EXPIRED"} <= set(pattern["detail"]["state"])
    target = declared.one("aws:cloudwatch/eventTarget:EventTarget").inputs
    assert target["arn"] == f"arn:aws:sns:us-east-2:{ACCOUNT}:alerts"
    assert target["inputTransformer"]["inputTemplate"].count("/backup/job-failed") == 1


@pytest.mark.parametrize("protect", [True, False])
def test_the_vault_is_protected_on_demand(protect: bool) -> None:
    assert declare(replace(ARGS, here=here(protect=protect))).one(VAULT).protect is protect


def test_every_child_is_in_the_region() -> None:
    assert not children_without_region(declare(), "us-east-2")


@pytest.mark.parametrize("days", [7, 36_500])
def test_the_lock_lets_the_shortest_and_the_longest_retention_pass(days: int) -> None:
    declared = declare(replace(ARGS, spec=BackupSpec(retention_days=days)))
    [rule] = declared.one("aws:backup/plan:Plan").inputs["rules"]
    lock = declared.one("aws:backup/vaultLockConfiguration:VaultLockConfiguration").inputs
    assert rule["lifecycle"] == {"deleteAfter": days}
    assert lock["minRetentionDays"] <= days <= lock["maxRetentionDays"]


def test_the_vault_is_known_as_something_that_is_lost_with_its_region() -> None:
    where = here()
    declare(replace(ARGS, here=where))
    assert [(store.name, store.recovery, store.backed_up) for store in where.inventory.stores] == [("backup", "lost", False)]


def test_arguments_that_back_up_nothing_are_refused() -> None:
    with pytest.raises(InvalidArgumentError, match=r"BackupArgs\.resources is \{\}; expected at least one database or table"):
        replace(ARGS, resources={})


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"retention_days": 6}, r"BackupSpec\.retention_days is 6; expected 7 to 36500 days"),
        ({"retention_days": 36_501}, r"BackupSpec\.retention_days is 36501; expected 7 to 36500 days"),
        ({"starts_at": "24:00"}, r"BackupSpec\.starts_at is '24:00'; expected a time of day in UTC, hh:mm, e\.g\. 10:00"),
        ({"starts_at": "5:00"}, r"BackupSpec\.starts_at is '5:00'; expected a time of day"),
    ],
)
def test_a_time_and_a_number_of_days_that_aws_backup_lacks_are_refused(change: dict[str, Any], says: str) -> None:
    with pytest.raises(InvalidArgumentError, match=says):
        BackupSpec(**change)
