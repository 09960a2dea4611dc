"""Cases of policies/controls/least_privilege/identity.py."""

import json

from tests.policies.given.least_privilege.common import (
    ATTACHMENT,
    LOOSE,
    OBJECTS,
    OWN,
    POLICY,
    ROLE,
    ROLE_ARN,
    TAGGED,
    UNKNOWN_POLICY,
    all_of,
    allow,
    deny,
    document,
    inlined,
    may,
    when,
)
from tests.policies.harness import Planned, planned, ref
from tests.policies.table import Cases


def boundary(*more: Planned) -> list[Planned]:
    """A policy that limits a role and allows everything."""
    limited = planned(ROLE, "app", permissionsBoundary=ref(POLICY, "boundary"))
    return [planned(POLICY, "boundary", **may("*", "*")), limited, *more]


ATTACHED_BOUNDARY = planned(ATTACHMENT, "too", role=ref(ROLE, "app"), policyArn=ref(POLICY, "boundary"))
TO_OTHERS = all_of({"Effect": "Allow", "NotPrincipal": {"AWS": ROLE_ARN}, "Action": "s3:GetObject"})
FOR_FUNCTION = when("ArnEquals", "lambda:FunctionArn", "arn:aws:lambda:x:1:function:a")
PASSED = when("StringEquals", "iam:PassedToService", "ecs-tasks.amazonaws.com")

