"""What `dataconnect recovery` shows before and meanwhile: the dry run, both regions, the order without the command."""

import json
import shlex
from collections.abc import Mapping
from typing import Any, Literal, cast

from functions.recovery import plan
from functions.recovery.loss import Loss, largest, loss_of
from operations.errors import OperationError
from operations.invoke import invoke
from operations.output import columns
from operations.recovery import times
from operations.recovery.calls import may_call
from operations.recovery.place import Place
from operations.recovery.runs import Run
from operations.recovery.watch import clock


def dry_run(place: Place, mode: plan.Mode, run: str, accepted: int | Literal["unknown"]) -> tuple[dict[str, Any], list[str]]:
    """What a run would do: each step, the calls that it may make, and how long it takes."""
    regions: dict[plan.Where, str] = {plan.HERE: place.region.region, plan.THERE: place.region.other}
    steps: list[dict[str, Any]] = [
        {
            "step": step.name,
            "says": step.says,
            "calls": may_call(step.name, mode, regions),
            "expected": times.expected(step.name),
            "limit": step.limit,
            "undo": step.undo,
            "after": plan.after(step.name, mode),
        }
        for step in plan.steps(mode)
    ]
    heartbeat = heartbeat_of(place)
    told = {"run": run, "mode": mode, "to": place.region.region, "accepted": accepted, "steps": steps, "heartbeat": heartbeat}
    verdict: list[str] = []
    if mode == plan.DISASTER and (loss := loss_now(place, heartbeat)):
        why = loss.refusal(None if accepted == "unknown" else accepted)
        told |= {"loss": loss.facts(), "refused": why or None}
        verdict = [f"the gate would refuse it now: {why}" if why else "the gate would let it pass now"]
    lines = [f"{mode} to {place.region.region} (--dry-run: nothing is changed)", *heartbeat_lines(place, heartbeat), ""]
    for number, step in enumerate(steps, 1):
        after = f", after {' and '.join(step['after'])}" if step["after"] else ""
        lines += [f"{number}. {step['step']} (about {clock(int(step['expected']))}{after})", f"   {step['says']}"]
        lines += [f"   calls {each}" for each in step["calls"]]
        lines += [f"   undone: {step['undo']}"] if step["undo"] else []
    if mode not in plan.BOTH:
        return told, lines
    estimate = times.estimate(mode)
    minutes = {each: f"{estimate.totals['declared'][each] / 60:.0f}" for each in (50, 95)}
    lines += ["", f"clients are served after about {minutes[50]} minutes, 95 times in 100 within {minutes[95]} (a model)"]
    return told, [*lines, *verdict]


def by_hand(place: Place, order: Mapping[str, Any]) -> str:
    """The same order as a command of the AWS CLI."""
    words = [
        *("aws", "lambda", "invoke", "--region", place.region.region, "--function-name", place.region.recover),
        *("--invocation-type", "Event", "--durable-execution-name", str(order["run"])),
        *("--cli-binary-format", "raw-in-base64-out", "--payload", json.dumps(order), "/dev/stdout"),
    ]
    return shlex.join(words)


def heartbeat_of(place: Place) -> dict[str, Any]:
    """What the function `heartbeat` sees, asked by `ready`; or why it cannot be asked, which must not end a command."""
    try:
        told = invoke(place.awslambda, place.region.ready, {"do": "look"}, "look at the databases")
    except Exception as error:
        return {"error": str(error)}
    return told if _is_look(told) else {"error": f"its answer lacks databases, table or now: {json.dumps(told)[:200]}"}


def _is_look(told: Any) -> bool:
    if not isinstance(told, dict):
        return False
    seen = cast("dict[str, Any]", told)
    parts = [cast("dict[str, Any]", seen[name]) for name in ("databases", "table") if isinstance(seen.get(name), dict)]
    return (
        len(parts) == 2
        and all(isinstance(each, dict) for part in parts for each in part.values())
        and all("number" in each for each in parts[1].values())
        and isinstance(seen.get("now"), int)
    )


