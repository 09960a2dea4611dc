"""The function `recover`: a durable function of Lambda that carries out a failover to its own region."""

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from aws_durable_execution_sdk_python import BatchResult, DurableContext, StepError, durable_execution
from aws_durable_execution_sdk_python.config import CompletionConfig, Duration, ParallelConfig, StepConfig
from aws_durable_execution_sdk_python.retries import RetryDecision

from functions.shared import telling

from .aws import Aws, RegionalAws
from .execute import Context, Flow, Json, execute, retry_after
from .order import OrderError, order_of
from .record import Record
from .site import SITE_FILE, Site, site_of
from .smoke import Smoke
from .steps import Recovery
from .stop import StopError
from .work import Work


class Durable:
    """The checkpoints of a durable execution as `execute.Context`."""

    def __init__(self, context: DurableContext) -> None:
        self._context = context

    def step(self, name: str, do: Callable[[], Json]) -> Json:
        """As `Context`."""
        try:
            return self._context.step(lambda _: do(), name=name, config=StepConfig(retry_strategy=_retry))
        except StepError as error:
            raise StopError("failed", f"{error.error_type.rsplit('.', 1)[-1]}: {error.message}") from error

    def wait(self, name: str, seconds: int) -> None:
        """As `Context`."""
        self._context.wait(Duration.from_seconds(max(1, seconds)), name=name)

    def beside(self, name: str, lanes: Sequence[Callable[[Context], Json]]) -> list[Json]:
        """As `Context`."""

        def branch(lane: Callable[[Context], Json]) -> Callable[[DurableContext], Json]:
            return lambda context: lane(Durable(context))

        config = ParallelConfig(completion_config=CompletionConfig.all_completed())
        told: BatchResult[Json] = self._context.parallel([branch(lane) for lane in lanes], name=name, config=config)
        told.throw_if_error()
        return told.get_results()


def _retry(error: Exception, attempt: int) -> RetryDecision:
    seconds = retry_after(error, attempt)
    return RetryDecision.no_retry() if seconds is None else RetryDecision.retry(Duration.from_seconds(seconds))


def recover(
    event: object,
    context: Context,
    site: Site,
    aws: Aws,
    *,
    now: Callable[[], float] = time.time,
    smoke: Callable[[Site], Any] | None = None,
) -> Json:
    """Carry out an order; how it ended, as `execute.execute` says it. An order that is none changes nothing."""
    try:
        order = order_of(event, site.region)
        site = _less(site, order.without)
    except OrderError as error:
        return {"run": "", "state": "refused", "why": str(error), "steps": {}}
    record = Record(aws.client("dynamodb", site.region), site.table)
    work = Work(site=site, order=order, record=record, aws=aws, now=now, smoke=smoke or Smoke())
    return execute(Flow(context=context, record=record, order=order, now=now), Recovery(work))


def _less(site: Site, without: tuple[str, ...]) -> Site:
    """The region less the databases that are left behind."""
    names = {switch.name for switch in site.of("database")}
    if unknown := sorted({*without} - names):
        raise OrderError(f"without: {unknown[0]!r} is no database here; there are {', '.join(sorted(names))}")
    if without and names == {*without}:
        raise OrderError(f"without: {', '.join(without)} are all databases of {site.region}; expected some of them")
    kept = tuple(each for each in site.switches if each.kind != "database" or each.name not in without)
    return replace(site, switches=kept)


@durable_execution
def handle(event: object, context: DurableContext) -> Json:
    """Carry out `{"run", "mode", "acceptLoss", "by", "to", "without"}`."""
    told = recover(event, Durable(context), site_of(SITE_FILE.read_text()), RegionalAws())
    with telling.event("recover", "run", counted=False) as line:
        line.tell(**{name: told[name] for name in ("run", "state", "why")})
        if told["state"] == "refused":
            line.outcome = "refused"
        elif told["state"] != "done":
            line.fail(told["state"])
    return told
