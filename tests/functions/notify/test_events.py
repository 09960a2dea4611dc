"""Whatever comes is shown, safely: each form that AWS sends, what is no form at all, what is huge and what is meant to harm."""

import json
import shlex
from datetime import UTC
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from functions.notify.events import read
from functions.notify.incident import Incident
from functions.notify.notice import Notice, clean, from_text, line, moment, reference
from functions.notify.render import SUBJECT, Message, blocks, document, mail, message_of, slack_text, subject
from functions.notify.routing import parse
from operations.logs.moments import span
from tests.functions.notify.desks import ACCOUNT, MONDAY, RUNBOOKS, TOPIC, World, alarm, envelope
from tests.functions.notify.services import mentions, wrong_with


def told(body: str) -> Notice:
    return read(body, runbooks=RUNBOOKS, stack="prod", now=MONDAY)


def own(**said: Any) -> str:
    """What components/base/event_alarm.py makes of an event."""
    return envelope({"source": "dataconnect", **said})


def test_an_alarm_names_its_kind_urgency_and_runbook() -> None:
    found = told(alarm(key="queue-oldest-message", severity="warning"))
    assert (found.key, found.thing, found.severity) == ("queue-oldest-message", "queue", "warning")
    assert found.runbook == f"{RUNBOOKS}/queue/oldest-message"
    assert found.text == "The CPU is busy."
    assert dict(found.facts)["Of"] == "DBInstanceIdentifier database"


def test_an_alarm_on_metric_math_and_one_without_a_description_are_shown_too() -> None:
    found = told(
        alarm(
            AlarmDescription=None, Trigger={"Metrics": [], "ComparisonOperator": "LessThanOrEqualToThreshold", "Threshold": 1}
        )
    )
    assert (found.severity, found.key, found.text) == ("critical", "", "An alarm without a description")
    assert dict(found.facts)["Threshold"] == "below or at 1"
    assert told(alarm(Trigger="none")).facts[0][0] == "Why"
    assert told(alarm(AlarmArn=None)).identity == "alarm#database-database-cpu"


def test_an_event_of_a_rule_of_ours_names_its_kind() -> None:
    runbook = f"{RUNBOOKS}/backup/job-failed"
    found = told(own(title="Backups that failed", text="of sessions", severity="warning", runbook=runbook, said=['a "reason"']))
    assert (found.key, found.severity, found.state, found.runbook) == ("backup-job-failed", "warning", "event", runbook)
    assert found.text == 'of sessions\na "reason"' and found.title == "Backups that failed"
    assert told(own(text="only this", said=[])).title == "only this"
    assert told(own(text="x", severity=["info"])).severity == "critical"
    assert told(own(text="x", runbook=["https://evil.example"])).runbook == ""


def of_rds(message: str, event: object) -> str:
    return envelope({"Event Source": "db-instance", "Source ID": "db-1", "Event ID": event, "Event Message": message})


LINK = "http://docs.amazonwebservices.com/AmazonRDS/latest/UserGuide/USER_Events.html#RDS-EVENT-0037"


@pytest.mark.parametrize(
    ("event", "key", "severity"),
    [
        ("RDS-EVENT-0031", "database-event", "critical"),  # failure
        ("RDS-EVENT-0013", "database-event", "critical"),  # failover
        ("RDS-EVENT-0026", "database-maintenance", "info"),
        (LINK, "database-maintenance", "info"),
        ("RDS-EVENT-9999", "database-event", "critical"),
        ("RDS-EVENT-0026 or so", "database-event", "critical"),
        (26, "database-event", "critical"),
        (None, "database-event", "critical"),
    ],
)
def test_what_rds_tells_itself_and_by_a_rule_is_one_thing_and_wakes_only_where_it_is_not_planned(
    event: object, key: str, severity: str
) -> None:
    runbook = f"{RUNBOOKS}/{key.replace('-', '/', 1)}"
    by_rule = told(own(title="What RDS reports", text="db-1: x", severity=severity, runbook=runbook, said=["It happened."]))
    itself = told(of_rds("It happened.", event))
    assert (itself.key, itself.severity, itself.runbook) == (key, severity, runbook)
    assert (by_rule.identity, by_rule.severity, by_rule.runbook) == (itself.identity, severity, runbook)


