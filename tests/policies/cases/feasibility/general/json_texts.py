"""Cases of policies/feasibility/rules/general/json_texts.py."""

import json
from typing import Any

from tests.policies.given.feasibility.formats import one
from tests.policies.harness import UNKNOWN
from tests.policies.table import Cases


def dashboard(*widgets: object) -> dict[str, Any]:
    return {"dashboardBody": json.dumps({"widgets": widgets})}


def machine(start: str = "A", **states: object) -> dict[str, Any]:
    return {"definition": json.dumps({"StartAt": start, "States": states})}


TEXT = {"type": "text", "x": 0, "y": 0, "width": 6, "height": 3, "properties": {"markdown": "# Hello"}}
END = {"Type": "Pass", "End": True}

CASES: dict[str, Cases] = {
    "json-text": Cases(
        token="aws:iam/policy:Policy",
        fails=[
            *({"policy": policy} for policy in ("Allow everything", "{'Version': '2012-10-17'}", '{"Version": "2012-10-17",}')),
            {"policy": '"text"'},
            one("aws:iam/role:Role", assumeRolePolicy='{"Version": "2012-10-17"'),
            one("aws:ecs/taskDefinition:TaskDefinition", containerDefinitions="- name: app"),
            one("aws:cloudwatch/eventRule:EventRule", eventPattern="source: aws.ec2"),
            one("aws:lambda/eventSourceMapping:EventSourceMapping", filterCriteria={"filters": [{"pattern": "{body: 1}"}]}),
        ],
        passes=[
            {},
            {"policy": '{"Version": "2012-10-17", "Statement": []}'},
            {"policy": {"Version": "2012-10-17", "Statement": []}},
            {"policy": ""},
            one("aws:cloudwatch/eventTarget:EventTarget", input='"text"'),
        ],
        unknown=[{"policy": UNKNOWN}],
    ),
    "dashboard-body": Cases(
        token="aws:cloudwatch/dashboard:Dashboard",
        fails=[
            dashboard({**TEXT, "x": -1}),
            dashboard({**TEXT, "y": -1}),
            dashboard({**TEXT, "height": 1001}),
            {"dashboardBody": json.dumps({"start": "-PT6H"})},
            dashboard({**TEXT, "type": "graph"}),
            dashboard({**TEXT, "width": 25}),
            dashboard({"type": "text"}),
            dashboard({**TEXT, "x": 24}),
        ],
        passes=[
            dashboard({**TEXT, "x": 23, "width": 24, "height": 1000}),
            {},
            dashboard(TEXT),
            dashboard(),
            {"dashboardBody": "not JSON"},
        ],
        unknown=[{"dashboardBody": UNKNOWN}],
    ),
    "state-machine-definition": Cases(
        token="aws:sfn/stateMachine:StateMachine",
        fails=[
            machine("B", A=END),
            machine(A={"Type": "Task", "Resource": "arn", "Next": "B"}),
            machine(A={"Type": "Lambda", "End": True}),
            machine(A={"Type": "Pass"}),
            machine(A={"Type": "Pass", "Next": "B", "End": True}, B=END),
            machine(A={"Type": "Choice", "Choices": [{"Next": "C"}], "Default": "B"}, B=END),
            machine(A={"Type": "Map", "End": True, "ItemProcessor": {"StartAt": "X", "States": {}}}),
            {"definition": json.dumps({"StartAt": "A"})},
        ],
        passes=[
            {},
            machine(A={"Type": "Task", "Resource": "arn", "Next": "B"}, B={"Type": "Succeed"}),
            machine(A={"Type": "Choice", "Choices": [{"Next": "B"}], "Default": "B"}, B=END),
            machine(A={"Type": "Parallel", "End": True, "Branches": [{"StartAt": "X", "States": {"X": END}}]}),
            machine(
                A={"Type": "Task", "Resource": "a", "End": True, "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "F"}]},
                F={"Type": "Fail"},
            ),
            {"definition": "not JSON"},
        ],
        unknown=[{"definition": UNKNOWN}],
    ),
}
