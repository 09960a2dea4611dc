"""Cases of policies/controls/workloads/rotation.py."""

from typing import Any

from tests.policies.harness import UNKNOWN, Planned, planned, ref
from tests.policies.table import Cases

SECRET = "aws:secretsmanager/secret:Secret"
VERSION = "aws:secretsmanager/secretVersion:SecretVersion"
ROTATION = "aws:secretsmanager/secretRotation:SecretRotation"
ROTATOR = "arn:aws:lambda:us-east-2:111111111111:function:rotate"


def rotated(*, of: str = SECRET, days: object = 30, **rotation: Any) -> list[Planned]:
    inputs = {"secretId": UNKNOWN, "rotationLambdaArn": ROTATOR, "rotationRules": {"automaticallyAfterDays": days}, **rotation}
    version = planned(VERSION, "it", secretId=ref(SECRET, "it"))
    return [
        planned(SECRET),
        *([version] if of == VERSION else []),
        Planned(token=ROTATION, name="rotation", inputs=inputs, refs={"secretId": (of, "it")}),
    ]


def schedule(expression: object) -> dict[str, Any]:
    return {"rotationRules": {"scheduleExpression": expression}}


CASES: dict[str, Cases] = {
    "secret-rotates": Cases(
        token=SECRET,
        fails=[
            {},
            [planned(SECRET), planned(ROTATION, "other", secretId="another")],
            rotated(rotationLambdaArn=None),
            {"rotationLambdaArn": ROTATOR, "rotationRules": {"automaticallyAfterDays": 100}},
        ],
        passes=[
            rotated(),
            rotated(of=VERSION),
            rotated(rotationLambdaArn=UNKNOWN),
            {"rotationLambdaArn": ROTATOR, "rotationRules": {"automaticallyAfterDays": 30}},
            [
                planned(SECRET, name="db"),
                planned(ROTATION, "rotation", **({"secretId": "db", "rotationLambdaArn": ROTATOR} | schedule("rate(4 hours)"))),
            ],
        ],
        unknown=[[planned(SECRET), planned(ROTATION, "other", secretId=UNKNOWN)]],
    ),
    "secret-rotates-often": Cases(
        token=ROTATION,
        fails=[
            {},
            {"rotationRules": {}},
            {"rotationRules": {"automaticallyAfterDays": 91}},
            {"rotationEnabled": False},
            *(schedule(value) for value in ("rate(91 days)", "rate(180 days)", "cron(0 12 * 2 ? *)", "cron(0 12 1 1,7 ? *)")),
            schedule("cron(0 12 1 * ? 2030)"),
        ],
        passes=[
            {"rotationRules": {"automaticallyAfterDays": 30}},
            {"rotationRules": {"automaticallyAfterDays": "90"}},
            schedule("rate(89 days)"),
            schedule("rate(90 days)"),
            schedule("rate(4 hours)"),
            schedule("cron(0 12 * * ? *)"),
            schedule("cron(0 12 1 1/3 ? *)"),
            schedule("cron(0 12 ? JAN,APR,JUL,OCT MON#1 *)"),
        ],
        unknown=[{"rotationRules": UNKNOWN}, schedule(UNKNOWN), {"rotationRules": {"automaticallyAfterDays": UNKNOWN}}],
    ),
}
