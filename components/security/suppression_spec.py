"""A finding that is accepted for a time: reviewed, narrow, owned, with a ticket and an end."""

import re
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Annotated, Final, Literal

from pydantic import Field, ValidationInfo, field_validator

from ..base.problems import Problem, checked, fail_on, matching
from ..base.spec import Email, Region, Spec

Subject = Literal["threats", "vulnerabilities", "posture", "access"]
"""Findings of GuardDuty, of Inspector, of Security Hub's own controls, of IAM Access Analyzer."""
LONGEST: Final = timedelta(days=366)
"""How far ahead an entry may end, as exemptions of our policy packs."""

_FINDINGS: Final[dict[Subject, tuple[str, str]]] = {
    "threats": (r"[A-Z][A-Za-z0-9]+:[A-Za-z0-9]+/[A-Za-z0-9.!-]+", "a type of GuardDuty's, e.g. Recon:EC2/Portscan"),
    "vulnerabilities": (r"(CVE-\d{4}-\d{4,}|[A-Z][A-Za-z0-9-]{3,60})", "the id of a vulnerability, e.g. CVE-2026-1234"),
    "posture": (r"[A-Z][A-Za-z0-9]+\.\d+", "the id of a control of Security Hub, e.g. S3.7"),
    "access": (r"AWS::[A-Za-z0-9]+::[A-Za-z0-9]+", "a type of resource, e.g. AWS::S3::Bucket"),
}
# GuardDuty names what a finding is about by kind, and not by ARN: docs.aws.amazon.com/guardduty/latest/APIReference/
# API_CreateFilter.html. Beginning of an ARN's sixth part -> attribute.
THREATENED: Final = {
    "s3:": "resource.s3BucketDetails.name",
    "ec2:instance/": "resource.instanceDetails.instanceId",
    "iam:role/": "resource.accessKeyDetails.userName",
    "lambda:function:": "resource.lambdaDetails.functionName",
    "rds:db:": "resource.rdsDbInstanceDetails.dbInstanceIdentifier",
    "ecs:cluster/": "resource.ecsClusterDetails.name",
}
_ARN: Final = r"arn:aws:[a-z0-9-]+:[a-z0-9-]*:[0-9]*:[\w+=,.@:/-]{2,400}\*?"


def _date(text: str) -> str | None:
    try:
        ends = date.fromisoformat(text)
    except ValueError:
        return "a day in quotes, e.g. '2027-05-31'"
    return (
        None if ends <= date.today() + LONGEST else f"a day within {LONGEST.days} days: for longer, change what is looked for"
    )


def threatened(resource: str) -> tuple[str, str] | None:
    """GuardDuty's attribute for a resource and the name there, `*` included; None where GuardDuty has none."""
    _, _, service, _, _, rest = resource.split(":", 5)
    for beginning, attribute in THREATENED.items():
        if f"{service}:{rest}".startswith(beginning):
            return attribute, f"{service}:{rest}".removeprefix(beginning)
    return None


class SuppressionSpec(Spec):
    """A finding that is accepted for a time; from the day after `expires` on it is told again."""

    of: Subject = Field(description="whose findings: threats, vulnerabilities, posture or access")
    finding: str = Field(description="which: a type of GuardDuty's, a CVE, a control of Security Hub, a type of resource")
    resource: Annotated[str, matching(_ARN, "an ARN, with * at its end for all that begin so")] = Field(
        description="ARN of what it is about, with * at its end for all that begin so"
    )
    regions: tuple[Region, ...] = Field(default=(), description="regions where it is accepted; all by default")
    reason: Annotated[str, matching(r"\S.{18,398}\S", "20 to 400 characters that say why")] = Field(
        description="why it is accepted"
    )
    owner: Email = Field(description="who answers for it")
    ticket: Annotated[str, matching(r"[A-Z][A-Z0-9]*-\d+", "a ticket, e.g. SEC-123")] = Field(
        description="where it is worked on"
    )
    expires: Annotated[str, checked(_date)] = Field(description="the last day on which it counts, in quotes")

    @field_validator("finding")
    @classmethod
    def _of_that_kind(cls, finding: str, info: ValidationInfo) -> str:
        subject: Subject | None = info.data.get("of")
        if subject and not re.fullmatch(_FINDINGS[subject][0], finding):
            fail_on([Problem(value=finding, expected=_FINDINGS[subject][1])])
        return finding

    @field_validator("resource")
    @classmethod
    def _known_to_guardduty(cls, resource: str, info: ValidationInfo) -> str:
        if info.data.get("of") == "threats" and not threatened(resource):
            known = "a bucket, an instance, a role, a function, a database or a cluster: GuardDuty knows no other by name"
            fail_on([Problem(value=resource, expected=known)])
        return resource

    def counts(self, today: date) -> bool:
        """Whether it still counts on that day."""
        return today <= date.fromisoformat(self.expires)

    def covers(self, region: str) -> bool:
        """Whether it is accepted in that region."""
        return not self.regions or region in self.regions


def expired(entries: Iterable[SuppressionSpec], today: date) -> list[SuppressionSpec]:
    """Those that count no longer."""
    return [each for each in entries if not each.counts(today)]
