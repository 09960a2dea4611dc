"""KMS keys: policies that do not lock out, keys and their uses, replicas in other regions."""

import re
from typing import Final

from policies.feasibility.data.failures import failures
from policies.feasibility.engine.relations import any_so, documents, permits, readable, region_named, region_of
from policies.feasibility.engine.shapes import given, of, requires
from policies.feasibility.rules.rds.families import text_of
from policies.kit.document import Statement
from policies.kit.facts import KEYS
from policies.kit.references import arn_of, referrers, target, together
from policies.kit.resource import Resource
from policies.kit.rule import NOT_JUDGED, Answers, Check, Finding, Rules
from policies.kit.values import UNKNOWN, UnknownValueError, as_number, switch

rules: Final = Rules("feasibility", failures())

KEY_POLICY: Final = ("kms/keyPolicy", "keyId", "policy")
_USES: Final = {
    "SYMMETRIC_DEFAULT": ("ENCRYPT_DECRYPT",),
    "RSA": ("ENCRYPT_DECRYPT", "SIGN_VERIFY"),
    "ECC_NIST": ("SIGN_VERIFY", "KEY_AGREEMENT"),
    "ECC_NIST_EDWARDS25519": ("SIGN_VERIFY",),
    "ECC_SECG_P256K1": ("SIGN_VERIFY",),
    "HMAC": ("GENERATE_VERIFY_MAC",),
    "ML_DSA": ("SIGN_VERIFY",),
}


def _spec(key: Resource) -> str:
    return text_of(key.get("customerMasterKeySpec")) or "SYMMETRIC_DEFAULT"


def _administers(statement: Statement, action: str) -> bool:
    return statement.allows(action) and any(principal.type in ("AWS", "*") for principal in statement.principals)


@rules.rule("kms-policy-lockout", "F114", " ".join((*KEYS, "kms/keyPolicy")))
def _lockout(key: Resource) -> Answers:
    """A key policy lets an account or a role change the policy again.

    Allow kms:* to arn:aws:iam::ACCOUNT:root, or kms:PutKeyPolicy to the role that deploys.
    """
    document = key.get("policy")
    if document in (None, "") or switch(key.get("bypassPolicyLockoutSafetyCheck")):
        return
    found = [statement for statement in readable(document) if _administers(statement, "kms:PutKeyPolicy")]
    if not found:
        expected = "an Allow of kms:* or kms:PutKeyPolicy to the account's root or the deploying role"
        yield Finding("policy", "no statement", expected)
    elif all(statement.conditions for statement in found):
        yield NOT_JUDGED  # whether the deploying role meets the conditions is not in the plan


@rules.rule("kms-policy-replicates", "F119", "kms/key")
def _replicates(key: Resource) -> Answers:
    """The policy of a multi-region key lets an account or a role replicate it.

    Allow kms:ReplicateKey and kms:UpdatePrimaryRegion to the deploying role (kms:* to the account covers both).
    """
    if (
        switch(key.get("multiRegion"))
        and key.get("policy") not in (None, "")
        and not any(_administers(statement, "kms:ReplicateKey") for statement in readable(key.get("policy")))
    ):
        yield Finding("policy", "no statement", "an Allow of kms:ReplicateKey to the account or the deploying role")


@rules.rule("kms-replica-of-multi-region-key", "F117", "kms/replicaKey kms/replicaExternalKey")
def _replica(replica: Resource) -> Answers:
    """A replica key has a multi-region primary in another region.

    Set multiRegion: true on the primary (a new key: it cannot be changed), and another region on the replica.
    """
    path = "primaryKeyArn"
    value, primary = replica.get(path), target(replica, path, *KEYS)
    arn = arn_of(value)
    if primary is not None and primary.kind.startswith("kms/replica"):
        yield Finding(path, primary.name, "a primary key; this is a replica itself", "replica")
    elif primary is not None and not switch(primary.get("multiRegion")):
        yield Finding(path, primary.name, "a key with multiRegion: true", "multiRegion")
    elif primary is None and arn is not None and not arn.name.startswith("mrk-"):
        yield Finding(path, value, "a multi-region key (mrk-...)", "multiRegion")
    here = region_of(replica)
    if here and here == region_named(replica, path, *KEYS):
        answer = "InvalidArnException / AlreadyExistsException: the replica Region must differ from the primary's"
        yield Finding("region", here, "another region than the primary's", "region", answer)


@rules.rule("kms-replica-policy", "F118", "kms/replicaKey")
def _replica_policy(replica: Resource) -> Answers:
    """A replica key lets in the same services as its primary.

    Render both policies from one function: a replica does not take the primary's policy.
    """
    primary = target(replica, "primaryKeyArn", "kms/key")
    if primary is None:
        if replica.get("policy") in (None, ""):
            yield NOT_JUDGED  # whether the primary lets services in is in another stack
        return
    for service in sorted(_services(primary) - _services(replica)):
        yield Finding("policy", f"without {service}", f"{service}, as in the policy of {primary.name}", service)


def _services(key: Resource) -> set[str]:
    return {
        re.sub(r"\.[a-z]{2}(-[a-z]+)+-\d\.", ".REGION.", str(principal.value))
        for _, _, document in documents(key, "policy", KEY_POLICY)
        for statement in readable(document)
        if statement.allow
        for principal in statement.principals
        if principal.type == "Service"
    }


