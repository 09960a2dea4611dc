"""What settings say of topics, queues, delivery streams and functions that do not fit their stack."""

from pathlib import Path
from typing import Any

import pytest

from components.messaging.queue_spec import WHY_ALIKE
from components.messaging.topic_spec import TopicSpec
from settings import PrimarySettings, functions
from settings.messages import streams as streams_problems
from tests.settings.cases import is_, one, plain
from tests.settings.stack_files import CONFIG, accepted, committed, refused

INGEST: dict[str, Any] = CONFIG["prod"]["dataconnect:functions"]["ingest"]
NEWEST: dict[str, Any] = CONFIG["prod"]["dataconnect:functions"]["newest"]
QUEUES = "dataconnect:queues"
FUNCTIONS = "dataconnect:functions"
TOPICS = f"one of topics: {', '.join(CONFIG['prod']['dataconnect:topics'])}"
OTHERS_CONCURRENCY = sum(
    function.get("concurrency", 10) for name, function in CONFIG["prod"]["dataconnect:functions"].items() if name != "ingest"
)
OUTAGE = "a message must be tried for 45 minutes, which a failover of the database may take"

CASES = [
    plain("prod", "queues.ingest.topic", "delivery", TOPICS),
    one(
        *("prod", "queues.ingest.fifo", True),
        is_(f"{QUEUES}.ingest.fifo", True, f"false, as topics.deliveries: {WHY_ALIKE}"),
    ),
    one(
        *("prod", "queues.deliveries", {}),
        is_(f"{QUEUES}.deliveries", "deliveries", "another name: a topic is called so, and its dead letters as the queue's"),
    ),
    one(
        *("prod", "queues.sent-dead-letters", {}),
        is_(f"{QUEUES}.sent-dead-letters", "sent-dead-letters", "another name: the dead letters of sent are called so"),
        {"topics.sent": {}},
    ),
    one(
        *("prod", "topics.alerts", {}),
        is_("dataconnect:topics.alerts", "alerts", "another name: alarms go to a topic that is called so"),
    ),
    plain("prod", "queues.ingest.maxReceives", 7, f"8 or more at visibilityTimeoutSeconds 360: {OUTAGE}"),
    one(
        *("prod", "queues.other", {"datasets": ["loans"]}),
        f"{QUEUES}.other.datasets is ['loans']; expected none without topic: nothing is filtered",
    ),
    plain("prod", "streams.loans.topic", "delivery", TOPICS),
    one(
        *("prod", "streams.rates", {"topic": "deliveries"}),
        is_("dataconnect:streams.rates", "rates", "a dataset whose record has a schema (jobs/aggregate/records.py): loans"),
    ),
    plain("prod", "streams.loans.bufferMiB", 63, "64 to 128 MiB"),
    plain("prod", "functions.newest.queue", "oldest", f"one of queues: {', '.join(CONFIG['prod'][QUEUES])}"),
    one(
        *("prod", "functions.newest.queue", "ingest"),
        is_(
            f"{FUNCTIONS}.index.queue",
            "ingest",
            "another queue: newest consumes this one, and each message goes to one of the two",
        ),
    ),
    one(
        *("prod", "functions.ingest.uses", ["queue/newest:consume"]),
        is_(
            f"{FUNCTIONS}.newest.queue",
            "newest",
            "another queue: ingest consumes this one, and each message goes to one of the two",
        ),
    ),
    one(
        *("prod", "functions.newest.timeoutSeconds", 61),
        is_(
            f"{FUNCTIONS}.newest.queue",
            "newest",
            "a queue whose visibilityTimeoutSeconds is 366 or more, six times timeoutSeconds plus batchSeconds; newest has 360",
        ),
    ),
    one(
        *("prod", "functions.newest.batchSize", 11),
        f"{FUNCTIONS}.newest.batchSeconds is 0; expected 1 or more at batchSize 11: without, 10 messages at the most",
    ),
    one(
        *("prod", "functions.newest.batchSeconds", 1),
        is_(f"{FUNCTIONS}.newest.batchSeconds", 1, "0: ordered is FIFO"),
        {
            "functions.newest.queue": "ordered",
            "queues.ordered": {"fifo": True, "visibilityTimeoutSeconds": 400, "maxAgeSeconds": 400},
        },
    ),
    one(
        *("prod", "functions.search", NEWEST | {"queue": "more"}),
        f"{FUNCTIONS}.search is 'search'; expected another name: a service is called so",
        {"queues.more": {"visibilityTimeoutSeconds": 400, "maxAgeSeconds": 400}},
    ),
    plain("prod", "functions.ingest.http.priority", 100, "a priority of its own: service search has this one"),
    plain("prod", "functions.ingest.http.scope", "two scopes", "1 to 256 characters of ASCII without spaces, quotes and \\"),
    one(
        *("prod", "functions.ingest.http.paths", ["/search/records/*"]),
        is_(
            f"{FUNCTIONS}.ingest.http.paths[0]",
            "/search/records/*",
            "a path that /search/* of search, whose priority is lower, does not take before",
        ),
    ),
    one(
        *("prod", "functions.ingest.http", {"priority": 350, "paths": ["/api/*"], "scope": "x"}),
        is_(
            f"{FUNCTIONS}.ingest.http.paths[0]",
            "/api/*",
            "a path that leaves /api/data-products/* to data-products, whose priority is higher",
        ),
    ),
    one(
        *("prod", "functions.ingest.http", None),
        f"{FUNCTIONS}.ingest.http is empty; expected queue, http or everyMinutes, one of the three: a function is called"
        " by what it is for",
    ),
    one(
        *("prod", "ingress.tokens", None),
        is_(
            f"{FUNCTIONS}.ingest.http.paths",
            ["/ingest/*"],
            "no http, or the section ingress.tokens: nobody else tells whose requests are let through",
        ),
    ),
    plain("prod", "ingress.tokens.issuer", "http://login.example", "an https:// address without user, query or final slash"),
    one(
        *("prod", "functions.ingest.failing", {"percent": 0}),
        is_(f"{FUNCTIONS}.ingest.failing.percent", 0, "1 to 100 %"),
    ),
    one(
        *("dev", "services.search.failing", {"failures": 0}),
        is_("dataconnect:services.search.failing.failures", 0, "1 to 1000000"),
    ),
    one(
        *("prod", "functions.quota.failing", {"percent": 9}),
        is_(f"{FUNCTIONS}.quota.failing", "9 %", "none at everyMinutes 60: what the clock calls counts no requests"),
    ),
    one(
        *("prod", "functions.ingest.concurrency", 900 - OTHERS_CONCURRENCY),
        is_(
            f"{FUNCTIONS}.ingest.concurrency",
            f"{900 - OTHERS_CONCURRENCY} of 900",
            "at most 856 runs at once of all functions together: the account's 1,000 but for 100, and components' own",
        ),
    ),
]


