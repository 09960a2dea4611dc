"""Who is abroad, another account or an organisation, and that no policy lets him in and no input names him."""

import re
from collections.abc import Collection, Iterator, Mapping
from functools import partial
from typing import Any, Final, cast

from policies.controls.least_privilege.documents import ATTACHED, TABLES, TOPICS, TRUST, Table, each_statement, kinds
from policies.kit.document import Condition, Principal, Statement
from policies.kit.resource import Resource, top
from policies.kit.rule import ANY_AWS, NOT_JUDGED, Answers, Finding, Options, Rules, texts
from policies.kit.values import UNKNOWN, Value

rules: Final = Rules("least_privilege")

_LISTED: Final[Mapping[str, Mapping[str, Any]]] = {
    "accounts": texts("Ids of other accounts that may be named.", pattern="^[0-9]{12}$"),
    "organizations": texts("Ids of organisations that may be named, the own one, too.", pattern="^o-[a-z0-9]{10,32}$"),
}
_HOME: Final = "this account or a listed one"
_MEND: Final = (
    "Remove it and share a product instead, or list it in the pack's configuration (allowedAccountIds tells the own account)."
)

_ACCOUNT: Final = re.compile(r"(?:arn:aws[a-z-]*:[a-z0-9-]+:[a-z0-9*-]*:|https://sqs\.[^/]+/)?(\d{12})(?:[:/].*)?", re.DOTALL)
_ORGANISATION: Final = re.compile(r"(?:arn:aws[a-z-]*:organizations::\d{12}:[a-z]+/(o-[a-z0-9]+)|(o-[a-z0-9]{10,32}))(?:/.*)?")


def is_abroad(resource: Resource, named: Value) -> Value:
    """Whether a text names an organisation, or an account other than the stack's own, by its id, an ARN or a URL.

    Unknown where the text is, or where nobody says which account the stack's is.
    """
    return _abroad(named, {resource.account} - {None}, ())


def _abroad(named: Value, own: Collection[str | None], listed: Collection[str]) -> Value:
    if named is UNKNOWN:
        return UNKNOWN
    account, organisation = _ACCOUNT.fullmatch(str(named)), _ORGANISATION.fullmatch(str(named))
    ids = {each for found in (account, organisation) if found for each in found.groups() if each}
    if not ids or ids & {*listed}:
        return False
    if organisation:  # which is the own one, only the list says
        return True
    return not ids & {*own} if own else UNKNOWN


def _answers(named: Value, own: Collection[str | None], listed: Collection[str], path: str) -> Answers:
    found = _abroad(named, own, listed)
    if found is UNKNOWN:
        yield NOT_JUDGED
    elif found:
        yield Finding(path, named, _HOME, detail=str(named))


def _who(condition: Condition) -> bool:
    """Whether a condition says who calls, and not for whom or from where."""
    return condition.key.startswith("aws:principal") or condition.key in ("kms:calleraccount", "aws:userid")


def _lets_in(listed: Collection[str], resource: Resource, where: str, statement: Statement) -> Answers:
    """Whom a statement lets in from abroad: by name, or by a condition on who calls where it admits everybody or a service."""
    if not statement.allow:
        return
    own = {resource.account} if resource.account else _own_accounts(resource, statement)
    bounds = [each for each in statement.conditions if each.about_caller and "not" not in each.operator]
    at_home = [each for each in bounds if each.names_caller and all(_at_home(value, own, listed) for value in each.values)]
    if any(map(_who, at_home)):
        return
    for principal in statement.principals:
        yield from _named(principal, own, listed, f"{where}.Principal")
    if any(principal.everyone or principal.type == "Service" for principal in statement.principals):
        for condition in (each for each in bounds if _who(each) or not at_home):
            for value in condition.values:
                path = f"{where}.Condition.{condition.key}"
                if condition.key == "aws:userid" and value is not UNKNOWN:  # whose role has the id AROA..., no plan says
                    yield Finding(path, value, "aws:PrincipalArn or aws:PrincipalAccount", detail=str(value))
                else:
                    yield from _answers(value, own, listed, path)


def _at_home(value: Value, own: Collection[str | None], listed: Collection[str]) -> bool:
    text = str(value)
    return bool(_ACCOUNT.fullmatch(text) or _ORGANISATION.fullmatch(text)) and _abroad(value, own, listed) is False


