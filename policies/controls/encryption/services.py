"""What passes through queues, topics, streams, logs, secrets and parameters is encrypted under a customer managed key."""

import re
from typing import Final

from policies.kit.checks import all_of, customer_key, equals, is_on
from policies.kit.conditions import where_missing
from policies.kit.resource import Resource
from policies.kit.rule import NOT_JUDGED, Answers, Check, Finding, Rules
from policies.kit.secrets import names_secret, secret_in_variable
from policies.kit.values import UNKNOWN, Value, switch

rules: Final = Rules("encryption")

_USE_KEY: Final = "Set it to the ARN of a customer managed key of the data class."


def _keyed(name: str, control: str, kinds: str, check: Check, subject: str) -> None:
    rules.named(name, control, kinds).add(
        check,
        description=f"{subject} encrypted under a customer managed key.",
        remediation=_USE_KEY,
    )


@rules.rule("sqs-encrypted", "C058", "sqs/queue", remediation_values={"sqsManagedSseEnabled": True})
def _sqs_encrypted(queue: Resource) -> Answers:
    """Queues are encrypted at rest (SSE-SQS, AWS's default, or KMS).

    Set sqsManagedSseEnabled: true or kmsMasterKeyId.
    """
    # An empty key takes encryption from a queue that had one, unless SSE-SQS is asked for.
    key, managed = queue.get("kmsMasterKeyId"), queue.get("sqsManagedSseEnabled")
    if (key is not UNKNOWN and not key) and not switch(managed, default=key is None):
        yield Finding("sqsManagedSseEnabled", managed, "true, or a KMS key in kmsMasterKeyId")


_keyed("sqs-customer-key", "C059", "sqs/queue", customer_key("kmsMasterKeyId"), "Queues are")
_keyed("sns-customer-key", "C064", "sns/topic", customer_key("kmsMasterKeyId"), "Topics are")
_keyed(
    "kinesis-customer-key",
    "C216",
    "kinesis/stream",
    all_of(equals("encryptionType", "KMS"), customer_key("kmsKeyId")),
    "Data streams are",
)


rules.named("firehose-customer-key", "C216", "kinesis/firehoseDeliveryStream").add(
    where_missing(
        "kinesisSourceConfiguration mskSourceConfiguration",
        is_on("serverSideEncryption.enabled"),
        equals("serverSideEncryption.keyType", "CUSTOMER_MANAGED_CMK", default="AWS_OWNED_CMK"),
        customer_key("serverSideEncryption.keyArn"),
    ),
    description="Delivery streams that take direct puts are encrypted under a customer managed key.",
    remediation="Set serverSideEncryption: {enabled: true, keyType: CUSTOMER_MANAGED_CMK, keyArn: <key>}.",
)
_keyed("log-group-customer-key", "C170", "cloudwatch/logGroup", customer_key("kmsKeyId"), "Log groups are")
_keyed("cloudtrail-customer-key", "C165", "cloudtrail/trail cloudtrail/eventDataStore", customer_key("kmsKeyId"), "Trails are")
_keyed(
    "secret-customer-key",
    "C078",
    "secretsmanager/secret",
    all_of(customer_key("kmsKeyId"), customer_key("replicas[].kmsKeyId", regional=False)),
    "Secrets and each of their replicas are",
)

_MADE_SECRETS: Final = frozenset(
    {
        *("random:index/randomPassword:RandomPassword", "tls:index/privateKey:PrivateKey"),
        *("iam/accessKey", "iam/serviceSpecificCredential"),
    }
)
_MADE_UP: Final = re.compile(r"(?=.*[a-z])(?=.*\d)(?![0-9a-f]+$)(?!v?\d)[^\s/:.,-]{6,}", re.IGNORECASE)


@rules.rule("ssm-secret-parameter", "C081", "ssm/parameter")
def _ssm_parameter(parameter: Resource) -> Answers:
    """Parameters with secret content are SecureStrings under a customer managed key.

    Set type: SecureString and keyId, or keep the secret in Secrets Manager.
    """
    kind = parameter.get("type")
    if kind == "SecureString":
        yield from customer_key("keyId")(parameter)
        return
    for prop in ("value", "insecureValue", "valueWo"):
        value = parameter.get(prop)
        secret = None if value is None else _secret(parameter, prop, value)
        if secret is None and value is not None:
            yield NOT_JUDGED
        elif secret:
            yield Finding("type", kind, "SecureString, because the value is a secret")


def _secret(parameter: Resource, prop: str, value: Value) -> bool | None:
    """Whether a value is a secret; None if nobody can tell.

    That it is a Pulumi secret alone says nothing: the SDKs make every value of a parameter one.
    """
    named = parameter.get("name")
    name = named if isinstance(named, str) else parameter.name
    if (parameter.sources(prop) or set()) & _MADE_SECRETS:
        return True
    if value is UNKNOWN:
        return None
    if secret_in_variable(name, str(value)):
        return True
    if prop in parameter.secrets and not names_secret(name):
        return True if _MADE_UP.fullmatch(str(value)) else None
    return False
