"""Cases of policies/feasibility/rules/general/account.py."""

from typing import Any

from tests.policies.given.feasibility.account import BUCKET, CHANNEL, EAST, HERE, INSTANCE, RECORDER, two
from tests.policies.harness import UNKNOWN, Planned
from tests.policies.table import Cases

DETECTOR = "aws:guardduty/detector:Detector"

ENABLER = "aws:inspector2/enabler:Enabler"

HUB = "aws:securityhub/account:Account"

PASSWORDS = "aws:iam/accountPasswordPolicy:AccountPasswordPolicy"

CLUSTER_INSTANCE = "aws:rds/clusterInstance:ClusterInstance"

ROLE = "aws:iam/role:Role"


def named(first: str, second: str, *names: Any, key: str = "identifier", **more: Any) -> list[Planned]:
    return [
        Planned(token=token, name=name, inputs={key: value}, provider=more.get(name, HERE))
        for token, name, value in zip((first, second), ("a", "b"), names, strict=True)
    ]


CASES: dict[str, Cases] = {
    "once-per-region": Cases(
        token=HUB,
        fails=[two(HUB)],
        passes=[{}, two(HUB, providers=(HERE, EAST)), two(HUB, providers=(HERE, {**HERE, "profile": "other"}))],
        unknown=[],
        never_unknown=True,
    ),
    "once-per-account": Cases(
        token=PASSWORDS,
        fails=[two(PASSWORDS), two(PASSWORDS, providers=(HERE, EAST))],
        passes=[{}, two(PASSWORDS, providers=(HERE, {**HERE, "profile": "other"}))],
        unknown=[],
        never_unknown=True,
    ),
    "config-recorder-once": Cases(
        token=RECORDER,
        fails=[two(RECORDER), two(CHANNEL)],
        passes=[{}, two(RECORDER, providers=(HERE, EAST))],
        unknown=[],
        never_unknown=True,
    ),
    "guardduty-detector-once": Cases(
        token=DETECTOR,
        fails=[two(DETECTOR)],
        passes=[{}, two(DETECTOR, {"region": "us-east-1"}, {})],
        unknown=[],
        never_unknown=True,
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
            named(INSTANCE, CLUSTER_INSTANCE, "main", "Main"),
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
}
