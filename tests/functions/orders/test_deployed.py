"""The function as its document describes it: with clients of its own, a secret of AWS, and itself as the second run."""

import json
import time
from typing import Any

import boto3
import pytest

from functions.orders import handler
from functions.orders.words import order_of
from tests.functions.notify.desks import CALLS, REGION
from tests.functions.orders.office import ADA, PATH, SECRET, USERS, WORKSPACE, Office, command_body

OWN = "dataconnect-dev-orders"


class Session:
    """boto3, but for Lambda, of which both functions are told and none runs."""

    def __init__(self, office: Office) -> None:
        self.office, self.invoked = office, list[dict[str, Any]]()

    def invoke(self, **given: Any) -> dict[str, Any]:
        if given["FunctionName"] == OWN:
            self.invoked.append(given)
            return {"StatusCode": 202}
        return self.office.sleeper.invoke(**given)

    def client(self, service: str, **given: Any) -> Any:
        make: Any = boto3.client
        return self if service == "lambda" else make(service, **given)

    def resource(self, service: str, **given: Any) -> Any:
        make: Any = boto3.resource
        return make(service, **given)


def test_it_is_answered_handed_on_done_and_told(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = office.desk.secrets.create_secret(Name="orders", SecretString=json.dumps({"signingSecret": SECRET}))["ARN"]
    document = {
        "stack": "dev",
        "region": REGION,
        "function": OWN,
        "path": PATH,
        "table": "notices",
        "secret": secret,
        "sleeper": "dataconnect-dev-sleeper",
        "workspace": WORKSPACE,
        "channels": [CALLS],
        "users": USERS,
    }
    told: list[tuple[str, Any]] = []
    monkeypatch.setattr(handler, "post", lambda address, content: told.append((address, content)))
    session = Session(office)
    made = handler.orders_of(document, session)
    monkeypatch.setattr(handler, "_orders", lambda: made)
    away = time.time() - office.desk.now.timestamp()
    answer = handler.handle(office.signed(command_body("keep-awake until 22:00"), at=away), None)
    assert answer and answer["statusCode"] == 200
    ((name, how, event),) = [(each["FunctionName"], each["InvocationType"], each["Payload"]) for each in session.invoked]
    assert (name, how) == (OWN, "Event")
    handler.handle(json.loads(event), None)
    (order,) = office.sleeper.orders
    assert 0 <= order.pop("waited") <= 60 and order == order_of("keep-awake until 22:00", f"{USERS[ADA]} (Slack)")
    assert "awake until 2026-12-01 22:00 EST" in told[0][1]["text"]


def test_the_document_beside_the_code_is_read_once(
    office: Office, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    file = tmp_path_factory.mktemp("orders") / "orders.json"
    file.write_text('{"stack": "dev"}', encoding="utf-8")
    made: list[Any] = []
    monkeypatch.setattr(handler, "DOCUMENT", file)
    monkeypatch.setattr(handler, "orders_of", lambda told, _session: made.append(told) or office.orders())
    handler._orders.cache_clear()
    for _ in range(2):
        assert handler.handle(office.command("status"), None)
        office.desk.advance(seconds=1)
    handler._orders.cache_clear()
    assert made == [{"stack": "dev"}]
