"""Cases of policies/feasibility/rules/general/account.py."""

from typing import Any

from tests.policies.given.feasibility.account import BUCKET, CHANNEL, EAST, HERE, INSTANCE, RECORDER, two
from tests.policies.given.feasibility.guards import ROLE_ARN, pair
from tests.policies.given.feasibility.vpc import linked
from tests.policies.harness import UNKNOWN, Planned, planned
from tests.policies.table import Cases

DETECTOR = "aws:guardduty/detector:Detector"
ENABLER = "aws:inspector2/enabler:Enabler"
HUB = "aws:securityhub/account:Account"
PASSWORDS = "aws:iam/accountPasswordPolicy:AccountPasswordPolicy"
ROLE = "aws:iam/role:Role"


def named(first: str, second: str, *names: Any, key: str = "identifier", **more: Any) -> list[Planned]:
    return [
        planned(token, name, **{key: value}).with_provider(more.get(name, HERE))
        for token, name, value in zip((first, second), ("a", "b"), names, strict=True)
    ]


DEFAULT_VPC = "aws:ec2/defaultVpc:DefaultVpc"
STANDARD = "aws:securityhub/standardsSubscription:StandardsSubscription"
API_ACCOUNT = "aws:apigateway/account:Account"


def ordered(first: str, token: str, *, after: bool) -> list[Planned]:
    return [planned(first, "first"), linked(token, "it", [(first, "first")] if after else [])]


def staged(account: bool, *, after: bool, logs: bool = True) -> list[Planned]:
    settings = {"accessLogSettings": {"destinationArn": "arn"}} if logs else {}
    first = [planned(API_ACCOUNT, "account")] if account else []
    return [*first, linked("aws:apigateway/stage:Stage", "it", [(API_ACCOUNT, "account")] if after else [], **settings)]


CASES: dict[str, Cases] = {
    "once-per-region": Cases(
        token=HUB,
        fails=[two(HUB)],
        passes=[{}, two(HUB, providers=(HERE, EAST)), two(HUB, providers=(HERE, {**HERE, "profile": "other"}))],
        never_unknown=True,
    ),
    "once-per-account": Cases(
        token=PASSWORDS,
        fails=[two(PASSWORDS), two(PASSWORDS, providers=(HERE, EAST))],
        passes=[{}, two(PASSWORDS, providers=(HERE, {**HERE, "profile": "other"}))],
        never_unknown=True,
    ),
    "config-recorder-once": Cases(
        token=RECORDER,
        fails=[two(RECORDER), two(CHANNEL)],
        passes=[{}, two(RECORDER, providers=(HERE, EAST))],
        never_unknown=True,
    ),
    "guardduty-detector-once": Cases(
        token=DETECTOR, fails=[two(DETECTOR)], passes=[{}, two(DETECTOR, {"region": "us-east-1"}, {})], never_unknown=True
    ),
    "inspector-enabler-once": Cases(
        token=ENABLER,
        fails=[
            {"resourceTypes": ["LAMBDA_CODE"], "accountIds": ["111111111111"]},
            two(ENABLER, {"accountIds": ["111111111111"]}, {"accountIds": ["111111111111"]}),
        ],
        passes=[
            {"resourceTypes": ["LAMBDA", "LAMBDA_CODE"], "accountIds": ["111111111111"]},
            two(ENABLER, {"accountIds": ["111111111111"]}, {"accountIds": ["222222222222"]}),
        ],
        unknown=[{"resourceTypes": [UNKNOWN]}],
    ),
    "name-once": Cases(
        token=INSTANCE,
        fails=[
            named(INSTANCE, INSTANCE, "main", "main"),
            named(INSTANCE, "aws:rds/clusterInstance:ClusterInstance", "main", "Main"),
            named(BUCKET, BUCKET, "logs", "logs", key="bucket", a=EAST),
            named(ROLE, ROLE, "app", "app", key="name", a=EAST),
            named(ROLE, ROLE, "app", "App", key="name"),
        ],
        passes=[
            {},
            named(INSTANCE, INSTANCE, "main", "other"),
            named(INSTANCE, INSTANCE, "main", "main", a=EAST),
            named(ROLE, ROLE, "app", "App2", key="name"),
        ],
        unknown=[named(INSTANCE, INSTANCE, "main", UNKNOWN)],
    ),
    "account-setting-once": Cases(
        token=DEFAULT_VPC,
        fails=[pair(DEFAULT_VPC), pair("aws:shield/subscription:Subscription")],
        passes=[
            pair(DEFAULT_VPC, {"region": "us-east-1"}, {"region": "us-east-2"}),
            [
                planned(DEFAULT_VPC, "first").with_provider({"assumeRoles": f'[{{"roleArn": "{ROLE_ARN}"}}]'}),
                planned(DEFAULT_VPC).with_provider({"assumeRoles": "[]"}),
            ],
            {},
        ],
        never_unknown=True,
    ),
    "service-enabled-first": Cases(
        token=STANDARD,
        fails=[ordered(HUB, STANDARD, after=False), staged(True, after=False)],
        passes=[
            ordered(HUB, STANDARD, after=True),
            {},
            staged(True, after=True),
            staged(False, after=False),
            staged(True, after=False, logs=False),
        ],
        never_unknown=True,
    ),
}
