"""The function as Lambda calls it: its own package, with what it knows of its region in a file at the top."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from components.data.database_rotation import source
from components.data.rotation_function.handler import Facts, fulfil
from tests.components.data.rotation_function.world import ARN, STEPS, World
from tests.postgres import PASSWORD


def facts(port: int) -> Facts:
    database: Any = {"host": "localhost", "port": port, "credentials": ARN}
    return Facts(region="us-east-2", namespace="DataConnect/prod/Credentials", databases=[database], recovery=None)


def test_the_package_runs_without_the_rest_of_this_project(tmp_path: Path) -> None:
    for name, text in source().items():
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    (tmp_path / "rotation.json").write_text(json.dumps(facts(1)))
    program = "import data.rotation_function.handler as handler; print(handler.FACTS, handler.FACTS.is_file())"
    done = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, check=True, capture_output=True, text=True, env={})
    assert done.stdout.split() == [str(tmp_path / "rotation.json"), "True"]


def test_it_does_the_steps_that_secrets_manager_asks_for(world: World) -> None:
    asked: list[tuple[str, str]] = []

    def client(service: str, region: str) -> Any:
        asked.append((service, region))
        return world.manager

    token = world.manager.begin()
    for step in STEPS:
        event = {"Step": step, "SecretId": ARN, "ClientRequestToken": token}
        told = fulfil(event, facts(world.server.tls_port), client=client, authorities=world.server.authorities)
        assert told == {"secret": ARN}
    assert world.opens(world.password()) and not world.opens(PASSWORD)
    assert {*asked} == {("secretsmanager", "us-east-2")}


def test_what_is_no_order_is_refused() -> None:
    with pytest.raises(ValueError, match="the event has run; expected Step, act or do: look"):
        fulfil({"run": "x"}, facts(1), client=lambda *_: None)
