"""Cases of the least privilege pack."""

import json
from typing import Any

from tests.policies.cases import Case, Cases
from tests.policies.harness import UNKNOWN, Planned

POLICY = "aws:iam/policy:Policy"
ROLE = "aws:iam/role:Role"
ROLE_POLICY = "aws:iam/rolePolicy:RolePolicy"
ATTACHMENT = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
KEY_TOKEN = "aws:kms/key:Key"
PERMISSION = "aws:lambda/permission:Permission"
BUCKET_POLICY = "aws:s3/bucketPolicy:BucketPolicy"
TOPIC_POLICY = "aws:sns/topicPolicy:TopicPolicy"
QUEUE_POLICY = "aws:sqs/queuePolicy:QueuePolicy"

OWN = "111111111111"
OTHER = "999999999999"
ROLE_ARN = f"arn:aws:iam::{OWN}:role/reader"
AWS = "arn:aws:iam::aws:policy/"


def document(*statements: object) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def may(action: object, resource: object = "arn:aws:s3:::lake/*", **more: object) -> dict[str, Any]:
    return {"policy": document({"Effect": "Allow", "Action": action, "Resource": resource, **more})}


def trust(principal: object, condition: object = None, action: str = "sts:AssumeRole", **more: object) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Principal": principal, "Action": action, **({"Condition": condition} if condition else {})}
    return {"assumeRolePolicy": document({**statement, **more})}


def admits(principal: object, condition: object = None, action: object = "svc:Act", effect: str = "Allow") -> dict[str, Any]:
    statement = {"Effect": effect, "Principal": principal, "Action": action, "Resource": "*"}
    return {"policy": document({**statement, **({"Condition": condition} if condition else {})})}


def not_public(token: str) -> Cases:
    """Cases of a rule that wants named principals in a resource policy."""
    narrow = {"StringEquals": {"aws:PrincipalOrgID": "o-1234567890"}}
    return Cases(
        token=token,
        fails=[
            admits("*"),
            admits({"AWS": "*"}),
            admits({"AWS": [ROLE_ARN, "*"]}),
            admits(["*"]),
            admits("*", {"StringEqualsIfExists": {"aws:PrincipalOrgID": "o-1234567890"}}),
            admits("*", {"StringNotEquals": {"aws:PrincipalOrgID": "o-1234567890"}}),
            admits("*", {"StringLike": {"aws:PrincipalArn": "*"}}),
            admits("*", {"Bool": {"aws:SecureTransport": "true"}}),
            {"policy": json.dumps({"Statement": {"Effect": "Allow", "Principal": "*", "Action": "svc:Act"}})},
        ],
        passes=[
            {"other": "value"},
            admits({"AWS": ROLE_ARN}),
            admits({"Service": "events.amazonaws.com"}),
            admits("*", narrow),
            admits("*", {"ArnLike": {"aws:SourceArn": f"arn:aws:sns:us-east-2:{OWN}:alerts"}}),
            admits("*", {"StringEquals": {"kms:CallerAccount": OWN, "kms:ViaService": "s3.us-east-2.amazonaws.com"}}),
            admits("*", effect="Deny"),
        ],
        unknown=[{"policy": UNKNOWN}],
    )


def attached(role_inputs: dict[str, Any], kind: str = ATTACHMENT) -> list[Planned]:
    other = Planned(token=kind, name="other", inputs={"role": UNKNOWN}, refs={"role": (ROLE, "app")})
    return [Planned(token=ROLE, name="app", inputs=role_inputs), other]


def inline(parent_of_role: str, parent_of_policy: str) -> list[Planned]:
    role = Planned(token=ROLE, name="app", parent=parent_of_role)
    policy = Planned(
        token=ROLE_POLICY, name="policy", inputs={"role": UNKNOWN}, refs={"role": (ROLE, "app")}, parent=parent_of_policy
    )
    return [role, policy]


