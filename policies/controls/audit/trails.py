"""The audit trail: of every region, of every call, of the data itself, tamper-evident, and watched as it is written."""

from typing import Final

from policies.controls.audit.events import DATA_TYPES, LOG_GROUP, TRAIL, data_types, records_management, unrecorded
from policies.kit.checks import equals, is_given, is_on
from policies.kit.references import sure_referrers, targets
from policies.kit.resource import Graph, Resource, per_stack
from policies.kit.rule import Answers, Finding, Rules
from policies.kit.values import UnknownValueError, given, switch

rules: Final = Rules("audit")

rules.named("trail-logging", "C164", TRAIL).add(
    equals("enableLogging", True, default=True),
    description="Trails record.",
    remediation="Remove enableLogging: false.",
)


def _gaps(trail: Resource) -> list[Finding]:
    """What keeps it from being the record of the account.

    Raises:
        UnknownValueError: if that is known only after deployment.
    """
    found: list[Finding] = []
    if not switch(trail.get("isMultiRegionTrail")):
        found.append(Finding("isMultiRegionTrail", trail.get("isMultiRegionTrail"), "true"))
    if not switch(trail.get("includeGlobalServiceEvents"), default=True):
        found.append(Finding("includeGlobalServiceEvents", False, "true"))
    if not records_management(trail):
        found.append(Finding("eventSelectors", "a part of them", "all management events, read and write"))
    return found


@per_stack
def _one_is_complete(graph: Graph) -> bool:
    return any(not _gaps(trail) for trail in graph.of(TRAIL))


@rules.rule("trail-all-regions", "C164", TRAIL)
def _all_regions(trail: Resource) -> Answers:
    """A trail of the stack records the management events of every region.

    Set isMultiRegionTrail: true; leave event selectors out, or include all management events in one.
    """
    gaps = _gaps(trail)
    if gaps and not _one_is_complete(trail.graph):
        yield from gaps


rules.named("trail-file-validation", "C166", TRAIL).add(
    is_on("enableLogFileValidation"),
    description="A changed or deleted log file of a trail can be proved.",
    remediation="Set enableLogFileValidation: true.",
    remediation_values={"enableLogFileValidation": True},
)


rules.named("trail-to-cloudwatch", "C167", TRAIL).add(
    is_given("cloudWatchLogsGroupArn", "the ARN of a log group, ending in :*"),
    description="Trails deliver to CloudWatch Logs too, where filters and alarms read them.",
    remediation="Set cloudWatchLogsGroupArn and cloudWatchLogsRoleArn.",
)


@rules.rule("trail-data-events", "C169", TRAIL)
def _data_events(trail: Resource) -> Answers:
    """Trails record who reads and writes the objects, table items and functions of the stack.

    Add selectors for data events of AWS::S3::Object, AWS::DynamoDB::Table and AWS::Lambda::Function, readWriteType All.
    """
    missing = unrecorded(trail.graph)
    wanted = data_types(trail.graph)
    if not wanted and all(missing.values()):
        wanted = DATA_TYPES  # a stack of the trail alone does not say what the account holds
    for kind in DATA_TYPES:
        if kind in wanted and missing[kind]:
            yield Finding("eventSelectors", None, f"{' and '.join(sorted(missing[kind]))} events of {kind}", detail=kind)


def _is_watched(trail: Resource) -> bool:
    """Whether a metric filter of the stack reads what `trail` writes.

    Raises:
        UnknownValueError: if the stack does not hold the log group, or does not say which group a filter reads.
    """
    if not given(trail.get("cloudWatchLogsGroupArn")):
        return False
    groups = targets(trail, "cloudWatchLogsGroupArn", LOG_GROUP)
    if not groups:
        raise UnknownValueError
    return any(sure_referrers(group, ("cloudwatch/logMetricFilter", "logGroupName")) for group in groups)


@per_stack
def _one_is_watched(graph: Graph) -> bool:
    return any(_is_watched(trail) for trail in graph.of(TRAIL))


@rules.rule("trail-watched", "C173", TRAIL)
def _watched(trail: Resource) -> Answers:
    """Metric filters read the log group that a trail of the stack writes.

    Set cloudWatchLogsGroupArn, and add LogMetricFilters for the events of the CIS benchmark, each with a MetricAlarm.
    """
    if not _one_is_watched(trail.graph):
        yield Finding("cloudWatchLogsGroupArn", trail.get("cloudWatchLogsGroupArn"), "a log group with metric filters")
