"""Tenants kept apart: whose a resource is by its tag, who refers to whose, whose items a policy reaches, whose key it is."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, cast

from policies.controls.least_privilege.documents import ALL_TABLES, GRANTS, KEYS, documents, each_document, kinds
from policies.kit import facts
from policies.kit.document import Statement, readable
from policies.kit.references import referrers, targets
from policies.kit.resource import Graph, Resource
from policies.kit.rule import ANY_AWS, NOT_JUDGED, Answers, Finding, Options, Rules, texts
from policies.kit.values import UNKNOWN, Value, as_bool, read

rules: Final = Rules("least_privilege")

_SHARED: Final[Mapping[str, Mapping[str, Any]]] = {"shared": texts("Values of the tag Tenant that name no tenant.", "shared")}
# Property that names what a resource without tags belongs to.
_OWNERS: Final = {
    "iam/rolePolicy": "role",
    "iam/rolePolicyAttachment": "role",
    "iam/instanceProfile": "role",
    "kms/alias": "targetKeyId",
    "kms/grant": "keyId",
    "kms/keyPolicy": "keyId",
    "secretsmanager/secretPolicy": "secretArn",
    "sns/topicPolicy": "arn",
    "sqs/queuePolicy": "queueUrl",
}
_BUCKETS: Final = "s3/bucket"  # and what refers to it, s3/bucketPolicy and so on
_OWNED: Final = ("iam/role", "kms/key", "s3/bucket", "secretsmanager/secret", "sns/topic", "sqs/queue")


def tag(resource: Resource, key: str) -> Value:
    """The value of a tag, of the resource's own or of its provider's default ones; `key` in lower case without `-` and `_`."""
    for tags in (resource.get("tags"), read(resource.provider_properties, "defaultTags.tags")):
        if tags is UNKNOWN:
            return UNKNOWN
        for name, value in cast(Mapping[str, Value], tags).items() if isinstance(tags, Mapping) else ():
            if re.sub(r"[-_\s]", "", name).lower() == key:
                return value
    return None


_NAMED: Final = re.compile(r"tenant[-_ ]?([a-z]|\d+)(?![a-z0-9])", re.IGNORECASE)
"""A tenant by letter or number in the name of a resource; a word there (`tenant-router`) may be anything."""


def _plain(tenant: str) -> str:
    """A tenant as all call it: `acme` for `Acme` and `tenant-acme`."""
    return re.sub(r"^tenant[-_ ]?(?=.)", "", tenant.lower())


def tenant(resource: Resource) -> Value:
    """Whose a resource is, as its tag, its owner's or its name says; None if none does, unknown if it is not known yet.

    Raises:
        UnknownValueError: if that is the owner's to say and the stack is still being registered.
    """
    refers = resource.kind.startswith(_BUCKETS) and resource.kind != _BUCKETS
    prop = "bucket" if refers else _OWNERS.get(resource.kind)
    if prop:
        owners = [owner for kind in _OWNED for owner in targets(resource, prop, kind)]
        if owners:
            return tenant(owners[0])
    for key in ("tenant", "tenantid"):
        if (own := tag(resource, key)) is not None:
            return own
    named = (_NAMED.search(str(name)) for name in (resource.name, resource.get("name"), resource.get("bucket")))
    return next((match[0] for match in named if match), None)


class _Names:
    """The tenants of one stack: whose each resource is, and the names by which documents may call it (see `_called`)."""

    def __init__(self, graph: Graph, shared: frozenset[str]) -> None:
        self.owner: Final[dict[str, str]] = {}
        self.known_as: Final[dict[str, Resource]] = {}
        for urn, resource in graph.resources.items():
            value = tenant(resource) if resource.token.startswith("aws:") else None
            if isinstance(value, str) and value and value.lower() not in shared:
                self.owner[urn] = _plain(value)
                for values in (resource.properties, resource.outputs):
                    self.known_as.update(
                        {name: resource for name in map(values.get, ("arn", "bucket")) if isinstance(name, str)}
                    )
                name, path = resource.get("name"), resource.get("path")
                if resource.kind == "iam/role" and isinstance(name, str):
                    self.known_as[f"role{path if isinstance(path, str) else '/'}{name}"] = resource
        self.tenants: Final = frozenset(self.owner.values())


def _names(graph: Graph, shared: Iterable[str]) -> _Names:
    key = frozenset(value.lower() for value in shared)
    return graph.memo(("tenants", key), lambda: _Names(graph, key))


@rules.configurable("tenant-isolation", "C223", ANY_AWS, needs_stack=True, options=_SHARED)
def _tenant_isolation(resource: Resource, options: Options) -> Answers:
    """Resources of one tenant refer to no resource of another.

    Give each tenant resources of its own, or tag what both use Tenant: shared and guard it by conditions.
    """
    names = _names(resource.graph, options["shared"])
    own = names.owner.get(resource.urn)
    if own is None:
        if names.tenants and tenant(resource) is UNKNOWN:
            yield NOT_JUDGED
        return
    told: set[str] = set()
    for prop, urn in _references(resource):
        other = names.owner.get(urn)
        if other and other != own and urn not in told:
            told.add(urn)
            target = resource.graph.resources[urn]
            yield Finding(
                prop, f"{target.kind} {target.name} of tenant {other}", f"resources of tenant {own}", detail=target.name
            )
    if any(resource.kind in table for table in ALL_TABLES):
        yield from _documents(resource, own, names, told)


def _references(resource: Resource) -> Iterator[tuple[str, str]]:
    for prop, urns in (resource.property_dependencies or {}).items():
        for urn in urns:
            yield prop, urn


def _documents(resource: Resource, own: str, names: _Names, told: set[str]) -> Answers:
    """Resources and folders of other tenants that a policy names in words."""
    for table in ALL_TABLES:
        for where, document in documents(resource, table) if resource.kind in table else ():
            found = readable(document)
            if found is None:
                yield NOT_JUDGED
            for statement in found or ():
                place = f"{where}.Statement[{statement.index}]"
                yield from _statement(place, statement, own, names, told)


def _statement(where: str, statement: Statement, own: str, names: _Names, told: set[str]) -> Iterator[Finding]:
    if not statement.allow:
        return
    principals = [str(principal.value) for principal in statement.principals if principal.value is not UNKNOWN]
    for name in (*statement.resources, *principals):
        target = names.known_as.get(name) or names.known_as.get(_called(name))
        owner = names.owner.get(target.urn) if target else None
        if target and owner != own and target.urn not in told:
            told.add(target.urn)
            yield Finding(where, name, f"resources of tenant {own}, not {owner}", detail=target.name)
    prefixes = [str(value) for value in statement.condition_values("s3:prefix")]
    for text in (*statement.resources, *prefixes):
        folders = {_plain(part) for part in re.split(r"[/=]", text.partition(":::")[2] or text)}
        for other in sorted(names.tenants - {own}):
            if other in folders and (text in prefixes or ":s3:" in text):
                yield Finding(where, text, f"the folder of tenant {own}, not {other}", detail=text)


def _called(arn: str) -> str:
    """The name that an ARN gives to a bucket, or to a role with its path; empty if it is of neither."""
    if ":s3:" in arn:
        return arn.partition(":::")[2].partition("/")[0]
    return arn.split(":", 5)[5] if ":role/" in arn and arn.count(":") >= 5 else ""


def _text(resource: Resource, *more: object) -> str:
    """What a resource says of itself in words, in lower case."""
    said = [resource.get(prop) for prop in ("name", "description", "role", "user", "group", "tags")]
    return " ".join(map(str, (resource.name, *said, *more))).lower()


_ITEM_ACTIONS: Final = (
    *("dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:Query", "dynamodb:PutItem", "dynamodb:UpdateItem"),
    *("dynamodb:DeleteItem", "dynamodb:BatchWriteItem"),
)
_WHOLE_TABLE: Final = ("dynamodb:Scan", "dynamodb:PartiQLSelect", "dynamodb:ExportTableToPointInTime")
"""Without a leading key in the request: a set condition on it is true."""


@rules.configurable("tenant-leading-keys", "C040", kinds(GRANTS), options=_SHARED)
def _leading_keys(resource: Resource, options: Options) -> Answers:
    """A policy for tenant access reaches only the items whose leading key is the tenant's.

    Add ForAllValues:StringEquals on dynamodb:LeadingKeys and leave out Scan; what serves all tenants is Tenant: shared.
    """

    def check(holder: Resource, where: str, found: tuple[Statement, ...]) -> Answers:
        for statement in found:
            place = f"{where}.Statement[{statement.index}]"
            items = next((action for action in _ITEM_ACTIONS if statement.allows(action)), None)
            scans = next((action for action in _WHOLE_TABLE if statement.allows(action)), None)
            if (items and not _keyed(statement)) or (scans and not (_keyed(statement) and _present(statement))):
                whose = tenant(holder)
                if whose is UNKNOWN:
                    yield NOT_JUDGED
                elif whose is None and not _serves_tenants(holder, statement, options):
                    continue
                elif not (isinstance(whose, str) and whose.lower() in {value.lower() for value in options["shared"]}):
                    action = items if items and not _keyed(statement) else scans
                    expected = (
                        f"dynamodb:LeadingKeys for {action}" if action == items else f"no {action}, which reads all items"
                    )
                    yield Finding(f"{place}.Condition", None, expected, detail=str(action))

    yield from each_document(GRANTS, check)(resource)


def _serves_tenants(holder: Resource, statement: Statement, options: Options) -> bool:
    """Whether a policy that nobody tagged speaks of tenants, or its stack has some."""
    said = _text(holder, statement.sid, *statement.resources, statement.conditions)
    return "tenant" in said or bool(_names(holder.graph, options["shared"]).tenants)


def _keyed(statement: Statement) -> bool:
    return any(
        condition.key == "dynamodb:leadingkeys"
        and condition.operator in ("stringequals", "stringlike")
        and not any(value is not UNKNOWN and not str(value).strip("*") for value in condition.values)
        for condition in statement.conditions
    )


def _present(statement: Statement) -> bool:
    """Whether a request without leading keys is refused."""
    return any(
        condition.key == "dynamodb:leadingkeys"
        and (
            not condition.for_all
            if condition.operator != "null"
            else all(as_bool(value) is False for value in condition.values)
        )
        for condition in statement.conditions
    )


@rules.configurable("tenant-key", "C224", " ".join(facts.KEYS), needs_stack=True, options=_SHARED)
def _tenant_key(key: Resource, options: Options) -> Answers:
    """A key of tenants is one tenant's, or serves shared data only, or its policy asks for a tenant in the context.

    Tag the key Tenant: <tenant> (or shared), or add StringEquals on kms:EncryptionContext:tenant to its policy.
    """
    asks = [_asks_for_tenant(policy) for policy in (key, *referrers(key, "kms/keyPolicy", "keyId"))]
    if any(asks):
        return
    own, names = tenant(key), _names(key.graph, options["shared"])
    if own is None and not names.tenants and not _serves_many(_text(key, *_aliases(key))):
        return
    others = sorted(user for user in _users(key.graph, names)[key.urn] if not isinstance(own, str) or user != _plain(own))
    if own is UNKNOWN or (None in asks and (own is None or others)):
        yield NOT_JUDGED
    elif own is None:
        yield Finding("tags.Tenant", None, "the tenant whose data it encrypts, or a condition on kms:EncryptionContext:tenant")
    elif others:
        value = f"{own}, and resources of {', '.join(others)} use the key"
        yield Finding("tags.Tenant", value, "a key per tenant, or a condition on kms:EncryptionContext:tenant")


def _aliases(key: Resource) -> list[Value]:
    return [alias.get("name") for alias in referrers(key, "kms/alias", "targetKeyId")]


_COMMON_WORDS: Final = ("data", "encryption", "key", "keys", "kms", "shared", "storage")


def _serves_many(said: str) -> bool:
    """Whether words speak of tenants without naming one, as `tenant-acme` does."""
    after = [match[1] for match in re.finditer(r"tenant(?:[-_ :/]+([a-z0-9]+))?", said)]
    return bool(after) and all(word in (None, *_COMMON_WORDS) for word in after)


def _asks_for_tenant(holder: Resource) -> bool | None:
    """Whether a key policy demands a tenant in the encryption context; None if it is not known yet."""
    for _, document in documents(holder, KEYS):
        found = readable(document)
        if found is None:
            return None
        if any(statement.condition_values("kms:encryptioncontext:*tenant*") for statement in found if statement.allow):
            return True
    return False


def _users(graph: Graph, names: _Names) -> Mapping[str, set[str]]:
    """URN of each key -> tenants whose resources take a value of it."""

    def make() -> defaultdict[str, set[str]]:
        users: defaultdict[str, set[str]] = defaultdict(set)
        for urn, owner in names.owner.items():
            for _, other in _references(graph.resources[urn]):
                users[other].add(owner)
        return users

    return graph.memo(("users of keys", names), make)
