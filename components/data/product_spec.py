"""What a data product is, and to whom a tenant's is shared until when."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Annotated, ClassVar, Final

from pydantic import Field, ValidationInfo, field_validator

from ..base import checks
from ..base.problems import Problem, between, checked, duplicates, fail_on, matching
from ..base.spec import AccountId, LinkedSpec, PartName, Spec, Whole
from ..base.uses import LinkKind
from .silo_spec import TenantId

# The house's own: a grant is looked at again every year.
LONGEST_DAYS: Final = 366
# The house's own: a role each, of 1,000 that an account has:
# docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
MOST_SHARES: Final = 100
# Fewer records than this in a group, and the group is one that says something about somebody.
GROUP: Final = (5, 100_000)
# 10,000 dollars, to which the public file of the Home Mortgage Disclosure Act rounds an amount: 84 FR 649.
ROUND: Final = (1_000_000, 10**12)

Column = Annotated[
    str, matching(r"[a-z][a-z0-9_]{0,63}", "the name of a column: lower-case letters, digits and _, a letter first")
]


def _day(text: str) -> str | None:
    expected = "a day in quotes, e.g. '2027-03-31'"
    if checks.pattern(text, r"20[0-9]{2}-[0-9]{2}-[0-9]{2}", expected):
        return expected
    try:
        date.fromisoformat(text)
    except ValueError:
        return expected
    return None


Day = Annotated[str, checked(_day)]


class AggregateSpec(Spec):
    """Groups of records in place of records."""

    sums: tuple[Column, ...] = Field(
        default=(), description="columns of numbers that are added up, as sum_<column>; none by default: records are counted"
    )
    at_least: Annotated[Whole, between(*GROUP)] = Field(
        default=10, description="records that a group has at the least, or it is left out, 5 to 100000; 10 by default"
    )

    round_to: Annotated[Whole, between(*ROUND)] = Field(
        default=ROUND[0],
        description="to what sums are rounded of a field that is shared in sums only, e.g. amount_cents, 1000000 or more:"
        " 10,000 dollars by default",
    )

    @field_validator("sums")
    @classmethod
    def _each_once(cls, sums: tuple[str, ...]) -> tuple[str, ...]:
        fail_on(duplicates(sums, what="a column"))
        return sums


class ProductSpec(LinkedSpec):
    """A part of a dataset's curated data, or groups of it, that tenants may share: by an entry of `shares`, and not else."""

    link: ClassVar[LinkKind] = LinkKind("product", verbs=("publish",))
    called: ClassVar[tuple[str, ...]] = ("lakeformation", "glue")

    @classmethod
    def reached_by(cls, thing: str, section: Mapping[str, object]) -> tuple[str, ...]:  # noqa: ARG003 - all products alike
        """STS: it is of a tenant's data, which is reached in a role of its own."""
        return ("sts",)

    dataset: Annotated[str, matching(r"[a-z][a-z0-9_-]{0,39}", "a dataset's name, e.g. loans")] = Field(
        description="dataset of the lake that it is made of, e.g. loans"
    )
    columns: tuple[Column, ...] = Field(
        description="columns that a subscriber sees, each classed as shareable; of an aggregate, what records are grouped by"
    )
    aggregate: AggregateSpec | None = Field(
        default=None, description="that groups of records are shared and no records; none by default"
    )
    description: Annotated[str, matching(r"[\x20-\x7e]{1,200}", "1 to 200 printable characters")] = Field(
        description="what it says, for subscribers"
    )

    @field_validator("columns")
    @classmethod
    def _some_each_once(cls, columns: tuple[str, ...]) -> tuple[str, ...]:
        if not columns:
            fail_on([Problem(value=[], expected="one column or more")])
        fail_on(duplicates(columns, what="a column"))
        return columns

    @field_validator("aggregate")
    @classmethod
    def _summed_and_not_grouped(cls, aggregate: AggregateSpec | None, info: ValidationInfo) -> AggregateSpec | None:
        grouped = info.data.get("columns") or ()
        fail_on(
            Problem(value=name, expected="a column that is not among columns, which group", path=("sums", index))
            for index, name in enumerate(aggregate.sums if aggregate else ())
            if name in grouped
        )
        return aggregate


class ShareSpec(Spec):
    """One tenant's data of one product for one subscriber: an organisation, by its AWS account. Reviewed as any setting is."""

    product: PartName = Field(description="name of the product, one of products")
    tenant: TenantId = Field(description="id of the tenant whose data it is")
    account: AccountId = Field(description="account of the subscriber, 12 digits in quotes; another than the stack's")
    since: Day = Field(description="day on which the tenant agreed, and before which nobody reads, in quotes")
    until: Day = Field(
        description="last day on which the subscriber can read it (UTC), in quotes; at most 366 days after since"
    )
    protect: bool = Field(
        default=True,
        description="refuse to delete its key, where the stack does; true by default, false to let a revoked share's go",
    )

    @field_validator("until")
    @classmethod
    def _for_a_time(cls, until: str, info: ValidationInfo) -> str:
        since = info.data.get("since")
        if since and not 0 < (date.fromisoformat(until) - date.fromisoformat(since)).days <= LONGEST_DAYS:
            last = date.fromisoformat(since) + timedelta(days=LONGEST_DAYS)
            fail_on([Problem(value=until, expected=f"a day after since ({since}), at the latest {last}: a grant is renewed")])
        return until

    def opened_at(self) -> str:
        """The moment before which nothing of it opens, as IAM writes it: midnight UTC before `since`."""
        return f"{self.since}T00:00:00Z"

    def closed_at(self) -> str:
        """The moment from which it is closed, as IAM writes it: midnight UTC after `until`."""
        return f"{date.fromisoformat(self.until) + timedelta(days=1)}T00:00:00Z"
