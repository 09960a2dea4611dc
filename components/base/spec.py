"""A spec: the section of a stack file and the arguments of a component in one class, with one set of bounds and one error.

A stack file spells its keys in camelCase, a program in snake_case: `storageGiB` and `storage_gib` are one field. Specs import
of Pulumi no more than its error (`errors`), so that settings can be read, and tested, without a program.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, Self, cast, get_args, get_origin

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, ValidationError, ValidationInfo, field_validator
from pydantic.fields import FieldInfo

from . import checks
from .errors import InvalidArgumentError
from .problems import Problem, checked, fail_on, lines, matching, models_in
from .uses import LinkKind, parse

Environment = Literal["dev", "stage", "prod"]
DataClassification = Literal["public", "internal", "confidential", "restricted"]


@dataclass(frozen=True, kw_only=True)
class StackContext:
    """What a check may know of the stack besides the value it checks. What is None or empty is not known, and not checked.

    Attributes:
        stack: Its name.
        secrets: Top-level keys of the stack file that hold a secret.
        region: AWS region of the stack.
        account_id: Its account.
        environment: dev, stage or prod.
        zone: Its hosted zone.
        domain: The name its users open.
        fails_over: Whether Route 53 decides between this stack and one in another region.
        master: The master user of its database.
        services: Name -> what the stack file says of each service.
        jobs: The same of each batch job.
        functions: The same of each function.
        fleets: The same of each fleet.
        batch: What it says of the queue of the jobs.
        links: Name of everything a workload may use -> its kind.
        reached_by: The same name -> the AWS services that a workload calls for it by way of an interface endpoint or NAT.
        called: Kind of such a thing -> the services that the function calls which a deployment runs for it.
    """

    stack: str | None = None
    secrets: frozenset[str] = frozenset()
    region: str | None = None
    account_id: str | None = None
    environment: str | None = None
    zone: str | None = None
    domain: str | None = None
    fails_over: bool = False
    master: str | None = None
    services: Mapping[str, Mapping[str, object]] = field(default_factory=dict[str, Mapping[str, object]])
    jobs: Mapping[str, Mapping[str, object]] = field(default_factory=dict[str, Mapping[str, object]])
    functions: Mapping[str, Mapping[str, object]] = field(default_factory=dict[str, Mapping[str, object]])
    fleets: Mapping[str, Mapping[str, object]] = field(default_factory=dict[str, Mapping[str, object]])
    batch: Mapping[str, object] = field(default_factory=dict[str, object])
    links: Mapping[str, LinkKind] = field(default_factory=dict[str, LinkKind])
    reached_by: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    called: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])

    def used(self) -> dict[str, tuple[str, ...]]:
        """What workloads use -> the AWS services that they call for it; what is no use, its own check tells."""
        workloads = (*self.services.values(), *self.jobs.values(), *self.functions.values(), *self.fleets.values())
        listed = (workload.get("uses") for workload in workloads)
        texts = [text for uses in listed if isinstance(uses, list) for text in cast("list[object]", uses)]
        found = (parse(text) for text in texts if isinstance(text, str))
        return {use.name: self.reached_by[use.name] for use in found if use and use.name in self.reached_by}


def context(info: ValidationInfo) -> StackContext:
    """What is known of the stack while a value is checked."""
    return cast("StackContext | None", info.context) or StackContext()


def yaml_key(name: str) -> str:
    """A field's key in a stack file: `max_storage_gib` is `maxStorageGiB`."""
    first, *rest = name.split("_")
    return first + "".join({"gib": "GiB", "mib": "MiB"}.get(word, word.capitalize()) for word in rest)


class Spec(BaseModel):
    """Base of all specs: frozen, keyword-only, unknown keys refused.

    Raises:
        InvalidArgumentError: when a program makes one with a wrong value; the message lists everything that is wrong.
    """

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        alias_generator=yaml_key,
        validate_by_name=True,
        validate_by_alias=True,
        hide_input_in_errors=True,
    )

    if not TYPE_CHECKING:

        def __init__(self, **values: Any) -> None:
            try:
                super().__init__(**values)
            except ValidationError as error:
                raise _invalid(type(self), error) from None

        # pydantic calls an __init__ of one's own for nested sections, too, unless it says that it adds nothing to them.
        __init__.__pydantic_base_init__ = True

    @field_validator("*", mode="before")
    @classmethod
    def _as_written(cls, value: object, info: ValidationInfo) -> object:
        """Refuse what pydantic would read otherwise than it is written, e.g. `" 0100 "` as 100, 1.0 as 1, `on` as true."""
        field = cls.model_fields.get(info.field_name or "")
        if field and (expected := _another(value, field)):
            fail_on([Problem(value=value, expected=expected)])
        return value

    def within(self, known: StackContext) -> Self:
        """Itself, once it has also been checked against what is known of the stack.

        Raises:
            InvalidArgumentError: when something does not fit, e.g. a zone of another region.
        """
        values = {name: getattr(self, name) for name in type(self).model_fields}
        try:
            type(self).model_validate(values, context=known)
        except ValidationError as error:
            raise _invalid(type(self), error) from None
        return self


