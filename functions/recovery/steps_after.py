"""The steps from the promotion on: promote, writable, start, resume, smoke, open, report, reconcile."""

from collections.abc import Mapping
from typing import Any, Final

from .execute import Flow, Json, Notes, Told
from .loss import Loss, largest
from .plan import DISASTER, PLANNED, REHEARSAL
from .region import ASKED
from .rehearsal import discard
from .report import tell, tell_not_reconciled
from .stop import StopError
from .work import Work, told_of

UNTOUCHED_LIMIT: Final = 300
"""Seconds after which a planned run gives back, when RDS has taken no promotion until then (a backup may take hours)."""
JUDGED_LIMIT: Final = 300
"""Seconds that the loss is asked for again, just before the promotion, where nobody answers."""
FULL_LIMIT: Final = 300
"""Seconds after which a service may be short of tasks, with its least running: not all of a region's capacity may be left."""
OVERRULE_AFTER: Final = 60
"""Seconds that a planned run waits for the other region's latch, when that region was lost behind the promotion."""


def promote(work: Work, flow: Flow, notes: Notes, limit: int) -> Json:
    """Promote every database, once what is lost is known to be what was accepted."""
    names = list(notes["gate"]["databases"])

    def judge() -> Told:
        replicas = work.here.replicas()
        # One that follows nobody has numbers of its own since the decision: what the gate saw of it counts.
        gate = {name: Loss(told["known"], told["atMost"]) for name, told in notes["gate"]["databases"].items()}
        total = largest(gate | work.losses(work.here.ask("look"), [name for name in names if replicas[name]["replica"]]))
        why = total.refusal(work.order.accept_loss) if total.known is not None else ""
        if why:
            raise StopError("refused", f"since the gate: {why}; order it again ({work.site.other} stays shut off)")
        return Told(done=True, facts=total.facts())

    # A planned run has seen the last numbers here.
    loss = {"known": 0, "atMost": 0} if work.order.mode == PLANNED else notes["gate"]["loss"]
    if work.order.mode == DISASTER and names and work.order.accept_loss is not None:
        # The other region may have gone on writing until it was shut off.
        loss = flow.until("promote judge", judge, min(limit, JUDGED_LIMIT))
    began = flow.once("promote began", lambda: {"at": work.now()})["at"]

    def look() -> Told:
        missing = work.here.promote(work.still_ours)
        # What was just asked for, or not answered, may have been taken.
        is_open = bool(missing.silent) or ASKED in missing.pending.values()
        is_late = work.order.mode == PLANNED and work.now() - began > UNTOUCHED_LIMIT
        if missing.pending and is_late and not is_open and work.is_untouched():
            raise StopError("failed", told_of(missing).why)
        return told_of(missing)

    flow.until("promote", look, limit)
    return {"loss": loss}


def writable(work: Work, flow: Flow, _notes: Notes, limit: int) -> Json:
    """Open the databases, and write to them."""
    site = work.site

    def look() -> Told:
        work.still_ours()
        missing = work.here.converge(site.of("database"), "on")
        if not missing.pending and site.of("database"):
            told: Mapping[str, Any] = work.here.ask("probe").get("databases") or {}
            for switch in site.of("database"):
                facts: Mapping[str, Any] = told.get(switch.name) or {}
                if facts.get("writable") is not True:
                    missing.pending[switch.label] = str(facts.get("error") or "can't be written to")
        if not missing.pending:
            work.record.put_fence(site.region, "serves", f"by {work.order.run}", work.now())
        return told_of(missing)

    return flow.until("writable", look, limit)


def start(work: Work, flow: Flow, notes: Notes, limit: int) -> Json:
    """Start the services at the scale that the other region had."""

    def wanted() -> Json:
        last_day = work.record.capacity(work.site.other, work.now())
        before: Mapping[str, Any] = notes.get("quiesce", {}).get("before", {})
        found: dict[str, int] = {}
        for switch in work.site.of("service"):
            most = max(last_day.get(switch.name, 0), before.get(switch.label) or 0)
            found[switch.name] = max(switch.facts["min"], min(most, switch.facts["max"]))
        return found

    tasks = flow.once("start wanted", wanted)
    began = flow.once("start began", lambda: {"at": work.now()})["at"]

    def look() -> Told:
        if work.order.mode != REHEARSAL:
            work.still_ours()
        missing = work.here.start(tasks)
        if missing.pending and work.now() - began < FULL_LIMIT:
            return told_of(missing)
        running = work.here.running()
        short = {name: running[name] for name, count in tasks.items() if running[name] < count}
        enough = all(running[each.name] >= each.facts["min"] for each in work.site.of("service") if each.name in tasks)
        return Told(done=True, facts={"tasks": tasks, "short": short}) if enough else told_of(missing)

    return flow.until("start", look, limit)


