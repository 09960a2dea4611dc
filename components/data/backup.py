"""Daily backups of a region's databases and tables, in a vault whose recovery points nobody can delete early."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import pulumi
from pulumi_aws import backup, iam

from ..base.component import Component, tags
from ..base.errors import InvalidArgumentError
from ..base.event_alarm import tell_event
from ..base.here import Here, Store
from ..base.statements import service_trust_json
from .backup_spec import KEPT_DAYS, START_WINDOW_MINUTES, BackupSpec

# AWS keeps this policy up with what the service calls; it reaches only snapshots, tables and tags, and is the documented way.
# docs.aws.amazon.com/aws-backup/latest/devguide/security-iam-awsmanpol.html
SERVICE_POLICY: Final = "arn:aws:iam::aws:policy/service-role/AWSBackupServiceRolePolicyForBackup"

# What the region must let AWS Backup do, whatever a region begins with: take databases and tables, and keep a table's recovery
# points in the vault, under its lock and its key. Types that are not named stay as they are.
# docs.aws.amazon.com/aws-backup/latest/devguide/advanced-ddb-backup.html
BACKED_UP_TYPES: Final = ("DynamoDB", "RDS")
FULLY_MANAGED_TYPES: Final = ("DynamoDB",)


@dataclass(frozen=True, kw_only=True)
class BackupArgs:
    """Backups that are kept apart from what they are of.

    Attributes:
        here: Where everything is that is backed up, and who is told that a backup failed.
        spec: When, and for how long.
        key_arn: Customer managed key of the vault, of the same region.
        resources: What it is -> its ARN: databases and tables. A replica of a database is not among them until it is promoted:
            RDS promotes nothing that it backs up.

    Raises:
        InvalidArgumentError: when there is nothing to back up.
    """

    here: Here
    spec: BackupSpec
    key_arn: pulumi.Input[str]
    resources: Mapping[str, pulumi.Input[str]]

    def __post_init__(self) -> None:
        if not self.resources:
            raise InvalidArgumentError(self, "resources", dict(self.resources), "at least one database or table")


class Backup(Component):
    """A vault with a lock, a daily plan, and the selection of what it backs up. A region of an account has one of these.

    The lock is of AWS's governance mode: it keeps everybody from deleting a recovery point before its time, except whoever may
    remove the lock itself (`backup:DeleteBackupVaultLockConfiguration`), which no role of this project may.

    Outputs: `vault_name`.
    """

    vault_name: pulumi.Output[str]

    def __init__(self, name: str, args: BackupArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        here, spec = args.here, args.spec
        hour, minute = map(int, spec.starts_at.split(":"))
        region_settings = backup.RegionSettings(
            name,
            region=here.region,
            resource_type_opt_in_preference=dict.fromkeys(BACKED_UP_TYPES, True),
            resource_type_management_preference=dict.fromkeys(FULLY_MANAGED_TYPES, True),
            # The provider reads every type of the region back: without this the next preview would take the others out.
            opts=self.child(ignore_changes=["resourceTypeOptInPreference", "resourceTypeManagementPreference"]),
        )
        vault = backup.Vault(
            name,
            region=here.region,
            kms_key_arn=args.key_arn,
            tags=tags(name, recovery="lost"),
            opts=self.child(protect=here.protect),
        )
        self.vault_name = vault.name
        backup.VaultLockConfiguration(
            f"{name}-lock",
            region=here.region,
            backup_vault_name=vault.name,
            min_retention_days=KEPT_DAYS[0],
            max_retention_days=KEPT_DAYS[1],
            opts=self.child(),
        )
        plan = backup.Plan(
            name,
            region=here.region,
            rules=[
                backup.PlanRuleArgs(
                    rule_name="daily",
                    target_vault_name=vault.name,
                    schedule=f"cron({minute} {hour} * * ? *)",
                    start_window=START_WINDOW_MINUTES,
                    completion_window=480,
                    lifecycle=backup.PlanRuleLifecycleArgs(delete_after=spec.retention_days),
                )
            ],
            tags=tags(name),
            opts=self.child(),
        )
        role = iam.Role(
            name,
            assume_role_policy=service_trust_json("backup.amazonaws.com", account_id=here.account_id),
            description=f"Backs up what {name} selects",
            tags=tags(name),
            opts=self.child(),
        )
        allowed = iam.RolePolicyAttachment(f"{name}-service", role=role.name, policy_arn=SERVICE_POLICY, opts=self.child())
        backup.Selection(
            name,
            region=here.region,
            plan_id=plan.id,
            iam_role_arn=role.arn,
            resources=list(args.resources.values()),
            # Without its permission the first job fails, and without the settings it leaves the tables to DynamoDB.
            opts=self.child(depends_on=[allowed, region_settings]),
        )
        tell_event(
            self,
            "backup-job-failed",
            here=here,
            description=f"Jobs of {name} that did not give a recovery point",
            pattern={
                "source": ["aws.backup"],
                "detail-type": ["Backup Job State Change"],
                "detail": {"backupVaultName": [vault.name], "state": ["FAILED", "ABORTED", "EXPIRED", "PARTIAL"]},
            },
            paths={"what": "$.detail.resourceArn", "state": "$.detail.state"},
            sentence="Backup of <what>: <state>",
            said="$.detail.statusMessage",
        )
        loss = "the recovery points: they stay in the region of what they are of"
        here.inventory.stores.append(Store(name=name, arn=vault.arn, recovery="lost", loss=loss))
        self.register_outputs({"vaultName": self.vault_name})
