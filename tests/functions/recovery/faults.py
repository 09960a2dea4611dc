"""The way to AWS as it may be: a region gone or slow, calls throttled, carried out and not answered, a process killed."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import RLock
from typing import Any

from botocore.exceptions import ClientError, ConnectTimeoutError, ReadTimeoutError

from .aws import READS, TwoRegions
from .checkpoints import KilledError


@dataclass(frozen=True)
class Called:
    """A call that was made.

    Attributes:
        step: During which step of the plan; "" outside of a run.
        service: As boto3 names it.
        operation: As the API names it.
        region: Whose endpoint.
        is_act: Whether it may change something.
    """

    step: str
    service: str
    operation: str
    region: str
    is_act: bool


Fault = Callable[[Called], str]
"""What befalls a call: "", "throttled", "broken", "refused", "slow", "unanswered" (though carried out), "kill-before" or
"kill-after"."""


@dataclass
class Way:
    """Clients that go through faults; `functions.recovery.aws.Aws`.

    Attributes:
        regions: Where the calls end.
        invoke: Stands for the functions of a region: gives the answer to a payload.
        is_lost: Whether a region can't be reached from another; asked with the region called.
        pass_seconds: Lets virtual time go by.
        after: Called after each call: the world moves on, and is looked at.
        origin: The region that calls.
        step: The step under way.
        fault: What befalls a call.
        calls: What was called.
        turn: One call at a time: AWS's runner has threads, and moto does not expect them.
    """

    regions: TwoRegions
    invoke: Callable[[str, dict[str, Any]], Any]
    is_lost: Callable[[str], bool]
    pass_seconds: Callable[[float], None]
    after: Callable[[Called, dict[str, Any]], None]
    origin: str
    step: Callable[[], str] = lambda: ""
    fault: Fault = lambda _: ""
    calls: list[Called] = field(default_factory=list[Called])
    turn: RLock = field(default_factory=RLock)

    def client(self, service: str, region: str, *, hurried: bool = False) -> "Client":
        return Client(self, service, region, hurried)


@dataclass(frozen=True)
class Client:
    way: Way
    service: str
    region: str
    hurried: bool

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def call(**told: Any) -> Any:
            with self.way.turn:
                return self._call(name, told)

        return call

    def _call(self, name: str, told: dict[str, Any]) -> Any:
        way, url = self.way, f"https://{self.service}.{self.region}.amazonaws.com"
        real = way.regions.client(self.service, self.region)
        operation = real.meta.method_to_api_mapping[name]
        called = Called(way.step(), self.service, operation, self.region, not name.startswith(READS))
        way.calls.append(called)
        if self.region != way.origin and way.is_lost(self.region):
            way.pass_seconds(2 if self.hurried else 9)
            raise ConnectTimeoutError(endpoint_url=url)
        fault = way.fault(called)
        if fault == "kill-before":
            raise KilledError
        if fault in ("throttled", "broken"):
            code, status = ("ThrottlingException", 400) if fault == "throttled" else ("InternalFailure", 500)
            facts = {"Error": {"Code": code, "Message": "emulated"}, "ResponseMetadata": {"HTTPStatusCode": status}}
            raise ClientError(facts, operation)  # type: ignore[arg-type]
        if fault == "refused":
            facts = {"Error": {"Code": "AccessDenied", "Message": "emulated"}, "ResponseMetadata": {"HTTPStatusCode": 403}}
            raise ClientError(facts, operation)  # type: ignore[arg-type]
        if fault == "slow":
            way.pass_seconds(4 if self.hurried else 15)
        if name == "invoke":
            answered = way.invoke(self.region, json.loads(told["Payload"]))
        elif name == "run_task":
            answered = way.regions.run_task(self.region, told)
        else:
            answered = way.regions.call(self.service, self.region, name, told)
        way.after(called, told)
        if fault == "kill-after":
            raise KilledError
        if fault == "unanswered":
            way.pass_seconds(5 if self.hurried else 20)
            raise ReadTimeoutError(endpoint_url=url)
        return answered
