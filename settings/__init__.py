"""The only reader of the stack's configuration: typed, complete, immutable, checked before any resource exists."""

import json
from collections.abc import Mapping
from typing import Final, Literal, cast

import pulumi
from pulumi.runtime import config as runtime_config
from pydantic import ConfigDict, Field, ValidationError, ValidationInfo, field_validator
from pydantic.alias_generators import to_camel

from components import checks, limits
from settings.problems import Line, Problem, credentials, fail_on, keys, lines
from settings.sections import Alerts, Database, DefaultTags, Dns, Ingress, Lake, Network, RecoveryDatabase, ReplicatedLake, Tags
from settings.services import Service
from settings.values import (
    AccountId,
    Environment,
    HttpsUrl,
    OtherRegion,
    Region,
    RetentionDays,
    Section,
    StackName,
    Surroundings,
    surroundings,
)


class SettingsError(pulumi.RunError):
    """Everything that is wrong with a stack's configuration, one problem per line."""


def _account(info: ValidationInfo) -> str | None:
    """The stack's account, if its id is one."""
    account = surroundings(info).account_id
    return account if account and checks.account_id(account) is None else None


class StackSettings(Section):
    """What every stack has."""

    model_config = ConfigDict(alias_generator=lambda name: f"dataconnect:{to_camel(name)}")

    region: Region = Field(alias="aws:region", description="AWS region of the stack")
    allowed_account_ids: tuple[AccountId, ...] = Field(
        alias="aws:allowedAccountIds", description="a list of the one account the stack may touch, in quotes"
    )
    default_tags: DefaultTags = Field(alias="aws:defaultTags", description="tags on every resource")
    permissions_boundary: str = Field(description="ARN of the account's own policy that bounds every role of the stack")
    runbook_url: HttpsUrl = Field(description="address of the runbooks; each alarm links <runbookUrl>/<alarm>")

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
        if expected := checks.policy_arn(arn, _account(info)):
            fail_on([Problem(value=arn, expected=expected)])
        return arn

    @field_validator("allowed_account_ids")
    @classmethod
    def _exactly_one(cls, accounts: tuple[str, ...]) -> tuple[str, ...]:
        if len(accounts) != 1:
            fail_on([Problem(value=list(accounts), expected="exactly one account id: a stack belongs to one account")])
        return accounts


class PlatformSettings(StackSettings):
    """What primary and recovery have in common."""

    protect: bool = Field(
        default=True, description="refuse to delete or replace what holds data; true by default, must be in prod"
    )
    log_retention_days: RetentionDays = Field(description="days to keep logs")
    alerts: Alerts = Field(description="who hears about alarms")
    network: Network = Field(description="the VPC")
    lake: Lake = Field(description="the data lake's buckets")
    services: tuple[Service, ...] = Field(description="the services behind the load balancer")
    ingress: Ingress = Field(description="the public load balancer")

    @field_validator("protect")
    @classmethod
    def _protected_in_prod(cls, protect: bool, info: ValidationInfo) -> bool:
        if not protect and surroundings(info).environment == "prod":
            fail_on([Problem(value=protect, expected="true: prod holds data that nobody may lose")])
        return protect

    @field_validator("services", mode="before")
    @classmethod
    def _fit_one_load_balancer(cls, services: object) -> object:
        most = limits.LISTENER_RULES_PER_LOAD_BALANCER
        if isinstance(services, list) and not 1 <= len(cast("list[object]", services)) <= most:
            count = len(cast("list[object]", services))
            expected = f"1 to {most} services: each takes one rule of the load balancer's listener"
            fail_on([Problem(value=count, expected=expected)])
        return services


