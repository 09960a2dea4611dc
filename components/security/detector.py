"""GuardDuty in one region."""

from dataclasses import dataclass, field
from typing import Final

import pulumi
from pulumi_aws import guardduty

from ..base.component import Component, tags
from ..base.here import Place
from .audit_spec import AdoptSpec
from .detection_spec import Agents, DetectionSpec

# docs.aws.amazon.com/guardduty/latest/APIReference/API_DetectorFeatureConfiguration.html. Foundational sources (CloudTrail,
# flow logs, DNS) are always on. Deleting one of these in Pulumi switches nothing off in AWS: what shall be off is said to be.
FEATURES: Final = {
    "S3_DATA_EVENTS": "ENABLED",
    "EBS_MALWARE_PROTECTION": "ENABLED",
    "RDS_LOGIN_EVENTS": "ENABLED",
    "LAMBDA_NETWORK_LOGS": "ENABLED",
    # No EKS here. RUNTIME_MONITORING would bring its agent, too.
    "EKS_AUDIT_LOGS": "DISABLED",
}
RUNTIME: Final = "RUNTIME_MONITORING"
AGENTS: Final[dict[str, Agents | None]] = {
    "EC2_AGENT_MANAGEMENT": "instances",
    "ECS_FARGATE_AGENT_MANAGEMENT": "tasks",
    "EKS_ADDON_MANAGEMENT": None,
}


@dataclass(frozen=True, kw_only=True)
class DetectorArgs:
    """The detector of a region.

    Attributes:
        here: The account and region.
        spec: Where its agents are.
        bucket_arn: Bucket that keeps its findings, of any region, known once its policy lets GuardDuty write: GuardDuty itself
            forgets after 90 days.
        key_arn: Customer managed key of those, of the bucket's region.
        adopt: What there is already.
    """

    here: Place
    spec: DetectionSpec
    bucket_arn: pulumi.Input[str]
    key_arn: pulumi.Input[str]
    adopt: AdoptSpec = field(default_factory=AdoptSpec)


class Detector(Component):
    """A detector with its protections, which keeps its findings.

    Outputs: `detector_id`.
    """

    detector_id: pulumi.Output[str]

    def __init__(self, name: str, args: DetectorArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        region = args.here.region
        detector = guardduty.Detector(
            name,
            region=region,
            enable=True,
            # How soon what is found again is told again; what is new is told at once.
            finding_publishing_frequency="FIFTEEN_MINUTES",
            tags=tags(name),
            opts=self.child(import_=args.adopt.detector.get(region)),
        )
        self.detector_id = detector.id
        for feature, status in FEATURES.items():
            guardduty.DetectorFeature(
                f"{name}-{feature.lower().replace('_', '-')}",
                region=region,
                detector_id=detector.id,
                name=feature,
                status=status,
                opts=self.child(),
            )
        guardduty.DetectorFeature(
            f"{name}-runtime-monitoring",
            region=region,
            detector_id=detector.id,
            name=RUNTIME,
            status="ENABLED",
            additional_configurations=[
                guardduty.DetectorFeatureAdditionalConfigurationArgs(
                    name=each, status="ENABLED" if agent in args.spec.agents else "DISABLED"
                )
                for each, agent in AGENTS.items()
            ],
            opts=self.child(),
        )
        guardduty.PublishingDestination(
            f"{name}-findings",
            region=region,
            detector_id=detector.id,
            destination_arn=args.bucket_arn,
            kms_key_arn=args.key_arn,
            tags=tags(f"{name}-findings"),
            opts=self.child(),
        )
        self.register_outputs({"detectorId": self.detector_id})
