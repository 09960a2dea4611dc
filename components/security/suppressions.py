"""What is accepted for a time, as each service keeps it: there it is told to nobody, and can still be looked up."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
from pulumi_aws import accessanalyzer, guardduty, inspector2, securityhub

from ..base.component import Component, tags
from ..base.here import Place
from .suppression_spec import SuppressionSpec, threatened


@dataclass(frozen=True, kw_only=True)
class SuppressionsArgs:
    """What is accepted in a region.

    Attributes:
        here: The account and region.
        entries: Those that count; which are of another region is left out here.
        detector_id: GuardDuty's detector, known once it is there; None where a landing zone has it.
        hub: What must be there before Security Hub takes a rule; None where a landing zone has it.
        analyzer: Name of the analyzer of access from outside; None where a landing zone has it.
        scanned: Whether Inspector is this program's to configure.
    """

    here: Place
    entries: Sequence[SuppressionSpec]
    detector_id: pulumi.Input[str] | None
    hub: pulumi.Resource | None
    analyzer: pulumi.Input[str] | None
    scanned: bool


class Suppressions(Component):
    """A rule for each entry, called after what the entry says: an entry that changes is another rule. No outputs."""

    def __init__(self, name: str, args: SuppressionsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self.args = args
        for order, entry in enumerate((each for each in args.entries if each.covers(args.here.region)), start=1):
            match entry.of:
                case "threats":
                    self._archive(entry, order)
                case "vulnerabilities":
                    self._suppress(entry)
                case "posture":
                    self._update(entry, order)
                case "access":
                    self._archive_access(entry)
        self.register_outputs({})

    def _named(self, entry: SuppressionSpec) -> str:
        said = f"{entry.of} {entry.finding} {entry.resource}"
        return f"{self.name}-{entry.ticket.lower()}-{hashlib.sha256(said.encode()).hexdigest()[:8]}"

    def _archive(self, entry: SuppressionSpec, order: int) -> None:
        found = threatened(entry.resource)
        if self.args.detector_id is None or found is None:
            return
        name, criterion = self._named(entry), guardduty.FilterFindingCriteriaCriterionArgs
        attribute, value = found
        guardduty.Filter(
            name,
            region=self.args.here.region,
            detector_id=self.args.detector_id,
            action="ARCHIVE",
            rank=order,
            description=_said(entry),
            finding_criteria=guardduty.FilterFindingCriteriaArgs(
                criterions=[
                    criterion(field="type", equals=[entry.finding]),
                    # `matches` takes `*` for any text.
                    criterion(field=attribute, matches=[value])
                    if value.endswith("*")
                    else criterion(field=attribute, equals=[value]),
                ]
            ),
            tags=tags(name),
            opts=self.child(),
        )

    def _suppress(self, entry: SuppressionSpec) -> None:
        if not self.args.scanned:
            return
        name = self._named(entry)
        comparison, value = _compared(entry)
        inspector2.Filter(
            name,
            region=self.args.here.region,
            action="SUPPRESS",
            description=_said(entry),
            reason=entry.reason,
            filter_criterias=[
                inspector2.FilterFilterCriteriaArgs(
                    vulnerability_ids=[
                        inspector2.FilterFilterCriteriaVulnerabilityIdArgs(comparison="EQUALS", value=entry.finding)
                    ],
                    resource_ids=[inspector2.FilterFilterCriteriaResourceIdArgs(comparison=comparison, value=value)],
                )
            ],
            tags=tags(name),
            opts=self.child(),
        )

    def _update(self, entry: SuppressionSpec, order: int) -> None:
        if self.args.hub is None:
            return
        name, comparison, value = self._named(entry), *_compared(entry)
        update = securityhub.AutomationRuleActionFindingFieldsUpdateArgs(
            workflow=securityhub.AutomationRuleActionFindingFieldsUpdateWorkflowArgs(status="SUPPRESSED"),
            note=securityhub.AutomationRuleActionFindingFieldsUpdateNoteArgs(text=_said(entry), updated_by=entry.owner),
        )
        securityhub.AutomationRule(
            name,
            region=self.args.here.region,
            rule_name=name,
            rule_order=order,
            description=_said(entry),
            rule_status="ENABLED",
            is_terminal=True,
            actions=[securityhub.AutomationRuleActionArgs(type="FINDING_FIELDS_UPDATE", finding_fields_update=update)],
            criteria=securityhub.AutomationRuleCriteriaArgs(
                compliance_security_control_ids=[
                    securityhub.AutomationRuleCriteriaComplianceSecurityControlIdArgs(comparison="EQUALS", value=entry.finding)
                ],
                resource_ids=[securityhub.AutomationRuleCriteriaResourceIdArgs(comparison=comparison, value=value)],
            ),
            tags=tags(name),
            opts=self.child(depends_on=[self.args.hub]),
        )

    def _archive_access(self, entry: SuppressionSpec) -> None:
        if self.args.analyzer is None:
            return
        name, rule = self._named(entry), accessanalyzer.ArchiveRuleFilterArgs
        bare = entry.resource.removesuffix("*")
        accessanalyzer.ArchiveRule(
            name,
            region=self.args.here.region,
            analyzer_name=self.args.analyzer,
            # A physical name: AWS asks for one.
            rule_name=name,
            filters=[
                rule(criteria="resourceType", eqs=[entry.finding]),
                rule(criteria="resource", contains=[bare])
                if entry.resource.endswith("*")
                else rule(criteria="resource", eqs=[bare]),
            ],
            opts=self.child(),
        )


def _compared(entry: SuppressionSpec) -> tuple[str, str]:
    bare = entry.resource.removesuffix("*")
    return ("PREFIX" if bare != entry.resource else "EQUALS"), bare


def _said(entry: SuppressionSpec) -> str:
    return f"{entry.reason} {entry.ticket}, {entry.owner}, until {entry.expires}."[:512]
