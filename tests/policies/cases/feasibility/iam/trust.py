"""Cases of policies/feasibility/rules/iam/trust.py."""

from collections.abc import Sequence
from typing import Any

from tests.policies.given.feasibility.iam import BUCKET_POLICY, KEY, ROLE, bucket_policy, document, role, trust
from tests.policies.harness import UNKNOWN, Planned, planned, ref
from tests.policies.table import Cases

FUNCTION = "aws:lambda/function:Function"


def given(token: str, path: str, principal: Any) -> list[Planned]:
    top, _, inner = path.partition(".")
    arn = ref(ROLE, "role")
    return [role(principal), planned(token, **{top: {inner: arn} if inner else arn})]


def named_role(token: str, path: str, arn: str, depends: Sequence[tuple[str, str]] = ()) -> list[Planned]:
    text = document({"Effect": "Allow", "Principal": {"AWS": arn}, "Action": "kms:*", "Resource": "*"})
    if token == ROLE:
        text = document({"Effect": "Allow", "Principal": {"AWS": arn}, "Action": "sts:AssumeRole"})
    deployer = planned(ROLE, "deployer", name="deployer", **trust({"Service": "ec2.amazonaws.com"}))
    return [deployer, planned(token, **{path: text}).after(*depends)]


DEPLOYER = "arn:aws:iam::111111111111:role/deployer"

CASES: dict[str, Cases] = {
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
            [planned(ROLE, "role", assumeRolePolicy=UNKNOWN), planned(FUNCTION, role=ref(ROLE, "role"))],
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
}
