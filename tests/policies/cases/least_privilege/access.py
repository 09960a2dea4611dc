"""Cases of policies/controls/least_privilege/access.py."""

import json
from typing import Any

from tests.policies.given.least_privilege.access import admits, known_account
from tests.policies.given.least_privilege.common import OTHER, OWN, ROLE_ARN, UNKNOWN_POLICY, document
from tests.policies.harness import UNKNOWN, planned
from tests.policies.table import Cases

BUCKET_POLICY = "aws:s3/bucketPolicy:BucketPolicy"
TOPIC_POLICY = "aws:sns/topicPolicy:TopicPolicy"
QUEUE_POLICY = "aws:sqs/queuePolicy:QueuePolicy"
TABLE_POLICY = "aws:dynamodb/resourcePolicy:ResourcePolicy"
ORGANISATION = {"StringEquals": {"aws:PrincipalOrgID": "o-1234567890"}}


def not_public(token: str, prop: str = "policy") -> Cases:
    """Cases of a rule that wants named principals in a resource policy."""

    def to(*arguments: Any, **more: Any) -> dict[str, Any]:
        return {prop: admits(*arguments, **more)["policy"]}

    return Cases(
        token=token,
        fails=[
            to("*"),
            *(to({"AWS": aws}) for aws in ("*", [ROLE_ARN, "*"], "arn:aws:iam::*:role/reader")),
            to(["*"]),
            to("*", {"StringEqualsIfExists": {"aws:PrincipalOrgID": "o-1234567890"}}),
            to("*", {"ForAllValues:StringEquals": {"aws:PrincipalOrgID": "o-1234567890"}}),
            to("*", {"StringNotEquals": {"aws:PrincipalOrgID": "o-1234567890"}}),
            to("*", {"StringLike": {"aws:PrincipalOrgID": "o-*"}}),
            to("*", {"StringLike": {"aws:PrincipalArn": "*"}}),
            to("*", {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*"}}),
            to("*", {"ArnLike": {"aws:SourceArn": "arn:aws:s3:::*"}}),
            to("*", {"StringEquals": {"aws:PrincipalTag/Team": "data"}}),
            to("*", {"IpAddress": {"aws:SourceIp": ["203.0.113.0/24", "0.0.0.0/0"]}}),
            *(to("*", {"IpAddress": {"aws:SourceIp": ip}}) for ip in ("10.0.0.0/4", "2001:db8::/16", "home")),
            to("*", {"Bool": {"elasticfilesystem:AccessedViaMountTarget": "false"}}),
            to("*", {"StringLike": {"sns:Endpoint": "*"}}),
            to("*", {"Bool": {"aws:SecureTransport": "true"}}),
            {prop: json.dumps({"Statement": {"Effect": "Allow", "Principal": "*", "Action": "svc:Act"}})},
            {prop: json.loads(admits("*")["policy"])},
            {prop: json.dumps({"Statement": {"Principal": "*", "Action": "svc:Act"}})},
            {prop: '{"Statement": [{"Effect": "Allow", "Principal": "*", "Action": ["svc:Act",]},]}'},
        ],
        passes=[
            {"other": "value"},
            to({"AWS": ROLE_ARN}),
            to({"Service": "events.amazonaws.com"}),
            to("*", ORGANISATION),
            to("*", {"ArnLike": {"aws:SourceArn": f"arn:aws:sns:us-east-2:{OWN}:alerts"}}),
            to("*", {"ArnLike": {"aws:SourceArn": f"arn:aws:cloudtrail:*:{OWN}:trail/*"}}),
            to("*", {"ArnLike": {"aws:SourceArn": "arn:aws:s3:::lake/*"}}),
            to("*", {"StringEquals": {"kms:CallerAccount": OWN, "kms:ViaService": "s3.us-east-2.amazonaws.com"}}),
            to("*", {"StringEquals": {"aws:SourceVpce": "vpce-123abc456def7890g"}}),
            to("*", {"IpAddress": {"aws:SourceIp": ["203.0.113.7/24", "2001:db8::/32"]}}),
            to("*", {"Bool": {"elasticfilesystem:AccessedViaMountTarget": "true"}}),
            to("*", {"StringLike": {"sns:Endpoint": "*@example.com"}}),
            to("*", {"StringLike": {"aws:userid": "AROAEXAMPLE:*"}}),
            to("*", effect="Deny"),
        ],
        unknown=[{prop: UNKNOWN}, {prop: "{Statement: *}"}],
    )


GRAINED = {"advancedSecurityOptions": {"enabled": True, "internalUserDatabaseEnabled": True}}

CASES: dict[str, Cases] = {
    "s3-policy-not-inverted": Cases(
        token=BUCKET_POLICY,
        fails=[
            admits("*", {"ArnNotEquals": {"aws:PrincipalArn": ROLE_ARN}}),
            admits({"AWS": ["*"]}, {"ArnNotLike": {"aws:PrincipalArn": [ROLE_ARN]}, "Bool": {"aws:SecureTransport": "true"}}),
            planned("aws:s3/bucketV2:BucketV2", **admits("*", {"ArnNotLike": {"aws:SourceArn": ROLE_ARN}})),
        ],
        passes=[
            admits("*", {"ArnEquals": {"aws:PrincipalArn": ROLE_ARN}}),
            admits("*", {"ArnNotEquals": {"aws:PrincipalArn": ROLE_ARN}, **ORGANISATION}),
            admits({"AWS": ROLE_ARN}, {"ArnNotEquals": {"aws:PrincipalArn": ROLE_ARN}}),
            admits("*", {"ArnNotEquals": {"aws:PrincipalArn": ROLE_ARN}}, effect="Deny"),
        ],
        unknown=UNKNOWN_POLICY,
    ),
    "s3-policy-not-public": not_public(BUCKET_POLICY),
    "sqs-policy-not-public": not_public(QUEUE_POLICY),
    "sns-policy-not-public": not_public(TOPIC_POLICY),
    "kms-policy-not-public": not_public("aws:kms/replicaExternalKey:ReplicaExternalKey"),
    "secret-policy-not-public": not_public("aws:secretsmanager/secretPolicy:SecretPolicy"),
    "ecr-policy-not-public": not_public("aws:ecr/registryPolicy:RegistryPolicy"),
    "dynamodb-policy-not-public": not_public(TABLE_POLICY),
    "lambda-policy-not-public": not_public("aws:lambda/resourcePolicy:ResourcePolicy"),
    "opensearch-policy-not-public": not_public("aws:elasticsearch/domainPolicy:DomainPolicy", "accessPolicies"),
    "resource-policy-not-public": not_public("aws:cloudwatch/logResourcePolicy:LogResourcePolicy", "policyDocument"),
    "s3-policy-own-control": Cases(
        token=BUCKET_POLICY,
        fails=[
            known_account(BUCKET_POLICY, admits({"AWS": OTHER}, action=["s3:GetObject", "s3:PutBucketPolicy"])),
            known_account(BUCKET_POLICY, admits({"AWS": f"arn:aws:iam::{OTHER}:role/x"}, action="s3:*")),
            known_account(BUCKET_POLICY, admits({"AWS": OTHER}, action="s3:DeleteBucketPolicy")),
            known_account(BUCKET_POLICY, admits({"AWS": OTHER}, action="s3:PutObjectAcl")),
        ],
        passes=[
            known_account(BUCKET_POLICY, admits({"AWS": OTHER}, action=["s3:GetObject", "s3:PutObject"])),
            known_account(BUCKET_POLICY, admits({"AWS": ROLE_ARN}, action="s3:PutBucketPolicy")),
            known_account(BUCKET_POLICY, admits({"Service": "logging.s3.amazonaws.com"}, action="s3:PutObjectAcl")),
            known_account(BUCKET_POLICY, admits({"AWS": OTHER}, action="s3:*", effect="Deny")),
        ],
        unknown=[*UNKNOWN_POLICY, admits({"AWS": OTHER}, action="s3:PutBucketPolicy")],
    ),
    "s3-policy-no-lockout": Cases(
        token=BUCKET_POLICY,
        fails=[
            admits("*", action="s3:*", effect="Deny"),
            admits({"AWS": ["*"]}, action=["s3:Put*"], effect="Deny"),
            {"policy": json.dumps({"Statement": {"Effect": "Deny", "Principal": "*", "Action": "*"}})},
            planned("aws:s3/bucket:Bucket", **admits("*", action="s3:*BucketPolicy", effect="Deny")),
        ],
        passes=[
            admits("*", {"Bool": {"aws:SecureTransport": "false"}}, "s3:*", "Deny"),
            admits({"AWS": ROLE_ARN}, action="s3:*", effect="Deny"),
            admits("*", action="s3:DeleteObject", effect="Deny"),
            admits("*", action="s3:*"),
            {"policy": document({"Effect": "Deny", "Principal": "*", "NotAction": "s3:GetObject", "Resource": "*"})},
            {"policy": document({"Effect": "Deny", "NotPrincipal": {"AWS": ROLE_ARN}, "Action": "s3:*", "Resource": "*"})},
        ],
        unknown=UNKNOWN_POLICY,
    ),
    "sqs-policy-no-wildcard-action": Cases(
        token=QUEUE_POLICY,
        fails=[
            admits({"AWS": ROLE_ARN}, action="sqs:*"),
            admits({"AWS": ROLE_ARN}, action="*"),
            admits({"AWS": ROLE_ARN}, action=["sqs:SendMessage", "SQS:*"]),
        ],
        passes=[admits({"AWS": ROLE_ARN}, action="sqs:SendMessage"), admits("*", action="sqs:*", effect="Deny")],
        unknown=UNKNOWN_POLICY,
    ),
    "lambda-permission-bound": Cases(
        token="aws:lambda/permission:Permission",
        fails=[
            *({"principal": principal} for principal in ("*", "events.amazonaws.com", "alexa-appkit.amazon.com")),
            {"principal": "*", "functionUrlAuthType": "NONE", "action": "lambda:InvokeFunctionUrl"},
            {"principal": "*", "sourceArn": "arn:aws:s3:::*"},
            {"principal": "s3.amazonaws.com", "action": "lambda:InvokeFunction"},
            {"principal": "sns.amazonaws.com", "sourceArn": "arn:aws:sns:*:*:*"},
        ],
        passes=[
            {"principal": "events.amazonaws.com", "sourceArn": UNKNOWN},
            {"principal": "events.amazonaws.com", "sourceArn": f"arn:aws:events:us-east-2:{OWN}:rule/*"},
            {"principal": "s3.amazonaws.com", "sourceArn": "arn:aws:s3:::lake"},
            {"principal": "s3.amazonaws.com", "sourceAccount": OWN},
            {"principal": OWN},
            {"principal": ROLE_ARN},
            {"principal": "*", "principalOrgId": "o-1234567890"},
            {"principal": "*", "sourceAccount": OWN},
            {"principal": "alexa-appkit.amazon.com", "eventSourceToken": "amzn1.ask.skill.1"},
        ],
        unknown=[{"principal": UNKNOWN}],
    ),
    "shared-with-named-accounts": Cases(
        token="aws:cloudwatch/eventPermission:EventPermission",
        fails=[{"principal": "*"}, planned("aws:lambda/layerVersionPermission:LayerVersionPermission", principal="*")],
        passes=[
            {"principal": OTHER},
            {"principal": "*", "condition": {"key": "aws:PrincipalOrgID", "type": "StringEquals", "value": "o-1234567890"}},
            planned("aws:lambda/layerVersionPermission:LayerVersionPermission", principal="*", organizationId="o-1234567890"),
        ],
        unknown=[{"principal": UNKNOWN}],
    ),
    "opensearch-fine-grained-access": Cases(
        token="aws:opensearch/domain:Domain",
        fails=[
            {},
            {"advancedSecurityOptions": {"enabled": False}},
            {"advancedSecurityOptions": {"enabled": True, "anonymousAuthEnabled": True}},
            planned("aws:elasticsearch/domain:Domain", advancedSecurityOptions=[{"enabled": False}]),
        ],
        passes=[
            GRAINED,
            {"advancedSecurityOptions": {"enabled": "true", "anonymousAuthEnabled": False}},
            planned("aws:elasticsearch/domain:Domain", advancedSecurityOptions=[{"enabled": True}]),
        ],
        unknown=[{"advancedSecurityOptions": {"enabled": UNKNOWN}}],
    ),
}
