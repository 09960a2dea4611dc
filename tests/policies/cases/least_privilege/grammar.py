"""Cases of policies/controls/least_privilege/grammar.py."""

import json
from typing import Any

from tests.policies.given.least_privilege.access import admits
from tests.policies.given.least_privilege.common import (
    OWN,
    POLICY,
    ROLE,
    ROLE_ARN,
    UNKNOWN_POLICY,
    all_of,
    allow,
    deny,
    document,
    inlined,
    may,
    when,
)
from tests.policies.given.least_privilege.trust import trust
from tests.policies.harness import UNKNOWN, planned
from tests.policies.table import Case, Cases

TOPIC_POLICY = "aws:sns/topicPolicy:TopicPolicy"
ROLES: list[Case] = [{"policy": UNKNOWN}, [planned(ROLE, assumeRolePolicy=UNKNOWN)]]


def bucket(statement: dict[str, Any]) -> Case:
    return [planned("aws:s3/bucketPolicy:BucketPolicy", **all_of(statement))]


def role(inputs: dict[str, Any]) -> Case:
    return [planned(ROLE, **inputs)]


def without(statement: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in statement.items() if key != name}


READ = allow("s3:GetObject")
ANYBODY: dict[str, Any] = {"Effect": "Deny", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::lake/*"}

CASES: dict[str, Cases] = {
    "policy-document-readable": Cases(
        token=POLICY,
        fails=[
            *({"policy": policy} for policy in ("{not json", "[]", "{}")),
            {"policy": document({"Effect": "allow", "Action": "s3:GetObject", "Resource": "*"})},
            {"policy": document({"Effect": "Allow", "Resource": "*"})},
            {"policy": document("s3:*")},
            {"policy": document({"Effect": "Allow", "Action": [1], "Resource": "*"})},
            {"policy": document({"Effect": "Allow", "Action": "a:B", "Resource": "*", "Condition": []})},
            role({"assumeRolePolicy": "no"}),
        ],
        passes=[may("s3:GetObject"), {"policy": json.dumps({"Statement": {"Effect": "Deny", "Action": "*", "Resource": "*"}})}],
        unknown=UNKNOWN_POLICY,
    ),
    "policy-version": Cases(
        token=POLICY,
        fails=[
            {"policy": json.dumps({"Version": "2008-10-17", "Statement": [READ]})},
            {"policy": json.dumps({"Statement": READ})},
            {"policy": {"Version": "2012-10-18", "Statement": [READ]}},
            role({"assumeRolePolicy": json.dumps({"Version": "2008-10-17", "Statement": []})}),
            planned(TOPIC_POLICY, policy=json.dumps({"Version": "2008-10-17", "Statement": []})),
        ],
        passes=[may("s3:GetObject"), role(trust({"AWS": ROLE_ARN}))],
        unknown=ROLES,
    ),
    "policy-elements": Cases(
        token=POLICY,
        fails=[
            all_of({**READ, "Resources": "*"}),
            all_of({**READ, "NotAction": "s3:PutObject"}),
            all_of({**READ, "NotResource": "arn:aws:s3:::a"}),
            all_of({**READ, "Principal": "*"}),
            all_of(without(READ, "Resource")),
            all_of({**READ, "Action": []}),
            all_of({**READ, "Resource": []}),
            all_of({**READ, "Resource": "lake"}),
            all_of({**READ, "Sid": "Read lake"}),
            all_of({**READ, "Sid": "Read"}, {**deny("s3:PutObject"), "Sid": "Read"}),
            bucket(without(ANYBODY, "Principal")),
            bucket({**ANYBODY, "Principal": ROLE_ARN}),
            bucket({**ANYBODY, "Principal": {"Account": OWN}}),
            bucket({**ANYBODY, "Principal": {"AWS": f"arn:aws:iam::{OWN}:role/*"}}),
            role(trust({"AWS": ROLE_ARN}, Resource="*")),
            role(trust({"AWS": ROLE_ARN}, action="iam:PassRole")),
            role(trust({"AWS": ROLE_ARN}, Sid="from CI")),
        ],
        passes=[
            may("s3:GetObject"),
            all_of({**READ, "Sid": "Read"}, {**deny("s3:PutObject"), "Sid": "NoWrite"}, {**READ, "Sid": ""}),
            inlined(may("s3:GetObject", ["*", "arn:aws:s3:::lake"])),
            bucket({**ANYBODY, "Sid": "no plain HTTP"}),
            bucket({**ANYBODY, "Principal": {"AWS": ["*"], "Service": "logging.s3.amazonaws.com"}}),
            planned("aws:ec2/vpcEndpoint:VpcEndpoint", **all_of(without(ANYBODY, "Principal"))),
            role(trust({"AWS": ROLE_ARN}, action=["sts:AssumeRole", "sts:TagSession"])),
        ],
        unknown=ROLES,
    ),
    "policy-actions-known": Cases(
        token=POLICY,
        fails=[
            *(may(action) for action in ("s3:GetObjects", "s3:HeadBucket", "s3:Fetch*", "s3*", "*:GetObject", "GetObject")),
            may(["s3:GetObject", "s4:PutObject"]),
            all_of(deny("dynamodb:Scann")),
            all_of({"Effect": "Deny", "NotAction": "iam:ChangePasword", "Resource": "*"}),
            bucket({**ANYBODY, "Action": "s3:GetObjectTag"}),
            role(trust({"AWS": ROLE_ARN}, action="sts:AssumesRole")),
        ],
        passes=[
            may(["s3:GetObject", "S3:putobject", "s3:Get*", "kms:ReEncrypt*", "*"]),
            may(["rds-db:connect", "execute-api:Invoke", "ssmmessages:OpenDataChannel", "acm:ListTagsForResource"]),
            may(["es:ESHttpGet", "aps:RemoteWrite", "bedrock:InvokeModel", "elasticfilesystem:ClientMount"]),
            planned(TOPIC_POLICY, **admits({"AWS": ROLE_ARN}, action=["SNS:Receive", "SNS:Publish"])),
            role(trust({"AWS": ROLE_ARN}, action="sts:AssumeRole")),
        ],
        unknown=ROLES,
    ),
    "policy-resources-match": Cases(
        token=POLICY,
        fails=[
            may("s3:ListBucket", "arn:aws:s3:::lake/*"),
            may("s3:GetObject", "arn:aws:s3:::lake"),
            may(["s3:GetObject", "s3:ListBucket"], ["arn:aws:s3:::lake/*"]),
            may("ec2:DescribeInstances", f"arn:aws:ec2:us-east-2:{OWN}:instance/i-1"),
            may("logs:PutLogEvents", f"arn:aws:logs:us-east-2:{OWN}:log-group:app"),
            may("sqs:SendMessage", f"arn:aws:sns:us-east-2:{OWN}:alerts"),
            may("imagebuilder:GetComponent", f"arn:aws:ecr:us-east-2:{OWN}:repository/app"),
            may("s3:Get*", f"arn:aws:sns:us-east-2:{OWN}:alerts"),
            all_of(deny("s3:DeleteBucket", "arn:aws:s3:::lake/*")),
            bucket({**ANYBODY, "Action": "s3:ListBucket"}),
        ],
        passes=[
            may("s3:GetObject", ["arn:aws:s3:::lake", "arn:aws:s3:::lake/*"]),
            may(["s3:GetObject", "s3:ListBucket"], ["arn:aws:s3:::lake", "arn:aws:s3:::lake/*"]),
            may("s3:*", "arn:aws:s3:::lake"),
            may("s3:ListBucket", ["arn:aws:s3:::lake*", "*"]),
            may("s3:GetObject", "arn:aws:s3:us-east-2:111111111111:accesspoint/lake/object/*"),
            may("ec2:DescribeInstances", "*"),
            may("ec2:Describe*", f"arn:aws:ec2:us-east-2:{OWN}:instance/*"),
            may("ec2:RunInstances", "arn:aws:ec2:us-east-2::image/ami-1"),
            may("s3:ListAllMyBuckets", "arn:aws:s3:::*"),
            may("logs:PutLogEvents", f"arn:aws:logs:us-east-2:{OWN}:log-group:app:*"),
            may("logs:DescribeLogGroups", f"arn:aws:logs:us-east-2:{OWN}:log-group:/aws/lambda/*"),
            may("rds-data:ExecuteStatement", f"arn:aws:rds:us-east-2:{OWN}:cluster:main"),
            may("dynamodb:GetItem", "arn:${AWS::Partition}:dynamodb:us-east-2:${aws:PrincipalAccount}:table/${aws:username}"),
            may("sns:Publish", "arn:aws:sns"),
            may("datazone:GetProject", f"arn:aws:datazone:us-east-2:{OWN}:domain/d-1"),
            may("s4:GetObject", "arn:aws:s3:::lake"),
        ],
        unknown=ROLES,
    ),
    "policy-conditions-known": Cases(
        token=POLICY,
        fails=[
            may("s3:GetObject", **when("StringEqual", "aws:PrincipalAccount", OWN)),
            may("s3:GetObject", **when("StringEquals", "aws:SourceAcount", OWN)),
            may("s3:GetObject", **when("StringEquals", "SourceAccount", OWN)),
            may("s3:GetObject", **when("StringEquals", "s3:Bucket", "lake")),
            may("s3:GetObject", **when("StringLike", "s3:prefix", "acme/*")),
            may(["kms:Decrypt"], **when("StringEquals", "s3:prefix", "acme/")),
            may("s3:GetObject", **when("StringEquals", "aws:SourceIp", "10.0.0.0/8")),
            may("s3:GetObject", **when("NumericLessThan", "aws:PrincipalAccount", "5")),
            may("s3:GetObject", **when("IpAddress", "aws:SourceVpc", "10.0.0.0/8")),
            may("s3:GetObject", **when("Bool", "aws:SecureTransport", "yes")),
            may("s3:GetObject", **when("IpAddress", "aws:SourceIp", "10.0.0.0/40")),
            may("s3:GetObject", **when("NumericLessThan", "aws:MultiFactorAuthAge", "an hour")),
            may("s3:GetObject", **when("DateLessThan", "aws:MultiFactorAuthAge", "2030-01-01")),
            bucket({**ANYBODY, **when("Boolean", "aws:SecureTransport", "false")}),
        ],
        passes=[
            may("s3:ListBucket", **when("StringLike", "s3:prefix", ["acme/*", ""])),
            may(["s3:ListBucket", "s3:GetObject"], **when("StringLike", "s3:prefix", "acme/*")),
            *(may(action, **when("StringLike", "s3:prefix", "acme/*")) for action in ("s3:*", "*", "s3:GetObjects")),
            may("kms:Decrypt", **when("ArnLike", "kms:EncryptionContext:aws:logs:arn", "arn:aws:logs:*")),
            may("s3:GetObject", **when("ForAnyValue:StringLike", "aws:PrincipalOrgPaths", "o-1/*")),
            may("s3:GetObject", **when("StringEquals", "aws:SecureTransport", "true")),
            may("s3:GetObject", **when("BoolIfExists", "aws:MultiFactorAuthPresent", "false")),
            may("s3:GetObject", **when("NumericLessThan", "aws:EpochTime", "1900000000")),
            may("s3:GetObject", **when("DateGreaterThan", "aws:CurrentTime", "2030-01-01T00:00:00Z")),
            may("s3:GetObject", **when("StringEquals", "aws:ResourceTag/Tenant", "${aws:PrincipalTag/Tenant}")),
            may("s3:GetObject", **when("ArnEquals", "lambda:SourceFunctionArn", "arn:aws:lambda:x:1:function:f")),
            may("s3:GetObject", **when("Null", "s3:ExistingObjectTag/Tenant", "false")),
            may("dynamodb:GetItem", **when("ForAllValues:StringEquals", "dynamodb:LeadingKeys", ["acme"])),
            role(trust({"Federated": "x"}, {"StringEquals": {"token.actions.githubusercontent.com:sub": "a"}})),
        ],
        unknown=ROLES,
    ),
}
