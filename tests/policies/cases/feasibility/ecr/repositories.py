"""Cases of policies/feasibility/rules/ecr/repositories.py."""

import json
from collections.abc import Mapping
from typing import Any

from tests.policies.given.feasibility.parts import allow
from tests.policies.given.feasibility.services import EAST
from tests.policies.given.feasibility.vpc import linked
from tests.policies.harness import KEY, UNKNOWN, Planned, planned
from tests.policies.table import ABSENT, Cases, about

REPOSITORY = "aws:ecr/repository:Repository"
REPLICATION = "aws:ecr/replicationConfiguration:ReplicationConfiguration"
LIFECYCLE = "aws:ecr/lifecyclePolicy:LifecyclePolicy"
POLICY = "aws:ecr/repositoryPolicy:RepositoryPolicy"


def replicated(region: object, account: str = "111111111111") -> dict[str, Any]:
    return {"replicationConfiguration": {"rules": [{"destinations": [{"region": region, "registryId": account}]}]}}


def replication(region: object, *more: Planned) -> list[Planned]:
    return [*more, planned(REPLICATION, **replicated(region))]


def repository(region: str, name: str = "web") -> Planned:
    return planned(REPOSITORY, name, region=region)


def lifecycle(*each: Mapping[str, Any]) -> dict[str, Any]:
    return {"policy": json.dumps({"rules": list(each)})}


def expiry(priority: object = 1, **selection: Any) -> dict[str, Any]:
    chosen = {"tagStatus": "untagged", "countType": "sinceImagePushed", "countUnit": "days", "countNumber": 14, **selection}
    return {
        "rulePriority": priority,
        "selection": {name: value for name, value in chosen.items() if value is not None},
        "action": {"type": "expire"},
    }


CASES: dict[str, Cases] = {
    "ecr-replica-repositories": Cases(
        token=REPLICATION,
        fails=[replication("us-west-2", repository("us-east-2"))],
        passes=[
            replication("us-west-2", repository("us-east-2"), repository("us-west-2", "copy")),
            replication(
                "us-west-2",
                repository("us-east-2"),
                planned("aws:ecr/repositoryCreationTemplate:RepositoryCreationTemplate", "t", region="us-west-2"),
            ),
        ],
        unknown=[replication("us-west-2"), replication(UNKNOWN, repository("us-east-2"))],
    ),
    "ecr-replication-once": Cases(
        token=REPLICATION,
        fails=[[planned(REPLICATION, "first"), planned(REPLICATION)]],
        passes=[[planned(REPLICATION, "first", region="us-west-2"), planned(REPLICATION, region="us-east-2")], {}],
        never_unknown=True,
    ),
    "ecr-replication-rules": Cases(
        token=REPLICATION,
        fails=[
            planned(REPLICATION, **replicated("us-east-2")).with_provider(EAST),
            {"replicationConfiguration": {"rules": [{"destinations": []}] * 11}},
        ],
        passes=[
            {"replicationConfiguration": {"rules": [{"destinations": []}] * 10}},
            planned(REPLICATION, **replicated("us-west-2")).with_provider(EAST),
            planned(REPLICATION, **replicated("us-east-2", "222222222222")).with_provider(EAST),
        ],
        unknown=[replicated(UNKNOWN)],
    ),
    "ecr-repository-settings": Cases(
        token=REPOSITORY,
        fails=[{"imageTagMutabilityExclusionFilters": [{"filter": "latest*"}], "imageTagMutability": "IMMUTABLE"}],
        passes=[
            {"imageTagMutabilityExclusionFilters": [{"filter": "latest*"}], "imageTagMutability": "IMMUTABLE_WITH_EXCLUSION"},
            {"imageTagMutability": "IMMUTABLE"},
        ],
        unknown=[{"imageTagMutabilityExclusionFilters": [{"filter": "a"}], "imageTagMutability": UNKNOWN}],
    ),
    "ecr-repository-key": about(
        REPOSITORY,
        "encryptionConfigurations",
        fails=[[{"kmsKey": KEY}], [{"encryptionType": "AES256", "kmsKey": KEY}]],
        passes=[[{"encryptionType": "KMS", "kmsKey": KEY}], ABSENT],
        unknown=[[{"encryptionType": UNKNOWN, "kmsKey": KEY}]],
    ),
    "ecr-lifecycle-policy": Cases(
        token=LIFECYCLE,
        fails=[
            {"policy": "{}"},
            lifecycle(expiry(), expiry()),
            lifecycle(expiry(tagStatus="tagged")),
            lifecycle(expiry(tagPrefixList=["v"])),
            lifecycle(expiry(countUnit=None)),
            lifecycle(expiry(countType="imageCountMoreThan")),
            lifecycle(expiry(countNumber=0)),
            lifecycle(expiry(countNumber="14")),
            lifecycle(expiry(1, tagStatus="any"), expiry(2)),
            lifecycle(expiry(countType="age")),
            lifecycle({**expiry(), "action": {"type": "delete"}}),
        ],
        passes=[
            lifecycle(expiry(1), expiry(2, tagStatus="tagged", tagPatternList=["v*"], countNumber=1)),
            lifecycle(expiry(1), expiry(2, tagStatus="tagged", tagPatternList=["v*"])),
            lifecycle(expiry(1), expiry(9, tagStatus="any", countType="imageCountMoreThan", countUnit=None)),
            {},
        ],
        unknown=[{"policy": UNKNOWN}],
    ),
    "ecr-policy-without-resource": about(
        POLICY,
        "policy",
        fails=[allow("ecr:*", service="codebuild.amazonaws.com")],
        passes=[json.dumps({"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "ecr:BatchGetImage"}]}), ABSENT],
    ),
    "ecr-policy-once": Cases(
        token=POLICY,
        fails=[[repository("us-east-2"), *(linked(POLICY, name, repository=(REPOSITORY, "web")) for name in ("first", "it"))]],
        passes=[
            [repository("us-east-2"), *(linked(token, "it", repository=(REPOSITORY, "web")) for token in (POLICY, LIFECYCLE))]
        ],
        unknown=[{"repository": UNKNOWN}],
    ),
    "ecr-pull-through": Cases(
        token="aws:ecr/pullThroughCacheRule:PullThroughCacheRule",
        fails=[
            {"upstreamRegistryUrl": "registry-1.docker.io"},
            {
                "upstreamRegistryUrl": "ghcr.io",
                "credentialArn": "arn:aws:secretsmanager:us-east-2:111111111111:secret:docker-a",
            },
        ],
        passes=[
            {"upstreamRegistryUrl": "public.ecr.aws"},
            {"upstreamRegistryUrl": "registry-1.docker.io", "credentialArn": UNKNOWN},
        ],
        unknown=[{"upstreamRegistryUrl": UNKNOWN}],
    ),
}
