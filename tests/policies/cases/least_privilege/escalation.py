"""Cases of policies/controls/least_privilege/escalation.py."""

from collections.abc import Mapping
from typing import Any

from tests.policies.given.least_privilege.common import (
    ATTACHMENT,
    ATTACHMENTS,
    OWN,
    OWN_PROVIDER,
    POLICY,
    ROLE,
    ROLE_ARN,
    ROLE_POLICY,
    TAGGED,
    UNKNOWN_POLICY,
    USER,
    all_of,
    allow,
    deny,
    inlined,
    may,
    when,
)
from tests.policies.given.least_privilege.exposure import HARMLESS
from tests.policies.harness import UNKNOWN, Planned, planned, ref
from tests.policies.table import Case, Cases

PASS = allow("iam:PassRole", "*")
PUT_OWN = allow("iam:PutRolePolicy", f"arn:aws:iam::{OWN}:role/app")
MAKE_KEYS = allow("iam:CreateAccessKey", "*")
RUN = allow(["lambda:CreateFunction", "lambda:InvokeFunction"], f"arn:aws:lambda:us-east-2:{OWN}:function:job-*")
FOR_LAMBDA = when("StringEquals", "iam:PassedToService", "lambda.amazonaws.com")
FOR_GLUE = when("StringEquals", "iam:PassedToService", "glue.amazonaws.com")


def role(**inputs: Any) -> Planned:
    return Planned(token=ROLE, name="app", inputs=inputs, refs={"permissionsBoundary": (POLICY, "boundary")})


def part(name: str, *statements: object) -> Planned:
    """An inline policy of the role."""
    return planned(ROLE_POLICY, name, role=ref(ROLE, "app"), **all_of(*statements))


def managed(name: str, *statements: object) -> list[Planned]:
    """A managed policy, attached to the role."""
    attachment = planned(ATTACHMENT, f"{name}-attachment", role=ref(ROLE, "app"), policyArn=ref(POLICY, name))
    return [planned(POLICY, name, **all_of(*statements)), attachment]


def limit(*statements: object) -> Planned:
    return planned(POLICY, "boundary", **all_of(*statements))


def named(name: str, policy: Mapping[str, Any]) -> Case:
    """A role with a name of its own, and a policy that it holds."""
    return [planned(ROLE, "app", name=name).with_provider(OWN_PROVIDER), planned(ROLE_POLICY, "own", role=name, **policy)]


def bounded(statement: Mapping[str, Any]) -> Case:
    """A role with a name of its own and a boundary that leaves it everything."""
    role = planned(ROLE, "app", name="app", permissionsBoundary=ref(POLICY, "boundary"))
    return [role, limit(allow("*", "*")), part("own", statement)]


BOTH = [part("one", PASS), part("two", RUN)]

