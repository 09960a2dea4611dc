from typing import Any

import pytest

from components.component import InvalidArgumentError
from components.image_replication import ImageReplication, ImageReplicationArgs
from tests.components.harness import ACCOUNT, resources_of


def arguments(**changes: Any) -> ImageReplicationArgs:
    defaults: dict[str, Any] = {
        "region": "us-east-2",
        "account_id": ACCOUNT,
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
        ("prefixes", ()),
        ("prefixes", tuple(f"team-{n}/" for n in range(101))),
        ("prefixes", ("DataConnect/",)),
    ],
)
def test_arguments_that_aws_would_refuse_are_named(field: str, value: Any) -> None:
    with pytest.raises(InvalidArgumentError, match=rf"ImageReplicationArgs\.{field} is .*; expected "):
        arguments(**{field: value})
