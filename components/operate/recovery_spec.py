"""Who may order a failover, and which loss is accepted without a word."""

from typing import Annotated, Final

from pydantic import Field, ValidationInfo, field_validator

from ..base import checks
from ..base.problems import Problem, between, duplicates, fail_on
from ..base.spec import Spec, Whole, context

ACCEPTED_SECONDS: Final = (0, 3600)


class RecoverySpec(Spec):
    """Recovery of a stack by the region that it fails over to, and back."""

    operators: tuple[str, ...] = Field(
        description="ARNs of the IAM users and roles of this account that may order a failover, with MFA; one or more; "
        "break-glass users: in a session of IAM Identity Center or SAML, AWS tells of no MFA"
    )
    accept_loss_seconds: Annotated[Whole, between(*ACCEPTED_SECONDS, "seconds")] = Field(
        default=60,
        description="loss above which an alarm tells of the replica and readiness calls a failover not ready, "
        "0 to 3,600 seconds; 60 by default; a failover accepts what its own order says, and no loss where that says nothing",
    )

    @field_validator("operators")
    @classmethod
    def _of_account(cls, arns: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        known = context(info).account_id
        account = known if known and checks.account_id(known) is None else None
        if not arns:
            fail_on([Problem(value=[], expected="one ARN or more: somebody must be able to order a failover")])
        fail_on(duplicates(arns, what="an ARN"))
        fail_on(
            Problem(value=arn, expected=expected, path=(index,))
            for index, arn in enumerate(arns)
            if (expected := checks.user_or_role_arn(arn, account))
        )
        return arns
