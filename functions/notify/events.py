"""From a message of the queue to a notice: alarms, custom notifications, events of RDS and EventBridge, costs, and any other.

Nothing that can come raises an error, and nothing is left out: what is not understood is shown as it came, cut and harmless.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Final, cast
from urllib.parse import quote

from . import database
from .notice import LONGEST_TEXT, LONGEST_TITLE, Notice, clean, facts_of, line, moment

_SEVERITY: Final = re.compile(r"\bSeverity: (critical|warning|info)\b")
_RUNBOOK: Final = re.compile(r"\bRunbook: (https://\S{1,500})")
_REGION: Final = re.compile(r"[a-z]{2}(-[a-z]+)+-\d")
_SEVERITIES: Final = {each: each for each in ("critical", "warning", "info")}
_LONGEST_NAME: Final = 512
_STATES: Final = {"ALARM": "firing", "OK": "resolved", "INSUFFICIENT_DATA": "firing"}
_RISE: Final = {"GreaterThan": "above", "LessThan": "below"}
# docs.aws.amazon.com/guardduty/latest/ug/guardduty_findings-severity.html: 7 and more are high, 4 and more medium
_HIGH, _MEDIUM = 7, 4

# Bills are a day behind: what they tell can wait until people work.
_COSTS: Final = "cost-over-budget"
_BUDGET: Final = ("AWS Budgets:", "AWS Budget Notification")
"""What the subject and the text of a message of AWS Budgets begin with; it has no other form."""

Found = Mapping[str, Any]


def read(body: str, *, runbooks: str, stack: str, now: datetime) -> Notice:
    """The notice of a message: `body` is what SNS put into the queue, `runbooks` the address that ours begin with.

    `stack` is the notifier's own: what begins with `<stack>-<name>: ` is of an environment on demand, whose topic is the same.
    """
    envelope = _object(body)
    if envelope is not None and isinstance(envelope.get("Message"), str) and "TopicArn" in envelope:
        subject, message, sent = envelope.get("Subject"), envelope["Message"], envelope.get("Timestamp")
    else:
        subject, message, sent = None, body, None
    subject = subject if isinstance(subject, str) else None
    at = moment(sent if isinstance(sent, str) else None, now)
    found = _object(message)
    if found is not None and (notice := _of_a_form(found, at, runbooks)):
        return _of_environment(notice, stack)
    is_of_budget = str(subject).startswith(_BUDGET) or message.startswith(_BUDGET)
    key = _COSTS if is_of_budget else ""
    return Notice(
        # By its words: the same text again is the same thing again.
        identity=_identity(key, f"{subject}{message}"),
        state="event",
        at=at,
        key=key,
        severity="warning" if is_of_budget else "critical",
        title=line(subject or message, LONGEST_TITLE) or "An empty message",
        text=clean(message, LONGEST_TEXT),
        runbook=_page_of_costs(runbooks) if is_of_budget else "",
    )


def _of_a_form(found: Found, at: str, runbooks: str) -> Notice | None:
    for form in (_alarm, _own, _rds, _event, _anomaly):
        try:
            notice = form(found, at, runbooks)
        except (ValueError, TypeError, LookupError, ArithmeticError, RecursionError):
            # Of a form, and broken in a way that nobody thought of: it is shown as it came.
            return None
        if notice:
            return notice
    return None


def _of_environment(notice: Notice, stack: str) -> Notice:
    """The notice as that of the stack that it says it is of (components/base/alarms.py): of what has a runbook of ours."""
    found = re.match(rf"({re.escape(stack)}-[a-z0-9-]+): ", notice.text) if notice.key else None
    return replace(notice, stack=found[1], text=notice.text[found.end() :]) if found else notice


def _object(text: str) -> Found | None:
    try:
        found: object = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return cast("Found", found) if isinstance(found, dict) else None


def _identity(key: str, words: str) -> str:
    return f"event#{key}#{hashlib.sha256(words.encode('utf-8', 'replace')).hexdigest()[:32]}"


def _named(name: str) -> str:
    """An alarm's identity: its name, or a digest where the table's key (1,024 bytes, some of them ours) has no room for it."""
    bare = name.encode()
    return f"alarm#{name if len(bare) <= _LONGEST_NAME else hashlib.sha256(bare).hexdigest()}"


def _of_ours(address: object, runbooks: str) -> tuple[str, str]:
    """A runbook and the kind of alarm that it is for; nothing of somebody else's, which must not become a link."""
    page = address if isinstance(address, str) and address.startswith(f"{runbooks}/") else ""
    key = page.removeprefix(f"{runbooks}/").replace("/", "-")
    return (page, key) if re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)+", key) else ("", "")


