"""What a DynamoDB table is keyed by."""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Final, Literal

from pydantic import AfterValidator, Field, ValidationInfo, field_validator

from ..base.problems import Problem, fail_on, matching
from ..base.spec import LinkedSpec, Spec
from ..base.tenants import ATTRIBUTE
from ..base.uses import LinkKind

AttributeType = Literal["S", "N", "B"]
# docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html
Attribute = Annotated[str, matching(r"[A-Za-z0-9_.-]{1,255}", "an attribute's name: up to 255 letters, digits and _ . -")]
IndexName = Annotated[str, matching(r"[A-Za-z0-9_.-]{3,255}", "a name of 3 to 255 letters, digits and _ . -")]

# docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html: global secondary indexes per table
MAX_INDEXES: Final = 20


def _another_key(range_key: str | None, info: ValidationInfo) -> str | None:
    if range_key is not None and range_key == info.data.get("hash_key"):
        fail_on([Problem(value=range_key, expected="another attribute than hashKey")])
    return range_key


RangeKey = Annotated[Attribute | None, AfterValidator(_another_key)]


class IndexSpec(Spec):
    """A global secondary index that holds whole items."""

    hash_key: Attribute = Field(description="attribute that partitions the index")
    range_key: RangeKey = Field(default=None, description="attribute that sorts within a partition; none by default")


class TableSpec(LinkedSpec):
    """A table, billed by request. Keys are text unless `attributeTypes` says otherwise."""

    link: ClassVar[LinkKind] = LinkKind("table", verbs=("read", "write"))

    @classmethod
    def reached_by(cls, thing: str, section: Mapping[str, object]) -> tuple[str, ...]:  # noqa: ARG003 - its section tells
        """STS where items are tenants' data: they are reached in a role of their own."""
        return ("sts",) if section.get("perTenant") in (True, "true") else ()

    hash_key: Attribute = Field(description="attribute that partitions the table")
    range_key: RangeKey = Field(default=None, description="attribute that sorts within a partition; none by default")
    indexes: dict[IndexName, IndexSpec] = Field(
        default_factory=dict[str, IndexSpec],
        description=f"global secondary indexes by name, at most {MAX_INDEXES}; AWS adds or removes one per update",
    )
    attribute_types: dict[Attribute, AttributeType] = Field(
        default_factory=dict[str, AttributeType], description="types of keys that are not text: N number, B bytes"
    )
    ttl_attribute: Attribute = Field(
        default="expires_at",
        validate_default=True,
        description="attribute with the second (Unix time) after which DynamoDB deletes the item; expires_at by default",
    )

    per_tenant: bool = Field(
        default=False,
        validate_default=True,
        description=f"whether items are tenants' data: hashKey, and that of each index, is {ATTRIBUTE}, and workloads reach "
        "those of one tenant at a time; false by default",
    )

    @property
    def attributes(self) -> dict[str, AttributeType]:
        """Type of every attribute that a key uses; no other attribute is declared."""
        return {name: self.attribute_types.get(name, "S") for name in _keys(self.hash_key, self.range_key, self.indexes)}

    @field_validator("indexes")
    @classmethod
    def _few(cls, indexes: dict[str, IndexSpec]) -> dict[str, IndexSpec]:
        if len(indexes) > MAX_INDEXES:
            fail_on([Problem(value=len(indexes), expected=f"at most {MAX_INDEXES} indexes")])
        return indexes

    @field_validator("attribute_types")
    @classmethod
    def _of_keys(cls, types: dict[str, AttributeType], info: ValidationInfo) -> dict[str, AttributeType]:
        data = info.data
        if {"hash_key", "range_key", "indexes"} <= data.keys():
            keys = _keys(data["hash_key"], data["range_key"], data["indexes"])
            expected = f"an attribute of a key: {', '.join(keys)}"
            fail_on(Problem(value=types[name], expected=expected, path=(name,)) for name in types if name not in keys)
        return types

    @field_validator("per_tenant")
    @classmethod
    def _keyed_by_tenant(cls, per_tenant: bool, info: ValidationInfo) -> bool:
        hash_key, indexes = info.data.get("hash_key"), info.data.get("indexes", {})
        if per_tenant:
            keys = {"hashKey": hash_key, **{f"the hashKey of {name}": index.hash_key for name, index in indexes.items()}}
            wrong = [f"{what} is {key}" for what, key in keys.items() if key not in (None, ATTRIBUTE)]
            if wrong:
                expected = f"false, or {ATTRIBUTE} as every hash key: a tenant is told by it, and {' and '.join(wrong)}"
                fail_on([Problem(value=True, expected=expected)])
        return per_tenant

    @field_validator("ttl_attribute")
    @classmethod
    def _no_key(cls, name: str, info: ValidationInfo) -> str:
        data = info.data
        if {"hash_key", "range_key", "indexes"} <= data.keys() and name in _keys(
            data["hash_key"], data["range_key"], data["indexes"]
        ):
            fail_on([Problem(value=name, expected="an attribute that is no key")])
        return name


def _keys(hash_key: str, range_key: str | None, indexes: dict[str, IndexSpec]) -> dict[str, None]:
    names = [hash_key, range_key, *(name for index in indexes.values() for name in (index.hash_key, index.range_key))]
    return dict.fromkeys(filter(None, names))