@rules.rule("kms-key-use", "F253", "kms/key")
def _use(key: Resource) -> Answers:
    """A key has a use that its type has; a key in a custom store is symmetric and of one region.

    Set keyUsage to what customerMasterKeySpec can do (SIGN_VERIFY, GENERATE_VERIFY_MAC, KEY_AGREEMENT).
    """
    spec, use = _spec(key), text_of(key.get("keyUsage")) or "ENCRYPT_DECRYPT"
    allowed = next((_USES[name] for name in reversed(_USES) if spec.startswith(name)), None)
    if allowed is not None and use not in allowed:
        answer = f"ValidationException: KeyUsage {use} is not compatible with KeySpec {spec}"
        yield Finding("keyUsage", key.get("keyUsage"), f"{' or '.join(allowed)} for {spec}", answer=answer)
    if given(key.get("customKeyStoreId")):
        answer = "UnsupportedOperationException: keys in a custom key store are symmetric encryption keys of a single Region"
        if spec != "SYMMETRIC_DEFAULT":
            yield Finding("customerMasterKeySpec", spec, "SYMMETRIC_DEFAULT in a custom key store", "store-spec", answer)
        if switch(key.get("multiRegion")):
            yield Finding("multiRegion", True, "false in a custom key store", "store-region", answer)


rules.named("kms-external-store-key", "F253", "kms/key").add(
    of(requires("xksKeyId", "customKeyStoreId")),
    description="An external key belongs to a custom key store.",
    remediation="Set customKeyStoreId beside xksKeyId.",
)


@rules.rule("kms-rotation-possible", "F254", "kms/key")
def _rotation(key: Resource) -> Answers:
    """Rotation is on only for keys that rotate, and its period stands only where it is on.

    Remove enableKeyRotation from asymmetric, HMAC and custom store keys; set it beside rotationPeriodInDays (90 to 2560).
    """
    period = as_number(key.get("rotationPeriodInDays"))
    if switch(key.get("enableKeyRotation")):
        if _spec(key) != "SYMMETRIC_DEFAULT":
            yield Finding("enableKeyRotation", True, f"false for {_spec(key)}")
        elif given(key.get("customKeyStoreId")):
            yield Finding("enableKeyRotation", True, "false in a custom key store")
    elif period is UNKNOWN or period:
        answer = "rotation_period_in_days: enable_key_rotation must be true"
        yield Finding("enableKeyRotation", key.get("enableKeyRotation"), "true beside rotationPeriodInDays", "period", answer)
    if period and not 90 <= period <= 2560:
        answer = "ValidationException: RotationPeriodInDays must be between 90 and 2560"
        yield Finding("rotationPeriodInDays", key.get("rotationPeriodInDays"), "90 to 2560 days", "range", answer)


@rules.rule("kms-alias-name", "F255", "kms/alias")
def _alias(alias: Resource) -> Answers:
    """An alias has the prefix alias/ and not AWS's own.

    Name it alias/ and something else than aws/.
    """
    for path in ("name", "namePrefix"):
        name = text_of(alias.get(path))
        if re.match("alias/aws(/|$)", name):
            yield Finding(path, name, "a name outside alias/aws/, which is AWS's own", path)
        elif name and not re.fullmatch(r"alias/[a-zA-Z0-9/_-]*", name):
            answer = "InvalidAliasNameException / ValidationException: the alias name must begin with alias/"
            yield Finding(path, name, "alias/ followed by letters, digits, / _ and -", path, answer)


def policy_once(path: str, kinds: tuple[str, ...], what: str, kind: str) -> Check:
    """Nothing else than the resource, a `kind`, sets the policy of the `what` that it names at `path`."""
    answer = "No error: perpetual difference, the last policy written wins"

    def check(policy: Resource) -> Answers:
        owner = target(policy, path, *kinds)
        if owner is None:
            return
        if given(owner.get("policy")) and "policy" not in owner.ignore_changes:
            yield Finding(path, owner.name, f"a {what} without policy of its own", "inline", answer)
        for other, names in together(each for each in referrers(owner, policy.kind, path) if each.name < policy.name):
            yield Finding(path, owner.name, f"a {what} without another {kind} ({names})", other.name, answer)

    return check


rules.named("kms-policy-one-owner", "F241", "kms/keyPolicy").add(
    policy_once("keyId", KEYS, "key", "KeyPolicy"),
    description="A key's policy is declared once.",
    remediation="Remove policy from the key, or the KeyPolicy.",
)


def service_may(key: Resource, service: str, *actions: str) -> bool:
    """Whether a key's policies let a service use it; a key without a policy lets only its account in.

    Raises:
        UnknownValueError: if that cannot be told from the plan.
    """
    policies = documents(key, "policy", KEY_POLICY)
    allows = any_so(permits(document, service, action) for _, _, document in policies for action in actions)
    if allows is None:
        raise UnknownValueError
    return allows


@rules.rule("kms-policy-lets-trail-in", "F110", "cloudtrail/trail cloudtrail/eventDataStore")
def _trail(trail: Resource) -> Answers:
    """The key of a trail lets CloudTrail encrypt with it.

    Allow kms:GenerateDataKey* and kms:DescribeKey to cloudtrail.amazonaws.com in the key policy.
    """
    key = target(trail, "kmsKeyId", *KEYS)
    if key is not None and not service_may(key, "cloudtrail.amazonaws.com", "kms:GenerateDataKey", "kms:GenerateDataKey*"):
        answer = "InsufficientEncryptionPolicyException: Insufficient permissions to access S3 bucket or KMS key"
        yield Finding("kmsKeyId", key.name, "a key whose policy lets cloudtrail.amazonaws.com in", answer=answer)
