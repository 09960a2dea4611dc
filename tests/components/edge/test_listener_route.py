from dataclasses import replace
from typing import Any

import pytest

from components.base.errors import InvalidArgumentError
from components.edge.listener_route import ListenerRoute
from components.network.security_group import SecurityGroup, SecurityGroupArgs
from tests.components.harness import here, resources_of


def route(**changes: Any) -> None:
    def program() -> None:
        group = SecurityGroup("ingress", SecurityGroupArgs(here=here(), vpc_id="vpc-1", description="x"))
        route = ListenerRoute(
            listener_arn="arn", security_group=group, load_balancer_suffix="app/a/1", priority=100, paths=["/search/*"]
        )
        replace(route, **changes)

    resources_of(program)


@pytest.mark.parametrize("priority", [1, 50_000])
def test_the_first_and_the_last_place_are_taken(priority: int) -> None:
    route(priority=priority)


def test_five_paths_and_hosts_are_taken() -> None:
    route(paths=["/1", "/2", "/3"], hosts=["a.example", "b.example"])


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("priority", {"priority": 0}),
        ("priority", {"priority": 50001}),
        ("paths", {"paths": []}),
        ("paths", {"paths": ["search"]}),
        ("paths", {"paths": ["/1", "/2", "/3"], "hosts": ["a.example", "b.example", "c.example"]}),
        ("hosts", {"hosts": ["No Host"]}),
    ],
)
def test_a_rule_that_aws_would_refuse_is_named(field: str, changes: dict[str, Any]) -> None:
    with pytest.raises(InvalidArgumentError, match=rf"ListenerRoute\.{field} is .*; expected "):
        route(**changes)
