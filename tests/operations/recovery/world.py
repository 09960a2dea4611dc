"""A recovery region for the command line: moto keeps the table, and a stand-in for Lambda takes orders and writes a journal.

What the executor itself does is in tests/functions/recovery; here it is what the command makes of it.
"""

import io
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import boto3
from botocore.exceptions import ClientError
from typer.testing import CliRunner, Result

from functions.recovery import plan
from functions.recovery.execute import entry_of
from functions.recovery.record import Record, iso
from operations.command import app
from operations.recovery.place import Place, Region

ACCOUNT, HERE, THERE, TABLE = "222222222222", "us-west-2", "us-east-2", "recovery-1234567"
OUTPUTS: Final[dict[str, Any]] = {
    "stack": "prod-recovery",
    "recovery": {
        "primaryRegion": THERE,
        "recoveryRegion": HERE,
        "table": TABLE,
        "recover": f"arn:aws:lambda:{HERE}:{ACCOUNT}:function:recover-1234567:live",
        "ready": "ready-1234567",
    },
}
LOOK: Final = {
    "region": HERE,
    "databases": {"database": {"inRecovery": True, "number": 1_000, "error": None}},
    "table": {THERE: {"number": 1_003, "at": "2026-11-30T08:00:00Z"}},
    "now": 1_010,
}
CHECK: Final = {"name": "loss", "verdict": "ready", "found": "1 s", "expected": "a known loss of 30 s or less"}
BEGAN: Final = 1_796_025_600
Write = Callable[[Record, Mapping[str, Any]], None]


def journal_of(record: Record, order: Mapping[str, Any], state: str = "done", why: str = "", last: str = "reconcile") -> None:
    """Write what a run leaves that ends so after a step; each step takes five seconds."""
    run, now = order["run"], float(BEGAN)
    facts = {name: order[name] for name in ("mode", "to", "by", "acceptLoss")}
    began = iso(now)
    record.journal(run, "", state="running", started=began, **facts)
    for step in plan.steps(order["mode"]):
        failed = step.name == last and state != "done"
        result: dict[str, Any] = {"why": why} if failed else {}
        if step.name in ("gate", "promote") and not failed:
            is_none = order["mode"] == plan.PLANNED and step.name == "promote"
            result = {"loss": {"known": 0, "atMost": 0} if is_none else {"known": 3, "atMost": 10}}
        since, now = iso(now), now + 5
        ended = {"state": "failed" if failed else "done", "ended": iso(now), "result": json.dumps(result)}
        record.journal(run, entry_of(step.name), started=since, **ended)
        if step.name == last:
            break
    record.journal(run, "", started=began, ended=iso(now), state=state, why=why, **facts)


@dataclass
class Lambda:
    """Takes orders as Lambda does: the same name with the same payload is the same execution, with another it is refused."""

    record: Record
    write: Write = journal_of
    orders: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])
    heartbeat: Mapping[str, Any] | Exception = field(default_factory=lambda: LOOK)
    ready: Mapping[str, Any] = field(default_factory=lambda: {"region": HERE, "ready": True, "checks": [CHECK]})

    def invoke(self, *, FunctionName: str, Payload: bytes, **asked: Any) -> dict[str, Any]:  # noqa: N803
        payload = json.loads(Payload)
        if FunctionName == OUTPUTS["recovery"]["ready"]:
            if payload == {"do": "look"}:
                if isinstance(self.heartbeat, Exception):
                    raise self.heartbeat
                return {"Payload": io.BytesIO(json.dumps(self.heartbeat).encode())}
            return {"Payload": io.BytesIO(json.dumps(self.ready).encode())}
        assert FunctionName == OUTPUTS["recovery"]["recover"]
        assert asked == {"InvocationType": "Event", "DurableExecutionName": payload["run"]}
        known = self.orders.setdefault(payload["run"], payload)
        if known != payload:
            error = {"Code": "DurableExecutionAlreadyStartedException", "Message": "another payload"}
            raise ClientError({"Error": error}, "Invoke")  # pyright: ignore[reportArgumentType]
        if not self.record.run(payload["run"]):
            self.write(self.record, payload)
        return {"StatusCode": 202}


class World:
    """The region, and the command line in front of it."""

    def __init__(self, folder: Path) -> None:
        client: Any = boto3.client("dynamodb", region_name=HERE)
        keys = {"id": "HASH", "item": "RANGE"}
        client.create_table(
            TableName=TABLE,
            KeySchema=[{"AttributeName": name, "KeyType": kind} for name, kind in keys.items()],
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in keys],
            BillingMode="PAY_PER_REQUEST",
        )
        self.record = Record(client, TABLE)
        self.awslambda = Lambda(self.record)
        self.file = folder / "outputs.json"
        self.tell(OUTPUTS)

    def tell(self, outputs: Mapping[str, Any]) -> None:
        """Have these outputs."""
        self.file.write_text(json.dumps(outputs))

    def open(self, region: Region) -> Place:
        return Place(region=region, record=self.record, awslambda=self.awslambda, caller="recovery-operator/jo")

    def run(self, *words: str, stack: str = "prod-recovery") -> Result:
        """The command line; outputs are those of the file."""
        command = ["recovery", *words, "--stack", stack, "--outputs", str(self.file)]
        return CliRunner().invoke(app, command, obj=self.open, catch_exceptions=False)
