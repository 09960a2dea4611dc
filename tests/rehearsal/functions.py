"""Lambda of both regions: the code of recovery's functions, run when somebody invokes them and by the clock.

The executor runs on AWS's own runner of durable functions. What the functions tell is a file of JSON lines.
"""

import json
import threading
import time
import uuid
from collections.abc import Callable, Generator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from aws_durable_execution_sdk_python import DurableContext, durable_execution
from aws_durable_execution_sdk_python_testing import DurableFunctionTestRunner

from components.data.heartbeat_function.beat import BEAT_SECONDS, Run
from components.data.heartbeat_function.handler import fulfil, heart_of, secret_reader
from components.data.heartbeat_function.heart import Heart
from functions.recovery.aws import RegionalAws
from functions.recovery.executor import Durable, recover
from functions.recovery.fence import Fence
from functions.recovery.ready import ready
from functions.recovery.record import Record
from functions.recovery.site import site_of
from functions.recovery.smoke import Smoke
from tests.rehearsal.clock import Clock, runners_by
from tests.rehearsal.endpoint import Answer, Call

RUN_SECONDS: Final = 6 * 3600
"""A run may last as long (emulated)."""
MINUTE: Final = 60.0
READY_MINUTES: Final = 15


class StoppedError(Exception):
    """The region is lost, and with it what runs there."""


@dataclass
class Functions:
    """The functions of one region.

    Attributes:
        document: What its site.json says.
        clock: Emulated time.
        smoke: Asks the region's load balancer.
        authorities: File with the authority of its database.
        is_lost: Whether the region is lost.
        log: File that what they tell is added to.
    """

    document: Mapping[str, Any]
    clock: Clock
    smoke: Smoke
    authorities: Path
    is_lost: Callable[[], bool]
    log: Path
    ended: threading.Event = field(default_factory=threading.Event)
    _orders: dict[str, str] = field(default_factory=dict[str, str])
    _runner: DurableFunctionTestRunner = field(init=False)
    _heart: Heart = field(init=False)

    def __post_init__(self) -> None:
        self._text, self.aws = json.dumps(self.document), RegionalAws()
        self.site = site_of(self._text)
        self._heart = self._new_heart()

    @contextmanager
    def running(self) -> Generator[None]:
        """Run by the clock, and take orders, until the end of the `with`."""
        with ExitStack() as stack:
            stack.enter_context(runners_by(self.clock))
            self._runner = DurableFunctionTestRunner(handler=self._handler(), region=self.site.region)
            # The runner leaves it open.
            stack.callback(self._runner._scheduler._loop.close)
            stack.enter_context(self._runner)
            threads = [threading.Thread(target=each, daemon=True) for each in (self._each_minute, self._beats)]
            for thread in threads:
                thread.start()
            try:
                yield
            finally:
                self.ended.set()
                for thread in threads:
                    thread.join()

    def invoke(self, call: Call) -> Answer:
        """As Lambda answers an Invoke."""
        if call.function == "recover":
            return self._start(call)
        do: Mapping[str, Callable[[], Any]] = {
            "heartbeat": lambda: self._once(dict(call.body)),
            "ready": lambda: ready(call.body, self._text, self.aws, now=self.clock.now),
            "fence": self.fence,
        }
        try:
            told = do[call.function]()
        except KeyError:
            return _refused(404, "ResourceNotFoundException", f"Function not found: {call.function}")
        except Exception as error:
            told = {"errorType": type(error).__name__, "errorMessage": str(error)}
            return 200, {"X-Amz-Function-Error": "Unhandled"}, json.dumps(told).encode()
        return 200, {}, json.dumps(told).encode()

    def fence(self) -> dict[str, Any]:
        """The function `fence`, once."""
        record = Record(self.aws.client("dynamodb", self.site.region), self.site.table)
        told = Fence(site=self.site, document=self._text, record=record, aws=self.aws, now=self.clock.now).run()
        self._tell("fence", told)
        return told

    def _start(self, call: Call) -> Answer:
        name, order = call.headers.get("x-amz-durable-execution-name") or str(uuid.uuid4()), json.dumps(call.body)
        if call.headers.get("x-amz-invocation-type") != "Event":
            return _refused(
                400, "InvalidParameterValueException", "a durable function that lasts longer than 15 minutes: Event"
            )
        known = self._orders.get(name)
        if known is None:
            self._orders[name] = order
            self._runner.run_async(input=order, execution_name=name, execution_timeout=RUN_SECONDS)
        elif known != order:
            return _refused(409, "DurableExecutionAlreadyStartedException", f"{name} was started with another payload")
        return 202, {}, b""

    def _handler(self) -> Callable[..., Any]:
        @durable_execution
        def handle(event: dict[str, Any], context: DurableContext) -> dict[str, Any]:
            told = recover(event, Durable(context), self.site, self.aws, now=self.clock.now, smoke=self.smoke)
            self._tell("recover", {name: told[name] for name in ("run", "state", "why")})
            return told

        return handle

    def _each_minute(self) -> None:
        minute = 0
        while not self.ended.wait(self.clock.real(MINUTE)):
            minute += 1
            self._safely("fence", self.fence)
            if minute % READY_MINUTES == 0:
                self._safely("ready", lambda: self._tell("ready", ready({}, self._text, self.aws, now=self.clock.now)))

    def _beats(self) -> None:
        """A run of the heartbeat after another, each for a minute."""
        heart = self._new_heart()
        while not self.ended.is_set():
            self._safely("heartbeat", lambda: self._beat(heart))
            heart.hang_up()
            self.ended.wait(self.clock.real(MINUTE - BEAT_SECONDS))

    def _beat(self, heart: Heart) -> None:
        cloudwatch = self.aws.client("cloudwatch", self.site.region)
        told = Run(
            heart=heart, cloudwatch=cloudwatch, writer=uuid.uuid4().hex, monotonic=self._monotonic, sleep=self._sleep
        ).beat()
        self._tell("heartbeat", {**told})

    def _monotonic(self) -> float:
        return float("inf") if self.ended.is_set() else self.clock.now()

    def _sleep(self, seconds: float) -> None:
        if self.is_lost():
            raise StoppedError
        self.ended.wait(self.clock.real(seconds))

    def _once(self, order: Any) -> Mapping[str, Any]:
        return fulfil(order, self._heart, cloudwatch=None, writer=uuid.uuid4().hex)

    def _new_heart(self) -> Heart:
        secrets = secret_reader(self.aws.client("secretsmanager", self.site.region))
        dynamodb = self.aws.client("dynamodb", self.site.region)
        return heart_of(self.document, dynamodb=dynamodb, read_secret=secrets, authorities=self.authorities, now=self.clock.now)

    def _safely(self, function: str, do: Callable[[], object]) -> None:
        """What fails is told, as by an alarm, and tried again by the clock; nothing runs in a lost region."""
        while self.is_lost() and not self.ended.is_set():
            time.sleep(0.05)
        try:
            do()
        except StoppedError:
            pass
        except Exception as error:
            self._tell(function, {"error": f"{type(error).__name__}: {error}"})

    def _tell(self, function: str, told: Mapping[str, Any]) -> None:
        line = {"at": round(self.clock.now(), 1), "region": self.site.region, "function": function, **told}
        with self.log.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")


def _refused(status: int, code: str, message: str) -> Answer:
    return status, {"x-amzn-errortype": code}, json.dumps({"Type": "User", "Message": message}).encode()