CASES: dict[str, Cases] = {
    "privilege-escalation": Cases(
        token=POLICY,
        fails=[
            *(may(action, "*") for action in ("iam:UpdateLoginProfile", "iam:Put*", "lambda:UpdateFunctionCode")),
            may("iam:AttachRolePolicy", f"arn:aws:iam::{OWN}:role/*"),
            may("iam:CreatePolicyVersion", "arn:aws:iam::*:policy/*"),
            may(["iam:PassRole", "ec2:RunInstances"], "*"),
            all_of(PASS, RUN),
            all_of({**PASS, **FOR_LAMBDA}, RUN),
            may(["ec2:ModifyInstanceAttribute", "ec2:StopInstances", "ec2:StartInstances"], "*"),
            may(["ecs:ExecuteCommand", "ecs:DescribeTasks"], "*"),
            may(["iam:PassRole", "scheduler:CreateSchedule"], "*"),
            may(["states:UpdateStateMachine", "states:StartExecution"], "*"),
            all_of(PASS, allow("ecs:RunTask", f"arn:aws:ecs:us-east-2:{OWN}:task-definition/app:*")),
            all_of(allow(["ec2-instance-connect:*", "ec2:DescribeInstances"], "*")),
            inlined(may("*", "*")),
            all_of({"Effect": "Allow", "NotAction": "s3:*", "Resource": "*"}),
            all_of(MAKE_KEYS, deny("iam:CreateAccessKey", **when("Bool", "aws:SecureTransport", "false"))),
            all_of(MAKE_KEYS, deny("iam:CreateAccessKey", ROLE_ARN)),
        ],
        passes=[
            HARMLESS,
            may("lambda:CreateFunction", "s3"),
            all_of(PASS),
            all_of(allow("iam:PassRole", ROLE_ARN), RUN),
            all_of(allow("iam:PassRole", ROLE_ARN), allow(["ecs:RunTask", "scheduler:CreateSchedule"], "*")),
            all_of({**PASS, **FOR_GLUE}, RUN),
            may("iam:CreateAccessKey", f"arn:aws:iam::{OWN}:user/${{aws:username}}"),
            may("iam:AttachRolePolicy", "*", **when("ArnEquals", "iam:PolicyARN", f"arn:aws:iam::{OWN}:policy/app")),
            may(["ecs:ExecuteCommand", "ecs:DescribeTasks"], f"arn:aws:ecs:us-east-2:{OWN}:task/app/*"),
            all_of(allow("iam:*", "*"), deny([f"iam:{verb}*" for verb in ("Create", "Update", "Add", "Set", "Attach", "Put")])),
            all_of(MAKE_KEYS, deny("*")),
        ],
        unknown=UNKNOWN_POLICY,
    ),
    "combined-privilege-escalation": Cases(
        token=ROLE,
        fails=[
            [role(), *BOTH],
            [role(), part("one", PASS), *managed("two", RUN)],
            [role(inlinePolicies=[{"name": "one", **all_of(PASS)}]), *managed("two", RUN)],
            [
                planned(ROLE, "app", managedPolicyArns=[ref(POLICY, "one"), ref(POLICY, "two")]),
                planned(POLICY, "one", **all_of(PASS)),
                planned(POLICY, "two", **all_of(RUN)),
            ],
            [
                planned("aws:iam/group:Group", "staff", name="staff"),
                planned("aws:iam/groupPolicy:GroupPolicy", "one", group="staff", **all_of(PASS)),
                planned(ATTACHMENTS, "two", groups=["staff"], policyArn="arn:p"),
                planned(POLICY, "p", arn="arn:p", **all_of(RUN)),
            ],
            [role(permissionsBoundary=UNKNOWN), limit(allow("*", "*")), *BOTH],
            [role(permissionsBoundary=UNKNOWN), limit(allow(["iam:*", "lambda:*"], "*")), *BOTH],
            [role(), *BOTH, part("three", deny("iam:PassRole", ROLE_ARN))],
            named("app", may("iam:PutRolePolicy", f"arn:aws:iam::{OWN}:role/app")),
            named("app", may("iam:UpdateAssumeRolePolicy", "arn:aws:iam::*:role/ap*")),
            bounded(allow("iam:DeleteRolePermissionsBoundary", f"arn:aws:iam::{OWN}:role/app")),
        ],
        passes=[
            [role()],
            [role(), part("one", PASS)],
            # Each alone is a finding of the policy, not of the role.
            [role(), part("one", PASS, RUN)],
            [role(), *BOTH, part("three", deny("iam:PassRole"))],
            [role(), *BOTH, part("three", deny("lambda:*"))],
            [role(permissionsBoundary=UNKNOWN), limit(allow("s3:*", "*")), *BOTH],
            [role(permissionsBoundary=UNKNOWN), limit(allow("*", "*"), deny("iam:*")), *BOTH],
            [planned(USER, "me"), *BOTH],
            [role(permissionsBoundary=UNKNOWN), limit(allow("iam:PassRole", ROLE_ARN), allow("lambda:*", "*")), *BOTH],
            bounded(PUT_OWN),
            named("app", may("iam:PutRolePolicy", f"arn:aws:iam::{OWN}:role/other")),
            [planned(ROLE, "app", name="app", path=UNKNOWN), part("own", PUT_OWN)],
            named("app", may("iam:PutRolePolicy", f"arn:aws:iam::{OWN}:role/app", **TAGGED)),
            named("app", may("iam:PutRolePolicy", "arn:aws:iam::999999999999:role/app")),
        ],
        unknown=[
            [role(), part("one", PASS), planned(ATTACHMENT, "x", role=ref(ROLE, "app"), policyArn=UNKNOWN)],
            [planned(ROLE, "app", permissionsBoundary="arn:aws:iam::aws:policy/PowerUserAccess"), *BOTH],
            [role(), part("one", PASS), planned(ROLE_POLICY, "two", role=ref(ROLE, "app"), policy=UNKNOWN)],
        ],
    ),
}
