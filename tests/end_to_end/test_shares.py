"""The life of a share on the real engine with the AWS stand-in, each stage as a deployment would make it, and nothing besides.

The stand-in runs no function: what the orders do that are counted here is shown in tests/operations/test_shares.py.
"""

import json
from pathlib import Path
from typing import Any

from tests.end_to_end.conftest import PACKS
from tests.engine import Engine

SHARE = {
    "product": "loan-book",
    "tenant": "tabcdefghij23456",
    "account": "333333333333",
    "since": "2026-12-01",
    "until": "2027-03-31",
}
PROTECTED = ("-c", "dataconnect:protect=true")


def shared(**changes: Any) -> tuple[str, ...]:
    """The settings of dev, protected, with the share."""
    return (*PROTECTED, "-c", f"dataconnect:shares={json.dumps({'to-investor': {**SHARE, **changes}})}")


def steps(engine: Engine, *arguments: str) -> dict[str, str]:
    """What a preview would do to whom, by logical names; what stays is left out."""
    plan = engine.run("preview", "--json", "--stack", "dev", *arguments).ok().json["steps"]
    return {step["urn"].rpartition("::")[2]: step["op"] for step in plan if step["op"] not in ("same", "read")}


def test_a_share_comes_is_renewed_and_goes_and_no_other_resource_is_changed(tmp_path: Path) -> None:
    engine = Engine(tmp_path / "sandbox")
    engine.run("stack", "init", "dev").ok()
    engine.up("dev", *PROTECTED).ok()
    before = engine.resources("dev").keys()

    assert "[mandatory]" not in engine.up("dev", *PACKS, *shared()).ok().output
    own = engine.resources("dev").keys() - before
    assert own and all(name.startswith(("share-to-investor", "products-clock")) for name in own)
    # Nor does a refresh find anything, which would be the moment to grant anew what was revoked.
    assert engine.changes("dev", "--refresh", *shared()).keys() == {"same"}

    # Whatever loses the grant, it comes back as an order to the function, which asks whether the share was revoked.
    found = engine.resources("dev")
    assert not [name for name in own if found[name]["type"].startswith("aws:lakeformation/permissions")]
    lost = ("state", "delete", "--target-dependents", "--stack", "dev", "--yes")
    engine.run(*lost, found["share-to-investor-grant"]["urn"]).ok()
    engine.up("dev", *shared()).ok()
    grant = engine.resources("dev")["share-to-investor-grant"]
    assert grant["type"] == "aws:lambda/invocation:Invocation"
    assert json.loads(grant["inputs"]["input"])["share"]["registry"] == engine.outputs("dev")["tables"]["tenants"]["name"]

    # A renewal changes in place what ends at the day, and asks again.
    ended = [f"share-to-investor-{name}" for name in ("access", "access-grants", "grant", "item", "key")]
    assert steps(engine, *shared(until="2027-06-30")) == dict.fromkeys(["products-clock", *ended], "update")

    # The entry alone does not go: its key is protected, until it says that it may.
    gone = engine.run("preview", "--stack", "dev", *PROTECTED)
    assert gone.code != 0 and "share-to-investor-key" in gone.output
    assert engine.changes("dev", *shared(protect=False)).keys() == {"same"}
    engine.up("dev", *shared(protect=False)).ok()
    # The first share brought the clock's chart and alarms, which go with the last.
    assert steps(engine, *PROTECTED) == {**dict.fromkeys(own, "delete"), "dashboard": "update", "on-call": "update"}
    engine.up("dev", *PROTECTED).ok()
    assert engine.resources("dev").keys() == before
