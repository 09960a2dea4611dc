"""Customer managed keys are sound themselves: they rotate, are enabled, and are not deleted in haste. ECS Exec uses them."""

from typing import Final

from policies.kit.checks import all_of, at_least, customer_key, equals, is_on, one_of
from policies.kit.resource import Resource
from policies.kit.rule import Answers, Rules

rules: Final = Rules("encryption")


@rules.rule(
    "kms-rotation",
    "C069",
    "kms/key",
    description="Symmetric customer managed keys rotate every year.",
    mend="Set enableKeyRotation: true.",
)
def _kms_rotation(key: Resource) -> Answers:
    spec, use = key.get("customerMasterKeySpec") or "SYMMETRIC_DEFAULT", key.get("keyUsage") or "ENCRYPT_DECRYPT"
    custom_store = key.get("customKeyStoreId") is not None
    if spec == "SYMMETRIC_DEFAULT" and use == "ENCRYPT_DECRYPT" and not custom_store:
        yield from is_on("enableKeyRotation")(key)


rules.add(
    "kms-deletion-window",
    "C071",
    "kms/key kms/replicaKey kms/externalKey kms/replicaExternalKey",
    at_least("deletionWindowInDays", 30, default=30, unit="days"),
    description="Keys wait 30 days before they are deleted.",
    mend="Set deletionWindowInDays: 30 (AWS's default and maximum).",
)
rules.add(
    "kms-enabled",
    "C072",
    "kms/key kms/replicaKey kms/externalKey kms/replicaExternalKey",
    all_of(equals("isEnabled", True, default=True), equals("enabled", True, default=True)),
    description="Keys are enabled.",
    mend="Remove isEnabled: false.",
)
rules.add(
    "ecs-exec-logged",
    "C091",
    "ecs/cluster",
    all_of(
        one_of("configuration.executeCommandConfiguration.logging", ("OVERRIDE",)),
        customer_key("configuration.executeCommandConfiguration.kmsKeyId"),
    ),
    description="ECS Exec sessions are logged and encrypted under a customer managed key.",
    mend="Set configuration.executeCommandConfiguration: {kmsKeyId, logging: OVERRIDE, logConfiguration}.",
)