class PrimarySettings(PlatformSettings):
    """A stack that holds the data: dev, prod."""

    role: Literal["primary"] = Field(description="primary")
    recovery_region: OtherRegion | None = Field(
        default=None, description="region that can take over; none by default (no copies)"
    )
    key_administrators: tuple[str, ...] = Field(
        description="ARNs of the IAM roles of this account that administer the KMS keys"
    )
    dns: Dns = Field(description="the environment's hosted zone")
    database: Database = Field(description="the PostgreSQL instance")

    @field_validator("key_administrators")
    @classmethod
    def _roles_of_account(cls, arns: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        if not arns:
            fail_on([Problem(value=[], expected="one role ARN or more: somebody must administer the keys")])
        fail_on(
            Problem(value=arn, expected=expected, path=(index,))
            for index, arn in enumerate(arns)
            if (expected := checks.role_arn(arn, _account(info)))
        )
        return arns


class RecoverySettings(PlatformSettings):
    """The pilot light in the other region: prod-recovery."""

    role: Literal["recovery"] = Field(description="recovery")
    active: bool = Field(
        default=False, description="true promotes the replica, starts the services and takes traffic; false by default"
    )
    primary_stack: StackName = Field(description="stack whose outputs are read, e.g. prod")
    primary_region: OtherRegion = Field(description="region of that stack")
    database: RecoveryDatabase = Field(description="the read replica of the primary's database")


class ReplicationSettings(StackSettings):
    """The links between the two regions: prod-replication."""

    role: Literal["replication"] = Field(description="replication")
    primary_stack: StackName = Field(description="stack in the primary region, e.g. prod")
    recovery_stack: StackName = Field(description="stack in the recovery region, e.g. prod-recovery")
    primary_region: Region = Field(description="region of primaryStack; the same as aws:region")
    recovery_region: OtherRegion = Field(description="region of recoveryStack")
    lake: ReplicatedLake = Field(description="what of the lake is copied")

    @field_validator("recovery_stack")
    @classmethod
    def _another_stack(cls, recovery_stack: str, info: ValidationInfo) -> str:
        if recovery_stack == info.data.get("primary_stack"):
            fail_on([Problem(value=recovery_stack, expected="another stack than primaryStack")])
        return recovery_stack

    @field_validator("primary_region")
    @classmethod
    def _own_region(cls, primary_region: str, info: ValidationInfo) -> str:
        region = surroundings(info).region
        if region and primary_region != region:
            expected = f"aws:region {region}: S3 and DynamoDB replication is driven from the primary's region"
            fail_on([Problem(value=primary_region, expected=expected)])
        return primary_region


Settings = PrimarySettings | RecoverySettings | ReplicationSettings

_ROLES: Final[dict[str, type[Settings]]] = {
    "primary": PrimarySettings,
    "recovery": RecoverySettings,
    "replication": ReplicationSettings,
}


def load() -> Settings:
    """Read and check the configuration of the stack being run.

    Raises:
        SettingsError: Something is wrong; the message lists everything that is.
    """
    values = {**runtime_config.get_config_env(), **runtime_config.CONFIG.get()}
    secrets = {*runtime_config.get_config_secret_keys_env(), *filter(runtime_config.is_config_secret, values)}
    return parse({key: _decoded(value) for key, value in values.items()}, stack=pulumi.get_stack(), secrets=frozenset(secrets))


def parse(raw: Mapping[str, object], *, stack: str, secrets: frozenset[str] = frozenset()) -> Settings:
    """Check a stack's configuration.

    Args:
        raw: What stands under `config:` in the stack's file, keys with their namespace.
        stack: Name of the stack, for messages.
        secrets: The keys of `raw` that hold a secret.

    Raises:
        SettingsError: Something is wrong; the message lists everything that is.
    """
    role = raw.get("dataconnect:role")
    model = _ROLES.get(role) if isinstance(role, str) else None
    found = [*credentials(raw, secrets)]
    hidden = {line.path for line in found}
    if model is None:
        advice = f"expected one of {', '.join(_ROLES)}"
        found.append(Line(path=("dataconnect:role",), says="is missing" if role is None else f"is {role!r}", advice=advice))
    known = keys(StackSettings)
    ours = {key: value for key, value in raw.items() if key in known or (model and key.startswith("dataconnect:"))}
    try:
        settings = (model or StackSettings).model_validate(ours, context=Surroundings.of(raw, secrets))
    except ValidationError as error:
        settings = None
        others = {key: _roles_with(key) for other in _ROLES.values() for key in keys(other)}
        found += (line for line in lines(error, model or StackSettings, secrets, others) if line.path not in hidden)
    if found or settings is None:
        raise SettingsError("\n".join(f"Pulumi.{stack}.yaml: {line}" for line in found))
    return cast("Settings", settings)


def _roles_with(key: str) -> str:
    return " or ".join(name for name, model in _ROLES.items() if key in keys(model))


def _decoded(value: object) -> object:
    # the engine hands over objects and lists as JSON, everything else as text
    if isinstance(value, str) and value.startswith(("{", "[")):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value
