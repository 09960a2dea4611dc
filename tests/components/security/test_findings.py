"""What is found is told: an event as its service sends it, through the rule, to what the notifier makes of it."""

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, cast

import pytest
from moto.events.models import EventPattern

from components.security.findings import ACCESS, THREATS, VULNERABILITIES, Findings, FindingsArgs, posture
from functions.notify.events import read
from functions.notify.notice import Notice
from tests.components.harness import Declaration, children_without_region, here, resources_of

RULE, TARGET = "aws:cloudwatch/eventRule:EventRule", "aws:cloudwatch/eventTarget:EventTarget"
RUNBOOKS = "https://runbooks.dataconnect.example"
NOW = datetime(2026, 12, 1, tzinfo=UTC)


def event(source: str, kind: str, detail: Mapping[str, Any]) -> dict[str, Any]:
    """An event as EventBridge hands it on."""
    about = {"account": "111111111111", "region": "us-east-2", "time": "2026-12-01T03:00:00Z", "id": "1", "resources": []}
    return {"version": "0", "source": source, "detail-type": kind, "detail": detail, **about}


def threat(severity: float, *, archived: bool = False) -> dict[str, Any]:
    # docs.aws.amazon.com/guardduty/latest/ug/guardduty_findings_eventbridge.html
    detail = {
        "accountId": "111111111111",
        "id": "ab12",
        "type": "UnauthorizedAccess:IAMUser/InstanceCredentialExfiltration.OutsideAWS",
        "severity": severity,
        "title": 'Credentials of "bi" were used from 198.51.100.7',
        "service": {"archived": archived, "count": 1},
    }
    return event("aws.guardduty", "GuardDuty Finding", detail)


def vulnerability(severity: str = "CRITICAL", status: str = "ACTIVE") -> dict[str, Any]:
    # docs.aws.amazon.com/inspector/latest/user/findings-managing-automating-responses.html
    detail = {
        "findingArn": "arn:aws:inspector2:us-east-2:111111111111:finding/ab12",
        "severity": severity,
        "status": status,
        "title": "CVE-2026-1234 - openssl",
        "resources": [
            {"id": "arn:aws:ecr:us-east-2:111111111111:repository/dataconnect/bi/sha256:1", "type": "AWS_ECR_CONTAINER_IMAGE"}
        ],
    }
    return event("aws.inspector2", "Inspector2 Finding", detail)


def failed(**changes: Any) -> dict[str, Any]:
    # docs.aws.amazon.com/securityhub/latest/userguide/securityhub-cwe-event-formats.html
    finding: dict[str, Any] = {
        "ProductName": "Security Hub",
        "GeneratorId": "security-control/S3.8",
        "Region": "us-east-2",
        "Title": "S3 general purpose buckets should block public access",
        "Compliance": {"Status": "FAILED", "SecurityControlId": "S3.8"},
        "Severity": {"Label": "HIGH"},
        "Workflow": {"Status": "NEW"},
        "RecordState": "ACTIVE",
        "Resources": [{"Id": "arn:aws:s3:::somebodys"}],
    }
    return event("aws.securityhub", "Security Hub Findings - Imported", {"findings": [{**finding, **changes}]})


def access(*, public: bool, status: str = "ACTIVE") -> dict[str, Any]:
    # docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-eventbridge.html
    detail = {
        "id": "ab12",
        "status": status,
        "resourceType": "AWS::S3::Bucket",
        "resource": "arn:aws:s3:::somebodys",
        "action": ["s3:GetObject", "s3:GetObjectVersion"],
        "isPublic": public,
    }
    return event("aws.access-analyzer", "Access Analyzer Finding", detail)


def declare() -> Declaration:
    told = (*THREATS, *VULNERABILITIES, *posture("us-east-2"), *ACCESS)
    return resources_of(lambda: Findings("findings-us-east-2", FindingsArgs(here=here(), told=told)))


