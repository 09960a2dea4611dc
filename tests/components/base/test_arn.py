import pulumi
import pytest

from components.base.arn import expect_region, in_region
from tests.components.harness import resources_of

KEY = "arn:aws:kms:us-west-2:111111111111:key/mrk-1"


def test_a_replica_has_the_same_arn_in_its_own_region() -> None:
    arn = "arn:aws:secretsmanager:us-east-2:111111111111:secret:database-1a2b3c"
    seen: list[str] = []
    resources_of(lambda: in_region(arn, "us-west-2").apply(seen.append))
    assert seen == ["arn:aws:secretsmanager:us-west-2:111111111111:secret:database-1a2b3c"]


@pytest.mark.parametrize("arn", ["sessions", "arn:aws:s3:::lake", "arn:aws:iam::111111111111:role/deploy"])
def test_what_has_no_region_has_no_counterpart_elsewhere(arn: str) -> None:
    with pytest.raises(ValueError, match=r"not the ARN of something regional; expected arn:partition:service:region"):
        resources_of(lambda: pulumi.export("arn", in_region(arn, "us-west-2")))


@pytest.mark.parametrize("known_later", [False, True])
def test_an_arn_of_the_expected_region_passes_unchanged(known_later: bool) -> None:
    seen: list[str] = []

    def program() -> None:
        key = pulumi.Output.from_input(KEY) if known_later else KEY
        pulumi.Output.from_input(expect_region(key, "us-west-2", "sessions: key_arn")).apply(seen.append)

    resources_of(program)
    assert seen == [KEY]


@pytest.mark.parametrize("known_later", [False, True])
@pytest.mark.parametrize("arn", [KEY.replace("us-west-2", "us-east-2"), "alias/dataconnect/prod/tables"])
def test_a_key_of_another_region_is_refused_by_name(arn: str, known_later: bool) -> None:
    def program() -> None:
        key = pulumi.Output.from_input(arn) if known_later else arn
        pulumi.export("arn", expect_region(key, "us-west-2", "sessions: key_arn"))

    with pytest.raises(ValueError, match=r"sessions: key_arn is .*; expected an ARN of us-west-2"):
        resources_of(program)
