"""What is found in a region, told to people by how bad it is."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import pulumi

from ..base.component import Component
from ..base.event_alarm import tell_event
from ..base.here import Here

# docs.aws.amazon.com/guardduty/latest/ug/guardduty_findings-severity.html: 7 and more are high or critical, 4 and more medium
HIGH, MEDIUM = 7, 4


@dataclass(frozen=True, kw_only=True)
class Told:
    """A kind of finding that people are told of.

    Attributes:
        key: Kind of alarm.
        title: What is told, in a word.
        pattern: EventBridge's, of the event's `detail` as its service documents it.
        source: The service.
        kind: `detail-type` of its events.
        paths: Name -> JSON path of what stands in the sentence.
        sentence: What is told; `<name>` stands for what a path finds.
        said: JSON path of the service's own words.
    """

    key: str
    title: str
    source: str
    kind: str
    pattern: Mapping[str, Any]
    sentence: str
    said: str
    paths: Mapping[str, str] = field(default_factory=dict[str, str])


_THREAT: Final = {"id": "$.detail.id", "kind": "$.detail.type", "account": "$.detail.accountId"}
_ACCESS: Final = {"id": "$.detail.id", "kind": "$.detail.resourceType", "resource": "$.detail.resource"}

THREATS: Final = (
    Told(
        key="threat-high",
        title="GuardDuty found a threat",
        source="aws.guardduty",
        kind="GuardDuty Finding",
        pattern={"severity": [{"numeric": [">=", HIGH]}], "service": {"archived": [False]}},
        paths=_THREAT,
        sentence="<kind> in account <account>: finding <id>",
        said="$.detail.title",
    ),
    Told(
        key="threat-medium",
        title="GuardDuty found something suspicious",
        source="aws.guardduty",
        kind="GuardDuty Finding",
        pattern={"severity": [{"numeric": [">=", MEDIUM, "<", HIGH]}], "service": {"archived": [False]}},
        paths=_THREAT,
        sentence="<kind> in account <account>: finding <id>",
        said="$.detail.title",
    ),
)
VULNERABILITIES: Final = (
    Told(
        key="vulnerability-critical",
        title="Inspector found a critical vulnerability",
        source="aws.inspector2",
        kind="Inspector2 Finding",
        pattern={"severity": ["CRITICAL"], "status": ["ACTIVE"]},
        paths={"finding": "$.detail.findingArn", "resource": "$.detail.resources[0].id"},
        sentence="In <resource>: <finding>",
        said="$.detail.title",
    ),
)
ACCESS: Final = (
    Told(
        key="access-public",
        title="Everybody can reach something",
        source="aws.access-analyzer",
        kind="Access Analyzer Finding",
        pattern={"status": ["ACTIVE"], "isPublic": [True]},
        paths=_ACCESS,
        sentence="<kind> <resource>: finding <id>",
        said="$.detail.action",
    ),
    Told(
        key="access-external",
        title="Another account can reach something",
        source="aws.access-analyzer",
        kind="Access Analyzer Finding",
        pattern={"status": ["ACTIVE"], "isPublic": [False]},
        paths=_ACCESS,
        sentence="<kind> <resource>: finding <id>",
        said="$.detail.action",
    ),
)


def posture(region: str) -> tuple[Told, ...]:
    """What Security Hub tells in `region`: of its own controls alone, for what other services find they tell themselves.

    And of that region alone: where findings are gathered, those of other regions may come as events, too
    (docs.aws.amazon.com/securityhub/latest/userguide/finding-aggregation.html), and each region tells its own.
    """
    failed = {
        "GeneratorId": [{"prefix": "security-control/"}],
        "Region": [region],
        "Compliance": {"Status": ["FAILED"]},
        "Severity": {"Label": ["CRITICAL", "HIGH"]},
        "Workflow": {"Status": ["NEW"]},
        "RecordState": ["ACTIVE"],
    }
    return (
        Told(
            key="posture-failed",
            title="A security control fails",
            source="aws.securityhub",
            kind="Security Hub Findings - Imported",
            pattern={"findings": failed},
            paths={
                "control": "$.detail.findings[0].Compliance.SecurityControlId",
                "resource": "$.detail.findings[0].Resources[0].Id",
            },
            sentence="<control> fails for <resource>",
            said="$.detail.findings[0].Title",
        ),
    )


@dataclass(frozen=True, kw_only=True)
class FindingsArgs:
    """What is told in a region.

    Attributes:
        here: The region, and who is told.
        told: Of what kinds.
    """

    here: Here
    told: tuple[Told, ...]


class Findings(Component):
    """A rule for each kind. What is suppressed (`Suppressions`) its service archives: it comes by no rule. No outputs."""

    def __init__(self, name: str, args: FindingsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        for each in args.told:
            tell_event(
                self,
                each.key,
                here=args.here,
                description=each.title,
                pattern={"source": [each.source], "detail-type": [each.kind], "detail": each.pattern},
                paths=each.paths,
                sentence=each.sentence,
                said=each.said,
            )
        self.register_outputs({})