class LinkedSpec(Spec):
    """Base of the specs of what workloads use.

    Attributes:
        link: How they name it.
        called: The AWS services that the function calls by way of an interface endpoint or NAT which a deployment runs for it.
    """

    link: ClassVar[LinkKind]
    called: ClassVar[tuple[str, ...]] = ()

    @classmethod
    def reached_by(cls, thing: str, section: Mapping[str, object]) -> tuple[str, ...]:  # noqa: ARG003 - for those that differ
        """The AWS services that a workload calls for `thing` by way of an interface endpoint or NAT; none by default.

        S3 and DynamoDB are not among them: every network has their gateway endpoints. Nor is KMS, which they call themselves.

        Args:
            thing: Its name; empty where a stack has one of it.
            section: What the stack file says of it, or of all such things, as it stands.
        """
        return ()


def _another(value: object, field: FieldInfo) -> str | None:
    """What a whole number or a switch should have been, if `value` is neither that nor the text for it."""
    annotation = field.annotation
    plain = [get_args(each)[0] if get_origin(each) is Annotated else each for each in get_args(annotation) or (annotation,)]
    if value is None or isinstance(value, BaseModel):
        return None
    if get_origin(annotation) is tuple:
        listed = cast("Sequence[object]", value) if isinstance(value, list | tuple) else ()
        return None if int not in plain or all(map(_is_whole, listed)) else "a list of whole numbers"
    if int in plain:
        return None if _is_whole(value) else ": ".join(filter(None, ("a whole number", field.description)))
    if bool in plain:
        return None if isinstance(value, bool) or value in ("true", "false") else "true or false"
    return None


def _is_whole(value: object) -> bool:
    text = isinstance(value, str) and re.fullmatch(r"0|-?[1-9][0-9]{0,14}", value)
    return bool(text) or (isinstance(value, int) and not isinstance(value, bool))


def _invalid(model: type[Spec], error: ValidationError) -> InvalidArgumentError:
    found = [line.in_python(model) for line in lines(error, model)]
    found = [replace(line, advice=_in_python(line.advice, model)) for line in found]
    invalid = InvalidArgumentError(model.__name__, found[0].key, found[0].value, found[0].advice.removeprefix("expected "))
    invalid.args = ("\n".join(f"{model.__name__}.{line}" for line in found),)
    return invalid


def _in_python(advice: str, model: type[BaseModel]) -> str:
    """`advice` with the fields of `model`, and of the specs in it, as a program spells them."""
    spelled = {field.alias: name for each in _specs_in(model) for name, field in each.model_fields.items() if field.alias}
    camel = [re.escape(alias) for alias, name in spelled.items() if alias != name]
    return re.sub(rf"\b({'|'.join(camel)})\b", lambda found: spelled[found[1]], advice) if camel else advice


def _specs_in(model: type[BaseModel]) -> list[type[BaseModel]]:
    found = [model]
    for each in found:  # which grows meanwhile
        inner = [spec for field in each.model_fields.values() for spec in models_in(field.annotation)]
        found += [spec for spec in dict.fromkeys(inner) if spec not in found]
    return found


def _other_region(name: str, info: ValidationInfo) -> str:
    if name == context(info).region:
        fail_on([Problem(value=name, expected=f"another region than aws:region {name}")])
    return name


def _number_as_text(value: object) -> object:
    # `pulumi config set --path` stores digits as a number
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


NumberAsText = Annotated[str, BeforeValidator(_number_as_text)]
Whole = Annotated[int, "how it may be written, every spec checks"]
Region = Annotated[str, checked(checks.region)]
OtherRegion = Annotated[Region, AfterValidator(_other_region)]
DomainName = Annotated[str, checked(checks.domain_name)]
CostCenter = Annotated[str, matching(r"CC-[0-9]{4}", "CC- and four digits, e.g. CC-4100")]
Email = Annotated[str, checked(checks.email)]
HttpsUrl = Annotated[str, checked(checks.https_url)]
RetentionDays = Annotated[Whole, checked(checks.log_retention)]
UrlPath = Annotated[str, matching(r"/[\x21-\x7e]{0,1023}", "a path that starts with / and has no spaces")]
AccountId = Annotated[str, checked(checks.account_id)]
PartName = Annotated[str, matching(r"[a-z][a-z0-9-]{1,18}[a-z0-9]", "3 to 20 lower-case letters, digits and hyphens")]
