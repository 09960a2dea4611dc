from dataclasses import replace
from typing import Any

import pytest

from components.component import InvalidArgumentError
from components.listener_route import ListenerRoute
from components.security_group import SecurityGroup, SecurityGroupArgs
from tests.components.harness import resources_of


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
    def program() -> None:
        group = SecurityGroup("ingress", SecurityGroupArgs(region="us-east-2", vpc_id="vpc-1", description="x"))
        route = ListenerRoute(
            listener_arn="arn", security_group=group, load_balancer_suffix="app/a/1", priority=100, paths=["/search/*"]
        )
        replace(route, **changes)

    with pytest.raises(InvalidArgumentError, match=rf"ListenerRoute\.{field} is .*; expected "):
        resources_of(program)