@pytest.mark.parametrize(("stack", "edits", "line"), CASES)
def test_a_wrong_value_is_refused_with_its_key_and_what_would_be_right(stack: str, edits: dict[str, object], line: str) -> None:
    assert line in refused(stack, edits)


def test_a_function_is_called_as_the_folder_of_its_code() -> None:
    function = {**INGEST, "http": {"priority": 900, "paths": ["/other/*"], "scope": "x"}}
    (line,) = refused("dev", {"functions.other": function})
    expected = "a name whose code is in functions/<name>/handler.py: "
    assert line.startswith(is_(f"{FUNCTIONS}.other", "other", expected))


def test_the_code_of_a_function_has_what_lambda_calls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(functions, "CODE", tmp_path)
    for name in CONFIG["dev"]["dataconnect:functions"]:
        (tmp_path / name).mkdir()
        called = "handler" if name == "ingest" else "handle"
        (tmp_path / name / "handler.py").write_text(f"def {called}(event, context): ...\n")
    expected = "a name whose functions/ingest/handler.py has the function that Lambda calls, handle(event, context)"
    assert refused("dev", {}) == [is_(f"{FUNCTIONS}.ingest", "ingest", expected)]


def test_a_fifo_topic_delivers_to_no_stream() -> None:
    known = committed("dev", PrimarySettings)
    (problem,) = streams_problems(known.streams, {"deliveries": TopicSpec(fifo=True)})
    assert (problem.path, problem.expected) == (
        ("loans", "topic"),
        "a standard topic: a FIFO one delivers to queues only",
    )


def test_a_queue_may_choose_datasets_and_a_function_larger_batches() -> None:
    edits: dict[str, object] = {
        "queues.newest": {
            "topic": "deliveries",
            "datasets": ["loans"],
            "visibilityTimeoutSeconds": 365,
            "maxAgeSeconds": 365,
        },
        "functions.newest.batchSize": 100,
        "functions.newest.batchSeconds": 5,
    }
    known = accepted("dev", edits, PrimarySettings)
    assert known.queues["newest"].datasets == ("loans",)
    assert known.functions["newest"].hidden_seconds() == 365
