"""Three environments at once, each its own process: one is extended, one expires, one dies half-way and is mended."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.demo.afternoon import ACCOUNT, small_project
from tests.end_to_end.on_demand import Estate, ended
from tests.operations.environments.shared_table import shared_table
from tests.operations.environments.world import OUTPUTS, TABLE, make_table

PROGRAM = """
config, stack = pulumi.Config("dataconnect"), pulumi.get_stack()
first = aws.sqs.Queue("first", name=f"{stack}-first")
aws.ec2.Vpc("network", cidr_block=config.require_object("network")["cidr"])
aws.sqs.Queue("last", name=f"{stack}-last", tags={"After": first.arn})
pulumi.export("url", "https://" + config.require_object("ingress")["domain"])
"""


@pytest.fixture
def estate(tmp_path: Path) -> Iterator[tuple[Estate, Any]]:
    project = small_project(tmp_path, PROGRAM)
    topic = OUTPUTS["alertTopicArn"].replace("123456789012", ACCOUNT)
    with shared_table() as (endpoint, client):
        make_table(client)
        yield Estate(tmp_path, {**OUTPUTS, "alertTopicArn": topic}, endpoint, project), client


def test_of_three_at_once_one_is_extended_one_expires_and_one_that_died_is_mended(estate: tuple[Estate, Any]) -> None:
    here, client = estate

    def listed(later: timedelta = timedelta()) -> dict[str, Any]:
        told = here.run("list", later=later).ok().json["environments"]
        return {each["name"]: each for each in told}

    def janitor(**later: int) -> dict[str, str]:
        told = here.run("janitor", later=timedelta(**later)).ok().json["lines"]
        return {each["name"]: each["did"] for each in told}

    # A dry run needs a stack, and the engine has none left of it.
    tried = here.run("up", "tried", "--for", "8h", "--dry-run").ok()
    assert "preview of dev-tried" in tried.stderr and not here.stacks()

    extended, expiring = (here.start("up", name, "--for", "8h") for name in ("extended", "expiring"))
    dying = here.start("up", "dying", "--for", "8h", DATACONNECT_SANDBOX_HANGS="aws:sqs/queue:Queue::last")
    here.kill_at(dying, "dev-dying", "last")
    for each in (extended, expiring):
        done = ended(each).ok()
        assert "4 of 4 steps done" in done.stderr
        assert json.loads(done.stdout)["state"] == "up"
    found = listed()
    assert {name: each["state"] for name, each in found.items()} == {"extended": "up", "expiring": "up", "dying": "coming-up"}
    assert len({each["range"] for each in found.values()}) == 3
    assert found["extended"]["url"] == "https://extended.dev.dataconnect.example"

    here.run("extend", "extended", "--for", "4h").ok()
    # While its lease has not ended, whatever the machine's speed, nobody touches it.
    assert janitor(hours=-1)["dying"].startswith("is being worked on")
    assert "died half-way" in janitor(minutes=30)["dying"]
    assert set(listed()) == {"extended", "expiring"}
    assert "dev-dying" not in here.locks()
    told = janitor(hours=8, minutes=1)
    assert told["expiring"].startswith("taken down: it expired") and told["extended"].startswith("is up until")
    here.run("down", "extended", "--yes").ok()
    assert not listed()
    kinds = {item["id"]["S"] for item in client.scan(TableName=TABLE)["Items"]}
    assert kinds == {"durations"}
