"""How long a bucket keeps its objects, and which buckets a data lake has."""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Final

from pydantic import Field, ValidationInfo, field_validator

from ..base import checks
from ..base.problems import Problem, between, duplicates, fail_on
from ..base.spec import LinkedSpec, PartName, Spec, Whole
from ..base.uses import LinkKind

# The house's own bounds: S3 takes any whole number of days from 1.
KEPT_DAYS: Final = (1, 3650)
Days = Annotated[Whole, between(*KEPT_DAYS, "days")]


class BucketSpec(Spec):
    """How long objects are kept."""

    noncurrent_days: Days = Field(
        default=90, description="days that an overwritten or deleted object can be brought back; 90 by default"
    )
    expire_days: Days | None = Field(default=None, description="days after which objects are deleted; kept by default")


class LakeSpec(LinkedSpec):
    """The data lake's buckets."""

    link: ClassVar[LinkKind] = LinkKind("lake", verbs=("read", "write"), paths=True, named_in="buckets")

    @classmethod
    def reached_by(cls, thing: str, section: Mapping[str, object]) -> tuple[str, ...]:
        """STS for tenants' data, which is reached in a role of its own."""
        shared = section.get("shared")
        return () if isinstance(shared, list) and thing in shared else ("sts",)

    buckets: tuple[PartName, ...] = Field(description="stages of the lake, one bucket each")
    shared: tuple[PartName, ...] = Field(
        default=(),
        validate_default=True,
        description="those of the buckets whose objects are no tenant's; in all others workloads reach one tenant's at a time; "
        "none by default",
    )
    noncurrent_days: Days = Field(description="days to keep overwritten or deleted objects")
    access_log_days: Days = Field(description="days to keep access logs")
    stream_days: Days = Field(default=7, description="days to keep what delivery streams write, tenants together; 7 by default")

    @property
    def bucket(self) -> BucketSpec:
        """What each of the buckets is told."""
        return BucketSpec(noncurrent_days=self.noncurrent_days)

    @field_validator("buckets")
    @classmethod
    def _distinct(cls, buckets: tuple[str, ...]) -> tuple[str, ...]:
        fail_on(duplicates(buckets, what="a bucket"))
        if not buckets:
            fail_on([Problem(value=[], expected="one bucket or more")])
        fail_on(
            Problem(value=name, expected=f"{expected}: workloads have it in a plain variable", path=(index,))
            for index, name in enumerate(buckets)
            if (expected := checks.variable_name(name.replace("-", "_")))
        )
        return buckets

    @field_validator("shared")
    @classmethod
    def _among_them(cls, shared: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        fail_on(duplicates(shared, what="a bucket"))
        buckets = info.data.get("buckets", shared)
        expected = f"one of buckets: {', '.join(buckets)}"
        fail_on(Problem(value=name, expected=expected, path=(at,)) for at, name in enumerate(shared) if name not in buckets)
        return shared
