"""Key policies: written down, administration apart from use, services only for this account's data."""

from functools import partial
from typing import Final

from policies.controls.least_privilege.documents import KEYS, each_document, each_statement, kinds
from policies.kit import facts
from policies.kit.document import Statement
from policies.kit.references import sure_referrers
from policies.kit.resource import Resource
from policies.kit.rule import NOT_JUDGED, Answers, Finding, Rules
from policies.kit.values import UNKNOWN, Value, as_list, given

rules: Final = Rules("least_privilege")


@rules.rule("kms-policy-explicit", "C070", " ".join(facts.KEYS), needs_stack=True)
def _kms_policy_explicit(key: Resource) -> Answers:
    """A key's policy is written down; AWS's default leaves the key to every IAM policy of the account.

    Set policy, or add a KeyPolicy.
    """
    if not given(key.get("policy")) and not sure_referrers(key, ("kms/keyPolicy", "keyId")):
        yield Finding("policy", None, "a key policy that names administrators and users")


_ADMINISTRATION: Final = (
    *("kms:PutKeyPolicy", "kms:ScheduleKeyDeletion", "kms:CancelKeyDeletion", "kms:DisableKey", "kms:EnableKey"),
    *("kms:DisableKeyRotation", "kms:ImportKeyMaterial", "kms:DeleteImportedKeyMaterial", "kms:UpdatePrimaryRegion"),
)
_USE: Final = (
    *("kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey", "kms:GenerateDataKeyWithoutPlaintext", "kms:GenerateDataKeyPair"),
    *("kms:ReEncryptFrom", "kms:ReEncryptTo", "kms:Sign", "kms:GenerateMac", "kms:DeriveSharedSecret"),
)


@rules.rule("kms-separate-duties", "C073", kinds(KEYS), on=partial(each_document, KEYS))
def _separate_duties(_: Resource, where: str, found: tuple[Statement, ...]) -> Answers:
    """Nobody both administers and uses a key; the account itself (which IAM policies then divide) may.

    Give administrators kms:Put*, kms:Schedule*... and users kms:Decrypt, kms:GenerateDataKey* in two statements.
    """
    duties: dict[str, set[str]] = {}
    for statement in found:
        for name in _subjects(statement):
            if name is UNKNOWN:
                yield NOT_JUDGED
            else:
                duties.setdefault(str(name), set()).update(_duties(statement, found, str(name)))
    for name, both in duties.items():
        if both == {"administration", "use"}:
            yield Finding(where, name, "either administration or use of the key", detail=name)


def _subjects(statement: Statement) -> list[Value]:
    """Whom a statement is about: its principals, and where it names the account, those that its condition names."""
    names: list[Value] = []
    for principal in statement.principals:
        if principal.value is UNKNOWN or (principal.type == "AWS" and not principal.whole_account and not principal.everyone):
            names.append(principal.value)
        elif principal.type in ("AWS", "*"):
            narrowed = statement.condition_values("aws:principalarn")
            names += [value for value in narrowed if value is UNKNOWN or not str(value).endswith(":root")]
    return names


def _duties(statement: Statement, found: tuple[Statement, ...], name: str) -> set[str]:
    """What a statement lets somebody do and no unconditional Deny takes away again."""
    denies = [each for each in found if not each.allow and not each.conditions and _about(each, name)]

    def may(action: str) -> bool:
        return statement.allows(action) and not any(deny.covers(action) for deny in denies)

    administers, uses = any(map(may, _ADMINISTRATION)), any(map(may, _USE))
    return {*(["administration"] if administers else []), *(["use"] if uses else [])}


def _about(deny: Statement, name: str) -> bool:
    return any(principal.everyone or principal.value == name for principal in deny.principals)


_SOURCES: Final = ("kms:encryptioncontext:*", "aws:sourceaccount", "aws:sourcearn", "aws:sourceorgid", "aws:sourceorgpaths")
_BOUND: Final = (
    "a condition on kms:EncryptionContext, aws:SourceArn, aws:SourceAccount, or kms:ViaService with kms:CallerAccount"
)


@rules.rule("kms-service-use-bound", "C074", kinds(KEYS), on=partial(each_statement, KEYS))
def _bare_service_use(_: Resource, where: str, statement: Statement) -> Answers:
    """AWS services use a key only for this account's resources.

    Bind the statement. Services that publish to SNS or SQS send no source: there kms:EncryptionContext:aws:sns:topicArn (or
    aws:sqs:arn) names the topic or queue.
    """
    if not any(statement.allows(action) for action in _USE) or statement.condition_values(*_SOURCES):
        return
    if statement.condition_values("kms:viaservice") and statement.condition_values("kms:calleraccount"):
        return
    for principal in statement.principals:
        anybody = principal.everyone and not statement.bound_to_caller
        if anybody or principal.type == "Service":
            yield Finding(f"{where}.Condition", None, _BOUND, detail=str(principal.value))


_ENCRYPTION: Final = (
    *("Decrypt", "Encrypt", "GenerateDataKey", "GenerateDataKeyWithoutPlaintext", "ReEncryptFrom", "ReEncryptTo"),
)


@rules.rule("kms-grant-bound", "C074", "kms/grant")
def _grant_bound(grant: Resource) -> Answers:
    """Grants give the use of a key for named data only.

    Set constraints: {encryptionContextEquals or encryptionContextSubset}.
    """
    operations = as_list(grant.get("operations"))
    used = [name for name in operations if name is not UNKNOWN and name in _ENCRYPTION]
    constraints = grant.get("constraints")
    if constraints is UNKNOWN:
        return
    blocks = as_list(constraints)
    if any(block.get(kind) for block in blocks for kind in ("encryptionContextEquals", "encryptionContextSubset")):
        return
    if used:
        yield Finding("constraints", constraints, "an encryption context", detail=",".join(sorted(used)))
    elif any(name is UNKNOWN for name in operations):
        yield NOT_JUDGED
