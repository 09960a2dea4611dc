"""What is recorded of an account, how long it is kept, and who reads it."""

from typing import Annotated, Final, Literal

from pydantic import Field, ValidationInfo, field_validator

from ..base import checks
from ..base.problems import Problem, checked, duplicates, fail_on, matching
from ..base.spec import AccountId, Region, Spec
from ..data.bucket_spec import Days

BucketName = Annotated[str, matching(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", "a bucket's name of 3 to 63 characters")]
BucketPrefix = Annotated[str, matching(r"[a-z0-9][a-z0-9-]{1,36}", "what names of buckets begin with, e.g. lake-")]
DataEvents = Literal["objects", "tables", "functions"]
"""Reads and writes of objects, of items of tables; runs of functions."""


def _reader(arn: str) -> str | None:
    return checks.role_arn(arn, None)


KEY_ARN: Final = r"arn:aws:kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9-]+"


class ArchiveSpec(Spec):
    """The buckets of another account that keep what is recorded of this one, which that account's stack declares."""

    trail_bucket: BucketName = Field(description="name of the bucket that takes the trail")
    records_bucket: BucketName = Field(description="name of the bucket that takes AWS Config's and GuardDuty's files")
    key_arn: Annotated[str, matching(KEY_ARN, "the ARN of a KMS key")] = Field(description="ARN of the key of both")


class AuditSpec(Spec):
    """What is recorded of an account, how long it is kept, and who reads it."""

    lock_days: Days = Field(
        default=365,
        description="days that nobody can delete a file of the trail (S3 Object Lock, compliance mode): no role, not the root "
        "user, not AWS. What has been written keeps its lock, whatever this says later; 365 by default",
    )
    keep_days: Days = Field(default=2555, description="days after which files go; 2,555, seven years, by default")
    data_events: tuple[DataEvents, ...] = Field(
        default=("objects", "tables", "functions"),
        description="what is recorded besides management events: reads and writes of objects and of items of tables, runs of "
        "functions; AWS charges for each (docs/account.md); all by default",
    )
    buckets: tuple[BucketPrefix, ...] = Field(
        default=("lake-", "raw-", "curated-"),
        description="what names of buckets begin with whose objects' reads and writes are recorded; lake- and those that silos "
        "have of their own by default",
    )
    insights: bool = Field(
        default=True, description="whether unusual rates of calls and of errors are looked for; true by default"
    )
    readers: tuple[Annotated[str, checked(_reader)], ...] = Field(
        default=(),
        description="ARNs of the roles that read what is recorded, and which manage none of it; nobody reads by default",
    )
    writers: tuple[AccountId, ...] = Field(
        default=(),
        description="other accounts whose trail, of the same home region, and recorders write here, in quotes; none by default",
    )
    archive: ArchiveSpec | None = Field(
        default=None, description="the buckets of another account, in place of this one's; none by default"
    )

    @field_validator("keep_days")
    @classmethod
    def _after_the_lock(cls, days: int, info: ValidationInfo) -> int:
        lock = info.data.get("lock_days")
        if lock and days < lock:
            fail_on([Problem(value=days, expected=f"lockDays, {lock}, or more: S3 deletes no file before its lock ends")])
        return days

    @field_validator("data_events", "buckets", "readers", "writers")
    @classmethod
    def _each_once(cls, values: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        fail_on(duplicates(values, what=f"one of {info.field_name}"))
        return values

    @field_validator("buckets")
    @classmethod
    def _some(cls, buckets: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        if not buckets and "objects" in info.data.get("data_events", ()):
            fail_on([Problem(value=[], expected="one or more, or no objects in dataEvents")])
        return buckets

    @field_validator("archive")
    @classmethod
    def _in_one_place(cls, archive: ArchiveSpec | None, info: ValidationInfo) -> ArchiveSpec | None:
        if archive and info.data.get("writers"):
            fail_on([Problem(value="there", expected="none, or no writers: an archive for others is declared here")])
        return archive


class AdoptSpec(Spec):
    """What is in the account already, by region: the next `up` takes it over in place of a second one, which AWS refuses."""

    recorder: dict[Region, str] = Field(
        default_factory=dict[str, str], description="name of AWS Config's recorder, e.g. default; none by default"
    )
    delivery_channel: dict[Region, str] = Field(
        default_factory=dict[str, str], description="name of its delivery channel; none by default"
    )
    detector: dict[Region, str] = Field(
        default_factory=dict[str, str], description="id of GuardDuty's detector; none by default"
    )
    hub: dict[Region, str] = Field(
        default_factory=dict[str, str], description="account id, where Security Hub is on; none by default"
    )
    analyzer: dict[Region, str] = Field(
        default_factory=dict[str, str], description="name of the analyzer of access from outside; none by default"
    )
    config_role: bool = Field(
        default=False, description="whether the account has the role AWSServiceRoleForConfig; false by default"
    )
