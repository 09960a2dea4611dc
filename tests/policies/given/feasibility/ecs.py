"""What is planned in several cases of the feasibility pack: ecs."""

import json
from collections.abc import Mapping
from typing import Any

FARGATE: dict[str, Any] = {"requiresCompatibilities": ["FARGATE"], "networkMode": "awsvpc", "cpu": "256", "memory": "512"}


def containers(*each: Mapping[str, Any], **task: Any) -> dict[str, Any]:
    """A task definition of these containers."""
    return {**task, "containerDefinitions": json.dumps([{"name": "web", "image": "nginx", **one} for one in each])}


def fargate(*each: Mapping[str, Any], **task: Any) -> dict[str, Any]:
    return containers(*each, **{**FARGATE, **task})


def strategy(*providers: tuple[object, Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [{"capacityProvider": name, **rest} for name, rest in providers]


LOGS = {"logDriver": "awslogs", "options": {"awslogs-group": "a", "awslogs-region": "us-east-2", "awslogs-stream-prefix": "b"}}
SECRET = {"name": "PASSWORD", "valueFrom": "arn:aws:secretsmanager:us-east-2:111111111111:secret:a"}
