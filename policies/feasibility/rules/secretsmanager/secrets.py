"""Secrets Manager: rotation, replicas, and what may be declared where."""

from typing import Final

from policies.feasibility.data.failures import failures
from policies.feasibility.engine.bounds import between
from policies.feasibility.engine.faults import like, unlike, where_all
from policies.feasibility.engine.joins import for_kinds, own_region
from policies.feasibility.engine.relations import any_unknown, region_of
from policies.feasibility.engine.shapes import blocks, distinct, exactly_one, given, inside, of, only_one
from policies.feasibility.rules.kms.keys import policy_once
from policies.feasibility.rules.rds.families import text_of
from policies.kit.checks import all_of, key_region
from policies.kit.references import by_value, referrers, target
from policies.kit.resource import Resource
from policies.kit.rule import NOT_JUDGED, Answers, Finding, Rules
from policies.kit.values import UNKNOWN, switch

rules: Final = Rules("feasibility", failures())

_REFERRERS: Final = {
    "secretsmanager/secretPolicy": "secretArn",
    "secretsmanager/secretVersion": "secretId",
    "secretsmanager/secretRotation": "secretId",
}
_NOT_FOUND: Final = "ResourceNotFoundException: Secrets Manager can't find the specified secret."


@rules.rule("secret-replica-is-read-only", "F150", " ".join(_REFERRERS))
def _read_only(referrer: Resource) -> Answers:
    """Policy, value and rotation of a secret are declared in its own region, not for a replica.

    Declare them in the primary's region: they reach the replicas by themselves.
    """
    path = _REFERRERS[referrer.kind]
    secret = target(referrer, path, "secretsmanager/secret")
    here = region_of(referrer)
    if secret is not None and here and region_of(secret) != here:
        if any_unknown(secret, "replicas[].region"):
            yield NOT_JUDGED
        elif here in [value for _, value in secret.each("replicas[].region")]:
            yield Finding(path, secret.name, f"a secret of {here}; here is only its replica")


@rules.rule("secret-replica-regions", "F270", "secretsmanager/secret")
def _regions(secret: Resource) -> Answers:
    """A secret is replicated to other regions than its own, once each, with keys of those regions.

    Remove the secret's own region from replicas; set kmsKeyId to a key of the replica's region.
    """
    yield from distinct(secret, "replicas[].region", "region")
    for where, replica in blocks(secret, "replicas[]"):
        region, key = replica.get("region"), replica.get("kmsKeyId")
        if isinstance(region, str) and region == region_of(secret):
            yield Finding(f"{where}.region", region, "another region than the secret's own", "own")
        if isinstance(key, str) and isinstance(region, str) and key_region(key) not in (None, region):
            answer = "No error: replication status Failed (the KMS key does not exist in that Region)"
            yield Finding(f"{where}.kmsKeyId", key, f"a key of {region}", f"{region} key", answer)


@rules.rule("secret-replica-name-taken", "F151", "secretsmanager/secret")
def _taken(secret: Resource) -> Answers:
    """No other secret of the stack has the name of a replica in the replica's region.

    Declare the secret once, with replicas; or set forceOverwriteReplicaSecret: true.
    """
    if not given(secret.get("replicas")) or switch(secret.get("forceOverwriteReplicaSecret")):
        return
    name = text_of(secret.get("name"))
    regions = [value for _, value in secret.each("replicas[].region") if value is not UNKNOWN]
    for other in by_value(secret.graph, "secretsmanager/secret", "name").get(name, ()):
        if other is not secret and region_of(other) in regions:
            expected = f"a region without secret {name}; {other.name} has the name there"
            yield Finding("replicas", region_of(other), expected, other.name)


