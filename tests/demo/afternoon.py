"""The demonstration's environment for an afternoon: two people's at once, one extended, one left to the janitor."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import yaml

from operations.environments.registry import Registry
from tests.end_to_end.on_demand import Estate, ended
from tests.engine import write_program
from tests.operations.environments.shared_table import shared_table
from tests.operations.environments.world import OUTPUTS, TEMPLATE, make_table, stack_file

ACCOUNT = "111111111111"
# The stack of an environment takes minutes, and is previewed elsewhere: here it is its network and a queue.
PROGRAM = """
config, stack = pulumi.Config("dataconnect"), pulumi.get_stack()
network = aws.ec2.Vpc("network", cidr_block=config.require_object("network")["cidr"])
aws.sqs.Queue("queue", name=f"{stack}-queue", tags={"Network": network.id})
pulumi.export("url", "https://" + config.require_object("ingress")["domain"])
"""


def small_project(folder: Path, program: str = PROGRAM) -> Path:
    """A project of a few resources, with a template and a stack dev."""
    project = write_program(folder / "program", program)
    (project / "environments").mkdir()
    own = {**TEMPLATE["config"], "aws:allowedAccountIds": [ACCOUNT]}
    (project / "environments" / "standard.yaml").write_text(yaml.safe_dump({"config": own}))
    (project / "Pulumi.dev.yaml").write_text(stack_file(ACCOUNT, "dev"))
    return project


def afternoon(folder: Path) -> Iterator[str]:
    """Live through it: `dataconnect environment`, each command a process with an engine of its own."""
    folder.mkdir()
    topic = f"arn:aws:sns:us-east-2:{ACCOUNT}:alerts"
    with shared_table() as (endpoint, client):
        make_table(client)
        here = Estate(folder, {**OUTPUTS, "alertTopicArn": topic}, endpoint, small_project(folder))

        def told(*words: str, **later: int) -> Any:
            return json.loads(here.run(*words, later=timedelta(**later)).ok().stdout)

        running = [here.start("up", name, "--for", "4h") for name in ("ada", "grace")]
        for each in [json.loads(ended(command).ok().stdout) for command in running]:
            yield f"{each['name']} is {each['state']} in {each['range']}, until {each['until']}: {each['url']}"
        until = told("extend", "ada", "--for", "4h")["until"]
        yield f"ada works longer: until {until}; dataconnect environment extend ada --for 4h"
        refused = here.run("up", "ada", "--for", "8d")
        yield f"refused: {json.loads(refused.stdout)['error']}"
        for hours, minutes in ((3, 10), (4, 1)):
            for line in told("janitor", hours=hours, minutes=minutes)["lines"]:
                yield f"the janitor, {hours} h {minutes} min later: {line['name']} {line['did']}"
        told("down", "ada", "--yes")
        left, ranges = told("list")["environments"], Registry(client, OUTPUTS["environments"]["table"]).ranges()
        if left or ranges:
            raise SystemExit(f"environments left: {left or ranges}; expected none, and no range that one has")
        yield "ada takes hers down; environments left: 0; ranges and names are free again"
