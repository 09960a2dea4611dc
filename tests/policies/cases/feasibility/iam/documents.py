"""Cases of policies/feasibility/rules/iam/documents.py."""

import json
from typing import Any

from tests.policies.given.feasibility import parts
from tests.policies.given.feasibility.formats import one
from tests.policies.given.feasibility.iam import BUCKET_POLICY, KEY, POLICY, ROLE, allow, bucket_policy, document, trust
from tests.policies.harness import UNKNOWN
from tests.policies.table import Cases


def identity(*statements: dict[str, Any], **top: Any) -> dict[str, Any]:
    return {"policy": document(*statements, **top)}


QUEUE_POLICY = "aws:sqs/queuePolicy:QueuePolicy"
REPOSITORY_POLICY = "aws:ecr/repositoryPolicy:RepositoryPolicy"


CASES: dict[str, Cases] = {
    "policy-document-syntax": Cases(
        token=POLICY,
        fails=[
            {"policy": "{not json"},
            {"policy": "[]"},
            identity({**allow(), "Effect": "allow"}),
            identity({"Effect": "Allow", "Resource": "*"}),
            identity(allow(Resources="*")),
            identity(allow(), Extra=1),
            identity(allow(), Version="2012-10-7"),
            identity(allow(NotAction="s3:*")),
            identity(allow(Condition={"StringEqual": {"aws:PrincipalTag/a": "b"}})),
            identity(allow(Sid="read"), allow(Sid="read")),
            identity(allow(Sid="read objects")),
            one(ROLE, assumeRolePolicy="{}"),
            one(ROLE, **trust({"Service": "ec2.amazonaws.com"}), inlinePolicies=[{"policy": "{"}]),
            one(BUCKET_POLICY, policy=document(allow(Principal="*"), Statements=[])),
        ],
        passes=[
            identity(allow(Sid="Read1"), allow(Condition={"ForAnyValue:StringLikeIfExists": {"aws:TagKeys": ["a"]}})),
            identity(allow(), Version="2008-10-17"),
            {"policy": json.loads(document(allow()))},
            one(BUCKET_POLICY, policy=document(allow(Principal="*", Sid="read objects"))),
            one(ROLE, **trust({"Service": "ec2.amazonaws.com"})),
        ],
        unknown=[{"policy": UNKNOWN}, {"policy": {"Version": "2012-10-17", "Statement": [allow(resource=UNKNOWN)]}}],
    ),
    "policy-document-elements": Cases(
        token=POLICY,
        fails=[
            identity(allow(Principal="*")),
            identity({"Effect": "Allow", "Action": "s3:*"}),
            one(ROLE, **trust({"Service": "ec2.amazonaws.com"}, Resource="*")),
            one(ROLE, assumeRolePolicy=document({"Effect": "Allow", "Action": "sts:AssumeRole"})),
            one(BUCKET_POLICY, policy=document(allow())),
            one(KEY, policy=document({"Effect": "Allow", "Action": "kms:*", "Resource": "*"})),
        ],
        passes=[
            identity(allow()),
            identity({"Effect": "Deny", "Action": "*", "NotResource": "*"}),
            one(ROLE, **trust({"Service": "ec2.amazonaws.com"})),
            bucket_policy("*"),
            {"policy": "{not json"},
        ],
        unknown=[{"policy": UNKNOWN}],
    ),
    "policy-document-actions-and-resources": Cases(
        token=POLICY,
        fails=[
            *(identity(allow(resource=resource)) for resource in ("arn:*", "lake/*", "arn:aws:s3:us-east-2::lake/*")),
            identity(allow("GetObject")),
            identity(allow("s3:Get:Object")),
            identity(allow("iam:PassRole", "arn:aws:iam::111111111111:admin")),
            identity(allow("iam:PassRole", "arn:aws:iam:us-east-2:111111111111:role/a")),
            identity(allow(resource="arn:awss:s3:::lake")),
            one(ROLE, **trust({"Service": "ec2.amazonaws.com"}, "ec2:RunInstances")),
        ],
        passes=[
            identity(allow(resource="arn:aws:*")),
            identity(allow(["s3:*", "*"], ["*", "arn:aws:s3:::lake", "arn:aws-us-gov:s3:::lake"])),
            identity(allow("iam:PassRole", ["arn:aws:iam::111111111111:role/a", "arn:aws:iam::*:*"])),
            identity(allow("sqs:*", "arn:aws:sqs:*:111111111111:jobs-*")),
            one(ROLE, **trust({"Service": "ec2.amazonaws.com"}, ["sts:AssumeRole", "sts:TagSession"])),
        ],
        unknown=[{"policy": UNKNOWN}],
    ),
    "policy-action-exists": Cases(
        token=POLICY,
        fails=[identity(allow("s3:ListObjects")), identity(allow(["sqs:ReceiveMessage", "sqs:SendMessageBatch"], "*"))],
        passes=[
            identity(allow(["sqs:SendMessage", "sqs:SendMessageBatch"], "*")),
            identity(allow("s3:ListBucket", "arn:aws:s3:::lake")),
            identity(allow("s3:*")),
        ],
        unknown=[{"policy": UNKNOWN}],
    ),
    "resource-policy-service": Cases(
        token=parts.TOPIC,
        fails=[
            {"policy": parts.allow("sqs:SendMessage", service="s3.amazonaws.com")},
            one(QUEUE_POLICY, policy=parts.allow("sqs:SendMessage", "sns:Publish", service="sns.amazonaws.com")),
            one(REPOSITORY_POLICY, policy=json.loads(parts.allow("s3:GetObject", service="lambda.amazonaws.com"))),
        ],
        passes=[
            {"policy": parts.allow("SNS:Publish", service="s3.amazonaws.com")},
            {"policy": parts.allow("*")},
            {"displayName": "a"},
            one(QUEUE_POLICY, policy=parts.allow("sqs:*", service="sns.amazonaws.com")),
        ],
        unknown=[{"policy": UNKNOWN}],
    ),
}