def test_what_rds_tells_without_words_is_shown_as_it_came() -> None:
    assert told(envelope({"Event Source": "db-instance"})).title.startswith('{"Event Source"')


@pytest.mark.parametrize(
    ("number", "severity"), [(8, "critical"), (5.5, "warning"), (2, "info"), (True, "critical"), ("x", "critical")]
)
def test_a_finding_of_guardduty_is_as_urgent_as_it_says(number: object, severity: str) -> None:
    detail = {"severity": number, "title": "Unusual call", "description": "From an address never seen."}
    found = told(
        envelope(
            {
                "detail-type": "GuardDuty Finding",
                "source": "aws.guardduty",
                "id": "1",
                "detail": detail,
                "time": "2026-11-30T14:00:00Z",
            }
        )
    )
    assert (found.severity, found.title, found.text) == (severity, "aws.guardduty: Unusual call", "From an address never seen.")
    assert found.at == "2026-11-30T14:00:00.000+00:00"


def test_what_a_budget_tells_can_wait() -> None:
    text = "AWS Budget Notification November 30, 2026\nAWS Account 111111111111\n\nYou requested that we alert you"
    for body in (envelope(text), envelope("Dear customer", "AWS Budgets: dataconnect-dev has exceeded your alert threshold")):
        found = told(body)
        assert (found.key, found.severity, found.runbook) == ("cost-over-budget", "warning", f"{RUNBOOKS}/cost/over-budget")


def test_costs_that_are_unusual_can_wait_and_are_one_thing_however_often_told() -> None:
    anomaly = {
        "accountId": "111111111111",
        "anomalyId": "601ba92b-22e9-4ff1-9e5b-111111111111",
        "dimensionalValue": "Amazon Athena",
        "anomalyStartDate": "2026-11-28T00:00:00Z",
        "impact": {"maxImpact": 120.5, "totalImpact": 151.5},
    }
    found, again = told(envelope(anomaly)), told(envelope({**anomaly, "impact": {"totalImpact": 300}}))
    assert (found.key, found.severity, found.runbook) == ("cost-over-budget", "warning", f"{RUNBOOKS}/cost/over-budget")
    assert found.title == "Unusual costs: Amazon Athena" and dict(found.facts)["USD"] == "151.5"
    assert found.identity == again.identity


def test_a_finding_whose_severity_is_no_number_wakes() -> None:
    assert told(envelope('{"detail-type": "x", "source": "y", "detail": {"severity": NaN}}')).severity == "critical"
    assert told(envelope({"detail-type": "x", "source": "y", "detail": "text"})).text == "text"


@pytest.mark.parametrize(
    ("said", "waits"), [({}, True), ({"waits": False}, False), ({"waits": 0}, True), ({"waits": "no"}, True)]
)
def test_only_what_says_so_does_not_wait(said: dict[str, Any], waits: bool) -> None:
    assert told(own(title="T", severity="warning", **said)).waits == waits


@pytest.mark.parametrize(
    "body", ["", "plain text", "[]", "null", '{"a": 1}', "{", "[" * 100_000, '{"Message": 1, "TopicArn": 2}']
)
def test_what_is_of_no_known_form_is_shown_as_it_came_and_wakes(body: str) -> None:
    for each in (body, envelope(body)):
        found = told(each)
        assert (found.state, found.severity, found.thing) == ("event", "critical", "unknown") and found.title


def test_a_runbook_of_somebody_else_is_no_link() -> None:
    found = told(alarm(AlarmDescription="Severity: info. Runbook: https://evil.example/database/cpu"))
    assert (found.runbook, found.key) == ("", "")
    assert told(alarm(AlarmDescription=f"Runbook: {RUNBOOKS}/../x")).key == ""


def test_a_chart_is_of_a_region_of_aws_only() -> None:
    assert told(alarm(AlarmArn="arn:aws:cloudwatch:evil.example#:1:alarm:x")).graph == ""
    assert told(alarm(AlarmName="n" * 300)).graph == ""