def checks_of(place: Place) -> dict[str, Any]:
    """What the function `ready` finds.

    Raises:
        OperationError: when it answers something else.
    """
    told: Any = invoke(place.awslambda, place.region.ready, {}, "look whether a failover would succeed")
    words = ("name", "verdict", "found", "expected")
    try:
        return {
            **told,
            "checks": [{word: str(each[word]) for word in words} for each in told["checks"]],
            "region": told["region"],
        }
    except (KeyError, TypeError) as error:
        raise OperationError(
            f"the function {place.region.ready} answered {json.dumps(told)[:200]}; expected a region and checks, each with"
            f" {', '.join(words)}"
        ) from error


def heartbeat_lines(place: Place, told: Mapping[str, Any]) -> list[str]:
    """The same for people."""
    if "error" in told:
        return [f"loss: unknown; the function ready does not answer: {told['error']}"]
    rows: list[tuple[object, ...]] = [("database", "follows", "last number here", "trouble")]
    for name, each in sorted(told["databases"].items()):
        rows.append((name, each.get("inRecovery"), each.get("number"), each.get("error") or "-"))
    numbers = [f"last number told by {region}: {each['number']}" for region, each in sorted(told["table"].items())]
    return [*columns(rows), *numbers, f"now: {told['now']} (numbers are Unix seconds)", *_loss_lines(place, told)]


def loss_now(place: Place, told: Mapping[str, Any]) -> Loss | None:
    """What the gate of a failover would measure now; None where nothing follows, or nobody answers."""
    if "error" in told:
        return None
    there = (told["table"].get(place.region.other) or {}).get("number")
    follows = {name: each for name, each in told["databases"].items() if each.get("inRecovery") is not False}
    if not follows:
        return None
    alive = place.record.sign_of_life(place.region.other, place.region.primary)
    return largest({name: loss_of(there, each.get("number"), told["now"], alive) for name, each in follows.items()})


def _loss_lines(place: Place, told: Mapping[str, Any]) -> list[str]:
    loss = loss_now(place, told)
    if loss is None:
        return []
    what = f"a failover to {place.region.region} would lose"
    worst = "nobody knows how much" if loss.at_most is None else f"{loss.at_most} s"
    if loss.known is None:
        return [f"{what} an unknown amount of writes, at the worst {worst}: accept it as unknown"]
    return [f"{what} {loss.known} s of writes: accept at least that (at the worst {worst}, since the last number that is here)"]


def status_lines(place: Place, told: Mapping[str, Any], latest: Run | None) -> list[str]:
    """The state of both regions for people; `told` has it for programs."""
    active = told["active"]
    since = f" since {active['since']}, run {active['run']}" if active["run"] else ", as it was deployed"
    lines = [f"active: {active['region']} (epoch {active['epoch']}{since})"]
    lines += [f"fence of {region}: {state or 'never asked for'}" for region, state in told["fence"].items()]
    lines += heartbeat_lines(place, told["heartbeat"])
    if latest is None:
        return [*lines, told["run"]["error"] if told["run"] else "no run is known"]
    called = "run at work" if latest.state == "running" else "latest run"
    lines += ["", f"{called}: {latest.id}, {latest.mode} to {latest.to} by {latest.by}: {latest.state} {latest.why}".rstrip()]
    rows: list[tuple[object, ...]] = [("at", "step", "state", "took", "expected")]
    for step in told["run"]["steps"]:
        took = "-" if step["seconds"] is None else clock(step["seconds"])
        expected = "-" if step["expected"] is None else clock(int(step["expected"]))
        rows.append((f"+{clock(step['after'])}", step["step"], step["state"], took, expected))
    ordered = [f"also ordered: {each}" for each in told["others"]]
    return [
        *lines,
        *columns(rows),
        *ordered,
        f"all of it: dataconnect recovery report {latest.id} --stack {place.region.stack}",
    ]
