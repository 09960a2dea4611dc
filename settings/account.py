"""The settings of the role account: what there is once in an account, or once in each region that it uses."""

from collections.abc import Iterator, Mapping
from typing import Any, Final, Literal

from pydantic import Field, ValidationInfo, field_validator

from components.base.problems import Line, Problem, fail_on
from components.base.spec import Region, RetentionDays, yaml_key
from components.security.audit_spec import AdoptSpec, AuditSpec
from components.security.detection_spec import DetectionSpec
from components.security.guardrails_spec import ContactsSpec
from components.security.owners_spec import OwnersSpec
from components.security.suppression_spec import SuppressionSpec
from settings import on_demand
from settings.stack import StackName, StackSettings, account_of

Values = Mapping[str, Any]
_ROLE: Final = "dataconnect:role"
_PLATFORMS: Final = "dataconnect:platforms"
_OWNERS: Final = "dataconnect:owners"
_ACCOUNT: Final = "aws:allowedAccountIds"


class AccountSettings(StackSettings):
    """What there is once in an account, whatever stacks are in it."""

    role: Literal["account"] = Field(description="account")
    platforms: dict[Region, StackName] = Field(
        description="the stack of each region that the account uses, whose alert topic hears of what is found there; "
        "e.g. us-east-2: prod"
    )
    owners: OwnersSpec = Field(default_factory=OwnersSpec, description="who declares what there is once; all here by default")
    key_administrators: tuple[str, ...] = Field(description="ARNs of the roles that manage the account's keys")
    log_retention_days: RetentionDays = Field(description="days to keep logs")
    contacts: ContactsSpec | None = Field(
        default=None,
        description="whom AWS writes to besides the root user; must be there unless owners.contacts is landing-zone",
    )

    adopt: AdoptSpec = Field(
        default_factory=AdoptSpec, description="what is in the account already and is taken over; nothing by default"
    )
    audit: AuditSpec = Field(
        default_factory=AuditSpec, description="what is recorded of the account, for how long, and who reads it"
    )
    detection: DetectionSpec = Field(default_factory=DetectionSpec, description="how threats are looked for")
    suppressions: tuple[SuppressionSpec, ...] = Field(
        default=(), description="findings that are accepted for a time (docs/account.md); none by default"
    )

    @field_validator("platforms")
    @classmethod
    def _its_own_too(cls, platforms: dict[str, str], info: ValidationInfo) -> dict[str, str]:
        region = info.data.get("region")
        if region and region not in platforms:
            expected = f"one for {region}, too: it is aws:region of this stack, and tells its alarms there"
            fail_on([Problem(value=list(platforms), expected=expected)])
        return platforms

    @field_validator("audit")
    @classmethod
    def _of_others(cls, audit: AuditSpec, info: ValidationInfo) -> AuditSpec:
        own = account_of(info)
        if own in audit.writers:
            expected = "other accounts only: its own services write here anyway"
            fail_on([Problem(value=own, expected=expected, path=("writers", audit.writers.index(own)))])
        return audit

    @field_validator("adopt")
    @classmethod
    def _where_it_is_used(cls, adopt: AdoptSpec, info: ValidationInfo) -> AdoptSpec:
        given = ((yaml_key(name), value) for name, value in adopt if isinstance(value, dict))
        fail_on(
            Problem(value=region, expected=expected, path=(key, region))
            for key, found in given
            for region in found
            if (expected := _unused(region, info))
        )
        return adopt

    @field_validator("suppressions")
    @classmethod
    def _each_once(cls, entries: tuple[SuppressionSpec, ...], info: ValidationInfo) -> tuple[SuppressionSpec, ...]:
        seen: dict[tuple[str, str, str], int] = {}
        for index, entry in enumerate(entries):
            same = seen.setdefault((entry.of, entry.finding, entry.resource), index)
            if same != index:
                expected = f"once: entry {same + 1} accepts the same"
                fail_on([Problem(value=entry.finding, expected=expected, path=(index, "finding"))])
            fail_on(
                Problem(value=region, expected=expected, path=(index, "regions"))
                for region in entry.regions
                if (expected := _unused(region, info))
            )
        return entries

    @field_validator("contacts")
    @classmethod
    def _by_one(cls, contacts: ContactsSpec | None, info: ValidationInfo) -> ContactsSpec | None:
        owners = info.data.get("owners")
        if isinstance(owners, OwnersSpec) and (owners.contacts == "here") != (contacts is not None):
            expected = "security, operations and billing" if contacts is None else "none: owners.contacts is landing-zone"
            fail_on([Problem(value="there" if contacts else "none", expected=expected)])
        return contacts


def _unused(region: str, info: ValidationInfo) -> str | None:
    """What is expected in place of a region that the account does not use; None for one that it does, or may."""
    platforms = info.data.get("platforms")
    used: Mapping[str, str] = platforms if isinstance(platforms, dict) else {region: ""}
    return None if region in used else f"a region of platforms: {', '.join(used)}"


def disagreements(own: Values, others: Mapping[str, Values]) -> Iterator[Line]:
    """What the file of an account contradicts in those of the other stacks: the regions they use, and who owns what."""
    if own.get(_ROLE) != "account":
        return
    platforms = own.get(_PLATFORMS)
    named: Mapping[str, Any] = platforms if isinstance(platforms, dict) else {}
    for name, other in sorted(others.items()):
        if other.get(_ACCOUNT) != own.get(_ACCOUNT):
            continue
        region = other.get("aws:region")
        if other.get(_ROLE) in ("primary", "recovery") and not on_demand.of(other) and named.get(str(region)) != name:
            said = f"is {named[str(region)]!r}" if str(region) in named else "is missing"
            advice = f"expected {name}: Pulumi.{name}.yaml uses this region of the account"
            yield Line(path=(_PLATFORMS, str(region)), says=said, advice=advice)
        if other.get(_ROLE) == "account":
            yield from _two_owners(own, other, name)
    for region, name in named.items():
        other = others.get(str(name))
        if other is not None and other.get(_ACCOUNT) != own.get(_ACCOUNT):
            advice = f"expected a stack of the same account: Pulumi.{name}.yaml is of {other.get(_ACCOUNT)}"
            yield Line(path=(_PLATFORMS, str(region)), says=f"is {name!r}", advice=advice)


def _two_owners(own: Values, other: Values, name: str) -> Iterator[Line]:
    for field in OwnersSpec.model_fields:
        key = yaml_key(field)
        mine, theirs = (dict(values.get(_OWNERS) or {}).get(key, "here") for values in (own, other))
        if mine == theirs == "here":
            advice = f"expected landing-zone, here or in Pulumi.{name}.yaml: the account has one, and that declares it"
            yield Line(path=(_OWNERS, key), says="is 'here'", advice=advice)
