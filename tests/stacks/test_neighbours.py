"""dev and environments on demand are in one account and region: what a role of one may do to a thing of another."""

import json
import re
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from functools import cache
from itertools import permutations
from typing import Any, Final, NamedTuple

import pytest

from tests.found import some
from tests.settings.stack_files import ROOT
from tests.stacks.estate import Declared, Estate, estate_of
from tests.stacks.test_on_demand import environment

# The name of one is the beginning of the other's, and of the stack's beside.
NAMES: Final = ("x", "two", "two-b")
STACKS: Final = ("dev", *(f"dev-{name}" for name in NAMES))
PAIRS: Final = tuple(permutations(STACKS, 2))

# What environments have of dev (docs/decisions/environments.md), by the service and the resource: all else is a leak.
OF_DEV: Final = {
    "kms key/tables-key-*": "leases are under it",
    "dynamodb table/schedule-leases-*": "its own lease",
    "rds db:dataconnect-dev": "whether it is awake",
    "ecr repository/*": "images",
}
OF_ENVIRONMENTS: Final = {
    "secretsmanager secret:environment-database-credentials-*": "the function that keeps databases logs in as the owner of each"
}


class Granted(NamedTuple):
    """Actions that a policy of a stack allows on a resource, or a pattern of some."""

    policy: str
    actions: tuple[str, ...]
    resource: str
    conditions: Mapping[str, Mapping[str, Any]]


@cache
def of(stack: str) -> Estate:
    return estate_of("dev") if stack == "dev" else environment(stack.removeprefix("dev-"))


def called(text: str) -> str:
    """As AWS has it, where what ends physical names tells nobody a stack."""
    stacks = "|".join(sorted(STACKS, key=len, reverse=True))
    return re.sub(rf"\.({stacks})\b", lambda found: f"-{STACKS.index(found[1]):07x}", text)


@cache
def things(stack: str) -> dict[str, Declared]:
    """ARN -> what it is of."""
    estate = of(stack)
    return {called(str(estate.states[key].get("arn"))): each for key, each in estate.resources.items()}


@cache
def grants(stack: str) -> list[Granted]:
    """All that the stack's own policies allow on something that has an ARN."""
    return [*_grants(of(stack))]


def _grants(estate: Estate) -> Iterator[Granted]:
    for token in ("iam/rolePolicy:RolePolicy", "iam/policy:Policy"):
        for name, policy in some(estate.of(token)).items():
            for each in policy.document()["Statement"]:
                if each["Effect"] == "Allow":
                    for resource in each["Resource"]:
                        if resource != "*":
                            yield Granted(name, (*each["Action"],), called(resource), each.get("Condition", {}))


def holds(granted: Granted, thing: Declared, tenant: str = "t234567234567abc") -> bool:
    """Whether conditions let it happen to that thing, in a session of any tenant."""
    tags: Mapping[str, str] = thing.inputs.get("tags", {})
    for operator, wanted in granted.conditions.items():
        for key, values in wanted.items():
            patterns = [values] if isinstance(values, str) else [*values]
            patterns = [each.replace("${aws:PrincipalTag/tenant}", tenant) for each in patterns]
            if key.startswith("aws:ResourceTag/"):
                assert operator == "StringEquals"
                if tags.get(key.partition("/")[2]) not in patterns:
                    return False
            # Keys that have a tenant's alias are silos', which `test_no_environment_reaches_a_silo` looks at.
            if key == "kms:ResourceAliases":
                return False
    return True


def looks_only(action: str) -> bool:
    return re.fullmatch(r"[a-z-]+:Describe[A-Za-z]*", action) is not None


@pytest.mark.parametrize(("stack", "other"), PAIRS)
def test_no_role_reaches_what_is_another_stack_s_but_for_what_they_share(stack: str, other: str) -> None:
    shared = OF_DEV if other == "dev" else OF_ENVIRONMENTS if stack == "dev" else {}
    found: set[tuple[str, str, str]] = set()
    for granted in grants(stack):
        for arn, thing in things(other).items():
            if fnmatchcase(arn, granted.resource) and holds(granted, thing):
                _, _, service, _, _, resource = arn.split(":", 5)
                if not any(fnmatchcase(f"{service} {resource}", pattern) for pattern in shared) and not all(
                    map(looks_only, granted.actions)
                ):
                    found.add((granted.policy, granted.resource, arn))
    assert sorted(found) == []


