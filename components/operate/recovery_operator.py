"""The role with which people order a failover: with MFA, and without anything but AWS."""

from typing import Final

import pulumi
from pulumi_aws import iam

from ..base.component import Component, tags
from ..base.statements import OWN_TRUST, Statement, policy_json
from .recovery_table import RecoveryTable
from .regional_function import RegionalFunction

OPERATOR: Final = "recovery-operator"


def create_operator(
    owner: Component,
    operators: tuple[str, ...],
    executor_arn: str,
    recover: RegionalFunction,
    ready_arn: str,
    table: RecoveryTable,
) -> iam.Role:
    """Create the role as a child of `owner`: it starts the executor, watches and stops what it started, looks whether
    a failover would succeed, and reads the table."""
    executor = (executor_arn, f"{executor_arn}:*")
    role = iam.Role(
        OPERATOR,
        description="Starts, watches and stops the executor of recovery",
        assume_role_policy=policy_json([_trust_with_mfa(operators)]),
        tags=tags(OPERATOR),
        opts=owner.child(),
    )
    executions = ("lambda:GetDurableExecution", "lambda:GetDurableExecutionHistory", "lambda:StopDurableExecution")
    grants = (
        # docs.aws.amazon.com/lambda/latest/dg/durable-security.html: a start is authorised by the alias that is called, the
        # rest by the version that an execution runs in.
        Statement(sid="Start", actions=("lambda:InvokeFunction",), resources=(recover.called_arn,)),
        Statement(sid="List", actions=("lambda:ListDurableExecutionsByFunction",), resources=(executor_arn,)),
        Statement(sid="WatchAndStop", actions=executions, resources=executor[1:]),
        # The function's page in the console, without its code, which lambda:GetFunction would hand out.
        Statement(sid="FindAlias", actions=("lambda:GetAlias", "lambda:GetFunctionConfiguration"), resources=executor),
        Statement(sid="FindVersions", actions=("lambda:ListAliases", "lambda:ListVersionsByFunction"), resources=executor[:1]),
        Statement(
            sid="ReadLog",
            actions=("logs:FilterLogEvents", "logs:GetLogEvents"),
            resources=(pulumi.Output.concat(recover.log_group_arn, ":*"),),
        ),
        Statement(sid="Look", actions=("lambda:InvokeFunction",), resources=(ready_arn,)),
        *table.read(),
    )
    iam.RolePolicy(f"{OPERATOR}-grants", role=role.name, policy=policy_json(grants), opts=owner.child())
    return role


def _trust_with_mfa(operators: tuple[str, ...]) -> Statement:
    """docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-multifactorauthpresent"""
    return Statement(
        sid="",
        principals={"AWS": [*operators]},
        actions=("sts:AssumeRole",),
        resources=("*",),
        conditions={"Bool": {"aws:MultiFactorAuthPresent": "true"}},
        wildcard_reason=OWN_TRUST,
    )
