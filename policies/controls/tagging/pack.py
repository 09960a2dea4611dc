"""The tagging pack: every resource says who owns it, who pays for it and how sensitive its data is."""

import json
import re
from collections.abc import Collection, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Final

from policies.kit.checks import is_on, one_of
from policies.kit.pack import Pack
from policies.kit.resource import AWS_PROVIDER, Resource, kind_of, parse_json
from policies.kit.rule import ANY_AWS, NOT_JUDGED, Answers, Check, Finding, Options, Rules, texts
from policies.kit.tags import default_tags, misshapen, tags_of
from policies.kit.values import UNKNOWN, Value, as_bool, as_list

rules: Final = Rules("tagging")

MANDATORY: Final = ("CostCenter", "DataClassification", "Environment", "Owner", "Project", "Tenant")
_TAGS_PER_RESOURCE: Final = 50  # https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html
_KEY_CHARACTERS: Final = 128
_VALUE_CHARACTERS: Final = 256
_ALLOWED_TEXT: Final = re.compile(r"[\w\s.:/=+\-@]*")

# In the order in which they are preferred where several fit as many keys of a resource.
_CASINGS: Final = {
    "PascalCase": re.compile(r"[A-Z][A-Za-z0-9]*"),
    "camelCase": re.compile(r"[a-z][A-Za-z0-9]*"),
    "kebab-case": re.compile(r"[a-z0-9]+(-[a-z0-9]+)*"),
    "snake_case": re.compile(r"[a-z0-9]+(_[a-z0-9]+)*"),
    "UPPER_CASE": re.compile(r"[A-Z0-9]+(_[A-Z0-9]+)*"),
    "Capital-Case": re.compile(r"[A-Z][a-z0-9]*([-_ ][A-Z][a-z0-9]*)*"),
}

_MANDATORY_OPTION: Final = {"mandatory": texts("Tag keys that every taggable resource carries.", *MANDATORY, minLength=1)}


@cache
def taggable() -> frozenset[str]:
    """Kinds of resource that take tags, as the SDK has it (`policies/kit/generate_taggable.py`)."""
    data = json.loads((Path(__file__).parents[2] / "kit" / "taggable.json").read_text(encoding="utf-8"))
    return frozenset(kind_of(token) for token in data["types"])


def _missing(tags: Mapping[str, Value], mandatory: list[str], path: str) -> Answers:
    values = {key: tags.get(key) for key in mandatory}
    missing = [key for key, value in values.items() if value is None or (value is not UNKNOWN and not str(value).strip())]
    if missing:
        keys = ", ".join(missing)
        yield Finding(path, sorted(tags), f"a value for {keys} too", detail=",".join(missing))


@rules.configurable("mandatory-tags", "C001", ANY_AWS, options=_MANDATORY_OPTION)
def _mandatory_tags(resource: Resource, options: Options) -> Answers:
    """Every taggable resource carries the mandatory tags with a value.

    Add the tag to the stack's aws:defaultTags, or to the resource if it differs there.
    """
    if resource.kind in taggable():
        yield from _missing(tags_of(resource), options["mandatory"], "tags")


@rules.configurable(
    "tag-values",
    "C002",
    ANY_AWS,
    options={
        "patterns": {
            "type": "object",
            "additionalProperties": {"type": "string", "format": "regex"},
            "default": {
                "CostCenter": "CC-[0-9]{4}",
                "Environment": "dev|stage|prod",
                "DataClassification": "public|internal|confidential|restricted",
            },
            "description": "Tag key -> regular expression that the whole value matches.",
        }
    },
)
def _tag_values(resource: Resource, options: Options) -> Answers:
    """Tag values are of the allowed ones and within AWS's limits.

    Correct the value in aws:defaultTags or on the resource.
    """
    if resource.kind not in taggable():
        return
    if misshapen(own := resource.get("tags")):
        yield Finding("tags", own, "an object of keys and texts, or blocks with key and value")
    patterns: Mapping[str, str] = options["patterns"]
    for key, value in tags_of(resource).items():
        if value is UNKNOWN:
            yield NOT_JUDGED
        elif key in patterns and not re.fullmatch(patterns[key], str(value)):
            yield Finding(f"tags.{key}", value, f"a value like {patterns[key]}", detail=key)
        elif len(key) > _KEY_CHARACTERS or len(str(value)) > _VALUE_CHARACTERS:
            yield Finding(
                f"tags.{key}", value, f"a key up to {_KEY_CHARACTERS} and a value up to {_VALUE_CHARACTERS} characters", key
            )
        elif not _ALLOWED_TEXT.fullmatch(key) or not _ALLOWED_TEXT.fullmatch(str(value)):
            yield Finding(f"tags.{key}", value, "letters, digits, spaces and . : / = + - @ _ only", detail=key)


