"""What is accepted for a time: what an entry may say, and the rule of the service that each becomes."""

import re
from datetime import date, timedelta
from typing import Any

import botocore.session
import pytest

from components.base.component import Component
from components.base.errors import InvalidArgumentError
from components.security.suppression_spec import LONGEST, THREATENED, SuppressionSpec, expired, threatened
from components.security.suppressions import Suppressions, SuppressionsArgs
from tests.components.harness import Declaration, children_without_region, resources_of
from tests.components.security.audit_examples import PLACE

ENDS = str(date.today() + timedelta(days=90))
ENTRY: dict[str, Any] = {
    "of": "posture",
    "finding": "S3.7",
    "resource": "arn:aws:s3:::account-trail-*",
    "reason": "The trail is in one region: the archive account has the copy.",
    "owner": "security@dataconnect.example",
    "ticket": "SEC-201",
    "expires": ENDS,
}
THREAT = {"of": "threats", "finding": "Discovery:S3/AnomalousBehavior", "resource": "arn:aws:s3:::lake-raw-*"}
VULNERABILITY = {
    "of": "vulnerabilities",
    "finding": "CVE-2026-1234",
    "resource": "arn:aws:ecr:us-east-2:111111111111:repository/dataconnect/bi/*",
}
ACCESS = {"of": "access", "finding": "AWS::IAM::Role", "resource": "arn:aws:iam::111111111111:role/dataconnect-preview"}
KINDS = {
    "aws:guardduty/filter:Filter": THREAT,
    "aws:inspector2/filter:Filter": VULNERABILITY,
    "aws:securityhub/automationRule:AutomationRule": {},
    "aws:accessanalyzer/archiveRule:ArchiveRule": ACCESS,
}


def entry(**changes: Any) -> SuppressionSpec:
    return SuppressionSpec(**(ENTRY | changes))


def declare(*entries: SuppressionSpec, owned: bool = True) -> Declaration:
    def program() -> None:
        args = SuppressionsArgs(
            here=PLACE,
            entries=entries,
            detector_id="abc" if owned else None,
            hub=Component("posture") if owned else None,
            analyzer="analyzer" if owned else None,
            scanned=owned,
        )
        Suppressions("suppressions-us-east-2", args)

    return resources_of(program)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"finding": "Recon:EC2/Portscan"}, "finding is 'Recon:EC2/Portscan'; expected the id of a control of Security Hub"),
        ({**THREAT, "finding": "S3.7"}, "finding is 'S3.7'; expected a type of GuardDuty's"),
        ({**THREAT, "resource": "arn:aws:sqs:us-east-2:111111111111:ingest"}, "GuardDuty knows no other by name"),
        ({"resource": "*"}, "resource is '*'; expected an ARN"),
        ({"reason": "because"}, "reason is 'because'; expected 20 to 400 characters"),
        ({"owner": "security"}, "owner is 'security'"),
        ({"ticket": "soon"}, "ticket is 'soon'; expected a ticket, e.g. SEC-123"),
        ({"expires": "next year"}, "expires is 'next year'; expected a day in quotes"),
        ({"expires": str(date.today() + LONGEST + timedelta(days=1))}, f"expected a day within {LONGEST.days} days"),
    ],
)
def test_an_entry_that_is_not_narrow_owned_and_bounded_is_refused(changes: dict[str, Any], says: str) -> None:
    with pytest.raises(InvalidArgumentError, match=re.escape(says)):
        entry(**changes)


def test_the_last_day_counts_and_the_next_does_not() -> None:
    one = entry()
    ends = date.fromisoformat(ENDS)
    assert one.counts(ends) and not one.counts(ends + timedelta(days=1))
    assert expired([one], ends) == [] and expired([one], ends + timedelta(days=1)) == [one]


