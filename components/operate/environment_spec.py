"""Environments on demand: what a stack offers to those that stand beside it, and what such a stack says of itself."""

from ipaddress import IPv4Network
from typing import Annotated, Final

from pydantic import Field, ValidationInfo, field_validator

from ..base import checks
from ..base.problems import Problem, between, checked, fail_on, matching
from ..base.spec import Spec, Whole, context
from ..data import database_checks
from ..data.users_function.environments import DataPolicy

MOST: Final = 11
"""Environments at once. Functions reserve concurrency, of which a region has 1,000 and keeps 100 unreserved
(docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html): with a twelfth, all could reserve more than 900. The
security group of the database takes 60 rules until its quota is raised, and an environment one for each of its workloads that
use it, three or four; a route table 50 routes, a VPC 50 peering connections
(docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html)."""
LONGEST_PREFIX: Final = 20
"""Of an environment's range: 4,096 addresses."""
SHARE: Final = 0.5
"""Of the connections of the shared instance: what all environments together may open. The rest is the instance's own."""


class EnvironmentSpec(Spec):
    """The stack is an environment on demand: it has a network and workloads of its own, and the rest is another stack's."""

    of: Annotated[str, matching(r"[A-Za-z0-9_.-]{1,100}", "the name of a stack, e.g. dev")] = Field(
        description="the stack that it stands beside, e.g. dev: whose database, zone, repositories and alarms it uses"
    )
    data: DataPolicy = Field(
        description="what becomes of its database when it is destroyed: discard, or keep, until one of the same name takes "
        "it up again"
    )

    @field_validator("of")
    @classmethod
    def _named_after_it(cls, of: str, info: ValidationInfo) -> str:
        known = context(info)
        if known.environment == "prod":
            fail_on([Problem(value=of, expected="no dataconnect:environment: production has no environments on demand")])
        if known.stack and not known.stack.startswith(f"{of}-"):
            fail_on([Problem(value=of, expected=f"the stack that {known.stack} is called after: its name is <of>-<name>")])
        if known.stack and (expected := database_checks.environment(known.stack.removeprefix(f"{of}-"))):
            fail_on([Problem(value=of, expected=f"<of>-<name> as the stack's name, {known.stack}: the name of {expected}")])
        return of

    def name(self, stack: str) -> str:
        """The environment's name, by its stack's."""
        return stack.removeprefix(f"{self.of}-")


class EnvironmentsSpec(Spec):
    """What environments on demand may have of a stack."""

    pool: Annotated[str, checked(checks.private_cidr)] = Field(
        description="private IPv4 range of which each environment has a part of its own; apart from network.cidr"
    )
    prefix: Annotated[Whole, between(16, LONGEST_PREFIX)] = Field(
        default=20, description="length of each one's prefix, 16 to 20 (4,096 addresses); 20 by default"
    )
    most: Annotated[Whole, between(1, MOST)] = Field(
        default=10,
        validate_default=True,
        description=f"environments at once, 1 to {MOST}; 10 by default. Together they may open half the database's connections",
    )

    @field_validator("pool")
    @classmethod
    def _not_of_production(cls, pool: str, info: ValidationInfo) -> str:
        if context(info).environment == "prod":
            fail_on([Problem(value=pool, expected="no dataconnect:environments: production has no environments on demand")])
        return pool

    @field_validator("pool")
    @classmethod
    def _room_for_one(cls, pool: str) -> str:
        if IPv4Network(pool).prefixlen > LONGEST_PREFIX:
            expected = f"a range of /{LONGEST_PREFIX} or wider: the least that an environment has"
            fail_on([Problem(value=pool, expected=expected)])
        return pool

    @field_validator("prefix")
    @classmethod
    def _one_range_at_least(cls, prefix: int, info: ValidationInfo) -> int:
        pool = info.data.get("pool")
        if pool and IPv4Network(pool).prefixlen > prefix:
            fail_on(
                [Problem(value=prefix, expected=f"{IPv4Network(pool).prefixlen} or more: the pool {pool} holds no such range")]
            )
        return prefix

    @field_validator("most")
    @classmethod
    def _a_range_each(cls, most: int, info: ValidationInfo) -> int:
        pool, prefix = info.data.get("pool"), info.data.get("prefix")
        if pool and prefix and most > (ranges := 2 ** (prefix - IPv4Network(pool).prefixlen)):
            fail_on([Problem(value=most, expected=f"{ranges} or fewer: the pool {pool} holds that many ranges of /{prefix}")])
        return most

    def connections(self, most_of_instance: int) -> int:
        """The sessions that one environment may open, of those that the shared instance takes."""
        return int(most_of_instance * SHARE) // self.most
