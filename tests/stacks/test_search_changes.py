"""What a preview says of a change of the search domain that replaces its nodes."""

from typing import Any

import pulumi
import pytest

from components.analytics.search_spec import SearchSpec
from stacks.parts.search_changes import REPLACES_NODES, advise, layout_of, replacing
from tests.components.harness import resources_of

BEFORE: dict[str, Any] = {"node_type": "r7g.large.search", "nodes": 3, "zones": 3, "volume_gib": 100, "tenants": 100}


def told(**changes: Any) -> list[str]:
    deployed = layout_of(SearchSpec(**BEFORE))
    # As a state has it: no null, numbers with a fraction.
    state = {name: float(value) if isinstance(value, int) else value for name, value in deployed.items() if value is not None}
    return list(replacing(SearchSpec(**(BEFORE | changes)), {"search": {"layout": state}}))


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"node_type": "r7g.xlarge.search"}, "nodeType is 'r7g.xlarge.search', and deployed as 'r7g.large.search'"),
        ({"zones": 1}, "zones is 1, and deployed as 3.0"),
        ({"volume_gib": 200}, "volumeGiB is 200, and deployed as 100.0"),
        ({"master_type": "m7g.large.search"}, "masterType is 'm7g.large.search', and deployed as None"),
    ],
)
def test_a_change_that_replaces_all_nodes_is_named_with_what_follows(changes: dict[str, Any], key: str) -> None:
    (line,) = told(**changes)
    assert line.startswith(f"dataconnect:search.{key}: ") and "blue/green" in line


def test_more_nodes_or_tenants_replace_none() -> None:
    assert told(nodes=6, tenants=200, off_peak_hour=9) == [] and told() == []


@pytest.mark.parametrize("outputs", [{}, {"search": None}, {"search": {}}])
def test_a_domain_that_is_new_replaces_nothing(outputs: dict[str, Any]) -> None:
    assert list(replacing(SearchSpec(**BEFORE), outputs)) == []


def test_every_such_setting_is_one_of_the_spec() -> None:
    assert set(REPLACES_NODES) <= set(SearchSpec.model_fields)


def test_it_is_a_warning_of_the_preview(monkeypatch: pytest.MonkeyPatch) -> None:
    class Outputs:
        def all(self) -> pulumi.Output[dict[str, Any]]:
            return pulumi.Output.from_input({"search": {"layout": {"nodeType": "t3.small.search"}}})

    said: list[str] = []
    monkeypatch.setattr(pulumi, "warn", said.append)
    resources_of(lambda: advise(SearchSpec(**BEFORE), Outputs()))  # pyright: ignore[reportArgumentType]
    assert any("nodeType" in line for line in said)
    said.clear()
    resources_of(lambda: advise(None, Outputs()))  # pyright: ignore[reportArgumentType]
    assert said == []
