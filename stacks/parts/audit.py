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
class Kept:
    """A bucket of the audit.

    Attributes:
        bucket_name: Its name, known once services may write there.
        key_arn: Of the key of its files.
    """

    bucket_name: pulumi.Input[str]
    key_arn: pulumi.Input[str]


@dataclass(frozen=True, kw_only=True)
class Audit:
    """What is recorded; None of what a landing zone has.

    Attributes:
        trail: Where the trail's files are.
        records: Where those of AWS Config and GuardDuty are.
        log_group: Name of the log group with the trail's events.
    """

    trail: Kept | None = None
    records: Kept | None = None
    log_group: pulumi.Input[str] | None = None

    def outputs(self) -> Mapping[str, pulumi.Input[str]]:
        """The stack's outputs of it, without what there is not."""
        found = {
            "trailBucket": self.trail and self.trail.bucket_name,
            "recordsBucket": self.records and self.records.bucket_name,
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
    audit = _of_archive(spec.archive, kept) if spec.archive else _declare_buckets(settings, home, kept)
    if audit.trail is None:
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
        TrailArgs(
            here=replace(home, log_key_arn=logs.arn),
            spec=spec,
            bucket_name=audit.trail.bucket_name,
            key_arn=audit.trail.key_arn,
        ),
    )
    return replace(audit, log_group=trail.log_group_name)


def _of_archive(archive: ArchiveSpec, kept: list[Holds]) -> Audit:
    return Audit(
        trail=Kept(bucket_name=archive.trail_bucket, key_arn=archive.key_arn) if "trail" in kept else None,
        records=Kept(bucket_name=archive.records_bucket, key_arn=archive.key_arn) if "records" in kept else None,
    )


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
        )
        for holds in kept
    }
    found = {holds: Kept(bucket_name=bucket.bucket_name, key_arn=key.arn) for holds, bucket in buckets.items()}
    return Audit(trail=found.get("trail"), records=found.get("records"))