HOSTILE = [
    "<!channel> <@U1> <https://evil.example|click>",
    "& < > * _ ~ ` ```",
    "\x1b[2J\x07\u202egnp.exe\u200b\ud800",
    "x" * 300_000,
    "line\nline\rline\u2028line",
    "</pre><script>alert(1)</script>",
    "`" * 50,
]


def shown(notice: Notice) -> tuple[dict[str, Any], str, str, dict[str, Any]]:
    routing = parse(ROUTING, UTC)
    incident = Incident(
        kind="event", notice=notice, state=notice.state, changed=notice.at, opened=notice.at, teams=("platform",)
    )
    message = message_of(incident, routing, MONDAY)
    slack = {"channel": "C", "text": slack_text(message), "blocks": blocks(message)}
    return slack, subject(message, again=True), mail(message), document(message, incident)


ROUTING: dict[str, Any] = {
    "stack": "prod",
    "environment": "prod",
    "region": "us-east-2",
    "table": "t",
    "secret": "s",
    "runbooks": RUNBOOKS,
    "timezone": "UTC",
    "teams": {"platform": {"slack": "C"}},
    "owner": "platform",
    "owners": {},
    "routes": [],
    "hours": [],
    "escalation": [],
    "storm": {"alarms": 8, "minutes": 5},
    "commands": {},
    "workloads": ["search"],
    "searched": True,
    "buttons": False,
}


FINDS = "dataconnect logs find 'group:search-* AND (outcome:failed OR level:(ERROR OR CRITICAL OR FATAL))'"


@pytest.mark.parametrize(
    ("name", "key", "routing", "command"),
    [
        (
            *("search-service-error-lines-1a2b3c4", "service-error-lines", {}),
            f"{FINDS} --since 2026-11-30T14:15 --until 2026-11-30T14:45 --stack prod",
        ),
        (
            *("search-objective-fast-burn-prod", "objective-fast-burn", {}),
            f"{FINDS} --since 2026-11-30T14:15 --until 2026-11-30T14:45 --stack prod",
        ),
        (
            *("search-service-cpu-1a2b3c4", "service-cpu", {"searched": False}),
            "dataconnect slo failures search --stack prod",
        ),
        ("database-database-cpu", "database-cpu", {}, ""),
        ("search' --stack dev; rm -service-cpu", "service-cpu", {}, ""),
    ],
)
def test_an_alarm_of_a_workload_leads_to_what_it_logged_then(
    name: str, key: str, routing: dict[str, Any], command: str
) -> None:
    notice = told(alarm(key=key, AlarmName=name, StateChangeTime="2026-11-30T14:30:12.000+0000"))
    incident = Incident(kind="alarm", notice=notice, state="firing", changed=notice.at, opened=notice.at, teams=("platform",))
    found = message_of(incident, parse({**ROUTING, **routing}, UTC), MONDAY)
    assert [line for line in found.command.split("\n") if " ack " not in line] == ([command] if command else [])


def of_ada(**changes: Any) -> str:
    says = f"dev-ada: The CPU is busy. Severity: warning. Runbook: {RUNBOOKS}/service/cpu"
    return alarm("search-service-cpu-1a2b3c4", AlarmDescription=says, **changes)


def message(notice: Notice, **routing: Any) -> Message:
    incident = Incident(kind="alarm", notice=notice, state="firing", changed=notice.at, opened=notice.at, teams=("platform",))
    return message_of(incident, parse({**ROUTING, **routing}, UTC), MONDAY)


def test_an_alarm_of_an_environment_on_demand_is_told_as_its_own_and_acknowledged_where_it_was_told() -> None:
    notice = read(of_ada(), runbooks=RUNBOOKS, stack="dev", now=MONDAY)
    assert (notice.stack, notice.text) == ("dev-ada", "The CPU is busy.")
    commands = {"service-cpu": "dataconnect service show --stack STACK"}
    found = message(notice, stack="dev", environment="dev", commands=commands)
    assert found.where == "dev · dev-ada · us-east-2"
    first, second, ack = found.command.split("\n")
    assert first == "dataconnect service show --stack dev-ada"
    assert second == "dataconnect slo failures search --stack dev-ada", "dev's domain has none of its logs"
    assert ack.startswith("dataconnect alerts ack ") and ack.endswith(" --stack dev")


