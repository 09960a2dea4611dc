"""The tags of a stack, which the AWS provider puts on every resource."""

import fnmatch
from typing import Annotated, Final, cast

from pydantic import ConfigDict, Field, field_validator
from pydantic.alias_generators import to_camel

from components.base import checks, limits
from components.base.problems import Problem, checked, fail_on, keys
from components.base.spec import CostCenter, DataClassification, Email, Environment, Spec
from components.base.tenants import ID_PATTERN


def _no_id(text: str) -> str | None:
    expected = (
        "shared or a lender's name: to IAM this tag of the stack's roles is the one of tenants' sessions, and has an id's form"
    )
    return expected if fnmatch.fnmatchcase(text, ID_PATTERN) else None


class Tags(Spec):
    """The mandatory tags; further ones are welcome and reach AWS too."""

    model_config = ConfigDict(extra="allow", alias_generator=lambda name: to_camel(name)[0].upper() + to_camel(name)[1:])

    project: Annotated[str, checked(checks.tag_value)] = Field(description="name of the project, e.g. dataconnect")
    environment: Environment = Field(description="dev, stage or prod")
    owner: Annotated[Email, checked(checks.tag_value)] = Field(description="e-mail address of the owning team")
    cost_center: CostCenter = Field(description="cost centre, CC- and four digits")
    data_classification: DataClassification = Field(description="public, internal, confidential or restricted")
    tenant: Annotated[str, checked(checks.tag_value), checked(_no_id)] = Field(description="tenant that pays, or shared")


MOST_FURTHER: Final = limits.TAGS_PER_RESOURCE - len(keys(Tags)) - len((*checks.OWN_TAGS, checks.STACK_TAG))


class DefaultTags(Spec):
    """What the AWS provider puts on every resource."""

    tags: Tags = Field(description="the mandatory tags: " + ", ".join(keys(Tags)))

    @field_validator("tags", mode="before")
    @classmethod
    def _further_tags(cls, tags: object) -> object:
        if isinstance(tags, dict):
            known = keys(Tags)
            names = [*known, *(str(key) for key in cast("dict[object, object]", tags) if key not in known)]
            further = {str(key): value for key, value in cast("dict[object, object]", tags).items() if key not in known}
            if len(further) > MOST_FURTHER:
                expected = f"at most {MOST_FURTHER}: a resource has {limits.TAGS_PER_RESOURCE}, and components add their own"
                fail_on([Problem(value=f"{len(further)} further tags", expected=expected)])
            fail_on(
                Problem(value=value, expected=expected, path=(key,))
                for key, value in further.items()
                if (expected := checks.tag(key, value, known=[name for name in names if name != key]))
            )
        return cast("object", tags)
