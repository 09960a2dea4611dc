"""Cases of policies/feasibility/rules/stepfunctions/machines.py."""

import json
from collections.abc import Mapping
from typing import Any

from tests.policies.given.feasibility.parts import ROLE, allow, role, role_policy
from tests.policies.harness import UNKNOWN, Planned, planned, ref
from tests.policies.table import Cases

MACHINE = "aws:sfn/stateMachine:StateMachine"


def machine(states: Mapping[str, Any], start: object = "A", **more: Any) -> dict[str, Any]:
    return {"definition": json.dumps({"StartAt": start, "States": states}), **more}


PASS = {"Type": "Pass", "End": True}
TASK = {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "End": True}


def logged(destination: object, *policies: Planned) -> list[Planned]:
    logging = {"level": "ALL", "logDestination": destination}
    return [role("states.amazonaws.com"), *policies, planned(MACHINE, roleArn=ref(ROLE, "role"), loggingConfiguration=logging)]


LOGS = "arn:aws:logs:us-east-2:111111111111:log-group:a:*"

CASES: dict[str, Cases] = {
    "state-machine-states": Cases(
        token=MACHINE,
        fails=[
            machine({"A": PASS, "B": PASS}),
            *(machine({"A": {"Type": kind, "End": True}}) for kind in ("Task", "Succeed", "Wait", "Map")),
            machine({"A": {"Type": "Choice", "Choices": []}}),
            machine({"A": {**TASK, "Retry": [{"ErrorEquals": ["States.ALL", "A"]}]}}),
            machine({"A": {"Type": "Parallel", "End": True, "Branches": [{"StartAt": "X", "States": {"Y": PASS}}]}}),
            machine({"A": {**TASK, "Resource": "arn:aws:states:::ecs:runTask.sync"}}, type="EXPRESS"),
        ],
        passes=[
            machine({"A": {"Type": "Pass", "Next": "B"}, "B": {"Type": "Succeed"}}),
            machine(
                {
                    "A": {"Type": "Choice", "Choices": [{"Variable": "$.a", "Next": "B"}], "Default": "C"},
                    "B": {"Type": "Wait", "Seconds": 5, "End": True},
                    "C": {**TASK, "Retry": [{"ErrorEquals": ["States.ALL"]}], "Catch": [{"ErrorEquals": ["A"], "Next": "B"}]},
                }
            ),
            machine({"A": {"Type": "Map", "End": True, "ItemProcessor": {"StartAt": "X", "States": {"X": PASS}}}}),
            machine({"A": {**TASK, "Resource": "arn:aws:states:::ecs:runTask.sync"}}),
            {},
        ],
        unknown=[{"definition": UNKNOWN}],
    ),
    "state-machine-settings": Cases(
        token=MACHINE,
        fails=[
            {"loggingConfiguration": {"level": "ALL"}},
            {"encryptionConfiguration": {"type": "CUSTOMER_MANAGED_KMS_KEY"}},
            {"encryptionConfiguration": {"kmsDataKeyReusePeriodSeconds": 30}},
        ],
        passes=[
            {"loggingConfiguration": {"level": "ALL", "logDestination": UNKNOWN}},
            {"loggingConfiguration": {"level": "OFF"}},
            {"encryptionConfiguration": {"type": "CUSTOMER_MANAGED_KMS_KEY", "kmsKeyId": UNKNOWN}},
        ],
        unknown=[{"loggingConfiguration": {"level": UNKNOWN}}, {"encryptionConfiguration": UNKNOWN}],
    ),
    "state-machine-log-destination": Cases(
        token=MACHINE,
        fails=[
            logged(LOGS),
            logged(LOGS.removesuffix(":*"), role_policy(allow("logs:*"))),
            logged(LOGS, role_policy(allow("s3:*"))),
        ],
        passes=[logged(LOGS, role_policy(allow("logs:CreateLogDelivery"))), {"loggingConfiguration": {"level": "OFF"}}, {}],
        unknown=[logged(LOGS, role_policy(UNKNOWN)), {"loggingConfiguration": {"level": UNKNOWN}}],
    ),
}
