"""Daily backups of a region's databases and tables, in a vault whose recovery points nobody can delete early."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import pulumi
from pulumi_aws import backup, iam

from components.alarms import AlarmTarget
from components.component import Component, InvalidArgumentError, tags
from components.event_alarm import tell_event
from components.permissions import service_trust_json

# AWS keeps this policy up with what the service calls; it reaches only snapshots, tables and tags, and is the documented way.
# docs.aws.amazon.com/aws-backup/latest/devguide/security-iam-awsmanpol.html
SERVICE_POLICY: Final = "arn:aws:iam::aws:policy/service-role/AWSBackupServiceRolePolicyForBackup"

# After the database's own backup window of the stack files; hours do not matter to tables.
SCHEDULE: Final = "cron(0 10 * * ? *)"


@dataclass(frozen=True, kw_only=True)
class BackupArgs:
    """Backups that are kept apart from what they are of.

    Attributes:
        region: AWS region of everything that is backed up, e.g. `us-east-2`.
        account_id: Account of it.
        key_arn: Customer managed key of the vault, in `region`.
        resources: What it is -> its ARN: databases and tables.
        retention_days: Days that a recovery point is kept, 7 to 36,500; 35 by default.
        alarms: Who is told that a backup failed.
        protect: Stop a plan that would delete the vault; true by default.
    """

    region: str
    account_id: str
    key_arn: pulumi.Input[str]
    resources: Mapping[str, pulumi.Input[str]]
    alarms: AlarmTarget
    retention_days: int = 35
    protect: bool = True

    def __post_init__(self) -> None:
        if not self.resources:
            raise InvalidArgumentError(self, "resources", dict(self.resources), "at least one database or table")
        if not 7 <= self.retention_days <= 36_500:
            raise InvalidArgumentError(self, "retention_days", self.retention_days, "7 to 36500 days")


class Backup(Component):
    """A vault with a lock, a daily plan, and the selection of what it backs up.

    The lock is of AWS's governance mode: it keeps everybody from deleting a recovery point before its time, except whoever may
    remove the lock itself (`backup:DeleteBackupVaultLockConfiguration`), which no role of this project may.

    Outputs: `vault_name`.
    """

    vault_name: pulumi.Output[str]

    def __init__(self, name: str, args: BackupArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        vault = backup.Vault(
            name, region=args.region, kms_key_arn=args.key_arn, tags=tags(name), opts=self.child(protect=args.protect)
        )
        self.vault_name = vault.name
        backup.VaultLockConfiguration(
            f"{name}-lock",
            region=args.region,
            backup_vault_name=vault.name,
            min_retention_days=7,
            max_retention_days=36_500,
            opts=self.child(),
        )
        plan = backup.Plan(
            name,
            region=args.region,
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
            assume_role_policy=service_trust_json("backup.amazonaws.com", account_id=args.account_id),
            description=f"Backs up what {name} selects",
            tags=tags(name),
            opts=self.child(),
        )
        allowed = iam.RolePolicyAttachment(f"{name}-service", role=role.name, policy_arn=SERVICE_POLICY, opts=self.child())
        backup.Selection(
            name,
            region=args.region,
            plan_id=plan.id,
            iam_role_arn=role.arn,
            resources=list(args.resources.values()),
            # Without its permission the first job fails.
            opts=self.child(depends_on=[allowed]),
        )
        tell_event(
            self,
            "backup-job-failed",
            region=args.region,
            description=f"Jobs of {name} that did not give a recovery point",
            pattern={
                "source": ["aws.backup"],
                "detail-type": ["Backup Job State Change"],
                "detail": {"backupVaultName": [vault.name], "state": ["FAILED", "ABORTED", "EXPIRED", "PARTIAL"]},
            },
            paths={"what": "$.detail.resourceArn", "state": "$.detail.state", "reason": "$.detail.statusMessage"},
            sentence="Backup of <what>: <state> <reason>",
            target=args.alarms,
        )
        self.register_outputs({"vaultName": self.vault_name})
