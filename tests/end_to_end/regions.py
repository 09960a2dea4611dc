"""Two regions of production on the real engine, and what recovery does to them behind the engine's back."""

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import yaml

from tests.clones import copy_project, run_in
from tests.engine import Result

PRIMARY, RECOVERY = "us-east-2", "us-west-2"
STACKS: Final = ("prod", "prod-recovery", "prod-replication")
DATABASE: Final = "aws:rds/instance:Instance"

Resource = Mapping[str, Any]
Change = tuple[str, str, str]
"""What the engine would do, to a resource of which type (`rds/instance`), with which logical name."""

_SUSPENDED: Final = ("dynamicScalingInSuspended", "dynamicScalingOutSuspended", "scheduledScalingSuspended")
# Type of a switch, and what is otherwise once it is on or off.
_POSITIONS: Final[Mapping[str, Callable[[Resource, bool], Mapping[str, Any]]]] = {
    "ecs/service": lambda _, on: {"desiredCount": 5 if on else 0},
    # Once it is resumed, a scheduled action sets the bounds.
    "appautoscaling/target": lambda _, on: {
        "suspendedState": dict.fromkeys(_SUSPENDED, not on),
        **({"minCapacity": 3, "maxCapacity": 12} if on else {}),
    },
    "lambda/eventSourceMapping": lambda _, on: {"enabled": on},
    "scheduler/schedule": lambda _, on: {"state": "ENABLED" if on else "DISABLED"},
    "cloudwatch/eventRule": lambda _, on: {"state": "ENABLED" if on else "DISABLED"},
    "batch/jobQueue": lambda _, on: {"state": "ENABLED" if on else "DISABLED"},
    "rds/instance": lambda found, on: {"vpcSecurityGroupIds": found["inputs"]["vpcSecurityGroupIds"][None if on else 1 :]},
    "lb/listenerRule": lambda found, on: _rule(found, on=on),
}


def _rule(found: Resource, *, on: bool) -> Mapping[str, Any]:
    if "actions" in found["ignoreChanges"]:
        (action,) = found["inputs"]["actions"]
        answer = {**action["fixedResponse"], "statusCode": "200" if on else "503"}
        return {"actions": [{**action, "fixedResponse": answer}]}
    return {"conditions": [{"pathPattern": {"values": ["/closed" if on else "/*"]}}]}


class Regions:
    """The project in a folder of its own, whose stack files can be changed as a commit would, and its two regions."""

    def __init__(self, folder: Path) -> None:
        self.project = copy_project(folder)
        self.changed: dict[str, dict[str, Any]] = {}

    def run(self, *arguments: str, lost: str | None = None) -> Result:
        """A command of the engine; AWS is as recovery left it, and no API of the region `lost` answers."""
        record = self.project / ".sandbox-changed.json"
        record.write_text(json.dumps(self.changed))
        environ = {"DATACONNECT_SANDBOX_CHANGED": str(record), **({"DATACONNECT_SANDBOX_REFUSE_REGION": lost} if lost else {})}
        return run_in(self.project, self.project / "sandbox" / "pulumi", "--non-interactive", *arguments, environ=environ)

    def up(self, stack: str, *arguments: str, lost: str | None = None) -> Result:
        """Deploy, all packs enforcing."""
        packs = ("--policy-pack", str(self.project / "policies"))
        return self.run("up", "--yes", "--skip-preview", "--stack", stack, *packs, *arguments, lost=lost)

    def commit(self, stack: str, **settings: Any) -> None:
        """Write settings into a stack file, `{}` of which are merged into what is there; None takes one out."""
        file = self.project / f"Pulumi.{stack}.yaml"
        content = yaml.safe_load(file.read_text())
        for name, value in settings.items():
            key = f"dataconnect:{name}"
            content["config"].pop(key, None) if value is None else content["config"].update(
                {key: {**content["config"].get(key, {}), **value} if isinstance(value, dict) else value}
            )
        file.write_text(yaml.safe_dump(content, sort_keys=False))

    def preview(self, stack: str, *arguments: str, lost: str | None = None) -> set[Change]:
        """What an `up` would do besides leaving resources as they are, and reading the outputs of other stacks or no more."""
        steps = self.run("preview", "--json", "--stack", stack, *arguments, lost=lost).ok().json["steps"]
        passing = ("same", "read", "refresh", "discard")
        return {(step["op"], *_named(step["urn"])) for step in steps if step["op"] not in passing}

    def resources(self, stack: str) -> dict[tuple[str, str], Resource]:
        """Type (`rds/instance`) and logical name -> resource, as the state has it."""
        state = self.run("stack", "export", "--show-secrets", "--stack", stack).ok().json["deployment"]["resources"]
        return {_named(item["urn"]): item for item in state if item["type"].startswith("aws:")}

    def turn(self, stack: str, *, on: bool) -> set[str]:
        """Put every switch of a stack into that position, as the executor and the fence do; returns the types there were."""
        turned = dict(self._switches(stack, on=on))
        for identity, (_, properties) in turned.items():
            self.changed.setdefault(identity, {}).update(properties)
        return {kind for kind, _ in turned.values()}

    def _switches(self, stack: str, *, on: bool) -> Iterator[tuple[str, tuple[str, Mapping[str, Any]]]]:
        resources = self.resources(stack)
        newest = max((name for kind, name in resources if kind == "rds/instance" and name.startswith("database")), key=len)
        for (kind, name), found in resources.items():
            # An instance that is kept is not recovery's.
            if kind in _POSITIONS and found.get("ignoreChanges") and (kind != "rds/instance" or name == newest):
                yield found["id"], (kind, _POSITIONS[kind](found, on))

    def promote(self, stack: str, name: str) -> None:
        """Promote a replica, as RDS does: it has no source any more."""
        self.changed.setdefault(self.resources(stack)["rds/instance", name]["id"], {})["replicateSourceDb"] = None


def _named(urn: str) -> tuple[str, str]:
    *_, types, name = urn.split("::")
    return types.rpartition("$")[2].removeprefix("aws:").partition(":")[0], name