def _alarm(found: Found, at: str, runbooks: str) -> Notice | None:
    """What CloudWatch sends (docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html)."""
    state = _STATES.get(str(found.get("NewStateValue")))
    name = found.get("AlarmName")
    if state is None or not isinstance(name, str):
        return None
    described = clean(found.get("AlarmDescription"), LONGEST_TEXT)
    severity, address = _SEVERITY.search(described), _RUNBOOK.search(described)
    runbook, key = _of_ours(address and address[1], runbooks)
    says = _SEVERITY.split(described)[0].strip()
    trigger = found.get("Trigger")
    facts = _facts_of(cast("Found", trigger)) if isinstance(trigger, dict) else {}
    missing = found.get("NewStateValue") == "INSUFFICIENT_DATA"
    arn = found.get("AlarmArn")
    return Notice(
        identity=_named(line(arn if isinstance(arn, str) and arn else name, 400)),
        state="resolved" if state == "resolved" else "firing",
        at=moment(found.get("StateChangeTime"), datetime.fromisoformat(at)),
        key=key,
        severity=severity[1] if severity else "critical",
        title=line(f"{name}: no data any more" if missing else name, LONGEST_TITLE),
        text=clean(says or "An alarm without a description", LONGEST_TEXT),
        facts=facts_of({**facts, "Why": found.get("NewStateReason")}),
        runbook=runbook,
        graph=_graph(str(arn), name),
    )


def _facts_of(trigger: Found) -> dict[str, object]:
    comparison = str(trigger.get("ComparisonOperator", ""))
    rise = next((word for begins, word in _RISE.items() if comparison.startswith(begins)), comparison)
    equal = " or at" if "OrEqual" in comparison else ""
    given = trigger.get("Dimensions")
    pairs = cast("list[object]", given) if isinstance(given, list) else []
    named = [f"{each.get('name')} {each.get('value')}" for each in pairs if isinstance(each, dict)]
    periods, seconds = trigger.get("EvaluationPeriods"), trigger.get("Period")
    return {
        "Metric": " ".join(str(trigger[name]) for name in ("Namespace", "MetricName") if trigger.get(name)),
        "Of": ", ".join(named),
        "Threshold": f"{rise}{equal} {trigger.get('Threshold')}" if trigger.get("Threshold") is not None else "",
        "Looked at": f"{periods} times {seconds} s" if periods and seconds else "",
    }


def _of_finding(number: object) -> str:
    if not isinstance(number, int | float) or isinstance(number, bool) or not number < _HIGH:
        return "critical"
    return "warning" if number >= _MEDIUM else "info"


def _graph(arn: str, name: str) -> str:
    """CloudWatch's page of the alarm, with its chart."""
    region = arn.split(":")[3] if arn.count(":") > 3 else ""
    if not _REGION.fullmatch(region) or len(name) > 255:
        return ""
    console = f"https://{region}.console.aws.amazon.com/cloudwatch/home?region={region}"
    return f"{console}#alarmsV2:alarm/{quote(name, safe='', errors='replace')}"


