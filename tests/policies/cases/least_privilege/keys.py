"""Cases of policies/controls/least_privilege/keys.py."""

from tests.policies.given.least_privilege.access import admits
from tests.policies.given.least_privilege.common import OWN, ROLE_ARN, UNKNOWN_POLICY, document
from tests.policies.harness import UNKNOWN, planned, ref
from tests.policies.table import Cases

KEY_TOKEN = "aws:kms/key:Key"
KEY_POLICY = "aws:kms/keyPolicy:KeyPolicy"
ROOT_ARN = f"arn:aws:iam::{OWN}:root"
EVERY_USE = ("Decrypt", "Encrypt", "GenerateDataKey*", "ReEncrypt*", "Sign", "GenerateMac", "DeriveSharedSecret")
PLAIN = {"Bool": {"aws:SecureTransport": "false"}}
LOGS = {"Service": "logs.us-east-2.amazonaws.com"}
RDS = {"Service": "rds.amazonaws.com"}
TO_READER = {"ArnLike": {"aws:PrincipalArn": [ROOT_ARN, ROLE_ARN]}}


def keyed(*statements: dict[str, object]) -> dict[str, str]:
    return {"policy": document(*({"Resource": "*", **statement} for statement in statements))}


def allow(principal: object, action: object, condition: object = None, effect: str = "Allow") -> dict[str, object]:
    when = {"Condition": condition} if condition else {}
    return {"Effect": effect, "Principal": {"AWS": principal}, "Action": action, **when}


CASES: dict[str, Cases] = {
    "kms-policy-explicit": Cases(
        token=KEY_TOKEN,
        fails=[{}, {"policy": ""}, planned("aws:kms/replicaKey:ReplicaKey", primaryKeyArn=UNKNOWN)],
        passes=[
            admits({"AWS": ROLE_ARN}),
            {"policy": UNKNOWN},
            [planned(KEY_TOKEN, "key"), planned(KEY_POLICY, keyId=ref(KEY_TOKEN, "key"))],
        ],
        unknown=[[planned(KEY_TOKEN, "key"), planned(KEY_POLICY, keyId=UNKNOWN)]],
    ),
    "kms-separate-duties": Cases(
        token=KEY_TOKEN,
        fails=[
            admits({"AWS": ROLE_ARN}, action="kms:*"),
            admits({"AWS": ROLE_ARN}, action=["kms:PutKeyPolicy", "kms:Decrypt"]),
            admits({"AWS": ROLE_ARN}, action=["kms:EnableKey", "kms:Sign"]),
            admits({"AWS": ROLE_ARN}, action=["kms:CancelKeyDeletion", "kms:ReEncryptFrom"]),
            keyed(allow([ROLE_ARN], "kms:Schedule*"), allow(ROLE_ARN, "kms:GenerateDataKey*")),
            keyed(allow(ROOT_ARN, "kms:PutKeyPolicy", TO_READER), allow(ROLE_ARN, "kms:Decrypt")),
            keyed({"Effect": "Allow", "Principal": {"AWS": ROLE_ARN}, "NotAction": "kms:CreateGrant"}),
            keyed(allow(ROLE_ARN, "kms:*"), allow("*", "kms:Decrypt", PLAIN, effect="Deny")),
        ],
        passes=[
            admits({"AWS": ROOT_ARN}, action="kms:*"),
            admits({"AWS": ROLE_ARN}, action=["kms:Put*", "kms:Describe*"]),
            admits({"AWS": ROLE_ARN}, action=["kms:Decrypt", "kms:GenerateDataKey*"]),
            keyed(allow(ROOT_ARN, "kms:PutKeyPolicy", TO_READER), allow(ROOT_ARN, "kms:Decrypt")),
            keyed(allow(ROLE_ARN, "kms:*"), allow("*", [f"kms:{use}" for use in EVERY_USE], effect="Deny")),
        ],
        unknown=UNKNOWN_POLICY,
    ),
    "kms-service-use-bound": Cases(
        token=KEY_TOKEN,
        fails=[
            admits(LOGS, action=["kms:Encrypt*", "kms:Decrypt*"]),
            admits(LOGS, action="kms:*"),
            admits({"Service": ["events.amazonaws.com", "events.rds.amazonaws.com"]}, action="kms:Decrypt"),
            admits(RDS, {"StringEquals": {"kms:ViaService": "rds.x.amazonaws.com"}}, "kms:Decrypt"),
            planned(KEY_POLICY, **admits({"Service": "sns.amazonaws.com"}, action="kms:GenerateDataKey")),
            admits({"AWS": "*"}, {"StringEquals": {"kms:ViaService": "s3.x.amazonaws.com"}}, "kms:Decrypt"),
            admits("*", action="kms:Decrypt"),
        ],
        passes=[
            admits(LOGS, {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": f"arn:aws:logs:x:{OWN}:*"}}, "kms:Decrypt"),
            admits({"Service": "sns.amazonaws.com"}, {"StringEquals": {"aws:SourceAccount": OWN}}, action="kms:Decrypt"),
            admits(RDS, {"StringEquals": {"kms:ViaService": "rds.x.amazonaws.com", "kms:CallerAccount": OWN}}, "kms:Decrypt"),
            admits(LOGS, action="kms:DescribeKey"),
            admits({"AWS": ROLE_ARN}, action="kms:Decrypt"),
            admits({"AWS": ROLE_ARN}, {"StringEquals": {"kms:ViaService": "s3.x.amazonaws.com"}}, "kms:Decrypt"),
            admits("*", {"StringEquals": {"kms:ViaService": "s3.x.amazonaws.com", "kms:CallerAccount": OWN}}, "kms:Decrypt"),
            admits(LOGS, action="kms:Decrypt", effect="Deny"),
        ],
        unknown=UNKNOWN_POLICY,
    ),
    "kms-grant-bound": Cases(
        token="aws:kms/grant:Grant",
        fails=[
            {"granteePrincipal": ROLE_ARN, "operations": ["Encrypt", "Decrypt"]},
            {"operations": ["DescribeKey", "GenerateDataKey"], "constraints": []},
            {"operations": ["Decrypt"], "constraints": [{"encryptionContextEquals": {}}]},
        ],
        passes=[
            {"operations": ["Decrypt"], "constraints": [{"encryptionContextEquals": {"tenant": "acme"}}]},
            {"operations": ["Decrypt"], "constraints": [{"encryptionContextSubset": {"tenant": "acme"}}]},
            {"operations": ["DescribeKey", "RetireGrant"]},
            {"operations": ["Sign"]},
        ],
        unknown=[{"operations": UNKNOWN}, {"operations": [UNKNOWN]}],
    ),
}
