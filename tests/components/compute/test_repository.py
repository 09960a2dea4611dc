from typing import Any

import pytest

from components.base.errors import InvalidArgumentError
from components.base.here import Place
from components.base.statements import Statement
from components.compute.container import PULL_ACTIONS
from components.compute.repository import Repository, RepositoryArgs, pull_login
from tests.components.compute.examples import DIGEST
from tests.components.harness import ACCOUNT, Declaration, kms_key, resources_of, statements_of

REPOSITORY = "aws:ecr/repository:Repository"
KEY = kms_key()


def arguments(*, protect: bool = True, **changes: Any) -> RepositoryArgs:
    place = Place(region="us-east-2", account_id=ACCOUNT, protect=protect)
    defaults: dict[str, Any] = {"here": place, "repository_name": "dataconnect/search", "key_arn": KEY}
    return RepositoryArgs(**(defaults | changes))


def declare(**changes: Any) -> Declaration:
    return resources_of(lambda: Repository("search-images", arguments(**changes)))


def test_images_are_scanned_encrypted_and_their_tags_never_move() -> None:
    inputs = declare().one(REPOSITORY).inputs
    assert inputs["name"] == "dataconnect/search"
    assert inputs["imageTagMutability"] == "IMMUTABLE"
    assert inputs["imageScanningConfiguration"] == {"scanOnPush": True}
    assert inputs["encryptionConfigurations"] == [{"encryptionType": "KMS", "kmsKey": KEY}]


@pytest.mark.parametrize("protect", [True, False])
def test_only_an_unprotected_repository_is_destroyed_with_its_images(protect: bool) -> None:
    repository = declare(protect=protect).one(REPOSITORY)
    assert repository.protect is protect and repository.inputs["forceDelete"] is not protect


def test_old_images_are_deleted() -> None:
    lifecycle = declare(keep_images=50).one("aws:ecr/lifecyclePolicy:LifecyclePolicy")
    (rule,) = lifecycle.document()["rules"]
    assert rule["selection"] == {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": 50}
    assert lifecycle.inputs["repository"] == "dataconnect/search"


def test_no_policy_opens_the_repository_to_others() -> None:
    assert not declare().of("aws:ecr/repositoryPolicy:RepositoryPolicy")


def test_everything_is_declared_in_the_region_of_the_repository() -> None:
    assert {resource.inputs["region"] for resource in declare().aws()} == {"us-east-2"}


def test_a_role_pulls_from_several_repositories_and_logs_in_once() -> None:
    def program() -> tuple[Statement, ...]:
        search = Repository("search-images", arguments())
        reports = Repository("report-images", arguments(repository_name="dataconnect/reports"))
        return (pull_login(), *search.pull(), *reports.pull())

    login, search, reports = statements_of(program)
    assert login["Action"] == ["ecr:GetAuthorizationToken"]
    assert search["Resource"] == [f"arn:aws:ecr:us-east-2:{ACCOUNT}:search-images"] != reports["Resource"]
    assert not any("Put" in action or "Upload" in action for action in search["Action"])


def test_an_image_is_named_by_its_digest() -> None:
    seen: list[str] = []

    def program() -> None:
        repository = Repository("search-images", arguments())
        repository.image(DIGEST).apply(seen.append)

    resources_of(program)
    assert seen[0].endswith(f"@{DIGEST}")


@pytest.mark.parametrize("digest", ["latest", "sha256:123", DIGEST.upper()])
def test_a_tag_is_no_digest(digest: str) -> None:
    with pytest.raises(ValueError, match="expected sha256: and 64 hexadecimal digits"):
        resources_of(lambda: Repository("search-images", arguments()).image(digest))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *(("repository_name", name) for name in ("Search", "a", "data//connect", "dataconnect/search:v1", "a" * 257)),
        ("keep_images", 0),
    ],
)
def test_arguments_that_aws_would_refuse_are_named(field: str, value: Any) -> None:
    with pytest.raises(InvalidArgumentError, match=rf"RepositoryArgs\.{field} is .*; expected "):
        arguments(**{field: value})


@pytest.mark.parametrize("name", ["ab", "a" * 256, "data.connect/search_1/a-b"])
def test_names_that_ecr_takes_are_taken(name: str) -> None:
    assert declare(repository_name=name).one(REPOSITORY).inputs["name"] == name


def test_one_image_may_be_all_that_is_kept() -> None:
    assert arguments(keep_images=1).keep_images == 1


def test_what_a_role_pulls_is_all_that_a_task_needs_to_start() -> None:
    statements = statements_of(lambda: (pull_login(), *Repository("search-images", arguments()).pull()))
    assert set(PULL_ACTIONS) <= {action for statement in statements for action in statement["Action"]}
