"""Cases of policies/controls/least_privilege/exposure.py."""

from tests.policies.given.least_privilege.common import (
    LOOSE,
    OWN,
    POLICY,
    ROLE_ARN,
    TAGGED,
    UNKNOWN_POLICY,
    all_of,
    allow,
    deny,
    inlined,
    may,
    when,
)
from tests.policies.given.least_privilege.exposure import HARMLESS
from tests.policies.table import Cases

EVERYWHERE = (
    may("s3:GetObject", "*"),
    may("s3:Get*", ["arn:aws:s3:::lake", "*"]),
    may("s3:GetObject", "arn:aws:s3:::*"),
    may("*", "*"),
    inlined(may("secretsmanager:GetSecretValue", "*")),
    may("ssm:GetParameter*", "*"),
    may("ssm:GetParameterHistory", "*"),
    may("s3:GetObjectVersion", "*"),
    may("secretsmanager:BatchGetSecretValue", "*"),
    may("ssm:GetParametersByPath", f"arn:aws:ssm:us-east-2:{OWN}:parameter/*"),
    may("secretsmanager:GetSecretValue", "arn:aws:secretsmanager:*:*:secret:*"),
    all_of({"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}),
    all_of({"Effect": "Allow", "Action": "s3:GetObject", "NotResource": "arn:aws:s3:::lake/*"}),
    *(may("s3:GetObject", "*", **condition) for condition in LOOSE),
)

CASES: dict[str, Cases] = {
    "data-exposure": Cases(
        token=POLICY,
        fails=EVERYWHERE,
        passes=[
            HARMLESS,
            may("s3:GetObject"),
            may("ssm:GetParameter", f"arn:aws:ssm:us-east-2:{OWN}:parameter/app/*"),
            may("s3:GetObject", "*", **TAGGED),
            may("s3:GetObject", "*", **when("StringEquals", "s3:ExistingObjectTag/Tenant", "acme")),
            all_of(allow("s3:GetObject", "*"), deny("s3:GetObject")),
            all_of(deny("s3:GetObject")),
        ],
        unknown=UNKNOWN_POLICY,
    ),
    "credentials-exposure": Cases(
        token=POLICY,
        fails=[
            may(["s3:GetObject", "iam:CreateAccessKey"], "*"),
            may("sts:GetSessionToken", "*"),
            may("sts:Assume*", f"arn:aws:iam::{OWN}:role/*"),
            may("rds-db:connect", "arn:aws:rds-db:*:*:dbuser:*/*"),
            *(may(action, "*") for action in ("sso:GetRoleCredentials", "gamelift:GetComputeAccess", "redshift:Get*", "*")),
        ],
        passes=[
            HARMLESS,
            may(["ecr:GetAuthorizationToken", "ecr-public:GetAuthorizationToken"], "*"),
            may("sts:AssumeRole", ROLE_ARN),
            may("rds-db:connect", f"arn:aws:rds-db:us-east-2:{OWN}:dbuser:db-1/app"),
            may("iam:CreateAccessKey", f"arn:aws:iam::{OWN}:user/${{aws:username}}"),
            all_of(deny("*", **when("NotIpAddress", "aws:SourceIp", "203.0.113.0/24"))),
        ],
        unknown=UNKNOWN_POLICY,
    ),
    "permissions-exposure": Cases(
        token=POLICY,
        fails=[
            *(may(action, "*") for action in ("iam:*", "s3:PutBucketPolicy", "s3:*", "*")),
            may("kms:CreateGrant", "*", **when("StringEquals", "aws:PrincipalTag/Team", "a")),
            may("sqs:AddPermission", "arn:aws:sqs:*:*:*"),
            all_of({"Effect": "Allow", "NotAction": "s3:*", "Resource": "*"}),
        ],
        passes=[
            may("s3:*", "arn:aws:s3:::example"),
            may("s3:GetObject", "*"),
            may("kms:CreateGrant", "*", **when("Bool", "kms:GrantIsForAWSResource", "true")),
            may("iam:CreateRole", "*", **when("StringEquals", "iam:PermissionsBoundary", "arn:aws:iam::111111111111:policy/b")),
            all_of(allow("s3:PutBucketPolicy", "*"), deny("s3:Put*")),
        ],
        unknown=UNKNOWN_POLICY,
    ),
    "write-everywhere": Cases(
        token=POLICY,
        fails=[
            *(may(action, "*") for action in ("s3:*", "ec2:TerminateInstances", "*")),
            may("dynamodb:Put*", ["*"]),
            may("sqs:SendMessage", f"arn:aws:sqs:us-east-2:{OWN}:*"),
            HARMLESS,
        ],
        passes=[
            may("s3:*", "arn:aws:s3:::bucket"),
            may(["xray:PutTelemetryRecords", "xray:PutTraceSegments", "cloudwatch:PutMetricData"], "*"),
            may(["s3:GetObject", "ec2:CreateTags"], "*"),
            may("ec2:TerminateInstances", "*", **TAGGED),
        ],
        unknown=UNKNOWN_POLICY,
    ),
}