def _own(found: Found, at: str, runbooks: str) -> Notice | None:
    """What components/base/event_alarm.py makes of an event, or a command sends; `"waits": false` is told at once."""
    if found.get("source") != "dataconnect":
        return None
    runbook, key = _of_ours(found.get("runbook"), runbooks)
    given = found.get("said")
    said = clean(cast("list[object]", given)[0], LONGEST_TEXT) if isinstance(given, list) and given else ""
    sentence = clean(found.get("text"), LONGEST_TEXT)
    # RDS's own subscriptions tell the same in these words alone.
    words = said if key.startswith("database-") and said else f"{found.get('title')}{sentence}{said}"
    return Notice(
        identity=_identity(key, words),
        state="event",
        at=at,
        key=key,
        severity=_SEVERITIES.get(str(found.get("severity")), "critical"),
        title=line(found.get("title") or sentence, LONGEST_TITLE),
        text=clean("\n".join(filter(None, (sentence, said))), LONGEST_TEXT),
        runbook=runbook,
        waits=found.get("waits") is not False,
    )


def _rds(found: Found, at: str, runbooks: str) -> Notice | None:
    """What RDS's subscriptions send (docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_Events.Messages.html)."""
    message = found.get("Event Message")
    if "Event Source" not in found or not isinstance(message, str):
        return None
    key, severity = database.kind_of(found.get("Event ID"))
    said = clean(message, LONGEST_TEXT)
    return Notice(
        # As of the rule that tells the same event.
        identity=_identity(key, said),
        state="event",
        at=at,
        key=key,
        severity=severity,
        title=line(f"{found.get('Event Source')} {found.get('Source ID')}", LONGEST_TITLE),
        text=said,
        facts=facts_of({"Event": found.get("Event ID"), "Time": found.get("Event Time")}),
        runbook=f"{runbooks}/{key.replace('-', '/', 1)}",
    )


def _event(found: Found, at: str, runbooks: str) -> Notice | None:  # noqa: ARG001 - as the others are called
    """What EventBridge sends of any service, GuardDuty's findings among it."""
    kind, source = found.get("detail-type"), found.get("source")
    if not isinstance(kind, str) or not isinstance(source, str):
        return None
    given = found.get("detail")
    detail = cast("Found", given) if isinstance(given, dict) else {}
    severity = _of_finding(detail.get("severity"))
    occurred = moment(found.get("time"), datetime.fromisoformat(at))
    return Notice(
        identity=_identity("", str(found.get("id") or json.dumps(found, sort_keys=True))),
        state="event",
        at=occurred,
        severity=severity,
        title=line(f"{source}: {detail.get('title') or kind}", LONGEST_TITLE),
        text=clean(detail.get("description") or given, LONGEST_TEXT),
        facts=facts_of({"Kind": kind, "Account": found.get("account"), "Region": found.get("region")}),
    )


def _anomaly(found: Found, at: str, runbooks: str) -> Notice | None:
    """What Cost Anomaly Detection sends; told again of the same one, it is the same thing."""
    number, impact = found.get("anomalyId"), found.get("impact")
    if not isinstance(number, str) or not isinstance(impact, dict):
        return None
    of = found.get("dimensionalValue") or "the account"
    total = cast("Found", impact).get("totalImpact")
    return Notice(
        identity=_identity(_COSTS, number),
        state="event",
        at=at,
        key=_COSTS,
        severity="warning",
        title=line(f"Unusual costs: {of}", LONGEST_TITLE),
        text=clean(f"{of} costs more than it used to, by AWS's Cost Anomaly Detection.", LONGEST_TEXT),
        facts=facts_of(
            {
                "USD": total,
                "From": found.get("anomalyStartDate"),
                "To": found.get("anomalyEndDate"),
                "Account": found.get("accountId"),
            }
        ),
        runbook=_page_of_costs(runbooks),
    )


def _page_of_costs(runbooks: str) -> str:
    return f"{runbooks}/{_COSTS.replace('-', '/', 1)}"
