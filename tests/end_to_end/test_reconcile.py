"""Production after a failover, its primary region dead: the executor's acts and the program are brought together."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import pytest

from delivery.reconcile.locks import QUIET
from tests.clones import copy_project
from tests.delivery.reconcile.world import World
from tests.engine import Engine

STACK: Final = "prod-recovery"
TASKS: Final = 7
SWITCHED: Final[dict[str, dict[str, Any]]] = {
    "aws:ecs/service:Service": {"desiredCount": TASKS},
    "aws:appautoscaling/target:Target": {"suspendedState": None, "minCapacity": 3},
    "aws:lambda/eventSourceMapping:EventSourceMapping": {"enabled": True},
    "aws:scheduler/schedule:Schedule": {"state": "ENABLED"},
    "aws:batch/jobQueue:JobQueue": {"state": "ENABLED"},
    "aws:rds/instance:Instance": {"replicateSourceDb": None},
}
"""What the executor turns on, by type."""


def switched(resources: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """What the executor did to these resources, as a refresh finds it."""
    acts = {
        f"{resource['type']}::{name}": SWITCHED[resource["type"]]
        for name, resource in resources.items()
        if resource["type"] in SWITCHED
    }
    latch, gate = (resources[name]["inputs"] for name in ("ingress-active", "ingress-closed"))
    rule = "aws:lb/listenerRule:ListenerRule"
    (answer,) = latch["actions"]
    opened = {**answer, "fixedResponse": {**answer["fixedResponse"], "statusCode": "200"}}
    return {
        **acts,
        f"{rule}::ingress-active": {"actions": [opened]},
        f"{rule}::ingress-closed": {"conditions": [{"pathPattern": {"values": ["/closed"]}}], "actions": gate["actions"]},
    }


def test_a_failover_of_production_is_brought_together_and_nothing_that_it_switched_is_taken_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clone = copy_project(tmp_path / "clone")
    exemptions = clone / "policies" / "exemptions.yaml"
    exemptions.write_text(re.sub(r"(?m)^(  expires: ).*$", r"\g<1>2026-01-31", exemptions.read_text()))
    engine = Engine(tmp_path / "sandbox")
    engine.up("prod").ok()
    engine.up(STACK).ok()
    world = World(tmp_path, clone, monkeypatch, tmp_path / "sandbox" / "project", STACK)
    # A person had begun a deployment, in which an alarm is new, and it was cut off.
    world.forget("database-database-cpu")
    world.cut_off("aws:cloudwatch/metricAlarm:MetricAlarm::database-database-cpu")
    world.age(QUIET + timedelta(minutes=1))
    acts = switched(world.resources())
    world.fail_over(acts=acts)
    world.environ["DATACONNECT_SANDBOX_REFUSE_REGION"] = "us-east-2"

    done = world.reconcile()
    assert done.code == 0, done.output
    result = world.journal()["result"]
    made = {(each.split(" ")[0], each.split(" ")[1].rstrip(":").rpartition("::")[2]) for each in result["made"]}
    assert made == {
        ("update", "database"),
        ("update", "dashboard"),
        ("update", "on-call"),
        ("replace", "backup"),
        ("create", "database-users"),
        ("create", "database-database-cpu"),
        ("delete", "database-database-replica-lag"),
    }
    assert "left" not in result
    assert len(result["cancelled"]) == 1
    after = world.resources()
    for named, properties in acts.items():
        inputs = after[named.rpartition("::")[2]]["inputs"]
        assert {name: inputs.get(name) for name in properties} == properties
    assert "expired on 2026-01-31" in world.told()[0]
