from typing import Any

import pytest

from components.base.errors import InvalidArgumentError
from components.compute.image_replication import ImageReplication, ImageReplicationArgs
from tests.components.harness import ACCOUNT, children_without_region, here, resources_of


def arguments(**changes: Any) -> ImageReplicationArgs:
    defaults: dict[str, Any] = {
        "here": here(),
        "destination_region": "us-west-2",
        "prefixes": ("dataconnect/",),
    }
    return ImageReplicationArgs(**(defaults | changes))


def test_repositories_with_the_prefix_are_replicated_within_the_account() -> None:
    declared = resources_of(lambda: ImageReplication("images", arguments()))
    inputs = declared.one("aws:ecr/replicationConfiguration:ReplicationConfiguration").inputs
    assert inputs["region"] == "us-east-2"
    assert inputs["replicationConfiguration"]["rules"] == [
        {
            "destinations": [{"region": "us-west-2", "registryId": ACCOUNT}],
            "repositoryFilters": [{"filter": "dataconnect/", "filterType": "PREFIX_MATCH"}],
        }
    ]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("destination_region", "us-east-2"),
        ("destination_region", "us-moon-1"),
        ("prefixes", ()),
        ("prefixes", tuple(f"team-{n}/" for n in range(101))),
        ("prefixes", ("DataConnect/",)),
        ("prefixes", ("dataconnect/", "d")),
    ],
)
def test_arguments_that_aws_would_refuse_are_named(field: str, value: Any) -> None:
    with pytest.raises(InvalidArgumentError, match=rf"ImageReplicationArgs\.{field} is .*; expected "):
        arguments(**{field: value})


@pytest.mark.parametrize("count", [1, 100])
def test_a_rule_holds_up_to_a_hundred_prefixes(count: int) -> None:
    prefixes = tuple(f"team-{number}/" for number in range(count))
    declared = resources_of(lambda: ImageReplication("images", arguments(prefixes=prefixes)))
    inputs = declared.one("aws:ecr/replicationConfiguration:ReplicationConfiguration").inputs
    (rule,) = inputs["replicationConfiguration"]["rules"]
    assert tuple(each["filter"] for each in rule["repositoryFilters"]) == prefixes
    assert not children_without_region(declared, "us-east-2")
