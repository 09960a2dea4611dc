"""Cases of policies/feasibility/rules/general/singletons.py."""

from tests.policies.given.feasibility.guards import ROLE_ARN, pair
from tests.policies.given.feasibility.vpc import linked
from tests.policies.harness import Planned
from tests.policies.table import Cases

DEFAULT_VPC = "aws:ec2/defaultVpc:DefaultVpc"

HUB = "aws:securityhub/account:Account"

STANDARD = "aws:securityhub/standardsSubscription:StandardsSubscription"

STAGE = "aws:apigateway/stage:Stage"

API_ACCOUNT = "aws:apigateway/account:Account"


def ordered(first: str, token: str, *, after: bool) -> list[Planned]:
    return [Planned(token=first, name="first"), linked(token, "it", [(first, "first")] if after else [])]


def staged(account: bool, *, after: bool, logs: bool = True) -> list[Planned]:
    settings = {"accessLogSettings": {"destinationArn": "arn"}} if logs else {}
    first = [Planned(token=API_ACCOUNT, name="account")] if account else []
    return [*first, linked(STAGE, "it", [(API_ACCOUNT, "account")] if after else [], **settings)]


CASES: dict[str, Cases] = {
    "account-setting-once": Cases(
        token=DEFAULT_VPC,
        fails=[pair(DEFAULT_VPC), pair("aws:shield/subscription:Subscription")],
        passes=[
            pair(DEFAULT_VPC, {"region": "us-east-1"}, {"region": "us-east-2"}),
            [
                Planned(token=DEFAULT_VPC, name="first", provider={"assumeRoles": f'[{{"roleArn": "{ROLE_ARN}"}}]'}),
                Planned(token=DEFAULT_VPC, provider={"assumeRoles": "[]"}),
            ],
            {},
        ],
        unknown=[],
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
        unknown=[],
        never_unknown=True,
    ),
}
