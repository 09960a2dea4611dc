"""Cases of policies/feasibility/rules/acm/certificates.py."""

from typing import Any

from tests.policies.given.feasibility.cdn import ARN, CERTIFICATE, VALIDATION, validated
from tests.policies.harness import UNKNOWN, Planned, planned
from tests.policies.table import Cases

RECORD = "aws:route53/record:Record"
ZONE = "aws:route53/zone:Zone"


def records(zone: dict[str, Any] | None, names: tuple[str, ...], fqdns: Any, **certificate: Any) -> list[Planned]:
    first, *others = names
    inputs = {"domainName": first, "subjectAlternativeNames": others, "validationMethod": "DNS", **certificate}
    ref = (CERTIFICATE, "cert")
    made = [planned(CERTIFICATE, "cert", **inputs)]
    if zone is not None:
        made += [
            planned(ZONE, "zone", **zone),
            Planned(token=RECORD, name="record", inputs={"zoneId": UNKNOWN}, refs={"zoneId": (ZONE, "zone"), "name": ref}),
        ]
    waiting = {"certificateArn": UNKNOWN, **({} if fqdns is None else {"validationRecordFqdns": fqdns})}
    return [*made, Planned(token=VALIDATION, inputs=waiting, refs={"certificateArn": ref})]


CASES: dict[str, Cases] = {
    "certificate-origin": Cases(
        token=CERTIFICATE,
        fails=[
            {"validationMethod": "DNS"},
            {"domainName": "example.com", "privateKey": "k", "certificateBody": "c"},
            {"privateKey": "k"},
            {"domainName": "example.com", "certificateAuthorityArn": "arn", "validationMethod": "DNS"},
            {"domainName": "example.com", "subjectAlternativeNames": [f"n{number}.example.com" for number in range(101)]},
        ],
        passes=[
            {"domainName": "example.com", "validationMethod": "DNS"},
            {"domainName": "example.com", "certificateAuthorityArn": "arn"},
            {"privateKey": UNKNOWN, "certificateBody": UNKNOWN},
        ],
        unknown=[{"domainName": "example.com", "subjectAlternativeNames": UNKNOWN}],
    ),
    "certificate-first-name": Cases(
        token=CERTIFICATE,
        fails=[
            {"domainName": "example.com"},
            {"domainName": f"{'a' * 60}.example.com", "validationMethod": "DNS"},
            {"domainName": f"{'a' * 53}.example.com", "validationMethod": "DNS"},
            {"domainName": "www.*.example.com", "validationMethod": "DNS"},
            {"domainName": "example.com", "subjectAlternativeNames": ["https://example.com"], "validationMethod": "DNS"},
        ],
        passes=[
            {"domainName": "*.example.com", "validationMethod": "DNS"},
            {"domainName": "example.com", "certificateAuthorityArn": UNKNOWN},
            {"domainName": f"{'a' * 52}.example.com", "validationMethod": "DNS"},
            {"privateKey": "k", "certificateBody": "c"},
        ],
        unknown=[{"domainName": UNKNOWN}],
    ),
    "certificate-validation-records": Cases(
        token=VALIDATION,
        fails=[
            records(None, ("example.com",), None),
            records({"name": "example.com"}, ("example.com", "www.example.com"), ["one"]),
            records({"name": "other.com"}, ("example.com",), [UNKNOWN]),
            records({"name": "example.com", "vpcs": [{"vpcId": "vpc-1"}]}, ("example.com",), [UNKNOWN]),
        ],
        passes=[
            records({"name": "example.com"}, ("example.com", "*.example.com"), [UNKNOWN]),
            records(None, ("example.com",), [UNKNOWN]),
            records(None, ("example.com",), None, validationMethod="EMAIL"),
            {"certificateArn": ARN},
        ],
        unknown=[{"certificateArn": UNKNOWN}, records({"name": UNKNOWN}, ("example.com",), [UNKNOWN])],
    ),
    "certificate-validation-region": Cases(
        token=VALIDATION,
        fails=[validated("us-east-2", "us-east-1")],
        passes=[validated("us-east-1", "us-east-1"), {"certificateArn": ARN}],
        unknown=[{"certificateArn": UNKNOWN}],
    ),
}