COMPONENT = "urn:pulumi:prod::dataconnect::dataconnect:index:Service::api"
ROOT = "urn:pulumi:prod::dataconnect::pulumi:pulumi:Stack::dataconnect-prod"
OWN_PROVIDER = {"allowedAccountIds": json.dumps([OWN]), "region": "us-east-2"}
ROOT_OF_OTHER: list[Planned] = [
    Planned(token=ROLE, inputs=trust({"AWS": f"arn:aws:iam::{OTHER}:root"}), provider=OWN_PROVIDER),
]
GITHUB = {"Federated": f"arn:aws:iam::{OWN}:oidc-provider/token.actions.githubusercontent.com"}


def github(sub: object, operator: str = "StringEquals", aud: str | None = "sts.amazonaws.com") -> dict[str, Any]:
    prefix = "token.actions.githubusercontent.com"
    condition: dict[str, Any] = {operator: {f"{prefix}:sub": sub}} if sub else {}
    if aud:
        condition.setdefault("StringEquals", {})[f"{prefix}:aud"] = aud
    return trust(GITHUB, condition, "sts:AssumeRoleWithWebIdentity")


def topic(principal: object, **provider: Any) -> Case:
    return [Planned(token=TOPIC_POLICY, inputs=admits(principal), provider={**OWN_PROVIDER, **provider})]


UNKNOWN_POLICY: list[Case] = [{"policy": UNKNOWN}]

