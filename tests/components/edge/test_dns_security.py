from dataclasses import replace

import pytest

from components.base.errors import InvalidArgumentError
from components.edge.dns_security import REGION, DnsSecurity, DnsSecurityArgs
from tests.components.harness import ACCOUNT, Declaration, children_without_region, here, kms_key, resources_of

ADMINISTRATOR = f"arn:aws:iam::{ACCOUNT}:role/KeyAdministrator"
LOG_KEY = kms_key(REGION, "mrk-logs")
ARGS = DnsSecurityArgs(
    here=here(REGION, log_retention_days=365),
    zone_id="ZZONE",
    zone_name="prod.dataconnect.example",
    key_administrators=(ADMINISTRATOR,),
)


def declare(args: DnsSecurityArgs = ARGS) -> Declaration:
    return resources_of(lambda: DnsSecurity("zone-guard", args))


def test_queries_go_to_an_encrypted_group_of_us_east_1_with_a_retention() -> None:
    group = declare().one("aws:cloudwatch/logGroup:LogGroup").inputs
    assert group["name"] == "/aws/route53/prod.dataconnect.example"
    assert (group["kmsKeyId"], group["retentionInDays"], group["region"]) == (LOG_KEY, 365, "us-east-1")


def test_only_this_zone_may_write_and_its_log_waits_until_it_may() -> None:
    declared = declare()
    policy = declared.one("aws:cloudwatch/logResourcePolicy:LogResourcePolicy")
    [statement] = policy.document("policyDocument")["Statement"]
    assert statement["Principal"] == {"Service": "route53.amazonaws.com"}
    assert statement["Condition"]["ArnLike"] == {"aws:SourceArn": "arn:aws:route53:::hostedzone/ZZONE"}
    assert declared.one("aws:route53/queryLog:QueryLog").depends_on(policy.name)


def test_the_zone_is_signed_under_a_protected_key_that_route_53_takes() -> None:
    declared = declare()
    key = declared.one("aws:kms/key:Key")
    assert (key.inputs["customerMasterKeySpec"], key.inputs["keyUsage"]) == ("ECC_NIST_P256", "SIGN_VERIFY")
    assert {resource.protect for resource in (key, declared.one("aws:cloudwatch/logGroup:LogGroup"))} == {True}
    by_sid = {statement["Sid"]: statement for statement in key.document()["Statement"]}
    assert by_sid["ZonesOfThisAccountSign"]["Condition"]["StringEquals"] == {"aws:SourceAccount": ACCOUNT}
    assert ADMINISTRATOR in by_sid["AdministratorsManage"]["Condition"]["ArnLike"]["aws:PrincipalArn"]
    assert declared.one("aws:route53/hostedZoneDnsSec:HostedZoneDnsSec").depends_on("zone-guard-signing")


def test_what_breaks_the_signing_is_told() -> None:
    metrics = {alarm.inputs["metricName"] for alarm in declare().of("aws:cloudwatch/metricAlarm:MetricAlarm")}
    assert metrics == {"DNSSECInternalFailure", "DNSSECKeySigningKeysNeedingAction"}


def test_every_child_that_has_a_region_is_in_us_east_1() -> None:
    assert not children_without_region(declare(), REGION)


def test_a_key_of_another_region_is_refused() -> None:
    with pytest.raises(ValueError, match="expected an ARN of us-east-1"):
        declare(replace(ARGS, here=here(REGION, log_key_arn=kms_key("us-east-2"))))


def test_without_protection_log_and_key_can_be_deleted() -> None:
    declared = declare(replace(ARGS, here=here(REGION, protect=False)))
    assert not [resource for resource in declared.aws() if resource.protect]


def test_route_53_signs_for_zones_of_the_account_and_holds_grants() -> None:
    statements = declare().one("aws:kms/key:Key").document()["Statement"]
    zones = {
        "StringEquals": {"aws:SourceAccount": ACCOUNT},
        "ArnLike": {"aws:SourceArn": "arn:aws:route53:::hostedzone/*"},
    }
    sign, grants = (statement for statement in statements if "Service" in statement["Principal"])
    assert {sign["Principal"]["Service"], grants["Principal"]["Service"]} == {"dnssec-route53.amazonaws.com"}
    assert (sign["Action"], sign["Condition"]) == (["kms:DescribeKey", "kms:GetPublicKey", "kms:Sign"], zones)
    assert grants["Action"] == ["kms:CreateGrant"]
    assert grants["Condition"] == {"Bool": {"kms:GrantIsForAWSResource": "true"}}


def test_who_creates_the_key_signing_key_may_do_with_the_key_what_route_53_tries_in_its_name() -> None:
    by_sid = {statement["Sid"]: statement for statement in declare().one("aws:kms/key:Key").document()["Statement"]}
    callers = {"StringEquals": {"kms:CallerAccount": ACCOUNT}}
    tries, grants = by_sid["AccountTriesTheKey"], by_sid["AccountGrantsIt"]
    assert {tries["Principal"]["AWS"], grants["Principal"]["AWS"]} == {f"arn:aws:iam::{ACCOUNT}:root"}
    assert (tries["Action"], tries["Condition"]) == (["kms:DescribeKey", "kms:GetPublicKey", "kms:Sign"], callers)
    assert (grants["Action"], grants["Condition"]) == (
        ["kms:CreateGrant"],
        {**callers, "Bool": {"kms:GrantIsForAWSResource": "true"}},
    )


def test_it_is_found_under_the_name_its_class_had() -> None:
    assert DnsSecurity.former_names == ("ZoneGuard",)
    (component,) = [resource for resource in declare().resources if resource.token.startswith("dataconnect:")]
    assert (component.token, component.name) == ("dataconnect:index:DnsSecurity", "zone-guard")


def test_it_has_a_row_on_the_dashboard_in_us_east_1() -> None:
    where = here(REGION)
    declare(replace(ARGS, here=where))
    (row,) = where.inventory.rows
    assert (row.title, row.region, [alarm.key for alarm in row.alarms]) == (
        "zone-guard",
        REGION,
        ["dnssec-failure", "dnssec-key-action"],
    )


def test_another_region_is_refused_with_the_reason() -> None:
    says = r"DnsSecurityArgs\.here\.region is 'us-east-2'; expected us-east-1: Route 53 takes the query log and the signing key"
    with pytest.raises(InvalidArgumentError, match=says):
        replace(ARGS, here=here("us-east-2"))


def test_what_is_no_domain_name_is_refused() -> None:
    with pytest.raises(InvalidArgumentError, match=r"DnsSecurityArgs\.zone_name is 'no name'; expected"):
        replace(ARGS, zone_name="no name")


def test_a_retention_that_cloudwatch_lacks_is_refused() -> None:
    with pytest.raises(InvalidArgumentError, match=r"Here\.log_retention_days is 6; expected one of"):
        replace(ARGS, here=here(REGION, log_retention_days=6))
