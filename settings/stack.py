"""What every stack says, whatever its role."""

from typing import Annotated

from pydantic import ConfigDict, Field, ValidationInfo, field_validator

from components.base import checks
from components.base.problems import Problem, checked, fail_on, matching
from components.base.spec import AccountId, Environment, HttpsUrl, PartName, Region, Spec, context, yaml_key
from components.data.table_spec import TableSpec
from settings.tags import DefaultTags, Tags

StackName = Annotated[str, matching(r"[A-Za-z0-9_.-]{1,100}", "the name of a stack, e.g. prod")]


def account_of(info: ValidationInfo) -> str | None:
    """The stack's account, if its id is one."""
    account = context(info).account_id
    return account if account and checks.account_id(account) is None else None


class StackSettings(Spec):
    """What every stack has."""

    model_config = ConfigDict(alias_generator=lambda name: f"dataconnect:{yaml_key(name)}")

    region: Region = Field(alias="aws:region", description="AWS region of the stack")
    allowed_account_ids: tuple[AccountId, ...] = Field(
        alias="aws:allowedAccountIds", description="a list of the one account the stack may touch, in quotes"
    )
    default_tags: DefaultTags = Field(alias="aws:defaultTags", description="tags on every resource")
    without: tuple[str, ...] = Field(
        default=(),
        description="what the defaults say and this stack has not, e.g. search or functions.index; nothing by default",
    )
    permissions_boundary: str = Field(description="ARN of the account's own policy that bounds every role of the stack")
    runbook_url: Annotated[HttpsUrl, checked(checks.runbook_url)] = Field(
        description="address of the runbooks; each alarm links <runbookUrl>/<thing>/<symptom>"
    )

    @property
    def account_id(self) -> str:
        """The one account the stack may touch."""
        return self.allowed_account_ids[0]

    @property
    def tags(self) -> Tags:
        """The stack's default tags."""
        return self.default_tags.tags

    @property
    def environment(self) -> Environment:
        """dev, stage or prod, from the tag Environment."""
        return self.tags.environment

    @field_validator("permissions_boundary")
    @classmethod
    def _bounded(cls, arn: str, info: ValidationInfo) -> str:
        if expected := checks.policy_arn(arn, account_of(info)):
            fail_on([Problem(value=arn, expected=expected)])
        return arn

    @field_validator("allowed_account_ids")
    @classmethod
    def _exactly_one(cls, accounts: tuple[str, ...]) -> tuple[str, ...]:
        if len(accounts) != 1:
            fail_on([Problem(value=list(accounts), expected="exactly one account id: a stack belongs to one account")])
        return accounts


class TabledSettings(StackSettings):
    """What every stack has that has the DynamoDB tables."""

    tables: dict[PartName, TableSpec] = Field(
        default_factory=dict[str, TableSpec], description="the DynamoDB tables by name, the same in every stack that has them"
    )

    @field_validator("tables")
    @classmethod
    def _apart_from_the_database(cls, tables: dict[str, TableSpec]) -> dict[str, TableSpec]:
        if "database" in tables:
            expected = "another name: the stack's database is called so, and backed up under it"
            fail_on([Problem(value="database", expected=expected, path=("database",))])
        return tables
