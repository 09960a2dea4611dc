from typing import Any

import pulumi
from pulumi_aws import sqs

from components.base.component import Component, tags
from tests.components.harness import resources_of


class Search(Component):
    """A component that was called Find before."""

    former_names = ("Find",)

    def __init__(self, name: str, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        sqs.Queue(f"{name}-queue", opts=self.child(protect=True, ignore_changes=["tags"]))
        sqs.Queue(f"{name}-plain", opts=self.child())


def test_a_component_is_typed_by_its_class_and_its_children_are_its_own() -> None:
    declared = resources_of(lambda: Search("search"))
    assert declared.one("dataconnect:index:Search").name == "search"
    for queue in declared.of("aws:sqs/queue:Queue"):
        assert "dataconnect:index:Search::search" in queue.parent


def test_a_child_is_guarded_only_where_that_is_asked_for() -> None:
    declared = resources_of(lambda: Search("search"))
    guarded = declared.one("aws:sqs/queue:Queue", "search-queue")
    plain = declared.one("aws:sqs/queue:Queue", "search-plain")
    assert (guarded.protect, guarded.ignore_changes) == (True, ("tags",))
    assert (plain.protect, plain.ignore_changes) == (False, ())


def test_what_was_deployed_under_a_former_name_is_found_again() -> None:
    seen: list[Any] = []

    def program() -> None:
        opts = pulumi.ResourceOptions(aliases=[pulumi.Alias(name="lookup")])
        for alias in Search("search", opts)._aliases:
            pulumi.Output.from_input(alias).apply(seen.append)

    resources_of(program)
    assert "urn:pulumi:test::dataconnect::dataconnect:index:Find::search" in seen
    assert "urn:pulumi:test::dataconnect::dataconnect:index:Search::lookup" in seen


def test_a_resource_is_found_by_name_and_classified_where_that_matters() -> None:
    assert tags("a") == {"Name": "a"}
    assert tags("a", data_classification="restricted", extra={"Ticket": "DP-1"}) == {
        "Name": "a",
        "DataClassification": "restricted",
        "Ticket": "DP-1",
    }
