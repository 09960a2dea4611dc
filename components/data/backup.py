"""Daily backups of a region's databases and tables, in a vault whose recovery points nobody can delete early."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import pulumi
from pulumi_aws import backup, iam

from ..base import checks
from ..base.component import Component, tags
from ..base.errors import InvalidArgumentError
from ..base.event_alarm import tell_event
from ..base.here import Here, Store
from ..base.statements import service_trust_json

# AWS keeps this policy up with what the service calls; it reaches only snapshots, tables and tags, and is the documented way.
# docs.aws.amazon.com/aws-backup/latest/devguide/security-iam-awsmanpol.html
SERVICE_POLICY: Final = "arn:aws:iam::aws:policy/service-role/AWSBackupServiceRolePolicyForBackup"

# After the database's own backup window of the stack files; hours do not matter to tables.
SCHEDULE: Final = "cron(0 10 * * ? *)"

# What the vault's lock lets pass: a week to notice a loss, and what AWS Backup keeps at the most.
KEPT_DAYS: Final = (7, 36_500)


@dataclass(frozen=True, kw_only=True)
class BackupArgs:
    """Backups that are kept apart from what they are of.

    Attributes:
        here: Where everything is that is backed up, and who is told that a backup failed.
        key_arn: Customer managed key of the vault, of the same region.
        resources: What it is -> its ARN: databases and tables.
        retention_days: Days that a recovery point is kept, 7 to 36,500 (AWS Backup keeps no longer); 35 by default.

    Raises:
        InvalidArgumentError: when there is nothing to back up, or on a number of days out of bounds.
    """

    here: Here
    key_arn: pulumi.Input[str]
    resources: Mapping[str, pulumi.Input[str]]
    retention_days: int = 35

    def __post_init__(self) -> None:
        if not self.resources:
            raise InvalidArgumentError(self, "resources", dict(self.resources), "at least one database or table")
        if expected := checks.between(self.retention_days, *KEPT_DAYS, "days"):
            raise InvalidArgumentError(self, "retention_days", self.retention_days, expected)


class Backup(Component):
    """A vault with a lock, a daily plan, and the selection of what it backs up.

    The lock is of AWS's governance mode: it keeps everybody from deleting a recovery point before its time, except whoever may
    remove the lock itself (`backup:DeleteBackupVaultLockConfiguration`), which no role of this project may.

    Outputs: `vault_name`.
    """

    vault_name: pulumi.Output[str]

    def __init__(self, name: str, args: BackupArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        here = args.here
        vault = backup.Vault(
            name, region=here.region, kms_key_arn=args.key_arn, tags=tags(name), opts=self.child(protect=here.protect)
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
                    schedule=SCHEDULE,
                    start_window=60,
                    completion_window=480,
                    lifecycle=backup.PlanRuleLifecycleArgs(delete_after=args.retention_days),
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
            # Without its permission the first job fails.
            opts=self.child(depends_on=[allowed]),
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
            paths={"what": "$.detail.resourceArn", "state": "$.detail.state", "reason": "$.detail.statusMessage"},
            sentence="Backup of <what>: <state> <reason>",
        )
        loss = "the recovery points: they stay in the region of what they are of"
        here.inventory.stores.append(Store(name=name, arn=vault.arn, recovery="lost", loss=loss))
        self.register_outputs({"vaultName": self.vault_name})