def test_what_they_share_is_used() -> None:
    """A line that nothing needs any more is none."""
    for stack, other, shared in (("dev-x", "dev", OF_DEV), ("dev", "dev-x", OF_ENVIRONMENTS)):
        arns = {arn for granted in grants(stack) for arn in things(other) if fnmatchcase(arn, granted.resource)}
        names = {" ".join((arn.split(":")[2], arn.split(":", 5)[5])) for arn in arns}
        assert [pattern for pattern in shared if not any(fnmatchcase(each, pattern) for each in names)] == []


@pytest.mark.parametrize("stack", STACKS[1:])
def test_no_environment_reaches_a_silo(stack: str) -> None:
    """Buckets and keys of silos are dev's, and are called after their tenants alone: any session could name one."""
    silos = [each for each in grants(stack) if "${" in each.resource.partition(":::")[2].partition("/")[0]]
    keys = [each for each in grants(stack) if "kms:ResourceAliases" in json.dumps(each.conditions)]
    assert (silos, keys) == ([], [])
    assert [each for each in grants("dev") if "kms:ResourceAliases" in json.dumps(each.conditions)]


@pytest.mark.parametrize("stack", STACKS)
def test_the_schedule_turns_alarms_and_bounds_of_its_own_stack_alone_by_their_tag(stack: str) -> None:
    turns = {
        action: each.conditions["StringEquals"]["aws:ResourceTag/Stack"]
        for each in grants(stack)
        for action in each.actions
        if action in ("cloudwatch:SetAlarmState", "application-autoscaling:RegisterScalableTarget")
    }
    assert turns == dict.fromkeys(("cloudwatch:SetAlarmState", "application-autoscaling:RegisterScalableTarget"), stack)
    alarms = some(of(stack).of("cloudwatch/metricAlarm:MetricAlarm")).values()
    turned = [each for each in alarms if "actionsEnabled" in each.ignore_changes]
    targets = some(of(stack).of("appautoscaling/target:Target")).values()
    assert turned and {each.inputs["tags"]["Stack"] for each in (*turned, *targets)} == {stack}


@pytest.mark.parametrize(("stack", "other"), [("dev", "dev-x"), ("dev-two", "dev-two-b"), ("dev-x", "dev")])
def test_nobody_else_s_role_may_take_on_a_role_or_use_a_key(stack: str, other: str) -> None:
    """Policies on things name no principal of another stack."""
    roles = {arn for arn, each in things(other).items() if each.token == "aws:iam/role:Role"}
    named: set[str] = set()
    for each in of(stack).resources.values():
        for key in ("policy", "assumeRolePolicy"):
            text = each.inputs.get(key)
            if isinstance(text, str) and '"Principal"' in text:
                for statement in json.loads(text)["Statement"]:
                    principals = statement["Principal"].get("AWS", []) if isinstance(statement["Principal"], dict) else []
                    named |= {called(arn) for arn in ([principals] if isinstance(principals, str) else principals)}
    assert named and not named & roles


def test_of_dev_s_network_they_change_what_the_role_that_brings_them_up_may_change() -> None:
    """The names in docs/delivery.md are those of dev's route table and group, and no environment writes into another."""
    (told,) = re.findall(r'"StringNotEquals": \{"aws:ResourceTag/Name": (\[.*?\])', (ROOT / "docs" / "delivery.md").read_text())
    dev, x = estate_of("dev"), environment("x")
    changed = {
        *(each.inputs["routeTableId"] for each in x.of("ec2/route:Route").values()),
        *(each.inputs["securityGroupId"] for each in x.of("vpc/securityGroupIngressRule:SecurityGroupIngressRule").values()),
    }
    kinds = ("ec2/routeTable:RouteTable", "ec2/securityGroup:SecurityGroup")
    theirs = {dev.id(kind, name): dev.inputs(kind, name)["tags"]["Name"] for kind in kinds for name in dev.names(kind)}
    assert {theirs[each] for each in changed if each in theirs} == set(json.loads(told))
    assert not [name for name in json.loads(told) if [*theirs.values()].count(name) != 1]
