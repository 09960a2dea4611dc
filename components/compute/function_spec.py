"""How large a Lambda function is, how long it may take, how many run at once, and what calls it."""

from typing import Annotated, Final

from pydantic import Field, ValidationInfo, field_validator

from ..base import checks
from ..base.problems import Problem, between, checked, duplicates, fail_on
from ..base.spec import PartName, Spec, Whole
from ..edge import edge_checks
from ..edge.token_spec import Claim
from ..messaging.queue_spec import QueueSpec
from .container_spec import Uses, besides_queue
from .failing_spec import FailingSpec

# docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
MEMORY_MIB: Final = (128, 10_240)
TIMEOUT_SECONDS: Final = (1, 900)
# The same page: an account has 1,000 in a region unless it asked for more, and must leave 100 unreserved.
CONCURRENCY: Final = (1, 900)
# docs.aws.amazon.com/lambda/latest/dg/services-sqs-parameters.html
BATCH: Final = (1, 10_000)
BATCH_SECONDS: Final = (0, 300)
# The house's own: a run an hour after another is soon enough for what has no event.
EVERY_MINUTES: Final = (5, 1440)
SMALL_BATCH: Final = 10
"""Messages that a batch may hold without waiting for them."""
# docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html: two is the least that a mapping can be held to
LEAST_CONCURRENCY: Final = 2
# docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html: a message is hidden six times as long as a run may take, and
# as long as a batch is waited for
VISIBILITY_FACTOR: Final = 6


class FunctionSpec(Spec):
    """A function's size. It always has a share of the account's concurrency to itself, and never takes more."""

    memory_mib: Annotated[Whole, between(*MEMORY_MIB, "MiB")] = Field(
        default=256, description="memory, MiB, 128 to 10,240; CPU grows with it, one vCPU at 1,769; 256 by default"
    )
    timeout_seconds: Annotated[Whole, between(*TIMEOUT_SECONDS, "seconds")] = Field(
        default=30, description="seconds after which a run is ended, 1 to 900; 30 by default"
    )
    concurrency: Annotated[Whole, between(*CONCURRENCY)] = Field(
        default=10, description="runs at once, reserved from the account's 1,000; 10 by default"
    )


class HttpSpec(Spec):
    """The requests of the load balancer that a function answers, once their token has been verified."""

    priority: Annotated[Whole, checked(edge_checks.listener_priority)] = Field(
        description="of the listener rule, 1 to 50000, its own among services and functions; the lowest number is tried first"
    )
    paths: tuple[Annotated[str, checked(checks.path_pattern)], ...] = Field(
        description="path patterns it answers, e.g. /ingest/*; 5 at most"
    )
    scope: Claim = Field(description="one of the scopes that a token must have (its claim scope), e.g. deliveries.write")

    @field_validator("paths")
    @classmethod
    def _fit_one_rule(cls, paths: tuple[str, ...]) -> tuple[str, ...]:
        fail_on(duplicates(paths, what="a path"))
        if expected := checks.condition_values(paths, ()):
            fail_on([Problem(value=list(paths), expected=expected)])
        return paths

    @property
    def hosts(self) -> tuple[str, ...]:
        """Host names that it answers: any."""
        return ()


class TriggeredFunctionSpec(FunctionSpec):
    """A function of this repository, `functions/<name>/handler.py`, which messages of a queue, requests or the clock call."""

    queue: PartName | None = Field(
        default=None, description="queue whose messages it works off, as many batches at once as its concurrency, 2 or more"
    )
    batch_size: Annotated[Whole, between(*BATCH)] = Field(
        default=SMALL_BATCH, description="messages in a run at the most, 1 to 10,000; above 10 with batchSeconds; 10 by default"
    )
    batch_seconds: Annotated[Whole, between(*BATCH_SECONDS, "seconds")] = Field(
        default=0,
        validate_default=True,
        description="seconds that a batch is waited for at the most, 0 to 300; 0 by default",
    )
    every_minutes: Annotated[Whole, between(*EVERY_MINUTES, "minutes")] | None = Field(
        default=None, description="minutes between two runs by the clock, 5 to 1,440; none by default"
    )
    http: HttpSpec | None = Field(
        default=None, validate_default=True, description="requests that it answers; it has these, a queue or everyMinutes"
    )
    failing: FailingSpec = Field(
        default_factory=FailingSpec,
        description="how much of what it tells may fail until people hear of it, without everyMinutes; 5 % by default",
    )
    uses: Uses = Field(
        default=(),
        description="what it may use besides its queue, e.g. lake/raw:write, topic/deliveries:publish; nothing by default",
    )

    @field_validator("queue")
    @classmethod
    def _enough_at_once(cls, queue: str | None, info: ValidationInfo) -> str | None:
        concurrency = info.data.get("concurrency")
        if queue is not None and concurrency is not None and concurrency < LEAST_CONCURRENCY:
            expected = (
                f"no queue at concurrency {concurrency}: Lambda reads a queue with {LEAST_CONCURRENCY} runs at once or more"
            )
            fail_on([Problem(value=queue, expected=expected)])
        return queue

    @field_validator("batch_seconds")
    @classmethod
    def _waited_for(cls, seconds: int, info: ValidationInfo) -> int:
        size = info.data.get("batch_size")
        if size is not None and size > SMALL_BATCH and not seconds:
            fail_on(
                [Problem(value=seconds, expected=f"1 or more at batchSize {size}: without, {SMALL_BATCH} messages at the most")]
            )
        return seconds

    @field_validator("http")
    @classmethod
    def _one_trigger(cls, http: HttpSpec | None, info: ValidationInfo) -> HttpSpec | None:
        if not {"queue", "every_minutes"} <= info.data.keys():
            return http  # what is wrong with the other is told as that
        queue, minutes = info.data["queue"], info.data["every_minutes"]
        given = [*([f"queue {queue}"] if queue else []), *([f"a run each {minutes} minutes"] if minutes else [])]
        if len(given) + (http is not None) != 1:
            value = " and ".join([*(["http"] if http and given else []), *given]) or None
            expected = "queue, http or everyMinutes, one of the three: a function is called by what it is for"
            fail_on([Problem(value=value, expected=expected)])
        return http

    @field_validator("failing")
    @classmethod
    def _asked_by_somebody(cls, failing: FailingSpec, info: ValidationInfo) -> FailingSpec:
        if (minutes := info.data.get("every_minutes")) is not None:
            expected = f"none at everyMinutes {minutes}: what the clock calls counts no requests"
            fail_on([Problem(value=f"{failing.percent} %", expected=expected)])
        return failing

    @field_validator("uses")
    @classmethod
    def _besides_its_queue(cls, uses: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        return besides_queue(uses, info.data.get("queue"))

    @property
    def consumes(self) -> tuple[str, ...]:
        """What it uses of its queue."""
        return (f"{QueueSpec.link.link(self.queue)}:consume",) if self.queue else ()

    def hidden_seconds(self) -> int:
        """How long a queue must hide a message from others while a run works on it."""
        return VISIBILITY_FACTOR * self.timeout_seconds + self.batch_seconds