def resume(work: Work, flow: Flow, _notes: Notes, limit: int) -> Json:
    """Turn on what works by itself, and let requests in."""

    def look() -> Told:
        work.still_ours()
        missing = work.here.converge(work.site.of("mapping", "schedule", "rule", "job-queue"), "on")
        return told_of(work.here.converge(work.site.of("gate"), "on", missing))

    return flow.until("resume", look, limit)


def smoke(work: Work, flow: Flow, _notes: Notes, limit: int) -> Json:
    """Ask as a visitor would."""

    def look() -> Told:
        troubles = work.smoke(work.site)
        return Told(done=not troubles, why="; ".join(f"{name}: {why}" for name, why in sorted(troubles.items())))

    return flow.until("smoke", look, limit)


def open_(work: Work, flow: Flow, notes: Notes, limit: int) -> Json:
    """Turn the traffic by latches: it goes to the recovery region while its latch is open and the primary's is not."""
    here = work.here
    began = flow.once("open began", lambda: {"at": work.now()})["at"]

    def overrule() -> Told:
        # The primary's open latch overrules the other's; the recovery region's is what opens it anyway.
        return told_of(here.converge(here.site.of("latch"), "on"))

    def look() -> Told:
        work.still_ours()
        if work.order.mode == DISASTER:
            return overrule()
        there = work.there(notes)
        missing = there.converge(there.site.of("latch"), "off")
        if missing.pending:
            is_lost = not missing.is_reached and work.now() - began > OVERRULE_AFTER
            return overrule() if is_lost else told_of(missing)
        return told_of(here.converge(here.site.of("latch"), "off" if work.site.is_primary else "on"))

    flow.until("open", look, limit)
    flow.once("open forget", lambda: {"given back": work.record.note(work.site.other, {})})
    try:
        return flow.until("open scaling", lambda: told_of(here.scale(notes["start"]["tasks"])), limit)
    except StopError as stop:
        if stop.ending == "overtaken":
            raise
        # People are served; whoever reads the report lets them scale.
        return {"not scaled": stop.why}


def report(work: Work, flow: Flow, notes: Notes, _limit: int) -> Json:
    """Tell people. The region serves: that nobody could be told does not make the run a failure."""

    def do() -> Json:
        tell(work, "done", "", notes)
        return {}

    troubles: Json = {}
    try:
        flow.once("report", do)
    except StopError as stop:
        troubles["trouble"] = stop.why
    if work.order.mode != REHEARSAL:
        try:
            flow.once("report copies", lambda: {"left": discard(work)})
        except StopError as stop:
            troubles["copies"] = stop.why
    return troubles


def reconcile(work: Work, flow: Flow, _notes: Notes, _limit: int) -> Json:
    """Start `up`. What it would put in order does not make the run a failure, either; people are told that it did not start."""
    told = work.site.reconcile

    def do() -> Json:
        if told is None:
            return {"started": "", "why": "this region has no task for it"}
        # With a token, a second start by the same run is the first one:
        # https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RunTask.html (clientToken)
        network = {"subnets": told["subnets"], "securityGroups": told["securityGroups"], "assignPublicIp": "DISABLED"}
        answer = work.here.client("ecs").run_task(
            cluster=told["cluster"],
            taskDefinition=told["taskDefinition"],
            launchType="FARGATE",
            networkConfiguration={"awsvpcConfiguration": network},
            clientToken=work.order.run,
            startedBy=work.order.run[:36],
        )
        reasons = [str(each.get("reason") or each) for each in answer.get("failures", [])]
        started = answer["tasks"][0]["taskArn"] if answer["tasks"] else ""
        return {"started": started, **({} if started else {"why": "; ".join(reasons) or "ECS started none"})}

    try:
        found = flow.once("reconcile", do)
    except StopError as stop:
        found = {"started": "", "why": stop.why}
    if found["started"]:
        return found
    found["by hand"] = f"pulumi up --refresh -s {work.site.stack}"

    def say() -> Json:
        tell_not_reconciled(work, found["why"], found["by hand"])
        return {}

    try:
        flow.once("reconcile told", say)
    except StopError as stop:
        found["trouble"] = f"nobody could be told: {stop.why}"
    return found