CASES: dict[str, Cases] = {
    "administrator-statement": Cases(
        token=POLICY,
        fails=[
            *(may(action, "*") for action in ("*", "*:*", "iam:*")),
            may(["s3:GetObject", "*"], ["*"]),
            may("*", "arn:*"),
            may("*", "arn:aws:*:*:*:*"),
            may("*", ["arn:aws:s3:::lake", "*"]),
            inlined(may("*", "*")),
            planned("aws:iam/userPolicy:UserPolicy", **may("*", "*")),
            planned("aws:iam/groupPolicy:GroupPolicy", policy=json.loads(may("*", "*")["policy"])),
            planned("aws:ssoadmin/permissionSetInlinePolicy:PermissionSetInlinePolicy", inlinePolicy=document(allow("*", "*"))),
            may(["s3:GetObject", "IAM:*"], f"arn:aws:iam::{OWN}:role/*"),
            all_of({"Effect": "Allow", "NotAction": "s3:DeleteBucket", "Resource": "*"}),
            all_of({"Effect": "Allow", "Action": "*", "NotResource": "arn:aws:s3:::lake"}),
            boundary(ATTACHED_BOUNDARY),
        ],
        passes=[
            may("s3:GetObject"),
            boundary(),
            all_of(deny("*")),
            may("s3:*", "*"),
            may(["iam:GetUser", "iam:ListUsers"], "*"),
            may("xsiam:*", "*"),
            may("*", "arn:aws:s3:::lake/*"),
            may("iam:*", f"arn:aws:iam::{OWN}:user/${{aws:username}}"),
            all_of({"Effect": "Allow", "NotAction": ["iam:*", "organizations:*"], "Resource": "*"}),
            all_of(deny("iam:*"), allow(["s3:*", "ec2:*"], "*")),
        ],
        unknown=UNKNOWN_POLICY,
    ),
    "wildcard-action": Cases(
        token=POLICY,
        fails=[may("s3:*"), may(["s3:GetObject", "sqs:*"]), may("*"), may("s3:**"), may("s3*"), inlined(may("kms:*"))],
        passes=[may("s3:Get*"), may("kms:GenerateDataKey*"), all_of(deny("s3:*"))],
        unknown=UNKNOWN_POLICY,
    ),
    "wildcard-resource": Cases(
        token=POLICY,
        fails=[
            may("s3:GetObject", "*"),
            may(["ec2:DescribeSubnets", "secretsmanager:GetSecretValue"], ["*"]),
            may("s3:Get*", "arn:aws:s3:::*"),
            *(may(action, "*") for action in ("dynamodb:*", "ec2:Describe*", "s3:Describe*", "s3:GetBucketLocation", "*")),
            may(["cloudwatch:DescribeAlarms", "cloudwatch:DeleteAlarms"], "*"),
            may("backup:StartBackupJob", ["arn:aws:s3:::lake", "*"]),
            all_of({"Effect": "Allow", "NotAction": "s3:*", "Resource": "*"}),
            all_of(allow("sqs:SendMessage", "arn:aws:sqs:us-east-2:111111111111:*"), deny("sqs:DeleteQueue")),
            all_of(allow("s3:GetObject", "*"), deny("s3:GetObject", **when("Bool", "aws:SecureTransport", "false"))),
            *(may("s3:GetObject", "*", **condition) for condition in LOOSE),
        ],
        passes=[
            may("s3:GetObject"),
            may(["ec2:DescribeSubnets", "ecr:GetAuthorizationToken", "cloudwatch:PutMetricData"], "*"),
            may(["xray:PutTraceSegments", "ssmmessages:CreateControlChannel", "s3:ListAllMyBuckets"], "*"),
            may(["s3:ListAllMyBuckets", "s3:GetBucketLocation"], "arn:aws:s3:::*"),
            may("cloudwatch:DescribeAlarms", "*"),
            may("ec2:Describe*", f"arn:aws:ec2:us-east-1:{OWN}:instance/*"),
            may("kms:Decrypt", "*", **when("StringEquals", "kms:ViaService", "s3.us-east-2.amazonaws.com")),
            may("ec2:TerminateInstances", "*", **TAGGED),
            may("lambda:CreateEventSourceMapping", "*", **FOR_FUNCTION),
            may("ec2:NoSuchAction", "*"),
            all_of({"Effect": "Allow", "NotAction": "s3:*", "Resource": "arn:aws:s3:::lake"}),
            all_of(deny("s3:GetObject")),
            all_of(allow("s3:GetObject", "*"), deny("s3:*")),
            all_of(allow("s3:GetObject", "*"), {"Effect": "Deny", "Action": "s3:*", "NotResource": OBJECTS}),
            all_of(allow("s3:GetObject", "*"), deny("*", **when("StringNotEquals", "aws:ResourceTag/Tenant", "acme"))),
        ],
        unknown=UNKNOWN_POLICY,
    ),
    "decrypt-any-key": Cases(
        token=POLICY,
        fails=[
            may("kms:Decrypt", "*"),
            may("kms:*", f"arn:aws:kms:us-east-2:{OWN}:key/*"),
            may("kms:ReEncrypt*", "*"),
            may("kms:Decrypt", "arn:aws:kms:*:*:*"),
            may("kms:Decrypt", "*", **when("StringEquals", "kms:ViaService", "s3.us-east-2.amazonaws.com")),
            all_of({"Effect": "Allow", "Action": "kms:Decrypt", "NotResource": f"arn:aws:kms:us-east-2:{OWN}:key/1"}),
        ],
        passes=[
            may("kms:Decrypt", f"arn:aws:kms:us-east-2:{OWN}:key/1"),
            may("kms:Decrypt", "*", **when("StringEquals", "kms:EncryptionContext:tenant", "acme")),
            may("kms:Decrypt", "*", **when("StringLike", "kms:ResourceAliases", "alias/dataconnect-*")),
            may("kms:ListKeys", "*"),
            all_of(allow("kms:*", "*"), deny(["kms:Decrypt", "kms:ReEncrypt*"])),
        ],
        unknown=UNKNOWN_POLICY,
    ),
    "pass-role": Cases(
        token=POLICY,
        fails=[
            may("iam:PassRole", "*"),
            may("iam:Pass*", ROLE_ARN),
            may("iam:PassRole", f"arn:aws:iam::{OWN}:role/*", **PASSED),
            may("iam:PassRole", f"arn:aws:iam::{OWN}:*", **PASSED),
            may("iam:PassRole", "arn:aws:iam::*:role/*", **PASSED),
            may("iam:PassRole", ROLE_ARN, **when("StringLike", "iam:PassedToService", "*")),
            may("iam:PassRole", ROLE_ARN, **when("StringNotEquals", "iam:PassedToService", "ec2.amazonaws.com")),
            all_of({"Effect": "Allow", "NotAction": "s3:*", "Resource": ROLE_ARN}),
        ],
        passes=[
            may("iam:PassRole", ROLE_ARN, **PASSED),
            may("iam:PassRole", [ROLE_ARN, f"arn:aws:iam::{OWN}:role/app/*"], **PASSED),
            may("iam:PassRole", ROLE_ARN, **when("StringEqualsIfExists", "iam:PassedToService", ["ecs.amazonaws.com"])),
            may("s3:GetObject"),
            all_of(deny("iam:PassRole")),
        ],
        unknown=UNKNOWN_POLICY,
    ),
    "assume-any-role": Cases(
        token=POLICY,
        fails=[
            may("sts:AssumeRole", "*"),
            may("sts:*", f"arn:aws:iam::{OWN}:role/*"),
            may(["s3:GetObject", "sts:Assume*"], ["arn:aws:iam::*:role/*"]),
            may("sts:AssumeRole", [ROLE_ARN, "arn:aws:iam::*:role/deploy-*"]),
        ],
        passes=[
            may("sts:AssumeRole", ROLE_ARN),
            may("sts:AssumeRole", f"arn:aws:iam::{OWN}:role/deploy-*"),
            may("sts:GetCallerIdentity", "*"),
            may("sts:AssumeRole", "*", **TAGGED),
        ],
        unknown=UNKNOWN_POLICY,
    ),
    "inverted-allow": Cases(
        token=POLICY,
        fails=[
            all_of({"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}),
            all_of({"Effect": "Allow", "Action": "s3:GetObject", "NotResource": "arn:aws:s3:::a"}),
            planned(ROLE, assumeRolePolicy=document({"Effect": "Allow", "NotPrincipal": "a", "Action": "b"})),
            planned("aws:s3/bucketPolicy:BucketPolicy", **TO_OTHERS),
            planned("aws:kms/key:Key", **TO_OTHERS),
            planned("aws:efs/fileSystemPolicy:FileSystemPolicy", **TO_OTHERS),
        ],
        passes=[may("s3:GetObject"), all_of({"Effect": "Deny", "NotAction": "iam:*", "Resource": "*"})],
        unknown=UNKNOWN_POLICY,
    ),
}
