from dataclasses import replace

import pytest

from components.alarms import AlarmTarget
from components.component import InvalidArgumentError
from components.zone_guard import REGION, ZoneGuard, ZoneGuardArgs
from tests.components.harness import ACCOUNT, Declaration, children_without_region, resources_of

ADMINISTRATOR = f"arn:aws:iam::{ACCOUNT}:role/KeyAdministrator"
ARGS = ZoneGuardArgs(
    account_id=ACCOUNT,
    zone_id="ZZONE",
    zone_name="prod.dataconnect.example",
    key_administrators=(ADMINISTRATOR,),
    log_key_arn=f"arn:aws:kms:us-east-1:{ACCOUNT}:key/1",
    log_retention_days=365,
    alarms=AlarmTarget(topic_arn=f"arn:aws:sns:us-east-1:{ACCOUNT}:alerts", runbook_url="https://runbooks.dataconnect.example"),
)


def declare(args: ZoneGuardArgs = ARGS) -> Declaration:
    return resources_of(lambda: ZoneGuard("zone-guard", args))


def test_queries_go_to_an_encrypted_group_of_us_east_1_with_a_retention() -> None:
    group = declare().one("aws:cloudwatch/logGroup:LogGroup").inputs
    assert group["name"] == "/aws/route53/prod.dataconnect.example"
    assert (group["kmsKeyId"], group["retentionInDays"], group["region"]) == (ARGS.log_key_arn, 365, "us-east-1")


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
    assert key.protect
    by_sid = {statement["Sid"]: statement for statement in key.document()["Statement"]}
    assert by_sid["ZonesOfThisAccountSign"]["Condition"]["StringEquals"] == {"aws:SourceAccount": ACCOUNT}
    assert ADMINISTRATOR in by_sid["AdministratorsManage"]["Condition"]["ArnLike"]["aws:PrincipalArn"]
    assert not [s for s in by_sid.values() if "AWS" in s["Principal"] and "kms:Sign" in s["Action"]]
    assert declared.one("aws:route53/hostedZoneDnsSec:HostedZoneDnsSec").depends_on("zone-guard-signing")


def test_what_breaks_the_signing_is_told() -> None:
    metrics = {alarm.inputs["metricName"] for alarm in declare().of("aws:cloudwatch/metricAlarm:MetricAlarm")}
    assert metrics == {"DNSSECInternalFailure", "DNSSECKeySigningKeysNeedingAction"}


def test_every_child_that_has_a_region_is_in_us_east_1() -> None:
    assert not children_without_region(declare(), REGION)


def test_a_key_of_another_region_is_refused() -> None:
    with pytest.raises(ValueError, match="expected an ARN of us-east-1"):
        declare(replace(ARGS, log_key_arn=f"arn:aws:kms:us-east-2:{ACCOUNT}:key/1"))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"log_retention_days": 6}, r"ZoneGuardArgs\.log_retention_days is 6; expected one of"),
        ({"zone_name": "no name"}, r"ZoneGuardArgs\.zone_name is 'no name'; expected"),
    ],
)
def test_wrong_arguments_are_refused(change: dict[str, object], says: str) -> None:
    with pytest.raises(InvalidArgumentError, match=says):
        replace(ARGS, **change)
