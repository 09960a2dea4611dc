"""Nothing is lost and nothing is there twice: through crashes, throttling, lost answers, doubled notices and an outage."""

import heapq
from collections import Counter
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Final

from hypothesis import given, settings
from hypothesis import strategies as st

from functions.logs.ship import Shipper

from .logs_world import NOON, S3, Crash, Domain, crash_after, crash_before, deaf, down, event, notice, part, throttled

VISIBILITY: Final = 720
RECEIVES: Final = 120
OUTAGE: Final = 30 * 60

faults = st.sampled_from([None, None, down, deaf, crash_before, crash_after, "throttled"])
objects = st.lists(
    st.lists(st.tuples(st.integers(0, 3), st.booleans(), st.sampled_from(["application", "audit", "access"])), max_size=6),
    min_size=1,
    max_size=5,
)


@dataclass
class Queue:
    """A queue on a clock: what is not deleted is seen again, and in the end among the dead letters.

    Attributes:
        now: Seconds.
        waiting: When a message is seen, its number, how often it was received, and it.
    """

    now: float = 0
    waiting: list[tuple[float, int, int, dict[str, Any]]] = field(default_factory=list[tuple[float, int, int, dict[str, Any]]])
    dead: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    _numbers: "count[int]" = field(default_factory=count)

    def send(self, message: dict[str, Any], *, at: float | None = None, received: int = 0) -> None:
        heapq.heappush(self.waiting, (self.now if at is None else at, next(self._numbers), received, message))

    def work_off(self, shipper: Shipper) -> None:
        """Hand messages out until none waits; a run that crashes deletes none."""
        while self.waiting:
            at, _, received, message = heapq.heappop(self.waiting)
            self.now = max(self.now, at)
            if received == RECEIVES:
                self.dead.append(message)
                continue
            try:
                failed = shipper.answer({"Records": [message]})["batchItemFailures"]
            except Crash:
                failed = [message]
            if failed:
                self.send(message, at=self.now + VISIBILITY, received=received + 1)


class Clock(Domain):
    """A domain that is down for a time."""

    def __init__(self, queue: Queue, outage: tuple[float, float]) -> None:
        super().__init__()
        self.queue, self.outage, self.script = queue, outage, list[Any]()

    def post(self, path: str, body: bytes, documents: int) -> list[dict[str, Any]]:
        begins, ends = self.outage
        if begins <= self.queue.now < ends:
            self.faults = [down]
        elif self.script:
            fault = self.script.pop(0)
            self.faults = [throttled(self, 2) if fault == "throttled" else fault] if fault else []
        return super().post(path, body, documents)


def run(told: list[list[tuple[int, bool, str]]], script: list[Any], doubled: int, began: float, seconds: float) -> Any:
    """Ship objects of events, and what is in the domain, in its quarantine, and among the dead letters then."""
    queue = Queue()
    domain = Clock(queue, (began, began + seconds))
    domain.script = script
    s3, expected, bad = written(told)

    def sleep(waited: float) -> None:
        queue.now += waited

    for each in range(len(told)):
        for copy in range(2 if each < doubled else 1):
            queue.send(notice(f"logs/{each}", id=f"m-{each}-{copy}"), at=60.0 * each)
    shipper = Shipper(s3=s3, bulk=domain, left=lambda: 120.0, sleep=sleep)  # pyright: ignore[reportArgumentType]
    queue.work_off(shipper)
    return domain, queue, shipper, expected, bad


def written(told: list[list[tuple[int, bool, str]]]) -> tuple[S3, Counter[str], set[str]]:
    """Objects of events, the ids of all, and those that no index of a class takes."""
    s3, ids, bad, numbers = S3(), Counter[str](), set[str](), count()
    for each, events in enumerate(told):
        parts: list[bytes] = []
        for days, is_bad, log_class in events:
            message = '{"duration": "long"}' if is_bad else "a line"
            made = event(next(numbers), message, timestamp=NOON - 86_400_000 * days)
            ids[made["id"]] += 1
            bad |= {made["id"]} if is_bad else set()
            parts.append(part(made, log_class=log_class))
        s3.objects[f"logs/{each}"] = b"".join(parts)
    return s3, ids, bad


def quarantined(domain: Domain) -> set[str]:
    return {id for index, found in domain.indexes.items() if "quarantine" in index for id in found}


@settings(max_examples=200, deadline=None)
@given(objects, st.lists(faults, max_size=40), st.integers(0, 5), st.floats(0, 300))
def test_each_event_is_in_the_domain_once(told: Any, script: list[Any], doubled: int, began: float) -> None:
    domain, queue, _, expected, bad = run(told, script, doubled, began, OUTAGE)
    assert queue.dead == []
    assert domain.ids() == expected
    assert quarantined(domain) == bad


@settings(max_examples=20, deadline=None)
@given(objects)
def test_an_outage_of_two_days_ends_among_the_dead_letters_which_lose_nothing(told: Any) -> None:
    domain, queue, shipper, expected, _ = run(told, [], 0, 0, 48 * 3600)
    assert len(queue.dead) == len([each for each in told if each])
    for each in queue.dead:
        queue.send(each)
    queue.work_off(shipper)
    assert domain.ids() == expected
