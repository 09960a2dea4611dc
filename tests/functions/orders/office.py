"""The function of orders with the real notifier on moto and the sleeper on its model, and requests as Slack documents them."""

import io
import json
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlencode

from functions.orders.asked import Allowed
from functions.orders.doing import Doer
from functions.orders.handler import Orders
from functions.orders.signed import FORM, signed
from tests.functions.notify.desks import CALLS, PLATFORM, World
from tests.functions.requests import request
from tests.functions.sleep.model import Aws, refusal

SECRET: Final = "8f742231b10e" + "8888abcd99eeefff85a5"
PATH: Final = "/slack/orders"
WORKSPACE, ADA, GRACE = "T0001", "U2147483697", "U2147483698"
USERS: Final = {ADA: "ada@dataconnect.example", GRACE: "grace@dataconnect.example"}
ANSWER_AT: Final = "https://hooks.slack.com/commands/1234/5678"


class SleeperClient:
    """Lambda, of which the sleeper is the only function: busy as often as it is told to be."""

    def __init__(self, aws: Aws) -> None:
        self.aws, self.busy, self.orders = aws, 0, list[dict[str, Any]]()
        self.failure: dict[str, Any] | None = None
        self.error: Exception | None = None

    def invoke(self, **given: Any) -> dict[str, Any]:
        assert given["FunctionName"] == "dataconnect-dev-sleeper"
        if self.error:
            raise self.error
        if self.busy:
            self.busy -= 1
            raise refusal("TooManyRequestsException", "Invoke")
        order = json.loads(given["Payload"])
        self.orders.append(order)
        if self.failure is not None:
            return {"FunctionError": "Unhandled", "Payload": io.BytesIO(json.dumps(self.failure).encode())}
        return {"Payload": io.BytesIO(json.dumps(self.aws.round(order)).encode())}


class Office:
    """All of it. What is handed on waits until `work`, as Lambda's second run does."""

    def __init__(self, desk: World) -> None:
        self.desk, self.sleeper = desk, SleeperClient(Aws())
        self.handed: list[Mapping[str, Any]] = []
        self.told: list[tuple[str, Mapping[str, Any]]] = []
        self.waited: list[float] = []
        self.secret: dict[str, Any] = {"signingSecret": SECRET}
        self.unreachable: Exception | None = None
        self.sleeps = True

    @property
    def notifier(self) -> Any:
        """One whose messages have buttons."""
        return self.desk.notifier(buttons=True)

    def orders(self) -> Orders:
        store = self.desk.notifier().store
        sleeper = "dataconnect-dev-sleeper" if self.sleeps else None
        return Orders(
            allowed=Allowed(workspace=WORKSPACE, channels={CALLS, PLATFORM}, users=USERS),
            path=PATH,
            secret=lambda: self.secret,
            store=store,
            hand_on=lambda event: self.handed.append(json.loads(json.dumps(event))),
            doer=Doer(
                stack="dev",
                store=store,
                awslambda=self.sleeper,
                sleeper=sleeper,
                now=lambda: self.desk.now,
                wait=self.waited.append,
            ),
            tell=self._tell,
            now=lambda: self.desk.now,
        )

    def _tell(self, address: str, content: Mapping[str, Any]) -> None:
        if self.unreachable:
            raise self.unreachable
        self.told.append((address, content))

    def send(self, event: Mapping[str, Any]) -> tuple[int, str]:
        """Status and body of the answer to a request."""
        answer = self.orders().answer(event)
        return answer["statusCode"], answer["body"]

    def work(self) -> None:
        """Do what was handed on."""
        while self.handed:
            self.orders().do(self.handed.pop(0))

    def say(self, text: str, **changes: Any) -> str:
        """A command of Ada's, and what she hears in the end."""
        status, body = self.send(self.command(text, **changes))
        assert status == 200, body
        if not self.handed:
            return str(json.loads(body)["text"])
        self.work()
        address, content = self.told.pop()
        assert address == ANSWER_AT and content["response_type"] == "ephemeral" and content["replace_original"] is False
        return str(content["text"])

    def command(self, text: str, **changes: Any) -> dict[str, Any]:
        """The request of a slash command."""
        return self.signed(command_body(text, **changes))

    def press(self, action: str, message: Mapping[str, Any], /, **changes: Any) -> dict[str, Any]:
        """The request of a button in a message that Slack shows."""
        return self.signed(button_body(action, message, **changes))

    def signed(self, body: str, *, at: float = 0, **headers: Any) -> dict[str, Any]:
        """A request that Slack signed, some seconds from now; `headers` in place of its own."""
        time = str(int(self.desk.now.timestamp() + at))
        own: dict[str, Any] = {
            "content_type": FORM,
            "x_slack_request_timestamp": time,
            "x_slack_signature": signed(SECRET, time, body.encode()),
        }
        return request(body, path=PATH, authorization=None, **(own | headers))


def command_body(text: str, **changes: Any) -> str:
    """docs.slack.dev/interactivity/implementing-slash-commands."""
    return urlencode(
        {
            "token": "gIkuvaNzQIHg97ATvDxqgjtO",
            "team_id": WORKSPACE,
            "team_domain": "example",
            "enterprise_id": "E0001",
            "enterprise_name": "Globular Construct Inc",
            "channel_id": CALLS,
            "channel_name": "calls",
            "user_id": ADA,
            "user_name": "ada",
            "command": "/dataconnect",
            "text": text,
            "response_url": ANSWER_AT,
            "trigger_id": "13345224609.738474920.8088930838d88f008e0",
            "api_app_id": "A123456",
            **changes,
        }
    )


def button_body(action: str, message: Mapping[str, Any], /, *, where: str = CALLS, by: str = ADA, **changes: Any) -> str:
    """docs.slack.dev/reference/interaction-payloads/block_actions-payload; the button is one of the message's."""
    (row,) = [each for each in message["blocks"] if each["type"] == "actions"]
    (button,) = [each for each in row["elements"] if each["action_id"] == action]
    payload: dict[str, Any] = {
        "type": "block_actions",
        "user": {"id": by, "username": "ada", "name": "ada", "team_id": WORKSPACE},
        "api_app_id": "A123456",
        "token": "gIkuvaNzQIHg97ATvDxqgjtO",
        "container": {"type": "message", "message_ts": message["ts"], "channel_id": where, "is_ephemeral": False},
        "trigger_id": "12321423423.333649436676.d8c1bb837935619ccad0f624c448ffb3",
        "team": {"id": WORKSPACE, "domain": "example"},
        "channel": {"id": where, "name": "calls"},
        "message": {key: each for key, each in message.items() if key != "channel"},
        "response_url": ANSWER_AT,
        "actions": [{**button, "block_id": "x1", "action_ts": "1548426417.840180"}],
        **changes,
    }
    return urlencode({"payload": json.dumps(payload)})


def shown(office: Office, channel: str = CALLS) -> dict[str, Any]:
    """The one message of a channel, with its timestamp."""
    ((ts, content),) = [(ts, each) for ts, each in office.desk.services.messages[channel].items() if "thread_ts" not in each]
    return {**content, "ts": ts}


def buttons(message: Mapping[str, Any]) -> list[str]:
    """What its buttons do."""
    return [each["action_id"] for block in message["blocks"] if block["type"] == "actions" for each in block["elements"]]
