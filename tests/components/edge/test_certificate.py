from dataclasses import replace
from typing import Any

import pytest

from components.base.errors import InvalidArgumentError
from components.edge.certificate import Certificate, CertificateArgs
from tests.components.harness import ACCOUNT, Declaration, children_without_region, here, resources_of

RECORD = "aws:route53/record:Record"
DOMAIN = "app.prod.dataconnect.example"
ARGS = CertificateArgs(
    here=here(),
    domain_name=DOMAIN,
    validation_zone_id="ZZONE",
)


def declare(**changes: Any) -> Declaration:
    return resources_of(lambda: Certificate("certificate", replace(ARGS, **changes)))


def test_it_is_validated_by_dns_and_logged_for_transparency() -> None:
    inputs = declare().one("aws:acm/certificate:Certificate").inputs
    assert (inputs["validationMethod"], inputs["keyAlgorithm"]) == ("DNS", "RSA_2048")
    assert inputs["options"] == {"certificateTransparencyLoggingPreference": "ENABLED"}


def test_each_name_gets_its_own_record_whatever_order_the_options_come_in() -> None:
    records = declare(subject_alternative_names=("api.prod.dataconnect.example",)).of(RECORD)
    assert {record.name: (record.inputs["name"], record.inputs["records"]) for record in records} == {
        f"certificate-validation-{name}": (f"_validate.{name}", [f"{name}.acm.example"])
        for name in (DOMAIN, "api.prod.dataconnect.example")
    }


def test_a_name_and_its_wildcard_share_one_record() -> None:
    assert len(declare(subject_alternative_names=(f"*.{DOMAIN}",)).of(RECORD)) == 1


def test_validation_waits_for_the_records() -> None:
    validation = declare().one("aws:acm/certificateValidation:CertificateValidation")
    assert validation.depends_on(f"certificate-validation-{DOMAIN}")


def test_the_second_region_creates_no_record_and_still_waits_to_be_issued() -> None:
    declared = declare(validation_zone_id=None)
    assert declared.of(RECORD) == []
    validation = declared.one("aws:acm/certificateValidation:CertificateValidation")
    assert validation.depends_on("certificate") and "validationRecordFqdns" not in validation.inputs


def test_an_approaching_end_is_told() -> None:
    alarm = declare().one("aws:cloudwatch/metricAlarm:MetricAlarm").inputs
    assert (alarm["metricName"], alarm["comparisonOperator"], alarm["threshold"]) == ("DaysToExpiry", "LessThanThreshold", 30)
    assert alarm["dimensions"] == {"CertificateArn": f"arn:aws:acm:us-east-2:{ACCOUNT}:certificate"}


def test_it_has_a_row_on_the_dashboard() -> None:
    where = here()
    declare(here=where)
    assert [(row.title, [alarm.key for alarm in row.alarms]) for row in where.inventory.rows] == [
        ("certificate", ["certificate-expiry"])
    ]


def test_the_longest_first_name_is_taken_and_further_names_may_be_longer() -> None:
    longest = f"{'a' * 44}.dataconnect.example"
    assert len(longest) == 64
    assert replace(ARGS, domain_name=longest, subject_alternative_names=(f"a.{longest}",)).domain_name == longest


def test_every_child_is_in_the_region() -> None:
    assert not children_without_region(declare(), "us-east-2")


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("domain_name", {"domain_name": "App"}),
        ("domain_name", {"domain_name": f"{'a' * 45}.dataconnect.example"}),
        ("subject_alternative_names", {"subject_alternative_names": ("*.*.example",)}),
        ("subject_alternative_names", {"subject_alternative_names": (DOMAIN,)}),
    ],
)
def test_arguments_that_aws_would_refuse_are_named(field: str, changes: dict[str, Any]) -> None:
    with pytest.raises(InvalidArgumentError, match=rf"CertificateArgs\.{field} is .*; expected "):
        replace(ARGS, **changes)
