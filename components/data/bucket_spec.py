"""How long a bucket keeps its objects and in which form, and which buckets a data lake has."""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Final, Literal, cast

from pydantic import Field, ValidationInfo, field_validator

from ..base import checks
from ..base.problems import Problem, between, checked, fail_on
from ..base.spec import LinkedSpec, NumberAsText, PartName, Spec, Whole
from ..base.uses import LinkKind

# The house's own bounds: S3 takes any whole number of days from 1.
KEPT_DAYS: Final = (1, 3650)
# What S3 charges for at the least, in days; what leaves earlier is paid to the end of them:
# docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-transition-general-considerations.html
ARCHIVE_LEAST: Final = 90
DEEP_ARCHIVE_LEAST: Final = 180
# A smaller object is charged as one of this size in the archive, and costs more there than before:
# docs.aws.amazon.com/AmazonS3/latest/userguide/storage-class-intro.html
ARCHIVED_BYTES: Final = 128 * 1024

Days = Annotated[Whole, between(*KEPT_DAYS, "days")]
InventoryFrequency = Literal["Daily", "Weekly"]


class BucketSpec(Spec):
    """How long objects are kept, in which form, and what is told of them."""

    noncurrent_days: Days = Field(
        default=90, description="days that an overwritten or deleted object can be brought back; 90 by default"
    )
    upload_days: Days = Field(
        default=7, description="days after which an upload that was not completed is dropped; 7 by default"
    )
    archive_days: Days | None = Field(
        default=None,
        description="days after which objects of 128 KB and more move to Glacier Instant Retrieval, where they are read as "
        "before; S3 charges for 90 days there at the least; never by default",
    )
    deep_archive_days: Days | None = Field(
        default=None,
        description="days after which they move to Glacier Deep Archive, where reading takes a restore of 12 to 48 hours; S3 "
        "charges for 180 days there at the least; never by default",
    )
    expire_days: Days | None = Field(default=None, description="days after which objects are deleted; kept by default")
    lock_days: Days | None = Field(
        default=None,
        description="days that no version of an object can be deleted, but by a role of tenantOperators (S3 Object Lock, "
        "governance mode); a bucket that had one keeps object lock for good; none by default",
    )
    inventory: InventoryFrequency | None = Field(
        default=None,
        description="Daily or Weekly: how often S3 lists all versions with their sizes, beside the access logs; never by "
        "default",
    )

    @field_validator("deep_archive_days")
    @classmethod
    def _worth_the_archive(cls, days: int | None, info: ValidationInfo) -> int | None:
        fail_on(_too_early(days, info, "archive_days", ARCHIVE_LEAST))
        return days

    @field_validator("expire_days")
    @classmethod
    def _worth_both_archives(cls, days: int | None, info: ValidationInfo) -> int | None:
        fail_on(
            [
                *_too_early(days, info, "archive_days", ARCHIVE_LEAST),
                *_too_early(days, info, "deep_archive_days", DEEP_ARCHIVE_LEAST),
            ]
        )
        return days

    @field_validator("lock_days")
    @classmethod
    def _not_beyond_the_end(cls, days: int | None, info: ValidationInfo) -> int | None:
        expires = info.data.get("expire_days")
        if days and expires and days > expires:
            fail_on([Problem(value=days, expected=f"at most expireDays, {expires}: S3 deletes no object before its lock ends")])
        return days


def _too_early(days: int | None, info: ValidationInfo, before: str, least: int) -> list[Problem]:
    moved = info.data.get(before)
    if not days or not moved or days >= moved + least:
        return []
    key = {"archive_days": "archiveDays", "deep_archive_days": "deepArchiveDays"}[before]
    return [Problem(value=days, expected=f"{moved + least} or more: S3 charges for {least} days from {key}, {moved}")]


NEVER: Final = "never"


def _days_or_never(text: str) -> str | None:
    fits = text == NEVER or (text.isdecimal() and KEPT_DAYS[0] <= int(text) <= KEPT_DAYS[1])
    return None if fits else f"the days that were deployed, or {NEVER}"


Deployed = Annotated[NumberAsText, checked(_days_or_never)]


class ShortenedFrom(Spec):
    """What was deployed before a value was made smaller, which confirms that objects go which that kept."""

    expire_days: Deployed | None = Field(default=None, description="expireDays as deployed, or never; none by default")
    noncurrent_days: Deployed | None = Field(default=None, description="noncurrentDays as deployed; none by default")


class LakeBucketSpec(BucketSpec):
    """A bucket of the lake: what class of data it is of."""

    per_tenant: bool = Field(
        default=True,
        description="whether objects are tenants' data, which workloads reach one tenant's at a time; true by default",
    )
    key: Literal["storage", "config"] = Field(
        default="storage", description="data class of its KMS key, storage or config; storage by default"
    )
    replicated: bool = Field(
        default=True, description="whether it is copied to the recovery region within 15 minutes; true by default"
    )
    shortened_from: ShortenedFrom = Field(
        default_factory=ShortenedFrom,
        description="what was deployed before a value was made smaller: objects may go which that kept; needed where the stack "
        "is protected; nothing by default",
    )


class LakeSpec(LinkedSpec):
    """The data lake's buckets."""

    link: ClassVar[LinkKind] = LinkKind("lake", verbs=("read", "write"), paths=True, named_in="buckets")

    @classmethod
    def reached_by(cls, thing: str, section: Mapping[str, object]) -> tuple[str, ...]:
        """STS for tenants' data, which is reached in a role of its own."""
        buckets = section.get("buckets")
        entry = cast("Mapping[str, object]", buckets).get(thing) if isinstance(buckets, Mapping) else None
        shared = isinstance(entry, Mapping) and cast("Mapping[str, object]", entry).get("perTenant") in (False, "false")
        return () if shared else ("sts",)

    buckets: dict[PartName, LakeBucketSpec] = Field(description="the buckets by name, each of a class of data")
    access_log_days: Days = Field(description="days to keep access logs")
    stream_days: Days = Field(default=7, description="days to keep what delivery streams write, tenants together; 7 by default")

    @field_validator("buckets")
    @classmethod
    def _told_in_variables(cls, buckets: dict[str, LakeBucketSpec]) -> dict[str, LakeBucketSpec]:
        if not buckets:
            fail_on([Problem(value={}, expected="one bucket or more")])
        fail_on(
            Problem(value=name, expected=f"{expected}: workloads have it in a plain variable", path=(name,))
            for name in buckets
            if (expected := checks.variable_name(name.replace("-", "_")))
        )
        return buckets

    def locked(self) -> list[str]:
        """The buckets with an object lock."""
        return [name for name, spec in self.buckets.items() if spec.lock_days]
