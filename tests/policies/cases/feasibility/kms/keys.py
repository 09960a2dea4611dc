"""Cases of policies/feasibility/rules/kms/keys.py."""

from typing import Any

from tests.policies.given.feasibility.kms import KEY, KEY_POLICY, LOGS, allow, document, encrypted, separate, service
from tests.policies.harness import KEY_ARN, UNKNOWN, Planned, planned, ref
from tests.policies.table import Cases

REPLICA = "aws:kms/replicaKey:ReplicaKey"
TRAIL = "aws:cloudtrail/trail:Trail"


def replica(primary: dict[str, Any], token: str = KEY, **inputs: Any) -> list[Planned]:
    return [planned(token, "primary", **primary), planned(REPLICA, primaryKeyArn=ref(token, "primary"), **inputs)]


CASES: dict[str, Cases] = {
    "kms-policy-lockout": Cases(
        token=KEY,
        fails=[
            {"policy": document(service("logs.us-east-2.amazonaws.com"))},
            {"policy": document(allow(action=["kms:Encrypt", "kms:Decrypt"]))},
            {"policy": document({**allow(), "Effect": "Deny"})},
            planned(KEY_POLICY, policy=document(service("s3.amazonaws.com"))),
            planned("aws:kms/replicaExternalKey:ReplicaExternalKey", policy=document(service("s3.amazonaws.com"))),
        ],
        passes=[
            {"policy": document(allow())},
            {"policy": document(allow({"AWS": "arn:aws:iam::111111111111:role/a"}, "kms:Put*"))},
            {"policy": document(service("s3.amazonaws.com")), "bypassPolicyLockoutSafetyCheck": True},
            {},
        ],
        unknown=[
            {"policy": UNKNOWN},
            {"policy": document(allow(Condition={"StringEquals": {"kms:ViaService": "s3.us-east-2.amazonaws.com"}}))},
        ],
    ),
    "kms-policy-replicates": Cases(
        token=KEY,
        fails=[{"multiRegion": True, "policy": document(allow(action=["kms:Put*", "kms:Describe*"]))}],
        passes=[
            {"multiRegion": True, "policy": document(allow())},
            {"multiRegion": True},
            {"policy": document(allow(action="kms:Put*"))},
        ],
        unknown=[{"multiRegion": True, "policy": UNKNOWN}, {"multiRegion": UNKNOWN}],
    ),
    "kms-replica-of-multi-region-key": Cases(
        token=REPLICA,
        fails=[
            replica({}),
            replica({"multiRegion": False}),
            replica({"multiRegion": True, "region": "us-east-2"}, region="us-east-2"),
            replica({}, token=REPLICA),
            {"primaryKeyArn": KEY_ARN},
        ],
        passes=[
            replica({"multiRegion": True, "region": "us-east-2"}, region="us-west-2"),
            {"primaryKeyArn": "arn:aws:kms:us-east-2:111111111111:key/mrk-1234", "region": "us-west-2"},
        ],
        unknown=[replica({"multiRegion": UNKNOWN}), {"primaryKeyArn": UNKNOWN}],
    ),
    "kms-replica-policy": Cases(
        token=REPLICA,
        fails=[
            replica({"policy": document(allow(), LOGS)}),
            replica({"policy": document(allow(), LOGS)}, policy=document(allow())),
        ],
        passes=[
            replica({"policy": document(allow(), LOGS)}, policy=document(allow(), service("logs.us-west-2.amazonaws.com"))),
            replica({"policy": document(allow())}),
            replica({}),
        ],
        unknown=[{"primaryKeyArn": KEY_ARN}, replica({"policy": UNKNOWN})],
    ),
    "kms-key-use": Cases(
        token=KEY,
        fails=[
            {"customerMasterKeySpec": "ECC_NIST_P256"},
            {"customerMasterKeySpec": "HMAC_256", "keyUsage": "SIGN_VERIFY"},
            {"keyUsage": "SIGN_VERIFY"},
            {"customerMasterKeySpec": "RSA_2048", "keyUsage": "KEY_AGREEMENT"},
            {"customKeyStoreId": "cks-1", "multiRegion": True},
        ],
        passes=[
            {},
            {"customerMasterKeySpec": "RSA_4096", "keyUsage": "SIGN_VERIFY"},
            {"customerMasterKeySpec": "ECC_NIST_P384", "keyUsage": "KEY_AGREEMENT"},
            {"customerMasterKeySpec": "HMAC_512", "keyUsage": "GENERATE_VERIFY_MAC"},
            {"customerMasterKeySpec": "ML_KEM_512", "keyUsage": "ENCAPSULATE_DECAPSULATE"},
        ],
        unknown=[{"customerMasterKeySpec": UNKNOWN}],
    ),
    "kms-external-store-key": Cases(
        token=KEY, fails=[{"xksKeyId": "1"}], passes=[{"xksKeyId": "1", "customKeyStoreId": UNKNOWN}, {}], never_unknown=True
    ),
    "kms-rotation-possible": Cases(
        token=KEY,
        fails=[
            {"customerMasterKeySpec": "RSA_2048", "keyUsage": "SIGN_VERIFY", "enableKeyRotation": True},
            {"customKeyStoreId": "cks-1", "enableKeyRotation": True},
            {"rotationPeriodInDays": 180},
            *({"enableKeyRotation": True, "rotationPeriodInDays": days} for days in (30, 89, 2561)),
        ],
        passes=[
            *({"enableKeyRotation": True, "rotationPeriodInDays": days} for days in (90, 180, 2560)),
            {"customerMasterKeySpec": "RSA_2048"},
            {},
        ],
        unknown=[
            {"enableKeyRotation": True, "rotationPeriodInDays": UNKNOWN},
            {"enableKeyRotation": UNKNOWN},
            {"enableKeyRotation": True, "customerMasterKeySpec": UNKNOWN},
        ],
    ),
    "kms-alias-name": Cases(
        token="aws:kms/alias:Alias",
        fails=[{"name": "storage"}, {"name": "alias/aws/s3"}, {"namePrefix": "storage"}, {"name": "alias/my key"}],
        passes=[{"name": "alias/storage"}, {"namePrefix": "alias/storage-"}, {}],
        unknown=[{"name": UNKNOWN}],
    ),
    "kms-policy-one-owner": Cases(
        token=KEY_POLICY,
        fails=[
            [planned(KEY, "key", policy=document(allow())), separate(document(allow()))],
            [planned(KEY, "key"), *(planned(KEY_POLICY, name, keyId=ref(KEY, "key")) for name in ("a", "b"))],
        ],
        passes=[[planned(KEY, "key"), separate(document(allow()))], {"keyId": "elsewhere"}],
        unknown=[{"keyId": UNKNOWN}],
    ),
    "kms-policy-lets-trail-in": Cases(
        token=TRAIL,
        fails=[
            encrypted(TRAIL, {}),
            encrypted(TRAIL, {"policy": document(allow())}),
            encrypted(TRAIL, {"policy": document(allow({"AWS": UNKNOWN}))}),
        ],
        passes=[
            encrypted(TRAIL, {"policy": document(allow(), service("cloudtrail.amazonaws.com", "kms:GenerateDataKey*"))}),
            {"kmsKeyId": KEY_ARN},
            {},
        ],
        unknown=[encrypted(TRAIL, {"policy": UNKNOWN}), {"kmsKeyId": UNKNOWN}],
    ),
}
