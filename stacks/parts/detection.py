"""What looks for trouble in each region of an account, and tells people."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pulumi

from components.base.here import Here
from components.security.analyzers import Analyzers, AnalyzersArgs
from components.security.config_rules import RULES
from components.security.detector import Detector, DetectorArgs
from components.security.findings import ACCESS, THREATS, VULNERABILITIES, Findings, FindingsArgs, Told, posture
from components.security.posture import Posture, PostureArgs
from components.security.recorder import Recorder, RecorderArgs, RecorderRole, RecorderRoleArgs
from components.security.scanner import Scanner, ScannerArgs
from components.security.suppression_spec import SuppressionSpec, expired
from components.security.suppressions import Suppressions, SuppressionsArgs
from settings import AccountSettings
from stacks.parts.audit import Audit, Kept


def controls_of_rules() -> dict[str, str]:
    """Identifier of each rule of AWS Config -> ids of the controls that it says something of, with spaces between them."""
    return {name: " ".join(rule.controls) for name, rule in sorted(RULES.items())}


@dataclass
class _Found:
    """What is declared in a region, for what tells of it."""

    told: list[Told] = field(default_factory=list[Told])
    detector_id: pulumi.Output[str] | None = None
    analyzer: pulumi.Output[str] | None = None
    hub: pulumi.Resource | None = None
    pack: pulumi.Output[str] | None = None

    def outputs(self) -> Mapping[str, pulumi.Input[str]]:
        found = {"detectorId": self.detector_id, "analyzer": self.analyzer, "conformancePack": self.pack}
        return {name: value for name, value in found.items() if value is not None}


def declare_detection(
    settings: AccountSettings, regions: Mapping[str, Here], audit: Audit
) -> dict[str, Mapping[str, pulumi.Input[str]]]:
    """Declare what looks for trouble, all but what a landing zone has; return by region what finds it again."""
    role = None
    if settings.owners.recorder == "here":
        role = RecorderRole(
            "recorder-role", RecorderRoleArgs(account_id=settings.account_id, exists=settings.adopt.config_role)
        )
    entries = _in_force(settings.suppressions)
    outputs: dict[str, Mapping[str, pulumi.Input[str]]] = {}
    for region, here in regions.items():
        found = _Found()
        if role and audit.records:
            found.pack = _declare_recorder(settings, here, audit.records, role.arn)
        _declare_detectors(settings, here, audit, found)
        _declare_hub(settings, here, [other for other in regions if other != region], found)
        Suppressions(
            f"suppressions-{region}",
            SuppressionsArgs(
                here=here,
                entries=entries,
                detector_id=found.detector_id,
                hub=found.hub,
                analyzer=found.analyzer,
                scanned=settings.owners.vulnerabilities == "here",
            ),
        )
        Findings(f"findings-{region}", FindingsArgs(here=here, told=tuple(found.told)))
        outputs[region] = found.outputs()
    return outputs


def _in_force(entries: Sequence[SuppressionSpec]) -> list[SuppressionSpec]:
    """Those that count today; of the others a deployment warns, and takes their rules away."""
    today = datetime.now(UTC).date()
    for entry in expired(entries, today):
        pulumi.log.warn(
            f"dataconnect:suppressions: {entry.finding} of {entry.resource} ({entry.ticket}) was accepted until "
            f"{entry.expires}: it is told again; take the entry out, or have it reviewed"
        )
    return [entry for entry in entries if entry.counts(today)]


def _declare_recorder(settings: AccountSettings, here: Here, records: Kept, role: pulumi.Output[str]) -> pulumi.Output[str]:
    recorder = Recorder(
        f"recorder-{here.region}",
        RecorderArgs(
            here=here,
            bucket_name=records.bucket_name,
            key_arn=records.key_arn,
            role_arn=role,
            log_days=settings.log_retention_days,
            is_home=here.region == settings.region,
            adopt=settings.adopt,
        ),
    )
    return recorder.conformance_pack


def _declare_detectors(settings: AccountSettings, here: Here, audit: Audit, found: _Found) -> None:
    owners, region = settings.owners, here.region
    if owners.threats == "here" and audit.records:
        detector = Detector(
            f"detector-{region}",
            DetectorArgs(
                here=here,
                spec=settings.detection,
                bucket_arn=pulumi.Output.concat("arn:aws:s3:::", audit.records.bucket_name),
                key_arn=audit.records.key_arn,
                adopt=settings.adopt,
            ),
        )
        found.detector_id = detector.detector_id
        found.told += THREATS
    if owners.vulnerabilities == "here":
        Scanner(f"scanner-{region}", ScannerArgs(here=here))
        found.told += VULNERABILITIES
    if owners.analyzers == "here":
        analyzers = Analyzers(
            f"analyzer-{region}", AnalyzersArgs(here=here, is_home=region == settings.region, adopt=settings.adopt)
        )
        found.analyzer = analyzers.external
        found.told += ACCESS


def _declare_hub(settings: AccountSettings, here: Here, others: Sequence[str], found: _Found) -> None:
    if settings.owners.posture == "here":
        hub = Posture(
            f"posture-{here.region}",
            PostureArgs(
                here=here,
                spec=settings.detection,
                gathered=others if here.region == settings.region else (),
                adopt=settings.adopt,
            ),
        )
        found.hub = hub.hub
        found.told += posture(here.region)