rules.named("secret-key-region", "F270", "secretsmanager/secret").add(
    own_region("kmsKeyId", "a key of {region}", answer="InvalidParameterException: the KMS key is in another Region"),
    description="A secret is encrypted under a key of its own region.",
    remediation="Set kmsKeyId to a key of the secret's region.",
)
rules.named("secret-rotation-schedule", "F268", "secretsmanager/secretRotation").add(
    of(inside("rotationRules", exactly_one("automaticallyAfterDays scheduleExpression"))),
    description="A secret rotates by days or by a schedule, not by both.",
    remediation="Set one of automaticallyAfterDays and scheduleExpression.",
)


_SCHEDULE: Final = "rotationRules.scheduleExpression"
rules.named("secret-rotation-interval", "F268", "secretsmanager/secretRotation").add(
    of(
        between(
            "rotationRules.automaticallyAfterDays",
            1,
            1000,
            unit="days",
            detail="days",
            answer="ValidationException: AutomaticallyAfterDays must be between 1 and 1000",
        ),
        where_all(unlike(_SCHEDULE, r"rate\(\d+ (hours?|days?)\)|cron\(.*\)"))
        .wrong("rate(N hours), rate(N days) or cron(...)", "form")
        .says("InvalidParameterException: the schedule expression is not valid"),
        where_all(like(_SCHEDULE, r"rate\(0*[0-3] hours?\).*"))
        .wrong("rate(4 hours) or longer", "rate")
        .says("InvalidParameterException: You can't rotate a secret more often than every four hours"),
        where_all(unlike("rotationRules.duration", r"\d{1,3}h"))
        .wrong("hours, such as 3h", "duration")
        .says("ValidationException: Duration must satisfy regular expression pattern: [0-9h]+"),
    ),
    description=(
        "A secret rotates every four hours at most and every 1000 days at least, in a window that ends before the next."
    ),
    remediation="Set automaticallyAfterDays from 1 to 1000, or rate(4 hours) and longer; write the duration as 3h.",
)


@rules.rule("secret-rotation-allowed", "F269", "secretsmanager/secretRotation")
def _allowed(rotation: Resource) -> Answers:
    """The rotation function lets Secrets Manager in, before the rotation is configured.

    Add a lambda.Permission with principal secretsmanager.amazonaws.com, and dependsOn it.
    """
    function = target(rotation, "rotationLambdaArn", "lambda/function", "lambda/alias")
    if function is None:
        return
    permissions = [
        permission
        for permission in referrers(function, "lambda/permission", "function")
        if permission.get("principal") is UNKNOWN
        or text_of(permission.get("principal")) in ("secretsmanager.amazonaws.com", "*")
    ]
    if not permissions:
        yield Finding("rotationLambdaArn", function.name, "a function with a permission for secretsmanager.amazonaws.com")
    elif not any(rotation.after(permission) for permission in permissions):
        yield Finding("rotationLambdaArn", function.name, f"dependsOn {permissions[0].name}, which lets it in", "order")


rules.named("secret-version-one-value", "F268", "secretsmanager/secretVersion").add(
    of(only_one("secretString secretBinary secretStringWo")),
    description="A version of a secret has one value.",
    remediation="Set one of secretString, secretStringWo and secretBinary.",
)
rules.named("secret-region-of-arn", "F257", " ".join(_REFERRERS)).add(
    all_of(
        for_kinds("secretsmanager/secretPolicy", own_region("secretArn", "a secret of {region}", answer=_NOT_FOUND)),
        for_kinds(
            "secretsmanager/secretVersion secretsmanager/secretRotation",
            own_region("secretId", "a secret of {region}", answer=_NOT_FOUND),
        ),
    ),
    description="A secret that is named by its ARN is of the region it is used from.",
    remediation="Set region on the resource to the secret's region.",
)


rules.named("secret-policy-one-owner", "F241", "secretsmanager/secretPolicy").add(
    policy_once("secretArn", ("secretsmanager/secret",), "secret", "SecretPolicy"),
    description="A secret's policy is declared once.",
    remediation="Remove policy from the secret, or the SecretPolicy.",
)