CASES: dict[str, Cases] = {
    "policy-document-readable": Cases(
        token=POLICY,
        fails=[
            {"policy": "{not json"},
            {"policy": "[]"},
            {"policy": "{}"},
            {"policy": document({"Effect": "allow", "Action": "s3:GetObject", "Resource": "*"})},
            {"policy": document({"Effect": "Allow", "Resource": "*"})},
            {"policy": document("s3:*")},
            {"policy": document({"Effect": "Allow", "Action": [1], "Resource": "*"})},
            {"policy": document({"Effect": "Allow", "Action": "a:B", "Resource": "*", "Condition": []})},
            [Planned(token=ROLE, inputs={"assumeRolePolicy": "no"})],
        ],
        passes=[may("s3:GetObject"), {"policy": json.dumps({"Statement": {"Effect": "Deny", "Action": "*", "Resource": "*"}})}],
        unknown=UNKNOWN_POLICY,
    ),
    "administrator-statement": Cases(
        token=POLICY,
        fails=[
            may("*", "*"),
            may(["s3:GetObject", "*"], ["*"]),
            may("*:*", "*"),
            [Planned(token=ROLE, inputs={"inlinePolicies": [{"name": "all", **may("*", "*")}]})],
            [Planned(token="aws:iam/userPolicy:UserPolicy", inputs=may("*", "*"))],
        ],
        passes=[may("s3:GetObject"), may("*", "*", Effect="Deny"), may("s3:*", "*")],
        unknown=UNKNOWN_POLICY,
    ),
    "wildcard-action": Cases(
        token=POLICY,
        fails=[may("s3:*"), may(["s3:GetObject", "sqs:*"]), may("*"), may("s3:**")],
        passes=[may("s3:Get*"), may("kms:GenerateDataKey*"), may("s3:*", Effect="Deny")],
        unknown=UNKNOWN_POLICY,
    ),
    "wildcard-resource": Cases(
        token=POLICY,
        fails=[
            may("s3:GetObject", "*"),
            may(["ec2:DescribeSubnets", "secretsmanager:GetSecretValue"], ["*"]),
            may("s3:Get*", "arn:aws:s3:::*"),
            may("dynamodb:*", "*"),
        ],
        passes=[
            may("s3:GetObject"),
            may(["ec2:DescribeSubnets", "ecr:GetAuthorizationToken", "cloudwatch:PutMetricData"], "*"),
            may("kms:Decrypt", "*", Condition={"StringEquals": {"kms:ViaService": "s3.us-east-2.amazonaws.com"}}),
            may("ec2:TerminateInstances", "*", Condition={"StringEquals": {"aws:ResourceTag/Tenant": "a"}}),
        ],
        unknown=UNKNOWN_POLICY,
    ),
    "decrypt-any-key": Cases(
        token=POLICY,
        fails=[may("kms:Decrypt", "*"), may("kms:*", f"arn:aws:kms:us-east-2:{OWN}:key/*"), may("kms:ReEncrypt*", "*")],
        passes=[
            may("kms:Decrypt", f"arn:aws:kms:us-east-2:{OWN}:key/1"),
            may("kms:Decrypt", "*", Condition={"StringEquals": {"kms:ViaService": "s3.us-east-2.amazonaws.com"}}),
            may("kms:ListKeys", "*"),
        ],
        unknown=UNKNOWN_POLICY,
    ),
    "pass-role": Cases(
        token=POLICY,
        fails=[
            may("iam:PassRole", "*"),
            may("iam:Pass*", ROLE_ARN),
            may(
                "iam:PassRole",
                f"arn:aws:iam::{OWN}:role/*",
                Condition={"StringEquals": {"iam:PassedToService": "ecs.amazonaws.com"}},
            ),
        ],
        passes=[
            may("iam:PassRole", ROLE_ARN, Condition={"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}}),
            may("s3:GetObject"),
        ],
        unknown=UNKNOWN_POLICY,
    ),
    "inverted-allow": Cases(
        token=POLICY,
        fails=[
            {"policy": document({"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"})},
            {"policy": document({"Effect": "Allow", "Action": "s3:GetObject", "NotResource": "arn:aws:s3:::a"})},
            [
                Planned(
                    token=ROLE, inputs={"assumeRolePolicy": document({"Effect": "Allow", "NotPrincipal": "a", "Action": "b"})}
                )
            ],
            [
                Planned(
                    token=BUCKET_POLICY,
                    inputs={"policy": document({"Effect": "Allow", "NotPrincipal": {"AWS": "a"}, "Action": "s3:GetObject"})},
                )
            ],
        ],
        passes=[may("s3:GetObject"), {"policy": document({"Effect": "Deny", "NotAction": "iam:*", "Resource": "*"})}],
        unknown=UNKNOWN_POLICY,
    ),
    "administrator-attached": Cases(
        token=ATTACHMENT,
        fails=[
            {"policyArn": f"{AWS}AdministratorAccess"},
            {"policyArn": f"{AWS}PowerUserAccess"},
            [Planned(token=ROLE, inputs={"managedPolicyArns": [f"{AWS}job-function/ViewOnlyAccess", f"{AWS}IAMFullAccess"]})],
        ],
        passes=[
            {"policyArn": f"{AWS}service-role/AWSLambdaBasicExecutionRole"},
            [Planned(token=ATTACHMENT, inputs={"policyArn": UNKNOWN}, refs={"policyArn": (POLICY, "own")})],
            [Planned(token=ROLE)],
        ],
        unknown=[{"policyArn": UNKNOWN}],
    ),
    "aws-managed-policy": Cases(
        token=ATTACHMENT,
        fails=[{"policyArn": f"{AWS}AmazonS3FullAccess"}, {"policyArn": f"{AWS}ReadOnlyAccess"}],
        passes=[
            {"policyArn": f"{AWS}service-role/AmazonECSTaskExecutionRolePolicy"},
            {"policyArn": f"arn:aws:iam::{OWN}:policy/own"},
        ],
        unknown=[{"policyArn": UNKNOWN}],
    ),
    "no-users": Cases(
        token="aws:iam/user:User",
        fails=[
            {},
            [Planned(token="aws:iam/userPolicyAttachment:UserPolicyAttachment")],
            [Planned(token="aws:iam/policyAttachment:PolicyAttachment", inputs={"users": ["me"]})],
        ],
        passes=[[Planned(token=ROLE)], [Planned(token="aws:iam/policyAttachment:PolicyAttachment", inputs={"roles": ["a"]})]],
        unknown=[],
        never_unknown=True,
    ),
    "no-stray-inline-policy": Cases(
        token=ROLE_POLICY,
        fails=[
            inline(COMPONENT, ROOT),
            inline(ROOT, ROOT),
            inline("", ""),
            [Planned(token="aws:iam/groupPolicy:GroupPolicy", inputs={"group": "staff"})],
        ],
        passes=[inline(COMPONENT, COMPONENT)],
        unknown=[{"role": UNKNOWN}],
    ),
    "one-owner-of-role-policies": Cases(
        token=ROLE,
        fails=[
            attached({"managedPolicyArns": [f"{AWS}service-role/AWSLambdaBasicExecutionRole"]}),
            attached({"inlinePolicies": [{"name": "a", "policy": "{}"}]}, ROLE_POLICY),
        ],
        passes=[attached({}), {"managedPolicyArns": ["a"]}],
        unknown=[],
        never_unknown=True,
    ),
    "s3-policy-not-public": not_public(BUCKET_POLICY),
    "sqs-policy-not-public": not_public(QUEUE_POLICY),
    "sns-policy-not-public": not_public(TOPIC_POLICY),
    "kms-policy-not-public": not_public(KEY_TOKEN),
    "secret-policy-not-public": not_public("aws:secretsmanager/secretPolicy:SecretPolicy"),
    "ecr-policy-not-public": not_public("aws:ecr/repositoryPolicy:RepositoryPolicy"),
    "dynamodb-policy-not-public": not_public("aws:dynamodb/resourcePolicy:ResourcePolicy"),
    "sqs-policy-no-wildcard-action": Cases(
        token=QUEUE_POLICY,
        fails=[admits({"AWS": ROLE_ARN}, action="sqs:*"), admits({"AWS": ROLE_ARN}, action=["sqs:SendMessage", "SQS:*"])],
        passes=[admits({"AWS": ROLE_ARN}, action="sqs:SendMessage"), admits("*", action="sqs:*", effect="Deny")],
        unknown=UNKNOWN_POLICY,
    ),
    "sns-policy-own-account": Cases(
        token=TOPIC_POLICY,
        fails=[topic({"AWS": f"arn:aws:iam::{OTHER}:root"}), topic({"AWS": [ROLE_ARN, OTHER]})],
        passes=[topic({"AWS": ROLE_ARN}), topic({"Service": "events.amazonaws.com"})],
        unknown=[*UNKNOWN_POLICY, admits({"AWS": ROLE_ARN})],
    ),
    "kms-policy-explicit": Cases(
        token=KEY_TOKEN,
        fails=[{}],
        passes=[
            admits({"AWS": ROLE_ARN}),
            {"policy": UNKNOWN},
            [
                Planned(token=KEY_TOKEN, name="key"),
                Planned(token="aws:kms/keyPolicy:KeyPolicy", inputs={"keyId": UNKNOWN}, refs={"keyId": (KEY_TOKEN, "key")}),
            ],
        ],
        unknown=[],
        never_unknown=True,
    ),
    "kms-separate-duties": Cases(
        token=KEY_TOKEN,
        fails=[
            admits({"AWS": ROLE_ARN}, action="kms:*"),
            admits({"AWS": ROLE_ARN}, action=["kms:PutKeyPolicy", "kms:Decrypt"]),
            {
                "policy": document(
                    {"Effect": "Allow", "Principal": {"AWS": [ROLE_ARN]}, "Action": "kms:Schedule*", "Resource": "*"},
                    {"Effect": "Allow", "Principal": {"AWS": ROLE_ARN}, "Action": "kms:GenerateDataKey*", "Resource": "*"},
                )
            },
        ],
        passes=[
            admits({"AWS": f"arn:aws:iam::{OWN}:root"}, action="kms:*"),
            admits({"AWS": ROLE_ARN}, action=["kms:Put*", "kms:Describe*"]),
            admits({"AWS": ROLE_ARN}, action=["kms:Decrypt", "kms:GenerateDataKey*"]),
        ],
        unknown=UNKNOWN_POLICY,
    ),
    "kms-service-use-bound": Cases(
        token=KEY_TOKEN,
        fails=[admits({"Service": "logs.us-east-2.amazonaws.com"}, action=["kms:Encrypt*", "kms:Decrypt*"])],
        passes=[
            admits(
                {"Service": "logs.us-east-2.amazonaws.com"},
                {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": f"arn:aws:logs:us-east-2:{OWN}:*"}},
                action="kms:Decrypt",
            ),
            admits({"Service": ["events.amazonaws.com", "events.rds.amazonaws.com"]}, action="kms:Decrypt"),
            admits({"Service": "sns.amazonaws.com"}, {"StringEquals": {"aws:SourceAccount": OWN}}, action="kms:Decrypt"),
            admits({"AWS": ROLE_ARN}, action="kms:Decrypt"),
        ],
        unknown=UNKNOWN_POLICY,
    ),
    "lambda-permission-bound": Cases(
        token=PERMISSION,
        fails=[
            {"principal": "*"},
            {"principal": "events.amazonaws.com"},
            {"principal": "s3.amazonaws.com", "action": "lambda:InvokeFunction"},
        ],
        passes=[
            {"principal": "events.amazonaws.com", "sourceArn": UNKNOWN},
            {"principal": "s3.amazonaws.com", "sourceAccount": OWN},
            {"principal": OWN},
            {"principal": "*", "principalOrgId": "o-1234567890"},
        ],
        unknown=[{"principal": UNKNOWN}],
    ),
    "trust-named-principals": Cases(
        token=ROLE,
        fails=[
            trust("*"),
            trust({"AWS": "*"}),
            trust({"AWS": f"arn:aws:iam::{OTHER}:root"}),
            trust({"AWS": [ROLE_ARN, OTHER]}),
            ROOT_OF_OTHER,
        ],
        passes=[
            trust({"AWS": ROLE_ARN}),
            trust({"AWS": f"arn:aws:iam::{OTHER}:root"}, {"StringEquals": {"sts:ExternalId": "abc"}}),
            trust("*", {"StringEquals": {"aws:PrincipalOrgID": "o-1234567890"}}),
            trust({"Service": "ecs-tasks.amazonaws.com"}),
            [Planned(token=ROLE, inputs=trust({"AWS": f"arn:aws:iam::{OWN}:root"}), provider=OWN_PROVIDER)],
        ],
        unknown=[{"assumeRolePolicy": UNKNOWN}],
    ),
    "trust-service-bound": Cases(
        token=ROLE,
        fails=[
            trust({"Service": "ecs-tasks.amazonaws.com"}),
            trust({"Service": ["ec2.amazonaws.com", "scheduler.amazonaws.com"]}),
        ],
        passes=[
            trust({"Service": "ecs-tasks.amazonaws.com"}, {"StringEquals": {"aws:SourceAccount": OWN}}),
            trust({"Service": ["ec2.amazonaws.com", "lambda.amazonaws.com", "s3.amazonaws.com"]}),
            trust({"AWS": ROLE_ARN}),
        ],
        unknown=[{"assumeRolePolicy": UNKNOWN}],
    ),
    "trust-oidc-bound": Cases(
        token=ROLE,
        fails=[
            github(None),
            github("repo:dataconnect/*", "StringLike"),
            github("*", "StringLike"),
            github("repo:dataconnect/infrastructure:*", "StringLike", aud=None),
            github(["repo:dataconnect/infrastructure:ref:refs/heads/main", "repo:*"], "StringLike"),
        ],
        passes=[
            github("repo:dataconnect/infrastructure:ref:refs/heads/main"),
            github("repo:dataconnect/infrastructure:environment:*", "StringLike"),
            trust({"Service": "ec2.amazonaws.com"}),
        ],
        unknown=[{"assumeRolePolicy": UNKNOWN}],
    ),
}