def test_so_is_an_event_of_one_and_two_of_them_are_two() -> None:
    runbook = f"{RUNBOOKS}/batch/job-failed"

    def event(stack: str) -> Notice:
        told = own(title="Jobs that failed", text=f"{stack}: Job 1 failed", runbook=runbook, said=["out of memory"])
        return read(told, runbooks=RUNBOOKS, stack="dev", now=MONDAY)

    ada, bob = event("dev-ada"), event("dev-bob")
    assert (ada.stack, ada.text, bob.stack) == ("dev-ada", "Job 1 failed\nout of memory", "dev-bob")
    assert ada.identity != bob.identity


@pytest.mark.parametrize("says", ["dev: x", "devil-ada: x", "a word dev-ada: x", "dev-ada:x", "prod-ada: x"])
def test_what_begins_otherwise_is_the_stack_s_own(says: str) -> None:
    body = alarm(AlarmDescription=f"{says} Severity: warning. Runbook: {RUNBOOKS}/database/cpu")
    notice = read(body, runbooks=RUNBOOKS, stack="dev", now=MONDAY)
    assert (notice.stack, notice.text) == ("", says)


def test_what_has_no_runbook_of_ours_is_of_no_environment() -> None:
    assert read(alarm(AlarmDescription="dev-ada: x"), runbooks=RUNBOOKS, stack="dev", now=MONDAY).stack == ""


def test_a_command_of_the_runbook_names_the_service_and_the_stack_or_all_services() -> None:
    commands = {"objective-fast-burn": "dataconnect slo show SERVICE --stack STACK"}
    for name, wanted in (
        ("search-objective-fast-burn-prod", "dataconnect slo show search --stack prod"),
        ("unknown-objective-fast-burn-prod", "dataconnect slo show --stack prod"),
    ):
        notice = told(alarm(name, key="objective-fast-burn"))
        assert message(notice, commands=commands).command.split("\n")[0] == wanted


def test_what_failed_for_the_same_reason_is_not_the_same() -> None:
    runbook = f"{RUNBOOKS}/batch/job-failed"
    one, other = (told(own(text=f"Job {each} failed", runbook=runbook, said=["out of memory"])) for each in "12")
    assert one.identity != other.identity


def test_the_command_is_one_that_the_command_line_takes() -> None:
    _, _, _, query, *options = shlex.split(f"{FINDS} --since 2026-11-30T14:15 --until 2026-11-30T14:45 --stack prod")
    begins, ends = span(options[1], options[3])
    assert (ends - begins).seconds == 30 * 60 and query.startswith("group:search-*")


def assert_safe(notice: Notice) -> None:
    slack, head, text, hook = shown(notice)
    assert wrong_with(slack) == ""
    assert [each for each in mentions(slack) if not each.startswith((RUNBOOKS, "https://us-east-2.console.aws"))] == []
    assert 0 < len(head) <= SUBJECT and head.isascii() and head.isprintable()
    assert len(text.encode()) < 256 * 1024 and all(each.isprintable() or each == "\n" for each in text)
    json.dumps(hook).encode()


@pytest.mark.parametrize("text", HOSTILE)
def test_what_is_meant_to_harm_is_text(text: str) -> None:
    bodies = [
        envelope(text, text[:100]),
        alarm(AlarmName=text, AlarmDescription=text, NewStateReason=text),
        own(title=text, text=text, severity=text, runbook=text, said=[text]),
        envelope({"detail-type": text, "source": text, "detail": {"title": text, "description": text, "severity": text}}),
        envelope({"Event Source": text, "Source ID": text, "Event Message": text}),
    ]
    for body in bodies:
        assert_safe(told(body))


