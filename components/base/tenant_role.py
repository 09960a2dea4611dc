"""The role in which a workload touches the data of one tenant at a time."""

from dataclasses import replace
from typing import Any, Final

import pulumi
from pulumi_aws import iam

from .component import Component, tags
from .here import Place
from .links import Link
from .statements import OWN_TRUST, Statement, account, policy_json
from .tenants import ID_PATTERN, PROBE_TAG, TAG

TAKE: Final = ("sts:AssumeRole", "sts:TagSession")


ROLE_VARIABLE: Final = "TENANT_ROLE_ARN"


def add_tenant_role(owner: Component, *, here: Place, taker_arn: pulumi.Input[str], link: Link) -> tuple[Link, iam.Role | None]:
    """Create the role in which a workload touches one tenant's data at a time, if `link` has such uses.

    Sessions of that role bear the tag `tenant`, and those of operators `probe`, too: operators write policies on the role, and
    under that tag the account's boundary lets them only try (docs/decisions/operators.md). The workload may not touch the data
    without taking it. A session lasts an hour at the most: one role takes another
    (docs.aws.amazon.com/IAM/latest/UserGuide/id_roles.html, role chaining).

    Args:
        owner: The component of the workload; the role is called after it.
        here: Where it is.
        taker_arn: The workload's own role.
        link: What the workload may use.

    Returns:
        What is left for the workload's own role: to take the other, whose ARN `TENANT_ROLE_ARN` tells; and the role.
    """
    if not link.tenant_statements:
        return link, None
    name = f"{owner.name}-tenant"
    role = iam.Role(
        name,
        description=f"What {owner.name} may do to the data of one tenant at a time",
        assume_role_policy=policy_json(_trusts(here, taker_arn)),
        # The list of tenants without access, which operations write on it, would keep IAM from deleting it.
        force_detach_policies=True,
        tags=tags(name),
        opts=owner.child(),
    )
    granted = iam.RolePolicy(f"{name}-grants", role=role.name, policy=policy_json(link.tenant_statements), opts=owner.child())
    take = Statement(sid="TakeTenantRole", actions=TAKE, resources=(role.arn,))
    own = replace(
        link,
        statements=(*link.statements, take),
        tenant_statements=(),
        environment={**link.environment, ROLE_VARIABLE: role.arn},
        needs=(*link.needs, granted),
    )
    return own, role


def _trusts(here: Place, taker_arn: pulumi.Input[str]) -> list[Statement]:
    """Trust in those that take the role, by their names: a role that is made anew under its name is trusted, too."""
    own = _trust(here.account_id, (taker_arn,), (TAG,), {})
    probe = {"StringEquals": {f"aws:RequestTag/{PROBE_TAG}": "true"}}
    operators = (_trust(here.account_id, here.tenant_operators, (TAG, PROBE_TAG), probe),) if here.tenant_operators else ()
    return [own, *operators]


def _trust(account_id: str, takers: tuple[pulumi.Input[str], ...], tags: tuple[str, ...], besides: dict[str, Any]) -> Statement:
    return Statement(
        sid="",
        principals=account(account_id),
        actions=TAKE,
        resources=("*",),
        conditions={
            "ArnEquals": {"aws:PrincipalArn": [*takers]},
            "StringLike": {f"aws:RequestTag/{TAG}": ID_PATTERN},
            # With no tag at all this one is true; the one above is not.
            "ForAllValues:StringEquals": {"aws:TagKeys": [*tags]},
            **besides,
        },
        wildcard_reason=OWN_TRUST,
    )
