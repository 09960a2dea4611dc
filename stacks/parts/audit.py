"""What is recorded of an account: the trail, and the buckets that keep it and what other services tell."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import pulumi

from components.base.here import Here
from components.data.log_bucket import LogBucket, LogBucketArgs
from components.security.audit_bucket import AuditBucket, AuditBucketArgs, Holds
from components.security.audit_key import declare_audit_key
from components.security.audit_spec import ArchiveSpec
from components.security.key import Key, KeyArgs
from components.security.trail import Trail, TrailArgs
from settings import AccountSettings


@dataclass(frozen=True, kw_only=True)
class Audit:
    """Where it is kept; None of what a landing zone has.

    Attributes:
        trail_bucket: Name of the bucket of the trail.
        records_bucket: Name of that of AWS Config's and GuardDuty's files.
        key_arn: Of the key of both.
        log_group: Name of the log group with the trail's events.
    """

    trail_bucket: pulumi.Input[str] | None = None
    records_bucket: pulumi.Input[str] | None = None
    key_arn: pulumi.Input[str] | None = None
    log_group: pulumi.Input[str] | None = None

    def outputs(self) -> Mapping[str, pulumi.Input[str]]:
        """The stack's outputs of it, without what there is not."""
        found = {
            "trailBucket": self.trail_bucket,
            "recordsBucket": self.records_bucket,
            "keyArn": self.key_arn,
            "logGroup": self.log_group,
        }
        return {name: value for name, value in found.items() if value is not None}


def declare_audit(settings: AccountSettings, home: Here) -> Audit:
    """Declare the buckets, unless another account has them, and the trail, unless a landing zone has one."""
    spec, owners = settings.audit, settings.owners
    kept: list[Holds] = []
    if owners.trail == "here":
        kept.append("trail")
    if "here" in (owners.recorder, owners.threats):
        kept.append("records")
    audit = _of_archive(spec.archive) if spec.archive else _declare_buckets(settings, home, kept)
    if owners.trail != "here" or audit.trail_bucket is None or audit.key_arn is None:
        return audit
    logs = Key(
        "account-logs-key",
        KeyArgs(
            here=home,
            data_class="logs",
            alias=f"alias/dataconnect/{settings.environment}/account-logs",
            administrators=settings.key_administrators,
        ),
    )
    trail = Trail(
        "audit",
        TrailArgs(here=replace(home, log_key_arn=logs.arn), spec=spec, bucket_name=audit.trail_bucket, key_arn=audit.key_arn),
    )
    return replace(audit, log_group=trail.log_group_name)


def _of_archive(archive: ArchiveSpec) -> Audit:
    return Audit(trail_bucket=archive.trail_bucket, records_bucket=archive.records_bucket, key_arn=archive.key_arn)


def _declare_buckets(settings: AccountSettings, home: Here, kept: list[Holds]) -> Audit:
    if not kept:
        return Audit()
    spec = settings.audit
    accounts = (settings.account_id, *spec.writers)
    key = declare_audit_key(
        "account-audit-key",
        here=home,
        alias=f"alias/dataconnect/{settings.environment}/account-audit",
        administrators=settings.key_administrators,
        readers=spec.readers,
        accounts=accounts,
    )
    access_logs = LogBucket("account-access-logs", LogBucketArgs(here=home, retention_days=spec.keep_days))
    buckets = {
        holds: AuditBucket(
            f"account-{holds}",
            AuditBucketArgs(
                here=home,
                holds=holds,
                key_arn=key.arn,
                log_bucket=access_logs.bucket_name,
                accounts=accounts,
                administrators=settings.key_administrators,
                lock_days=spec.lock_days,
                keep_days=spec.keep_days,
            ),
        ).bucket_name
        for holds in kept
    }
    return Audit(trail_bucket=buckets.get("trail"), records_bucket=buckets.get("records"), key_arn=key.arn)
