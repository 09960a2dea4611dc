"""The role of environments on demand that docs/delivery.md gives may do what their stacks and commands ask of it."""

import json
import re
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Final

from operations.environments import owners
from tests.found import some
from tests.stacks.estate import estate_of
from tests.stacks.test_on_demand import environment

PAGE: Final = Path(__file__).parents[2] / "docs" / "delivery.md"
FUNCTION: Final = "lambda/function:Function"


def section() -> str:
    """What the page says of the role."""
    return PAGE.read_text().partition("`dataconnect-environments` may do")[2].partition("\n## ")[0]


def statements() -> list[dict[str, Any]]:
    """Its statements that are spelled out."""
    blocks = re.findall(r"(?:^ {6}.*\n)+", section(), re.MULTILINE)
    return [each for block in blocks for each in json.loads(f"[{block}]")]


PREFIX: Final = {"elbv2": "elasticloadbalancing", "stepfunctions": "states"}
"""What IAM calls a service, where boto3 calls it otherwise."""


def may(action: str) -> bool:
    """Whether it may do so, whatever with."""
    granted = [
        each for told in statements() if told["Effect"] == "Allow" and told["Resource"] == "*" for each in told["Action"]
    ]
    return any(fnmatchcase(action, pattern) for pattern in some(granted))


def may_invoke(arn: str) -> bool:
    patterns = [
        pattern
        for each in statements()
        if each["Effect"] == "Allow" and "lambda:InvokeFunction" in each["Action"]
        for pattern in each["Resource"]
    ]
    return any(fnmatchcase(arn, pattern) for pattern in some(patterns))


def test_it_may_invoke_dev_s_functions_as_the_provider_does_by_their_version() -> None:
    x, dev = environment("x"), estate_of("dev")
    names = {each.inputs["functionName"] for each in x.some("lambda/invocation:Invocation").values()}
    own = {x.state(FUNCTION, name)["name"] for name in x.names(FUNCTION)}
    for name in some(names - own):
        arn = next(arn for each in dev.names(FUNCTION) if (arn := dev.arn(FUNCTION, each)).endswith(f":{name}"))
        assert may_invoke(arn) and may_invoke(f"{arn}:$LATEST"), arn


def test_it_may_invoke_what_the_commands_do() -> None:
    dev, x = estate_of("dev"), environment("x")
    for arn in (dev.arn(FUNCTION, "database-users"), dev.arn(FUNCTION, "sleeper"), x.arn(FUNCTION, "sleeper")):
        assert may_invoke(arn), arn
    assert not may_invoke(dev.arn(FUNCTION, "orders"))


def test_it_may_ask_every_service_what_is_left() -> None:
    rows = (*owners._BY_ARN.values(), *owners._BY_NAME.values(), *owners._BY_STATE.values())
    asked = {(row[0], row[1]) for row in rows} | {
        *(("ecs", "describe_services"), ("kms", "describe_key"), ("secretsmanager", "describe_secret")),
        *(("tag", "get_resources"), ("iam", "list_roles"), ("iam", "list_role_tags")),
        *(("iam", "list_policies"), ("iam", "list_policy_tags"), ("kms", "list_aliases")),
        *(("route53", "list_resource_record_sets"), ("ec2", "describe_route_tables")),
    }
    actions = {f"{PREFIX.get(service, service)}:{operation.title().replace('_', '')}" for service, operation in asked}
    assert {action for action in actions if not may(action)} == set()
