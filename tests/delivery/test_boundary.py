"""The boundary that docs/delivery.md gives the accounts lets every role do what the stacks grant it."""

import json
import re
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any, Final, NamedTuple

import pytest

from tests.stacks.estate import ALL, Estate, estate_of
from tests.stacks.test_on_demand import environment

ROOT: Final = Path(__file__).parents[2]
PAGE: Final = ROOT / "docs" / "delivery.md"
ACCOUNT: Final = "111111111111"
ON_DEMAND: Final = "dev-x"
# The longest first: prod is the beginning of others.
STACKS: Final = "|".join(
    sorted((ON_DEMAND, *(file.name.split(".")[1] for file in ROOT.glob("Pulumi.*.yaml"))), key=len, reverse=True)
)
MOST_CHARACTERS: Final = 6144
"""Of a managed policy, without spaces: docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html."""


@cache
def boundary() -> list[dict[str, Any]]:
    found = re.search(r"cat > boundary\.json <<'EOF'\n(.*?)EOF", PAGE.read_text(), re.DOTALL)
    assert found is not None
    return json.loads(found[1])["Statement"]


class Granted(NamedTuple):
    """What a role may do to something, as long as `conditions` hold."""

    role: str
    action: str
    resource: str
    conditions: Mapping[str, Mapping[str, Any]]


def grants(estate: Estate) -> Iterator[Granted]:
    """What a stack's own policies allow, those in its roles and those attached to them, as if it were called in AWS."""
    own = {estate.state("iam/policy:Policy", name)["arn"]: each for name, each in estate.of("iam/policy:Policy").items()}
    attached = [each.inputs for each in estate.of("iam/rolePolicyAttachment:RolePolicyAttachment").values()]
    policies = [
        *((each.inputs["role"], each) for each in estate.of("iam/rolePolicy:RolePolicy").values()),
        *((each["role"], own[each["policyArn"]]) for each in attached if each["policyArn"] in own),
    ]
    assert len({each.name for _, each in policies}) >= len(own)
    for role, policy in policies:
        for each in policy.document()["Statement"]:
            if each["Effect"] == "Allow":
                for action in each["Action"]:
                    for resource in each["Resource"]:
                        yield Granted(_called(role, estate), action, _called(resource, estate), each.get("Condition", {}))


def _called(name: str, estate: Estate) -> str:
    return re.sub(rf"\.({STACKS})\b", "-0a1b2c3", name).replace(estate.account, ACCOUNT)


def covered(granted: Granted, effect: str) -> bool:
    """Whether a statement of the boundary has all of it."""
    return any(
        _fits(granted.action.lower(), [each.lower() for each in statement.get("Action", ())])
        and _fits(granted.resource, statement.get("Resource", ()))
        and all(
            _holds(granted, operator, key, texts)
            for operator, wanted in statement.get("Condition", {}).items()
            for key, texts in wanted.items()
        )
        for statement in boundary()
        if statement["Effect"] == effect
    )


def _holds(granted: Granted, operator: str, key: str, texts: str | list[str]) -> bool:
    if key == "aws:PrincipalArn":
        return _fits(f"arn:aws:iam::{ACCOUNT}:role/{granted.role}", texts)
    found = granted.conditions.get(operator, {}).get(key, ())
    values = [found] if isinstance(found, str) else [*found]
    return bool(values) and all(_fits(each, texts) for each in values)


def _fits(text: str, patterns: str | list[str]) -> bool:
    return any(fnmatchcase(text, pattern) for pattern in ([patterns] if isinstance(patterns, str) else patterns))


@pytest.mark.parametrize("name", (*ALL, ON_DEMAND))
def test_the_boundary_allows_what_the_roles_of_a_stack_are_granted(name: str) -> None:
    found = [*grants(environment("x") if name == ON_DEMAND else estate_of(name))]
    assert found
    assert [each for each in found if not covered(each, "Allow") or covered(each, "Deny")] == []


def test_what_only_recovery_does_is_recoverys_alone() -> None:
    """A role of another workload may not, whatever is attached to it."""
    estate = estate_of("prod")
    others = {_called(each.inputs["role"], estate) for each in estate.of("iam/rolePolicy:RolePolicy").values()}
    others = {each for each in others if not each.startswith("recovery-operator-")}
    assert others
    for action in ("ecs:UpdateService", "elasticloadbalancing:ModifyRule", "lambda:StopDurableExecution", "ecs:RunTask"):
        assert not [each for each in others if covered(Granted(each, action, f"{action}/something", {}), "Allow")], action


def test_the_boundary_is_as_short_as_aws_takes_it() -> None:
    text = json.dumps({"Version": "2012-10-17", "Statement": boundary()}, separators=(",", ":"))
    assert len(text) <= MOST_CHARACTERS