def _named(principal: Principal, own: Collection[str | None], listed: Collection[str], path: str) -> Answers:
    unreadable = principal.type == "AWS" and not re.match(r"arn:|\d{12}$", str(principal.value))
    if principal.value is UNKNOWN:
        yield NOT_JUDGED
    elif principal.everyone or principal.type not in ("AWS", "Federated", "CanonicalUser"):
        return
    elif unreadable or principal.type == "CanonicalUser":  # an id that does not say whose it is
        yield Finding(path, principal.value, "ARNs of principals of this account", detail=str(principal.value))
    else:
        yield from _answers(principal.value, own, listed, path)


def _own_accounts(resource: Resource, statement: Statement) -> set[str]:
    """The account of the resource itself, as ARNs of it say."""
    arns = [*statement.resources, *(resource.get(prop) for prop in ("arn", "resourceArn"))]
    parts = [arn.split(":") for arn in arns if isinstance(arn, str) and arn.startswith("arn:")]
    return {part[4] for part in parts if len(part) > 5 and re.fullmatch(r"\d{12}", part[4])}


def _listed(options: Options) -> frozenset[str]:
    return frozenset((*options["accounts"], *options["organizations"]))


def _policy(name: str, control: str, table: Table, subject: str) -> None:
    register = rules.configurable(
        name,
        control,
        kinds(table),
        description=f"{subject} admits no other account and no organisation that is not listed.",
        remediation=_MEND,
        options=_LISTED,
    )
    register(lambda resource, options: each_statement(table, partial(_lets_in, _listed(options)))(resource))


_policy("sns-policy-own-account", "C065", TOPICS, "A topic policy")
_policy("dynamodb-policy-own-account", "C039", TABLES, "A table's policy")
_policy(
    "policy-shares-nothing-abroad",
    "C242",
    {kind: prop for kind, prop in {**TRUST, **ATTACHED}.items() if kind not in {**TOPICS, **TABLES}},
    "A policy of a bucket, a key, a role or anything else",
)

_SAYS_NOTHING: Final = frozenset(
    ["tags", "tagsAll", "description", "environment", "variables", "layers", "targetDatabase", "targetTable", "valueFrom"]
)
"""Properties that open nothing and send nothing: what they name is told, or is only read."""
_ELSEWHERE: Final[Mapping[str, Collection[str]]] = {
    "lakeformation/dataLakeSettings": ("admins", "readOnlyAdmins", "trustedResourceOwners"),
    "lakeformation/permissions": ("principal",),
    "secretsmanager/secretVersion": ("secretString",),
    "ssm/parameter": ("value", "insecureValue"),
}
"""Kind -> properties that another rule judges, or that hold data."""
_PROPERTY: Final = re.compile(r"account|principal|owner|grantee|consumer|recipient", re.IGNORECASE)
"""The name of a property that says whose something is."""
_GRANTEES: Final = ("CanonicalUser", "AmazonCustomerByEmail")


@rules.configurable("input-names-nobody-abroad", "C242", ANY_AWS, options=_LISTED)
def _inputs(resource: Resource, options: Options) -> Answers:
    """No input names another account or an organisation, to which something would be granted, copied, sent or opened.

    Remove it and share a product instead, or list it in the pack's configuration (allowedAccountIds tells the own account).
    """
    own, listed = {resource.account} - {None}, _listed(options)
    embedded: set[str] = set()
    for path, name, value in _leaves(resource.properties, "", ""):
        if top(path) in _ELSEWHERE.get(resource.kind, ()):
            continue
        if value is UNKNOWN:
            if _PROPERTY.search(name) and not resource.sources(path):
                yield NOT_JUDGED
        elif value in _GRANTEES or (value == "all" and name in ("group", "userGroups")):
            yield Finding(path, value, "no grant but by a policy", detail=path)
        elif isinstance(value, dict) or (isinstance(value, str) and value[:1] == "{" and '"Statement"' in value):
            embedded.add(re.sub(r"\[\d+\]", "[]", path))
        elif isinstance(value, str):
            for each in re.split(r",\s*", value) if value[:1].isdigit() else [value]:
                yield from _answers(each, own, listed, path)
    for path in sorted(embedded - {table.get(resource.kind, "") for table in (ATTACHED, TRUST)}):
        yield from each_statement({resource.kind: path}, partial(_lets_in, listed))(resource)


def _leaves(value: Value, path: str, name: str) -> Iterator[tuple[str, str, Value]]:
    """Path, last property and value of all that an input holds; a policy document is a value."""
    if isinstance(value, Mapping) and "Statement" not in value:
        for key, inner in cast(Mapping[str, Value], value).items():
            if key not in _SAYS_NOTHING:
                yield from _leaves(inner, f"{path}.{key}" if path else key, key)
    elif isinstance(value, list):
        for index, inner in enumerate(cast(list[Value], value)):
            yield from _leaves(inner, f"{path}[{index}]", name)
    else:
        yield path, name, value
