"""A fleet in dev, which no committed stack has, on the real engine with the AWS stand-in and every pack enforcing."""

import json
import re
from pathlib import Path

from tests.end_to_end.conftest import PACKS
from tests.engine import CLONE, Engine
from tests.settings.stack_files import CONFIG, edited
from tests.stacks.estate import FLEET


def arguments(**changes: object) -> tuple[str, ...]:
    config = edited("dev", {"queues.convert": {}, "fleets.convert": {**FLEET, **changes}})
    sections = (f"dataconnect:{name}" for name in ("queues", "fleets"))
    return tuple(each for section in sections for each in ("-c", f"{section}={json.dumps(config[section])}"))


def test_an_entry_is_a_fleet_that_every_pack_agrees_with_and_a_new_image_changes_it_in_place(tmp_path: Path) -> None:
    engine = Engine(tmp_path / "sandbox")
    engine.run("stack", "init", "dev").ok()
    assert "[mandatory]" not in engine.up("dev", *PACKS, *arguments()).ok().output
    found = engine.resources("dev")
    assert found["convert-backlog"]["inputs"]["autoscalingGroupName"] == "dev-convert"
    # Alarms and the failed refresh link a runbook that is there.
    links = set(re.findall(rf"{CONFIG['dev']['dataconnect:runbookUrl']}/(fleet/[a-z-]+)", json.dumps([*found.values()])))
    assert links == {f"fleet/{page.stem}" for page in (CLONE / "docs" / "runbooks" / "fleet").glob("*.md")} != set()
    assert engine.changes("dev", *arguments(digest=f"sha256:{'6' * 64}")).keys() == {"same", "update"}
