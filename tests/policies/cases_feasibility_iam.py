"""Cases of the feasibility pack: policy documents, principals and attachments of IAM."""

import json
from collections.abc import Sequence
from typing import Any

from tests.policies.cases import Cases
from tests.policies.harness import UNKNOWN, Planned

POLICY = "aws:iam/policy:Policy"
ROLE = "aws:iam/role:Role"
USER = "aws:iam/user:User"
INLINE = "aws:iam/rolePolicy:RolePolicy"
ATTACHMENT = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
EXCLUSIVE = "aws:iam/policyAttachment:PolicyAttachment"
BUCKET_POLICY = "aws:s3/bucketPolicy:BucketPolicy"
KEY = "aws:kms/key:Key"
FUNCTION = "aws:lambda/function:Function"
PREFIX = "arn:aws:iam::aws:policy/"


def document(*statements: dict[str, Any], **top: Any) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements), **top})


def allow(action: Any = "s3:GetObject", resource: Any = "arn:aws:s3:::lake/*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def identity(*statements: dict[str, Any], **top: Any) -> dict[str, Any]:
    return {"policy": document(*statements, **top)}


def trust(principal: Any, action: Any = "sts:AssumeRole", **more: Any) -> dict[str, Any]:
    return {"assumeRolePolicy": document({"Effect": "Allow", "Principal": principal, "Action": action, **more})}


def role(principal: Any = None, name: str = "role", **more: Any) -> Planned:
    return Planned(token=ROLE, name=name, inputs={**trust(principal or {"Service": "lambda.amazonaws.com"}), **more})


def bucket_policy(principal: Any) -> list[Planned]:
    inputs = {"bucket": "lake", "policy": document(allow(Principal=principal))}
    return [Planned(token=BUCKET_POLICY, inputs=inputs)]


def given(token: str, path: str, principal: Any) -> list[Planned]:
    top, _, inner = path.partition(".")
    inputs = {top: {inner: UNKNOWN} if inner else UNKNOWN}
    return [role(principal), Planned(token=token, inputs=inputs, refs={top: (ROLE, "role")})]


def attached(count: int, **inputs: Any) -> list[Planned]:
    links = [
        Planned(
            token=ATTACHMENT,
            name=f"a{number}",
            inputs={"role": UNKNOWN, "policyArn": f"{PREFIX}P{number}"},
            refs={"role": (ROLE, "role")},
        )
        for number in range(count)
    ]
    return [role(**inputs), *links]


def inline(*documents: Any) -> list[Planned]:
    return [
        role(),
        *(
            Planned(token=INLINE, name=f"p{number}", inputs={"role": UNKNOWN, "policy": text}, refs={"role": (ROLE, "role")})
            for number, text in enumerate(documents)
        ),
    ]


def long(characters: int) -> str:
    return document(allow(resource=["arn:aws:s3:::" + "x" * (characters - 100)]))


def member(groups: int, keys: int = 0) -> list[Planned]:
    return [
        Planned(token=USER, name="user"),
        Planned(
            token="aws:iam/userGroupMembership:UserGroupMembership",
            inputs={"user": UNKNOWN, "groups": [f"g{number}" for number in range(groups)]},
            refs={"user": (USER, "user")},
        ),
        *(
            Planned(
                token="aws:iam/accessKey:AccessKey", name=f"k{number}", inputs={"user": UNKNOWN}, refs={"user": (USER, "user")}
            )
            for number in range(keys)
        ),
    ]


def exclusive(*others: Planned, owned: bool = True) -> list[Planned]:
    arn = UNKNOWN if owned else f"{PREFIX}ReadOnlyAccess"
    refs = {"policyArn": (POLICY, "own")} if owned else {}
    return [
        Planned(token=POLICY, name="own"),
        *others,
        Planned(token=EXCLUSIVE, inputs={"policyArn": arn, "roles": ["a"]}, refs=refs),
    ]


OTHER = Planned(token=ATTACHMENT, name="other", inputs={"role": "a", "policyArn": UNKNOWN}, refs={"policyArn": (POLICY, "own")})


def complete(listed: Any, attached_arn: Any = f"{PREFIX}ReadOnlyAccess") -> list[Planned]:
    return [
        role(),
        Planned(token=ATTACHMENT, name="a", inputs={"role": UNKNOWN, "policyArn": attached_arn}, refs={"role": (ROLE, "role")}),
        Planned(
            token="aws:iam/rolePolicyAttachmentsExclusive:RolePolicyAttachmentsExclusive",
            inputs={"roleName": UNKNOWN, "policyArns": listed},
            refs={"roleName": (ROLE, "role")},
        ),
    ]


def named_role(token: str, path: str, arn: str, depends: Sequence[tuple[str, str]] = ()) -> list[Planned]:
    text = document({"Effect": "Allow", "Principal": {"AWS": arn}, "Action": "kms:*", "Resource": "*"})
    if token == ROLE:
        text = document({"Effect": "Allow", "Principal": {"AWS": arn}, "Action": "sts:AssumeRole"})
    deployer = Planned(token=ROLE, name="deployer", inputs={"name": "deployer", **trust({"Service": "ec2.amazonaws.com"})})
    return [deployer, Planned(token=token, inputs={path: text}, depends=depends)]


DEPLOYER = "arn:aws:iam::111111111111:role/deployer"

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
            [Planned(token=ROLE, inputs={"assumeRolePolicy": "{}"})],
            [Planned(token=ROLE, inputs={**trust({"Service": "ec2.amazonaws.com"}), "inlinePolicies": [{"policy": "{"}]})],
            [Planned(token=BUCKET_POLICY, inputs={"policy": document(allow(Principal="*"), Statements=[])})],
        ],
        passes=[
            identity(allow(Sid="Read1"), allow(Condition={"ForAnyValue:StringLikeIfExists": {"aws:TagKeys": ["a"]}})),
            identity(allow(), Version="2008-10-17"),
            {"policy": json.loads(document(allow()))},
            [Planned(token=BUCKET_POLICY, inputs={"policy": document(allow(Principal="*", Sid="read objects"))})],
            [Planned(token=ROLE, inputs=trust({"Service": "ec2.amazonaws.com"}))],
        ],
        unknown=[{"policy": UNKNOWN}, {"policy": {"Version": "2012-10-17", "Statement": [allow(resource=UNKNOWN)]}}],
    ),
    "policy-document-elements": Cases(
        token=POLICY,
        fails=[
            identity(allow(Principal="*")),
            identity({"Effect": "Allow", "Action": "s3:*"}),
            [Planned(token=ROLE, inputs=trust({"Service": "ec2.amazonaws.com"}, Resource="*"))],
            [Planned(token=ROLE, inputs={"assumeRolePolicy": document({"Effect": "Allow", "Action": "sts:AssumeRole"})})],
            [Planned(token=BUCKET_POLICY, inputs={"policy": document(allow())})],
            [Planned(token=KEY, inputs={"policy": document({"Effect": "Allow", "Action": "kms:*", "Resource": "*"})})],
        ],
        passes=[
            identity(allow()),
            identity({"Effect": "Deny", "Action": "*", "NotResource": "*"}),
            [Planned(token=ROLE, inputs=trust({"Service": "ec2.amazonaws.com"}))],
            bucket_policy("*"),
            {"policy": "{not json"},
        ],
        unknown=[{"policy": UNKNOWN}],
    ),
    "policy-document-actions-and-resources": Cases(
        token=POLICY,
        fails=[
            identity(allow("GetObject")),
            identity(allow("s3:Get:Object")),
            identity(allow(resource="lake/*")),
            identity(allow(resource="arn:aws:s3:us-east-2::lake/*")),
            identity(allow("iam:PassRole", "arn:aws:iam::111111111111:admin")),
            identity(allow("iam:PassRole", "arn:aws:iam:us-east-2:111111111111:role/a")),
            identity(allow(resource="arn:awss:s3:::lake")),
            [Planned(token=ROLE, inputs=trust({"Service": "ec2.amazonaws.com"}, "ec2:RunInstances"))],
        ],
        passes=[
            identity(allow(["s3:*", "*"], ["*", "arn:aws:s3:::lake", "arn:aws-us-gov:s3:::lake"])),
            identity(allow("iam:PassRole", ["arn:aws:iam::111111111111:role/a", "arn:aws:iam::*:*"])),
            identity(allow("sqs:*", "arn:aws:sqs:*:111111111111:jobs-*")),
            [Planned(token=ROLE, inputs=trust({"Service": "ec2.amazonaws.com"}, ["sts:AssumeRole", "sts:TagSession"]))],
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
    "iam-policy-size": Cases(
        token=POLICY,
        fails=[{"policy": long(6300)}, [Planned(token=ROLE, inputs={"assumeRolePolicy": long(2200)})]],
        passes=[
            {"policy": long(6100)},
            {"policy": document(allow()) + " " * 9000},
            [Planned(token=ROLE, inputs={"assumeRolePolicy": long(2000)})],
        ],
        unknown=[{"policy": UNKNOWN}],
    ),
    "iam-inline-policies-size": Cases(
        token=ROLE,
        fails=[inline(long(6000), long(6000)), inline(long(6000), long(6000), UNKNOWN)],
        passes=[inline(long(5000), long(5000)), {}],
        unknown=[inline(long(5000), UNKNOWN)],
    ),
    "resource-policy-size": Cases(
        token=BUCKET_POLICY,
        fails=[{"policy": long(21000)}, [Planned(token=KEY, inputs={"policy": long(33000)})]],
        passes=[{"policy": long(20000)}, [Planned(token=KEY, inputs={"policy": long(30000)})], [Planned(token=KEY)]],
        unknown=[{"policy": UNKNOWN}],
    ),
    "permission-set-policy-size": Cases(
        token="aws:ssoadmin/permissionSetInlinePolicy:PermissionSetInlinePolicy",
        fails=[{"inlinePolicy": long(11000)}],
        passes=[{"inlinePolicy": long(10000)}],
        unknown=[{"inlinePolicy": UNKNOWN}],
    ),
    "iam-managed-policies-per-owner": Cases(
        token=ROLE,
        fails=[attached(11), attached(0, managedPolicyArns=[f"{PREFIX}P{n}" for n in range(11)])],
        passes=[attached(10), {}],
        unknown=[{"managedPolicyArns": UNKNOWN}],
    ),
    "iam-groups-and-keys-per-user": Cases(
        token=USER,
        fails=[member(11), member(0, 3)],
        passes=[member(10, 2), {}],
        unknown=[
            [
                Planned(token=USER, name="user"),
                Planned(
                    token="aws:iam/userGroupMembership:UserGroupMembership",
                    inputs={"user": UNKNOWN, "groups": UNKNOWN},
                    refs={"user": (USER, "user")},
                ),
            ]
        ],
    ),
    "permission-set-attachments": Cases(
        token="aws:ssoadmin/permissionSet:PermissionSet",
        fails=[
            [
                Planned(token="aws:ssoadmin/permissionSet:PermissionSet", name="admin"),
                *(
                    Planned(
                        token="aws:ssoadmin/managedPolicyAttachment:ManagedPolicyAttachment",
                        name=f"a{number}",
                        inputs={"permissionSetArn": UNKNOWN},
                        refs={"permissionSetArn": ("aws:ssoadmin/permissionSet:PermissionSet", "admin")},
                    )
                    for number in range(21)
                ),
            ]
        ],
        passes=[{}],
        unknown=[],
        never_unknown=True,
    ),
    "role-trusts-its-service": Cases(
        token=FUNCTION,
        fails=[
            given(FUNCTION, "role", {"Service": "ec2.amazonaws.com"}),
            given("aws:backup/selection:Selection", "iamRoleArn", {"Service": "lambda.amazonaws.com"}),
            given("aws:scheduler/schedule:Schedule", "target.roleArn", {"Service": "events.amazonaws.com"}),
            given("aws:s3/bucketReplicationConfig:BucketReplicationConfig", "role", {"AWS": "111111111111"}),
        ],
        passes=[
            given(FUNCTION, "role", {"Service": ["edgelambda.amazonaws.com", "lambda.amazonaws.com"]}),
            given("aws:rds/proxy:Proxy", "roleArn", {"Service": "rds.amazonaws.com"}),
            given("aws:opensearch/domain:Domain", "cognitoOptions.roleArn", {"Service": "es.amazonaws.com"}),
            {"role": "arn:aws:iam::111111111111:role/elsewhere"},
        ],
        unknown=[
            [
                Planned(token=ROLE, name="role", inputs={"assumeRolePolicy": UNKNOWN}),
                Planned(token=FUNCTION, inputs={"role": UNKNOWN}, refs={"role": (ROLE, "role")}),
            ],
            {"role": UNKNOWN},
        ],
    ),
    "trust-policy-principals": Cases(
        token=ROLE,
        fails=[
            trust({"Service": "ecs-task.amazonaws.com"}),
            trust({"Service": "lambda.aws.com"}),
            trust({"AWS": "arn:aws:iam::111111111111:role/*"}),
            trust({"AWS": "arn:aws:iam::111111111111:group/admins"}),
            trust({"AWS": "1111"}),
            trust("arn:aws:iam::111111111111:root"),
        ],
        passes=[
            trust({"Service": ["ecs-tasks.amazonaws.com", "lambda.amazonaws.com"]}),
            trust({"AWS": ["111111111111", "arn:aws:iam::111111111111:root", "*"]}),
            trust({"AWS": "arn:aws:sts::111111111111:assumed-role/a/b"}),
            trust({"Federated": "cognito-identity.amazonaws.com"}, "sts:AssumeRoleWithWebIdentity"),
            trust({"Federated": "arn:aws:iam::111111111111:oidc-provider/x.y"}, "sts:AssumeRoleWithWebIdentity"),
        ],
        unknown=[{"assumeRolePolicy": UNKNOWN}],
    ),
    "resource-policy-principals": Cases(
        token=BUCKET_POLICY,
        fails=[bucket_policy({"AWS": "arn:aws:iam::111111111111:role/app-*"}), bucket_policy({"Service": "cloudfront"})],
        passes=[
            bucket_policy({"Service": "delivery.logs.amazonaws.com"}),
            bucket_policy({"AWS": "arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E1"}),
            bucket_policy({"CanonicalUser": "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be"}),
            bucket_policy("*"),
        ],
        unknown=[{"policy": UNKNOWN}],
    ),
    "trust-policy-action-of-principal": Cases(
        token=ROLE,
        fails=[
            trust({"Federated": "arn:aws:iam::111111111111:oidc-provider/x.y"}),
            trust({"Federated": "arn:aws:iam::111111111111:saml-provider/x"}, "sts:AssumeRoleWithWebIdentity"),
            trust({"Service": "lambda.amazonaws.com"}, "sts:AssumeRoleWithWebIdentity"),
        ],
        passes=[
            trust({"Federated": "arn:aws:iam::111111111111:oidc-provider/x.y"}, "sts:AssumeRoleWithWebIdentity"),
            trust({"Federated": "arn:aws:iam::111111111111:saml-provider/x"}, ["sts:AssumeRoleWithSAML", "sts:TagSession"]),
            trust({"Service": "lambda.amazonaws.com"}),
            trust({"AWS": "111111111111"}, "sts:TagSession"),
        ],
        unknown=[{"assumeRolePolicy": UNKNOWN}],
    ),
    "kms-policy-principals-exist": Cases(
        token=KEY,
        fails=[named_role(KEY, "policy", DEPLOYER)],
        passes=[
            named_role(KEY, "policy", DEPLOYER, depends=[(ROLE, "deployer")]),
            named_role(KEY, "policy", "arn:aws:iam::111111111111:role/elsewhere"),
            named_role(KEY, "policy", "arn:aws:iam::111111111111:root"),
        ],
        unknown=[{"policy": UNKNOWN}],
    ),
    "policy-principals-exist": Cases(
        token=BUCKET_POLICY,
        fails=[named_role(BUCKET_POLICY, "policy", DEPLOYER), named_role(ROLE, "assumeRolePolicy", DEPLOYER)],
        passes=[
            named_role(BUCKET_POLICY, "policy", DEPLOYER, depends=[(ROLE, "deployer")]),
            named_role(BUCKET_POLICY, "policy", "arn:aws:iam::111111111111:role/elsewhere"),
        ],
        unknown=[{"policy": UNKNOWN}],
    ),
    "aws-policy-path": Cases(
        token=ATTACHMENT,
        fails=[
            {"policyArn": f"{PREFIX}AWSLambdaBasicExecutionRole"},
            {"policyArn": f"{PREFIX}service-role/AmazonSSMManagedInstanceCore"},
            {"policyArn": f"{PREFIX}ViewOnlyAccess"},
            [Planned(token=ROLE, inputs={"managedPolicyArns": [f"{PREFIX}AmazonRDSEnhancedMonitoringRole"]})],
        ],
        passes=[
            {"policyArn": f"{PREFIX}service-role/AWSLambdaBasicExecutionRole"},
            {"policyArn": f"{PREFIX}AmazonSSMManagedInstanceCore"},
            {"policyArn": f"{PREFIX}SomethingNewerThanThisList"},
            {"policyArn": "arn:aws:iam::111111111111:policy/AWSLambdaBasicExecutionRole"},
        ],
        unknown=[{"policyArn": UNKNOWN}],
    ),
    "iam-exclusive-attachment": Cases(
        token=EXCLUSIVE,
        fails=[exclusive(owned=False), exclusive(OTHER)],
        passes=[exclusive()],
        unknown=[{"policyArn": UNKNOWN}],
    ),
    "iam-role-policies-one-owner": Cases(
        token=ROLE,
        fails=[
            attached(1, managedPolicyArns=[f"{PREFIX}ReadOnlyAccess"]),
            [*inline(document(allow()))[1:], role(inlinePolicies=[{"name": "a", "policy": document(allow())}])],
        ],
        passes=[attached(1), {"managedPolicyArns": [f"{PREFIX}ReadOnlyAccess"]}],
        unknown=[],
        never_unknown=True,
    ),
    "iam-exclusive-list-complete": Cases(
        token="aws:iam/rolePolicyAttachmentsExclusive:RolePolicyAttachmentsExclusive",
        fails=[complete([]), complete([f"{PREFIX}PowerUserAccess"])],
        passes=[complete([f"{PREFIX}ReadOnlyAccess"])],
        unknown=[complete([UNKNOWN]), complete([], UNKNOWN)],
    ),
}
