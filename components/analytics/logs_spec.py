"""How long logs are kept, in CloudWatch, as copies in S3, and in the domain where they are searched."""

from typing import Annotated, Final

from pydantic import Field, ValidationInfo, field_validator

from ..base.logs import LOG_CLASSES, LogClass
from ..base.problems import Problem, between, fail_on
from ..base.spec import RetentionDays, Spec, Whole
from ..data.bucket_spec import KEPT_DAYS
from ..messaging.delivery_stream_spec import BUFFER_SECONDS
from .search_spec import NodesSpec, shards_of_node

QUARANTINE: Final = "quarantine"

Kept = Annotated[Whole, between(*KEPT_DAYS, "days")]


class LogRetention(Spec):
    """Days that CloudWatch keeps logs of a class, where that is another time than `logRetentionDays`."""

    application: RetentionDays | None = Field(default=None, description="what workloads say of their work")
    audit: RetentionDays | None = Field(default=None, description="who did what, or was refused")
    access: RetentionDays | None = Field(default=None, description="each request, query or connection")


class SearchedDays(Spec):
    """Days that events of a class can be searched; after them they are in CloudWatch and in S3."""

    application: Kept = Field(default=14, description="what workloads say of their work; 14 by default")
    audit: Kept = Field(default=90, description="who did what, or was refused; 90 by default")
    access: Kept = Field(default=7, description="each request or query; 7 by default")

    def of(self, log_class: LogClass) -> int:
        """Those of a class."""
        return int(getattr(self, log_class))

    def indexes(self) -> dict[str, int]:
        """Class, or `quarantine` -> days; what was quarantined is kept as long as most of it would have been."""
        return {**{name: self.of(name) for name in LOG_CLASSES}, QUARANTINE: self.application}


class LogSearchSpec(NodesSpec):
    """The OpenSearch domain in which logs are searched: an index for each class and day, filled from the copies in S3."""

    keep_days: SearchedDays = Field(
        default_factory=SearchedDays,
        validate_default=True,
        description="days that events can be searched, by class; no more indexes, with copies, than the nodes bear shards",
    )

    @field_validator("keep_days")
    @classmethod
    def _room(cls, days: SearchedDays, info: ValidationInfo) -> SearchedDays:
        kind, nodes, zones = (info.data.get(name) for name in ("node_type", "nodes", "zones"))
        if kind and nodes and zones:
            # One more of each: an index is deleted some time in the day after its last.
            copies, indexes = min(zones, 2), sum(each + 1 for each in days.indexes().values())
            bears = nodes * shards_of_node(kind)
            if copies * indexes > bears:
                expected = (
                    f"fewer days, or more or larger nodes: an index for each class and day, and one for each day of what is "
                    f"quarantined, are {copies * indexes} shards with their copies, and {nodes} nodes of {kind} bear {bears}"
                )
                fail_on([Problem(value=sum(days.indexes().values()), expected=expected)])
        return days


class LogsSpec(Spec):
    """What becomes of logs besides CloudWatch: copies in S3, and a domain in which they are searched."""

    archive_days: Kept = Field(
        default=400, description="days to keep the copies in S3, which the domain is filled from; 400 by default"
    )
    buffer_seconds: Annotated[Whole, between(*BUFFER_SECONDS, "seconds")] = Field(
        default=60,
        description="seconds that events are gathered into a copy, 60 to 900; they are searched after that; 60 by default",
    )
    retention_days: LogRetention = Field(
        default_factory=LogRetention,
        description="days to keep logs in CloudWatch by class, where that is another time than logRetentionDays",
    )
    search: LogSearchSpec | None = Field(
        default=None,
        validate_default=True,
        description="the domain in which they are searched; none by default: then the copies are all there is",
    )

    @field_validator("search")
    @classmethod
    def _can_be_filled_again(cls, search: LogSearchSpec | None, info: ValidationInfo) -> LogSearchSpec | None:
        kept = info.data.get("archive_days")
        if search and kept:
            fail_on(
                Problem(
                    value=days,
                    expected=f"archiveDays ({kept}) or fewer: a domain that was lost is filled from the copies",
                    path=("keepDays", name),
                )
                for name in LOG_CLASSES
                if (days := search.keep_days.of(name)) > kept
            )
        return search

    def class_days(self) -> dict[LogClass, int]:
        """Class -> days in CloudWatch, of those that are kept for another time."""
        told: dict[LogClass, int | None] = {name: getattr(self.retention_days, name) for name in LOG_CLASSES}
        return {name: days for name, days in told.items() if days is not None}
