"""The kinds of values a stack file holds, and what a value's check may know of the rest of the file."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal, Self, cast

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, ValidationInfo
from pydantic.alias_generators import to_camel

from components import checks
from settings.problems import Problem, checked, fail_on, matching

Environment = Literal["dev", "stage", "prod"]
DataClassification = Literal["public", "internal", "confidential", "restricted"]
Nat = Literal["none", "single", "per-zone"]
Use = Literal["database", "sessions", "lake-read", "lake-write"]


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """What a check may know of the rest of the stack file.

    Taken from the file as it stands, so that a wrong value elsewhere never hides a second one here. Absent or shapeless values
    are None or left out: their own checks speak of them.

    Attributes:
        secrets: Top-level keys that hold a secret.
        fails_over: Whether Route 53 decides between this stack and one in another region.
        services: `name`, `priority`, `paths` and `hosts` of each service.
    """

    secrets: frozenset[str] = frozenset()
    region: str | None = None
    account_id: str | None = None
    environment: str | None = None
    cidr: str | None = None
    zone: str | None = None
    domain: str | None = None
    fails_over: bool = False
    services: tuple[Mapping[str, object], ...] = ()

    @classmethod
    def of(cls, raw: Mapping[str, object], secrets: frozenset[str]) -> Self:
        """The surroundings that `raw`, a stack's whole configuration, gives to each of its values."""
        services = raw.get("dataconnect:services")
        return cls(
            secrets=secrets,
            region=_text(raw, "aws:region"),
            account_id=_text(raw, "aws:allowedAccountIds", 0),
            environment=_text(raw, "aws:defaultTags", "tags", "Environment"),
            cidr=_text(raw, "dataconnect:network", "cidr"),
            zone=_text(raw, "dataconnect:dns", "zone"),
            domain=_text(raw, "dataconnect:ingress", "domain"),
            fails_over="dataconnect:recoveryRegion" in raw or raw.get("dataconnect:role") == "recovery",
            services=tuple(service for service in services if isinstance(service, dict)) if isinstance(services, list) else (),
        )

    def count(self, key: str, value: object) -> int:
        """How many services have `value` under `key`."""
        return sum(str(service.get(key)) == str(value) for service in self.services)

    def paths(self, *, any_host: bool = False) -> tuple[str, ...]:
        """The path patterns of all services, or of those that answer any host name."""
        lists = [service.get("paths") for service in self.services if not (any_host and service.get("hosts"))]
        return tuple(str(path) for paths in lists if isinstance(paths, list) for path in cast("list[object]", paths))


def surroundings(info: ValidationInfo) -> Surroundings:
    """The surroundings of the value that is being checked."""
    return cast("Surroundings | None", info.context) or Surroundings()


def _text(value: object, *path: str | int) -> str | None:
    for part in path:
        if isinstance(value, dict) and part in value:
            value = cast("dict[object, object]", value)[part]
        elif isinstance(value, list) and isinstance(part, int) and part < len(cast("list[object]", value)):
            value = cast("list[object]", value)[part]
        else:
            return None
    return str(value) if isinstance(value, str | int) else None


def _reserved(cidr: str, info: ValidationInfo) -> str:
    own = surroundings(info).cidr
    if own and checks.vpc_cidr(own) is None and checks.cidrs_overlap(own, cidr):
        fail_on([Problem(value=cidr, expected=f"a range that does not overlap network.cidr {own}")])
    return cidr


def _other_region(name: str, info: ValidationInfo) -> str:
    if name == surroundings(info).region:
        fail_on([Problem(value=name, expected=f"another region than aws:region {name}")])
    return name


def _no_bool(value: object) -> object:
    if isinstance(value, bool):  # which pydantic would read as 0 or 1
        fail_on([Problem(value=value, expected="a whole number")])
    return value


def _number_as_text(value: object) -> object:
    # `pulumi config set --path` stores digits as a number
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


NumberAsText = Annotated[str, BeforeValidator(_number_as_text)]
Whole = Annotated[int, BeforeValidator(_no_bool)]
Region = Annotated[str, checked(checks.region)]
OtherRegion = Annotated[Region, AfterValidator(_other_region)]
ReservedCidr = Annotated[str, checked(checks.private_cidr), AfterValidator(_reserved)]
DomainName = Annotated[str, checked(checks.domain_name)]
Email = Annotated[str, checked(checks.email)]
HttpsUrl = Annotated[str, checked(checks.https_url)]
RetentionDays = Annotated[Whole, checked(checks.log_retention)]
UrlPath = Annotated[str, matching(r"/[\x21-\x7e]{0,1023}", "a path that starts with / and has no spaces")]
StackName = Annotated[str, matching(r"[A-Za-z0-9_.-]{1,100}", "the name of a stack, e.g. prod")]
BucketRole = Annotated[str, matching(r"[a-z][a-z0-9-]{1,18}[a-z0-9]", "3 to 20 lower-case letters, digits and hyphens")]
AccountId = Annotated[NumberAsText, checked(checks.account_id)]


class Section(BaseModel):
    """Base of all sections: immutable, camelCase in YAML, unknown keys refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", alias_generator=to_camel, hide_input_in_errors=True)