def matching(sent: dict[str, Any]) -> list[str]:
    """Names of the rules that an event matches, in moto's reading of their patterns.

    EventBridge looks into a list of objects and moto does not; Security Hub's has one finding in each event.
    """
    if findings := sent["detail"].get("findings"):
        (finding,) = findings
        sent = {**sent, "detail": {"findings": finding}}
    rules, plain = declare().of(RULE), cast("Any", sent)
    return [each.name for each in rules if EventPattern.load(each.inputs["eventPattern"]).matches_event(plain)]


def told(sent: dict[str, Any]) -> Notice:
    """What the notifier makes of an event that one rule matches: the target fills the template in as EventBridge does."""
    (name,) = matching(sent)
    transformer = declare().one(TARGET, name).inputs["inputTransformer"]
    message = transformer["inputTemplate"]
    for key, path in transformer["inputPaths"].items():
        found: Any = sent
        for part in re.findall(r"[A-Za-z]+|\[\d+\]", path.removeprefix("$.")):
            found = found[int(part[1:-1])] if part.startswith("[") else found[part]
        # A value that stands alone brings its own quotes; inside a text it is put as it is.
        message = message.replace(f"[<{key}>]", f"[{json.dumps(found)}]").replace(f"<{key}>", str(found))
    return read(message, runbooks=RUNBOOKS, stack="prod", now=NOW)


@pytest.mark.parametrize(
    ("sent", "key", "severity"),
    [
        (threat(8.9), "threat-high", "critical"),
        (threat(7), "threat-high", "critical"),
        (threat(6.9), "threat-medium", "warning"),
        (threat(4), "threat-medium", "warning"),
        (vulnerability(), "vulnerability-critical", "warning"),
        (failed(), "posture-failed", "warning"),
        (failed(Severity={"Label": "CRITICAL"}), "posture-failed", "warning"),
        (access(public=True), "access-public", "critical"),
        (access(public=False), "access-external", "warning"),
    ],
)
def test_a_finding_reaches_people_by_how_bad_it_is(sent: dict[str, Any], key: str, severity: str) -> None:
    notice = told(sent)
    assert (notice.key, notice.severity, notice.state) == (key, severity, "event")
    assert notice.runbook == f"{RUNBOOKS}/{key.replace('-', '/', 1)}"


@pytest.mark.parametrize(
    "sent",
    [
        threat(3.9),
        threat(8, archived=True),
        vulnerability("HIGH"),
        vulnerability(status="SUPPRESSED"),
        vulnerability(status="CLOSED"),
        failed(Severity={"Label": "MEDIUM"}),
        failed(Workflow={"Status": "SUPPRESSED"}),
        failed(RecordState="ARCHIVED"),
        failed(Compliance={"Status": "PASSED", "SecurityControlId": "S3.8"}),
        # GuardDuty's, which tells it itself.
        failed(GeneratorId="arn:aws:guardduty:us-east-2:111111111111:detector/abc"),
        # Gathered here, and told there.
        failed(Region="us-west-2"),
        access(public=True, status="ARCHIVED"),
        access(public=False, status="RESOLVED"),
    ],
)
def test_what_is_minor_suppressed_or_over_is_told_to_nobody(sent: dict[str, Any]) -> None:
    assert matching(sent) == []


def test_people_read_what_it_is_and_where() -> None:
    notice = told(threat(8))
    assert notice.title == "GuardDuty found a threat"
    assert (
        "UnauthorizedAccess:IAMUser/InstanceCredentialExfiltration.OutsideAWS" in notice.text and "finding ab12" in notice.text
    )
    assert 'Credentials of "bi" were used from 198.51.100.7' in notice.text, "quotes break no message"
    assert "S3.8 fails for arn:aws:s3:::somebodys" in told(failed()).text
    assert "CVE-2026-1234 - openssl" in told(vulnerability()).text
    assert "s3:GetObject" in told(access(public=True)).text


def test_the_same_finding_again_is_the_same_thing() -> None:
    again = {**failed(), "id": "2", "time": "2026-12-02T03:00:00Z"}
    assert told(failed()).identity == told(again).identity
    assert told(failed()).identity != told(failed(Resources=[{"Id": "arn:aws:s3:::another"}])).identity


def test_everything_is_in_the_region() -> None:
    assert children_without_region(declare(), "us-east-2") == []
