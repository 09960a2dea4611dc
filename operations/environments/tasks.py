"""What runs of an environment's services: the engine does not wait for tasks."""

from collections.abc import Mapping, Sequence
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from operations.environments.owners import Client

SERVICE = "aws:ecs/service:Service"


def missing_tasks(client: Client, resources: Sequence[Mapping[str, Any]]) -> list[str]:
    """A line for each service of a state that has fewer tasks than it is to have; or why nobody knows."""
    lines: list[str] = []
    for each in resources:
        if each.get("type") != SERVICE:
            continue
        name, cluster = each["outputs"]["name"], each["outputs"]["cluster"]
        try:
            found = client("ecs").describe_services(cluster=cluster, services=[name])["services"]
        except (BotoCoreError, ClientError) as error:
            lines.append(f"{name}: it is not known what runs: {error}")
            continue
        lines += [
            f"{name}: {told['runningCount']} of {told['desiredCount']} tasks run until now"
            for told in found
            if told["runningCount"] < told["desiredCount"]
        ]
    return lines