def test_what_breaks_a_form_is_shown_as_it_came(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> Notice:
        raise OverflowError

    monkeypatch.setattr("functions.notify.events._alarm", broken)
    assert told(alarm()).title == 'ALARM: "database-database-cpu" in US East (Ohio)'


def test_a_deep_object_and_one_of_a_million_keys_are_shown() -> None:
    assert_safe(told(envelope('{"a":' * 5000 + "1" + "}" * 5000)))
    assert_safe(told(envelope(json.dumps({str(number): number for number in range(100_000)}))))


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
NAMES = st.sampled_from(
    [
        *("AlarmName", "NewStateValue", "AlarmArn", "StateChangeTime", "Trigger", "AlarmDescription", "NewStateReason"),
        *(
            "source",
            "said",
            "text",
            "title",
            "severity",
            "runbook",
            "detail",
            "detail-type",
            "id",
            "time",
            "Event Source",
            "Event Message",
            "Source ID",
        ),
    ]
)
VALUES = JSON | st.sampled_from(["ALARM", "OK", "dataconnect", "INSUFFICIENT_DATA", "0001-01-01T00:00:00+23:59"])


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(NAMES, VALUES), st.booleans())
def test_anything_at_all_is_a_notice_that_can_be_shown(found: dict[str, Any], wrapped: bool) -> None:
    body = json.dumps(found)
    notice = told(envelope(body) if wrapped else body)
    assert from_text(notice.as_text()) == notice
    assert_safe(notice)


def test_every_event_of_the_list_reaches_slack(desk: World) -> None:
    notifier = desk.another(storm={"alarms": 100, "minutes": 5})
    bodies = [envelope(text, None) for text in HOSTILE]
    assert desk.take(*bodies, notifier=notifier) == []
    assert len(desk.services.shown("C0CALLS")) == len(HOSTILE)


def test_alarms_with_names_that_are_meant_to_harm_reach_slack_and_the_table_each_by_itself(desk: World) -> None:
    notifier = desk.another(storm={"alarms": 100, "minutes": 5})
    names = [*HOSTILE, "😀" * 255, "😀" * 254 + "x", "alarm#" * 60]
    for state in ("ALARM", "OK"):
        desk.advance(minutes=1)
        arns = (f"arn:aws:cloudwatch:us-east-2:{ACCOUNT}:alarm:{name}" for name in names)
        bodies = [alarm(name, state, at=desk.now, AlarmArn=arn) for name, arn in zip(names, arns, strict=True)]
        assert desk.take(*bodies, notifier=notifier) == []
    assert len(desk.open()) == len(names) and {each.state for each in desk.open()} == {"resolved"}
    for each in desk.services.shown("C0CALLS"):
        assert [found for found in mentions(each) if not found.startswith((RUNBOOKS, "https://us-east-2.console.aws"))] == []
    desk.pass_minutes(12)
    assert desk.open() == []


def test_an_envelope_whose_parts_are_no_texts_is_shown() -> None:
    deep = json.loads("[" * 500 + "]" * 500)
    for odd in (deep, {"a": deep}, 1, None, True):
        body = json.dumps({"TopicArn": TOPIC, "Message": "text", "Subject": odd, "Timestamp": odd})
        assert told(body).title == "text"
        assert_safe(told(json.dumps({"TopicArn": odd, "Message": odd})))
        assert_safe(told(envelope(dict.fromkeys(("AlarmName", "NewStateValue", "Trigger", "detail", "said", "source"), odd))))


def test_references_can_be_read_aloud_and_differ() -> None:
    found = {reference(f"alarm#{number}") for number in range(1000)}
    assert len(found) == 1000 and all(len(each) == 6 and each.isalnum() for each in found)


def test_text_is_cut_and_a_time_that_is_none_is_now() -> None:
    assert clean("x" * 10, 5) == "xxxx…" and line("a\n b", 9) == "a b"
    assert clean([1, 2], 20) == "[1, 2]" and clean(None, 5) == ""
    assert moment("yesterday", MONDAY) == "2026-11-30T15:00:00.000+00:00"
    assert moment("2026-11-30T10:00:00", MONDAY) == "2026-11-30T10:00:00.000+00:00"


def test_an_envelope_is_one_only_with_its_topic() -> None:
    assert TOPIC.split(":")[4] == ACCOUNT
    assert told(json.dumps({"Message": "x"})).title == '{"Message": "x"}'