@rules.configurable("tag-keys", "C003", ANY_AWS, options=_MANDATORY_OPTION)
def _tag_keys(resource: Resource, options: Options) -> Answers:
    """Tag keys are of one casing and spelled one way, leave the aws: prefix to AWS, and are at most 50.

    Use the spelling of the mandatory key, once, and its casing for all keys.
    """
    if resource.kind not in taggable():
        return
    keys = list(tags_of(resource))
    casing, strays = _casing(keys)
    spelling = {_folded(key): key for key in (*reversed(keys), *options["mandatory"])}
    for key in keys:
        if key.lower().startswith("aws:"):
            yield Finding(f"tags.{key}", key, "a key without the reserved prefix aws:", detail=key)
        elif spelling[_folded(key)] != key:
            yield Finding(f"tags.{key}", key, f"the key {spelling[_folded(key)]}", detail=key)
        elif key in strays:
            yield Finding(f"tags.{key}", key, f"a key in {casing}, like the others", detail=key)
    if len(keys) > _TAGS_PER_RESOURCE:
        yield Finding("tags", f"{len(keys)} tags", f"at most {_TAGS_PER_RESOURCE}")


def _casing(keys: Sequence[str]) -> tuple[str, Collection[str]]:
    """The casing that fits most of `keys`, and those that have another; a key with a namespace has that one's casing."""
    cased = [key for key in keys if any(pattern.fullmatch(key) for pattern in _CASINGS.values())]
    strays = {casing: [key for key in cased if not pattern.fullmatch(key)] for casing, pattern in _CASINGS.items()}
    commonest = min(strays, key=lambda casing: len(strays[casing]))
    return commonest, strays[commonest]


def _folded(key: str) -> str:
    return re.sub(r"[-_\s]", "", key).lower()


@rules.configurable("provider-default-tags", "C004", AWS_PROVIDER, options=_MANDATORY_OPTION)
def _provider_default_tags(provider: Resource, options: Options) -> Answers:
    """Every AWS provider sets the mandatory tags by default.

    Add the tag to aws:defaultTags in the stack file, or to defaultTags of the explicit provider.
    """
    inputs = {key: parse_json(value) for key, value in provider.properties.items()}
    yield from _missing(default_tags(inputs), options["mandatory"], "defaultTags.tags")


# What the name of a bucket with customer data tells.
_OF_CUSTOMERS: Final = re.compile(r"(?i)customer|borrower|applicant|(^|[^a-z])pii([^a-z]|$)")


def _holds_customer_data(resource: Resource) -> bool:
    names = (resource.name, resource.get("bucket"), resource.get("bucketPrefix"))
    return resource.kind != "s3/bucket" or any(_OF_CUSTOMERS.search(name) for name in names if isinstance(name, str))


@rules.configurable(
    "customer-data-classified",
    "C005",
    "rds/instance rds/cluster dynamodb/table s3/bucket",
    options={"classes": texts("Values of DataClassification that may hold customer data.", "restricted")},
)
def _customer_data_classified(resource: Resource, options: Options) -> Answers:
    """What holds customer data (databases, tables, buckets) is classified as such; other buckets are classified.

    Tag the resource DataClassification: restricted (a bucket without customer data: what it holds).
    """
    value = tags_of(resource).get("DataClassification")
    if value not in options["classes"] and (not value or _holds_customer_data(resource)):
        expected = " or ".join(options["classes"]) if _holds_customer_data(resource) else "what the bucket holds"
        yield Finding("tags.DataClassification", value, expected)


def _launch_template(template: Resource) -> Answers:
    specifications = as_list(template.get("tagSpecifications"))
    blocks = [each for each in specifications if each is UNKNOWN or isinstance(each, Mapping)]
    if not any(each.get("resourceType") == "instance" and each.get("tags") for each in blocks):
        yield Finding("tagSpecifications", None, "a specification with tags for resourceType instance")


def _auto_scaling_group(group: Resource) -> Answers:
    tags = list(group.each("tags[]"))
    if not tags:
        yield Finding("tags", None, "tags with propagateAtLaunch: true")
    for where, tag in tags:
        if tag is not UNKNOWN and not isinstance(tag, Mapping):
            yield Finding(where, tag, "a block with key, value and propagateAtLaunch: true")
            continue
        propagates = tag if tag is UNKNOWN else as_bool(tag.get("propagateAtLaunch"))
        if propagates is UNKNOWN:
            yield NOT_JUDGED
        elif propagates is not True:
            yield Finding(f"{where}.propagateAtLaunch", propagates, "true", detail=str(tag.get("key")))


_PROPAGATION: Final[dict[str, Check]] = {
    "autoscaling/group": _auto_scaling_group,
    "ecs/service": one_of("propagateTags", ("SERVICE", "TASK_DEFINITION")),
    "ec2/launchTemplate": _launch_template,
}

rules.named("tags-propagate", "C006", " ".join(_PROPAGATION)).add(
    lambda resource: _PROPAGATION[resource.kind](resource),
    description="Auto Scaling groups, ECS services and launch templates pass their tags on to what they start.",
    remediation="Set propagateAtLaunch: true, propagateTags: SERVICE, or tagSpecifications for instance and volume.",
)

rules.named("snapshot-tags", "C022", "rds/instance rds/cluster neptune/cluster").add(
    is_on("copyTagsToSnapshot"),
    description="Snapshots of databases carry the tags of the database.",
    remediation="Set copyTagsToSnapshot: true.",
    remediation_values={"copyTagsToSnapshot": True},
)

PACK: Final = Pack("tagging", "Every resource says who owns it, who pays for it and how sensitive its data is.", rules.list)