@pytest.mark.parametrize(("token", "changes"), KINDS.items())
def test_an_entry_is_a_rule_of_its_own_service_alone(token: str, changes: dict[str, Any]) -> None:
    declared = declare(entry(**changes))
    assert [each.token for each in declared.aws()] == [token]
    assert children_without_region(declared, "us-east-2") == []
    assert declare(entry(**changes), owned=False).aws() == [], "what a landing zone has it configures"


def test_a_threat_is_archived_by_type_and_name() -> None:
    made = declare(entry(**THREAT)).one("aws:guardduty/filter:Filter").inputs
    assert made["action"] == "ARCHIVE"
    assert made["findingCriteria"]["criterions"] == [
        {"field": "type", "equals": ["Discovery:S3/AnomalousBehavior"]},
        {"field": "resource.s3BucketDetails.name", "matches": ["lake-raw-*"]},
    ]


def test_guardduty_knows_the_attributes_that_name_what_is_threatened() -> None:
    model: Any = botocore.session.get_session().get_service_model("guardduty")
    documented = model.operation_model("CreateFilter").input_shape.members["FindingCriteria"].documentation
    for attribute in THREATENED.values():
        assert f"<p>{attribute}</p>" in documented, attribute


@pytest.mark.parametrize(
    ("arn", "found"),
    [
        ("arn:aws:ec2:us-east-2:111111111111:instance/i-1", ("resource.instanceDetails.instanceId", "i-1")),
        ("arn:aws:iam::111111111111:role/deploy", ("resource.accessKeyDetails.userName", "deploy")),
        ("arn:aws:lambda:us-east-2:111111111111:function:index", ("resource.lambdaDetails.functionName", "index")),
        ("arn:aws:rds:us-east-2:111111111111:db:prod", ("resource.rdsDbInstanceDetails.dbInstanceIdentifier", "prod")),
        ("arn:aws:ecs:us-east-2:111111111111:cluster/prod", ("resource.ecsClusterDetails.name", "prod")),
        ("arn:aws:sqs:us-east-2:111111111111:ingest", None),
    ],
)
def test_what_is_threatened_is_named_as_guardduty_does(arn: str, found: tuple[str, str] | None) -> None:
    assert threatened(arn) == found


def test_a_control_is_suppressed_for_the_resources_that_begin_so() -> None:
    made = declare(entry()).one("aws:securityhub/automationRule:AutomationRule").inputs
    assert made["criteria"]["complianceSecurityControlIds"] == [{"comparison": "EQUALS", "value": "S3.7"}]
    assert made["criteria"]["resourceIds"] == [{"comparison": "PREFIX", "value": "arn:aws:s3:::account-trail-"}]
    (action,) = made["actions"]
    assert action["findingFieldsUpdate"]["workflow"] == {"status": "SUPPRESSED"}
    assert "SEC-201" in action["findingFieldsUpdate"]["note"]["text"]


def test_a_resource_written_out_is_that_one_alone() -> None:
    made = declare(entry(**ACCESS)).one("aws:accessanalyzer/archiveRule:ArchiveRule").inputs
    assert {"criteria": "resource", "eqs": [ACCESS["resource"]]} in made["filters"]
    scanned = declare(entry(**{**VULNERABILITY, "resource": "arn:aws:lambda:us-east-2:111111111111:function:index"}))
    (criteria,) = scanned.one("aws:inspector2/filter:Filter").inputs["filterCriterias"]
    assert [each["comparison"] for each in criteria["resourceIds"]] == ["EQUALS"]


def test_an_entry_of_another_region_is_no_rule_here() -> None:
    assert declare(entry(regions=["us-west-2"])).aws() == []
    assert len(declare(entry(regions=["us-east-2"])).aws()) == 1


def test_an_entry_that_changes_is_another_rule() -> None:
    one, other = (declare(entry(resource=each)).aws()[0].name for each in ("arn:aws:s3:::a-b", "arn:aws:s3:::a-c"))
    assert one != other and one.startswith("suppressions-us-east-2-sec-201-")
