"""Security Hub in one region: what is found there in one list, and the standards that the account is held against."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import pulumi
from pulumi_aws import securityhub

from ..base.component import Component
from ..base.here import Place
from .audit_spec import AdoptSpec
from .detection_spec import DetectionSpec

BEST_PRACTICES: Final = "aws-foundational-security-best-practices/v/1.0.0"
CIS: Final = "cis-aws-foundations-benchmark/v/3.0.0"
NIST: Final = "nist-800-53/v/5.0.0"
STANDARDS: Final = (BEST_PRACTICES, CIS, NIST)
# Control -> why it is off, and the standards that have it
# (docs.aws.amazon.com/securityhub/latest/userguide/securityhub-controls-reference.html).
_NO_EKS: Final = "There is no EKS in this account."
_NO_MACIE: Final = (
    "All of the lake is customers' data, and held so: what Macie would look for is known (docs/decisions/audit.md)."
)
_NO_AGENT: Final = "GuardDuty's agent is not installed by itself there (dataconnect:detection.agents)."
ALWAYS_OFF: Final = {
    "GuardDuty.5": (_NO_EKS, (BEST_PRACTICES,)),
    "GuardDuty.7": (_NO_EKS, (BEST_PRACTICES,)),
    "Macie.1": (_NO_MACIE, (BEST_PRACTICES, NIST)),
    "Macie.2": (_NO_MACIE, (BEST_PRACTICES, NIST)),
}
WITHOUT_AGENT: Final = {"tasks": "GuardDuty.12", "instances": "GuardDuty.13"}


def disabled(spec: DetectionSpec) -> dict[str, tuple[str, tuple[str, ...]]]:
    """Control that is off -> why, and the standards that have it."""
    unmanned = {control: (_NO_AGENT, (BEST_PRACTICES,)) for where, control in WITHOUT_AGENT.items() if where not in spec.agents}
    return {**ALWAYS_OFF, **unmanned}


@dataclass(frozen=True, kw_only=True)
class PostureArgs:
    """Security Hub of a region.

    Attributes:
        here: The account and region.
        spec: Which agents GuardDuty has.
        gathered: The other regions whose findings are shown in this one, too; none by default.
        adopt: What there is already.
    """

    here: Place
    spec: DetectionSpec
    gathered: Sequence[str] = ()
    adopt: AdoptSpec = field(default_factory=AdoptSpec)


class Posture(Component):
    """Security Hub with the standards of AWS, CIS and NIST, without the controls that say nothing here.

    Outputs: `hub`, which whoever configures it waits for.
    """

    hub: securityhub.Account

    def __init__(self, name: str, args: PostureArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        region = args.here.region
        self.hub = securityhub.Account(
            name,
            region=region,
            enable_default_standards=False,
            # One finding for a control, whichever standards have it.
            control_finding_generator="SECURITY_CONTROL",
            auto_enable_controls=True,
            opts=self.child(import_=args.adopt.hub.get(region)),
        )
        subscribed = {
            standard: securityhub.StandardsSubscription(
                f"{name}-{standard.partition('/')[0]}",
                region=region,
                standards_arn=f"arn:aws:securityhub:{region}::standards/{standard}",
                opts=self.child(depends_on=[self.hub]),
            )
            for standard in STANDARDS
        }
        for control, (reason, standards) in disabled(args.spec).items():
            for standard in standards:
                securityhub.StandardsControlAssociation(
                    f"{name}-{standard.partition('/')[0]}-{control.lower().replace('.', '-')}",
                    region=region,
                    security_control_id=control,
                    standards_arn=subscribed[standard].standards_arn,
                    association_status="DISABLED",
                    updated_reason=reason,
                    opts=self.child(depends_on=[subscribed[standard]]),
                )
        if args.gathered:
            securityhub.FindingAggregator(
                name,
                region=region,
                linking_mode="SPECIFIED_REGIONS",
                specified_regions=list(args.gathered),
                opts=self.child(depends_on=[self.hub]),
            )
        self.register_outputs({})
