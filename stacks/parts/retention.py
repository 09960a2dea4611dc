"""What a protected stack must not do by a setting alone: delete objects of the lake that it kept when it was deployed last."""

from collections.abc import Iterator, Mapping
from typing import Any, cast

import pulumi

from components.analytics.logs_spec import LogsSpec
from components.base.errors import ComponentError
from components.base.spec import yaml_key
from components.data.bucket_spec import NEVER, LakeBucketSpec, LakeSpec
from components.data.log_bucket import INVENTORY_DAYS
from settings import PrimarySettings
from stacks.outputs import StackOutputs

Classes = Mapping[str, Mapping[str, Any]]


def classes_of(lake: LakeSpec, *, copied: bool) -> dict[str, dict[str, Any]]:
    """The classes of the lake's buckets as the stack tells them: `perTenant`, `noncurrentDays`, `expireDays` or `never`, and
    `replicated`: whether objects are copied from there to another region, which is so only where the stack is `copied`.
    """
    return {
        name: {
            "perTenant": spec.per_tenant,
            "expireDays": spec.expire_days or NEVER,
            "noncurrentDays": spec.noncurrent_days,
            "replicated": copied and spec.replicated,
        }
        for name, spec in lake.buckets.items()
    }


def kept_days(settings: PrimarySettings) -> dict[str, int]:
    """Days that traces and copies of what is deleted are kept, by what they are; a removed tenant's certificate tells them."""
    return {
        "databaseBackups": settings.database.backup_retention_days,
        # docs.aws.amazon.com/amazondynamodb/latest/developerguide/Point-in-time-recovery.html
        "tableBackups": 35,
        **({"recoveryPoints": settings.backups.retention_days} if settings.features.backups else {}),
        "accessLogs": settings.lake.access_log_days,
        "inventories": INVENTORY_DAYS,
        # What is written there is overwritten by nobody, and its delete markers go a day later.
        "stream": settings.lake.stream_days + 1,
        # docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html
        "messages": 14,
        **({"cacheSnapshots": settings.cache.snapshot_days} if settings.cache and settings.cache.snapshot_days else {}),
        # docs.aws.amazon.com/opensearch-service/latest/developerguide/managedomains-snapshots.html: hourly ones, 336 of them
        **({"searchSnapshots": 14} if settings.search else {}),
        "logs": max(settings.log_retention_days, *_other_days(settings.logs)),
    }


def _other_days(logs: LogsSpec | None) -> tuple[int, ...]:
    """Days that logs are kept elsewhere than in CloudWatch, or of some class."""
    return (0,) if logs is None else (logs.archive_days, *logs.class_days().values())


def confirm_retention(lake: LakeSpec, own: StackOutputs) -> pulumi.Output[bool]:
    """True, once the stack's last outputs are known and nothing is kept for a shorter time that is not confirmed.

    Raises:
        ComponentError: in the output, when objects would go that are kept as deployed, or be no tenant's any more.
    """
    return own.all().apply(lambda outputs: _confirm(lake, outputs))


def _confirm(lake: LakeSpec, outputs: Mapping[str, Any]) -> bool:
    if found := list(shortened(lake, outputs)):
        raise ComponentError("\n".join(found))
    return True


def shortened(lake: LakeSpec, outputs: Mapping[str, Any]) -> Iterator[str]:
    """A line for each setting that would delete objects which the deployed ones keep, or say whose they are anew.

    `outputs` are the stack's as it was deployed last; a stack that does not tell classes yet kept everything for ever.
    """
    buckets = cast("Mapping[str, str]", outputs.get("lakeBuckets") or {})
    deployed = cast(Classes, outputs.get("lakeClasses") or {})
    for name, spec in lake.buckets.items():
        if name in buckets:
            yield from _shortened(f"dataconnect:lake.buckets.{name}", spec, deployed.get(name, {"expireDays": NEVER}))


def _shortened(key: str, spec: LakeBucketSpec, before: Mapping[str, Any]) -> Iterator[str]:
    for field in ("expire_days", "noncurrent_days"):
        name, days = yaml_key(field), getattr(spec, field)
        was = _shown(before.get(name))
        if days is None or was is None or (was != NEVER and days >= int(was)):
            continue
        if getattr(spec.shortened_from, field) != was:
            least = "no value" if was == NEVER else f"{was} or more"
            yield (
                f"{key}.{name} is {days}, and deployed as {was}: S3 would delete objects that are kept now; expected {least},"
                f" or, to let them go, beside it shortenedFrom: {{{name}: {was}}}"
            )
    if before.get("perTenant") not in (None, spec.per_tenant):
        yield (
            f"{key}.perTenant is {str(spec.per_tenant).lower()}, and deployed as {str(not spec.per_tenant).lower()}: whose the"
            " objects are that lie there does not change; expected another bucket"
        )


def _shown(value: object) -> str | None:
    """Days as `shortenedFrom` has them: Pulumi's state holds numbers as floats."""
    return str(int(value)) if isinstance(value, int | float) else cast("str | None", value)
