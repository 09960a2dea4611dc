"""What is planned in several cases of the audit pack: account."""

from typing import Any

from tests.policies.harness import Planned, planned

PASSWORDS = "aws:iam/accountPasswordPolicy:AccountPasswordPolicy"
CONTACT = "aws:account/alternativeContact:AlternativeContact"
RECORDER = "aws:cfg/recorder:Recorder"
DETECTOR = "aws:guardduty/detector:Detector"
ENABLER = "aws:inspector2/enabler:Enabler"
HUB = "aws:securityhub/account:Account"
ANALYZER = "aws:accessanalyzer/analyzer:Analyzer"
REACHABLE = {"emailAddress": "security@dataconnect.example", "phoneNumber": "+1 202 555 0100"}
SECURITY = {"alternateContactType": "SECURITY", **REACHABLE}


def several(token: str, *inputs: dict[str, Any]) -> list[Planned]:
    return [planned(token, f"it{number}", **each) for number, each in enumerate(inputs)]


def analyzers(*types: object) -> list[Planned]:
    return several(ANALYZER, *({"analyzerName": "it", **({} if kind is None else {"type": kind})} for kind in types))
