"""What the functions of a stack and the rest of it must agree on: code, names, queues, requests, concurrency."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final, cast

from components.base.problems import Problem
from components.compute.function_spec import CONCURRENCY, HttpSpec, TriggeredFunctionSpec
from components.compute.job_spec import JobSpec
from components.compute.service_spec import ServiceSpec
from components.edge.ingress_spec import IngressSpec
from components.messaging.queue_spec import QueueSpec
from settings import sums, workloads

Functions = Mapping[str, TriggeredFunctionSpec]

CODE: Final = Path(__file__).parents[1] / "functions"
"""Where the code of the functions is: `<name>/handler.py`."""
OTHERS_CONCURRENCY: Final = 44
"""What the components' own functions have at once where there are most of them; tests/stacks/test_limits.py counts them."""


def problems(found: Functions, stack: Mapping[str, Any], *, master: str | None, fails_over: bool) -> Iterator[Problem]:
    """A problem for each thing of `found` that the rest of the stack does not bear; what of that is wrong is told elsewhere."""
    if fails_over:
        yield from sums.apart_from_recovery({name: each.http for name, each in found.items() if each.http}, "http")
    services = cast("Mapping[str, ServiceSpec]", stack.get("services") or {})
    jobs = cast("Mapping[str, JobSpec]", stack.get("jobs") or {})
    yield from workloads.users(found, master=master)
    for name in found:
        yield from workloads.names(name, {"service": services, "batch job": jobs})
        if not (CODE / name / "handler.py").is_file():
            known = ", ".join(sorted(file.parent.name for file in CODE.glob("*/handler.py")))
            yield Problem(value=name, expected=f"a name whose code is in functions/<name>/handler.py: {known}", path=(name,))
        elif "def handle(" not in (CODE / name / "handler.py").read_text(encoding="utf-8"):
            expected = f"a name whose functions/{name}/handler.py has the function that Lambda calls, handle(event, context)"
            yield Problem(value=name, expected=expected, path=(name,))
    yield from _at_once(found, services)
    if "queues" in stack:
        yield from _queues(found, cast("Mapping[str, QueueSpec]", stack["queues"]), {**services, **jobs})
    yield from _requests(found, services, cast("IngressSpec | None", stack.get("ingress")), known="ingress" in stack)


def _at_once(found: Functions, services: Mapping[str, ServiceSpec]) -> Iterator[Problem]:
    """Problems if the account has not as many runs at once, or the database's security group not as many rules."""
    most = CONCURRENCY[1] - OTHERS_CONCURRENCY
    wanted = sum(function.concurrency for function in found.values())
    if wanted > most:
        largest = max(found, key=lambda name: found[name].concurrency)
        expected = (
            f"at most {most} runs at once of all functions together: the account's 1,000 but for 100, and components' own"
        )
        yield Problem(value=f"{found[largest].concurrency} of {wanted}", expected=expected, path=(largest, "concurrency"))
    if found and len(found) + len(services) > sums.MOST_SERVICES:
        expected = f"at most {sums.MOST_SERVICES} services and functions: {sums.WHY_MOST_SERVICES}"
        yield Problem(value=f"one of {len(found) + len(services)}", expected=expected, path=([*found][-1],))


def _queues(
    found: Functions, queues: Mapping[str, QueueSpec], others: Mapping[str, ServiceSpec | JobSpec]
) -> Iterator[Problem]:
    yield from workloads.queues(found, queues, others)
    for name, function in found.items():
        path, queue = (name, "queue"), queues.get(function.queue or "")
        if queue is None:
            continue
        if queue.visibility_timeout_seconds < function.hidden_seconds():
            expected = (
                f"a queue whose visibilityTimeoutSeconds is {function.hidden_seconds()} or more, six times timeoutSeconds plus "
                f"batchSeconds; {function.queue} has {queue.visibility_timeout_seconds}"
            )
            yield Problem(value=function.queue, expected=expected, path=path)
        if queue.fifo and (function.batch_seconds or function.batch_size > 10):
            key, value = (
                ("batchSeconds", function.batch_seconds) if function.batch_seconds else ("batchSize", function.batch_size)
            )
            expected = f"{'0' if function.batch_seconds else '10 or less'}: {function.queue} is FIFO"
            yield Problem(value=value, expected=expected, path=(name, key))


def _requests(
    found: Functions, services: Mapping[str, ServiceSpec], ingress: IngressSpec | None, *, known: bool
) -> Iterator[Problem]:
    answering: dict[str, HttpSpec] = {name: function.http for name, function in found.items() if function.http}
    holders = {service.priority: f"service {name}" for name, service in services.items()}
    for name, http in answering.items():
        if known and ingress is not None and ingress.tokens is None:
            expected = "no http, or the section ingress.tokens: nobody else tells whose requests are let through"
            yield Problem(value=list(http.paths), expected=expected, path=(name, "http", "paths"))
        if other := holders.get(http.priority):
            expected = f"a priority of its own: {other} has this one"
            yield Problem(value=http.priority, expected=expected, path=(name, "http", "priority"))
        holders.setdefault(http.priority, f"function {name}")
    for name, at, before, taken in sums.taken_before({**services, **answering}):
        if name in answering:
            expected = f"a path that {taken} of {before}, whose priority is lower, does not take before"
            yield Problem(value=answering[name].paths[at], expected=expected, path=(name, "http", "paths", at))
        elif before in answering:
            expected = f"a path that leaves {services[name].paths[at]} to {name}, whose priority is higher"
            where = (before, "http", "paths", answering[before].paths.index(taken))
            yield Problem(value=taken, expected=expected, path=where)
