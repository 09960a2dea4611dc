"""Keys are sound and the customer's own: they rotate, are enabled, are not deleted in haste, and are what services use."""

from typing import Final

from policies.kit.checks import all_of, at_least, aws_managed_key, customer_key, is_given, is_not, is_on, only_where
from policies.kit.conditions import some_is, where_given, where_missing
from policies.kit.facts import KEYS
from policies.kit.resource import Resource
from policies.kit.rule import ANY_AWS, NOT_JUDGED, Answers, Finding, Rules
from policies.kit.values import UNKNOWN, Value

rules: Final = Rules("encryption")

_KEYS: Final = " ".join(KEYS)


rules.named("kms-rotation", "C069", "kms/key").add(
    only_where(
        "customerMasterKeySpec",
        only_where(
            "keyUsage",
            where_missing("customKeyStoreId", is_on("enableKeyRotation")),
            values=("ENCRYPT_DECRYPT",),
            default="ENCRYPT_DECRYPT",
        ),
        values=("SYMMETRIC_DEFAULT",),
        default="SYMMETRIC_DEFAULT",
    ),
    description="Symmetric customer managed keys rotate every year.",
    remediation="Set enableKeyRotation: true.",
    remediation_values={"enableKeyRotation": True},
)
rules.named("kms-deletion-window", "C071", _KEYS).add(
    at_least("deletionWindowInDays", 30, default=30, unit="days"),
    description="Keys wait 30 days before they are deleted.",
    remediation="Set deletionWindowInDays: 30 (AWS's default and maximum).",
    remediation_values={"deletionWindowInDays": 30},
)
rules.named("kms-enabled", "C072", _KEYS).add(
    all_of(is_on("isEnabled", default=True), is_on("enabled", default=True)),
    description="Keys are enabled.",
    remediation="Remove isEnabled: false (enabled: false of a replica or imported key).",
)


@rules.rule("no-aws-managed-key", "C077", ANY_AWS)
def _no_aws_managed_key(resource: Resource) -> Answers:
    """No resource names an AWS managed key (alias/aws/...), whose policy and use nobody here controls.

    Set it to the ARN of a customer managed key of the data class.
    """
    if not resource.kind.startswith(("iam/", "kms/")):
        yield from _aws_keys(resource.properties, "")


def _aws_keys(value: Value, path: str) -> Answers:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _aws_keys(inner, f"{path}.{key}" if path else key)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _aws_keys(inner, f"{path}[{index}]")
    elif isinstance(value, str) and len(value) < 200 and aws_managed_key(value):
        yield Finding(path, value, "the ARN of a customer managed KMS key", detail=path)


_EXEC: Final = "configuration.executeCommandConfiguration"
_EXEC_LOGS: Final = " ".join(f"{_EXEC}.logConfiguration.{log}EncryptionEnabled" for log in ("cloudWatch", "s3Bucket"))
rules.named("ecs-exec-logged", "C091", "ecs/cluster").add(
    all_of(
        is_given(_EXEC, "a KMS key and an encrypted log for ECS Exec sessions"),
        where_given(
            _EXEC,
            is_not(f"{_EXEC}.logging", "NONE", "OVERRIDE"),
            customer_key(f"{_EXEC}.kmsKeyId"),
            some_is(_EXEC_LOGS, (True,), "true, or s3BucketEncryptionEnabled: true"),
        ),
    ),
    description="ECS Exec sessions are logged, and session and log are encrypted under a customer managed key.",
    remediation="Set configuration.executeCommandConfiguration: kmsKeyId, logging: OVERRIDE and, in logConfiguration,"
    " cloudWatchLogGroupName and cloudWatchEncryptionEnabled: true.",
)


@rules.rule("lambda-environment-key", "C146", "lambda/function")
def _lambda_environment(function: Resource) -> Answers:
    """Environment variables of functions are encrypted under a customer managed key.

    Set it to the ARN of a customer managed key of the data class.
    """
    variables = function.get("environment.variables")
    if variables is UNKNOWN and function.get("kmsKeyArn") is None:
        yield NOT_JUDGED
    elif variables is UNKNOWN or variables:
        yield from customer_key("kmsKeyArn")(function)
