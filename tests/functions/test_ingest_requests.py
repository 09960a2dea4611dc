"""What `ingest` answers to requests of every form, and that it refuses what could be understood in two ways."""

import json
from typing import Any

import pytest

from functions.ingest.delivery import MAX_RECORDS
from functions.shared.request import MisconfiguredError
from tests.functions.requests import NDJSON, part, request, sent, token, told
from tests.functions.world import ACME, ZENITH, World
from tests.loans import record


def status(lake: World, event: dict[str, Any]) -> tuple[int, str]:
    """The status of an answer, and its reason; nothing of a refused request is stored or published."""
    code, body = told(lake.ingest().handle(event))
    if code != 202:
        assert not lake.objects() and not lake.received()
    return code, body.get("reason", "")


def test_a_record_is_accepted_as_text_and_as_base64(lake: World) -> None:
    for number, encoded in enumerate((False, True)):
        answer = lake.ingest().handle(request(sent(number, product="naïve"), encoded=encoded))
        assert told(answer) == (202, {"date": "2026-11-28", "accepted": 1, "results": [{"line": 1, "result": "accepted"}]})
        assert answer["multiValueHeaders"]["cache-control"] == ["no-store"]
    assert {told["record"]["product"] for told in lake.delivered().values()} == {"naïve"}


@pytest.mark.parametrize("kind", ["application/json", "Application/JSON; charset=UTF-8", 'application/json;charset="utf-8"'])
def test_content_types_that_are_right(lake: World, kind: str) -> None:
    assert status(lake, request(sent(), content_type=kind)) == (202, "")


@pytest.mark.parametrize(
    "kind",
    [
        "text/plain",
        "application/json, text/plain",
        "application/json; charset=utf-16",
        "application/json; x=y",
        "*/*",
        "json",
        " ",
    ],
)
def test_content_types_that_are_wrong(lake: World, kind: str) -> None:
    assert status(lake, request(sent(), content_type=kind)) == (415, "content-type")


def test_a_body_that_is_compressed_is_refused(lake: World) -> None:
    assert status(lake, request(sent(), content_encoding="gzip")) == (415, "encoding")
    assert status(lake, request(sent(), content_encoding="identity")) == (202, "")


@pytest.mark.parametrize(
    ("path", "method", "expected"),
    [
        ("/ingest/loans/", "POST", (404, "path")),
        ("/ingest/quotes", "POST", (404, "path")),
        ("/ingest/loans%2f..", "POST", (404, "path")),
        ("/ingest//loans", "POST", (404, "path")),
        ("/Ingest/loans", "POST", (404, "path")),
        ("/ingest/loans\n", "POST", (404, "path")),
        ("/ingest/loans/2026-11-28", "POST", (404, "path")),
        ("/ingest/loans/2026-11-31/complete", "POST", (400, "date")),
        ("/ingest/loans/2026-11-29/complete", "POST", (400, "date")),
        ("/ingest/loans/20261128-1/complete", "POST", (400, "date")),
        ("/ingest/loans", "GET", (405, "method")),
        ("/ingest/loans", "post", (405, "method")),
    ],
)
def test_paths_and_methods_that_are_wrong(lake: World, path: str, method: str, expected: tuple[int, str]) -> None:
    assert status(lake, request(sent(), path=path, method=method)) == expected


def test_a_method_that_is_refused_tells_the_right_one(lake: World) -> None:
    assert lake.ingest().handle(request(method="PUT"))["multiValueHeaders"]["allow"] == ["POST"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"date": ["2026-11-28"]}, (202, "")),
        ({"date": ["2026-11-27"]}, (202, "")),
        ({"date": ["2026-11-26"]}, (400, "date")),
        ({"date": ["2026-11-29"]}, (400, "date")),
        ({"date": ["2026-11-28", "2026-11-27"]}, (400, "twice")),
        ({"date": ["20261128"]}, (400, "date")),
        ({"day": ["2026-11-28"]}, (400, "query")),
        ({"date": ["../../x"]}, (400, "date")),
    ],
)
def test_the_query(lake: World, query: dict[str, list[str]], expected: tuple[int, str]) -> None:
    assert status(lake, request(sent(), query=query)) == expected


# Tokens


def test_names_of_headers_are_read_in_any_case(lake: World) -> None:
    event = request(sent())
    event["multiValueHeaders"] = {name.title(): values for name, values in event["multiValueHeaders"].items()}
    assert status(lake, event) == (202, "")


NO_TOKEN = [
    None,
    "",
    "Basic YWNtZTpwYXNz",
    token({"tenant": ACME}).removeprefix("Bearer "),
    token({"tenant": ACME}) + " ",
    token({"tenant": ACME}) + ", " + token({"tenant": ZENITH}),
    token({"tenant": ACME}).rpartition(".")[0],
    token({"tenant": ACME}) + ".more",
    token({"tenant": ACME}).replace("Bearer", "BEARER"),
]


@pytest.mark.parametrize("header", NO_TOKEN)
def test_what_is_no_token_is_refused(lake: World, header: str | None) -> None:
    assert status(lake, request(sent(), authorization=header)) == (401, "token")


@pytest.mark.parametrize(
    "value",
    [
        token({"iss": "https://id.example"}),
        token({"tenant": [ACME]}),
        token({"tenant": ACME.upper()}),
        token({"tenant": f"{ACME}\n"}),
        token({"tenant": f"{ACME}x"}),
        token({"tenant": f"{ACME[:-1]}*"}),
        token({"tenant": "*"}),
        token({"tenant": ""}),
        token({"Tenant": ACME}),
        token(f'{{"tenant": "{ACME}", "tenant": "{ZENITH}"}}'),
        token(f'{{"tenant": "{ACME}", "exp": NaN}}'),
        token(f'["tenant", "{ACME}"]'),
        token("tenant"),
        token({"tenant": ACME}, {"alg": "none"}),
        token({"tenant": ACME}, {"alg": "HS256"}),
        token({"tenant": ACME}, '{"alg": "RS256", "alg": "none"}'),
        f"Bearer {part({'alg': 'RS256'})}.{part({'tenant': ACME})}A.c2ln",
    ],
)
def test_a_token_that_is_for_no_tenant_or_for_two_is_refused(lake: World, value: str) -> None:
    assert status(lake, request(sent(), authorization=value)) == (403, "token")


def test_of_two_tokens_none_counts(lake: World) -> None:
    both = [token({"tenant": ACME}), token({"tenant": ZENITH})]
    assert status(lake, request(sent(), authorization=both)) == (400, "twice")
    event = request(sent())
    event["multiValueHeaders"]["Authorization"] = [both[1]]
    assert status(lake, event) == (400, "twice")


@pytest.mark.parametrize("state", ["onboarding", "suspended", "removing", "removed", ""])
def test_a_tenant_that_is_not_active_is_refused_from_that_moment(lake: World, state: str) -> None:
    service = lake.ingest()
    assert told(service.handle(request(sent())))[0] == 202
    lake.register(ACME, state)
    before = lake.objects()
    for event in (request(sent(2)), request(path="/ingest/loans/2026-11-28/complete")):
        code, body = told(service.handle(event))
        assert (code, body["reason"]) == (403, "tenant")
    assert lake.objects() == before


def test_a_tenant_that_nobody_knows_is_refused_and_no_role_is_taken(lake: World) -> None:
    assert status(lake, request(sent(), tenant="tnobodynobody555")) == (403, "tenant")
    assert "AssumeRole" not in lake.guard.calls


# Bodies


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("", (400, "empty")),
        (" \n ", (400, "empty")),
        ("{", (400, "json")),
        ('{"id": "a", "id": "b", "record": {}}', (400, "json")),
        ('{"id": "a", "record": NaN}', (400, "json")),
        (b"\xff", (400, "encoding")),
        ("[]", (422, "envelope")),
        ({"id": "a"}, (422, "envelope")),
        ({**sent(), "tenant": ZENITH}, (422, "envelope")),
        ({"id": "../x", "record": record()}, (422, "id")),
        ({"id": "x" * 65, "record": record()}, (422, "id")),
        ({"id": 7, "record": record()}, (422, "id")),
        (sent(amount_cents=-1), (422, "record")),
        (sent(amount_cents=True), (422, "record")),
        (sent(product="a\0b"), (422, "record")),
        (sent(product="\ud800"), (422, "record")),
        (sent(extra=1), (422, "record")),
        (sent(updated_at="2027-11-20T15:00:00Z"), (422, "record")),
        (sent(product="x" * 2**20), (413, "size")),
    ],
)
def test_a_record_that_is_wrong_is_refused_with_its_reason(lake: World, body: Any, expected: tuple[int, str]) -> None:
    code, answer = told(lake.ingest().handle(request(body, encoded=isinstance(body, bytes))))
    assert (code, answer.get("reason") or answer["results"][0]["reason"]) == expected
    assert not lake.objects() and not lake.received()


def test_a_body_that_base64_does_not_hold_is_refused(lake: World) -> None:
    assert status(lake, request("{}") | {"isBase64Encoded": True}) == (400, "body")


def test_the_body_is_bounded_in_bytes_and_in_records(lake: World) -> None:
    assert status(lake, request(b" " * (2**20 + 1), encoded=True)) == (413, "size")
    assert status(lake, request(b"{}\n" * (MAX_RECORDS + 1), content_type=NDJSON, encoded=True)) == (413, "records")


def test_the_answer_to_the_worst_request_fits_what_a_load_balancer_takes(lake: World) -> None:
    worst = {"id": "a", "record": {f"{number}{chr(0x1F600) * 40}": 1 for number in range(6)}}
    line = json.dumps(worst, ensure_ascii=False)
    code, body = told(lake.ingest().handle(request("\n".join([line] * MAX_RECORDS), content_type=NDJSON)))
    assert code == 200 and len(body["results"]) == MAX_RECORDS
    assert all(len(each["detail"]) <= 300 for each in body["results"])


def test_no_answer_and_no_line_of_the_log_has_a_value(lake: World, capsys: pytest.CaptureFixture[str]) -> None:
    secret = "SSN-078-05-1120"
    events = [
        request({"id": secret, "record": record(state=secret, product=secret)}),
        request([sent(loan_id=secret), sent(2, status=secret), sent(loan_id=secret, state="KY")]),
        request(sent(), path=f"/ingest/loans/{secret}"),
        request(sent(), query={"date": [secret]}),
        request(sent(), query={secret: [secret]}),
        request(sent(), authorization=token({"tenant": secret})),
        request(sent(), content_type=secret),
        request(secret),
    ]
    answers = [json.dumps(lake.ingest().handle(event)) for event in events]
    logged = capsys.readouterr().out
    assert len(logged.splitlines()) == len(events)
    assert secret not in "".join(answers) + logged and "loan-" not in "".join(answers) + logged


@pytest.mark.parametrize(
    "changes",
    [
        *({name: value} for name in ("requestContext", "multiValueHeaders") for value in (None, 1, [], "x", {"a": None})),
        *({name: value} for name in ("httpMethod", "path") for value in (None, 1, [], {}, b"x")),
        *(
            {name: value}
            for name in ("multiValueQueryStringParameters", "multiValueHeaders")
            for value in ({"a": "x"}, {"a": [1]})
        ),
        {"multiValueQueryStringParameters": "x"},
        {"body": {"a": 1}},
        {"requestContext": {"http": {}}},
    ],
)
def test_an_event_that_is_not_of_such_a_load_balancer_is_a_defect(lake: World, changes: dict[str, Any]) -> None:
    with pytest.raises(MisconfiguredError, match="multi-value headers"):
        lake.ingest().handle({**request(sent()), **changes})


def test_a_date_that_is_empty_is_not_today(lake: World) -> None:
    assert status(lake, request(sent(), query={"date": [""]})) == (400, "date")


@pytest.mark.parametrize("number", ["1e400", "-1e400"])
@pytest.mark.parametrize("field", ["amount_cents", "product"])
def test_a_number_that_is_json_and_too_large_is_a_wrong_record(lake: World, field: str, number: str) -> None:
    body = json.dumps({"id": "m1", "record": record() | {field: "NUMBER"}}).replace('"NUMBER"', number)
    code, told_of = told(lake.ingest().handle(request(body)))
    assert (code, told_of["results"][0]["reason"]) == (422, "record") and not lake.objects()


def test_a_request_is_counted_by_tier_and_fails_only_by_our_own_fault(
    lake: World, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TELEMETRY_NAMESPACE", "DataConnect/test")
    ingest = lake.ingest()
    for event in (request(sent()), request("{"), request(sent(), authorization="x")):
        ingest.handle(event)
    lake.guard.failing["PutObject"] = "InternalError"
    ingest.handle(request(sent(2)))
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(line.get("tier"), line["outcome"], line["failed"]) for line in lines] == [
        ("pool", "ok", 0),
        ("pool", "refused", 0),
        (None, "refused", 0),
        ("pool", "failed", 1),
    ]
    assert {line["_aws"]["CloudWatchMetrics"][0]["Namespace"] for line in lines} == {"DataConnect/test"}
    assert lines[-1]["error"]["kind"] == "PutObject: InternalError"


@pytest.mark.parametrize(("call", "kind"), [("GetItem", "GetItem: ThrottlingException"), ("AssumeRole", "AssumeRole: Throttl")])
def test_a_request_that_aws_does_not_serve_is_told_by_call_and_code(
    lake: World, capsys: pytest.CaptureFixture[str], call: str, kind: str
) -> None:
    ingest = lake.ingest()
    lake.guard.failing[call] = "ThrottlingException"
    assert ingest.handle(request(sent()))["statusCode"] == 503
    line = json.loads(capsys.readouterr().out)
    assert (line["outcome"], line["failed"], line["status"]) == ("failed", 1, 503)
    assert line["error"]["kind"].startswith(kind)


@pytest.mark.parametrize(
    ("header", "trace"),
    [
        ("Self=1-67891234-12456789abcdef012345678;Root=1-67891233-abcdef012345678912345678", "Root=1-67891233-abcdef0123456"),
        ("Root=1-67891233-abcdef012345678912345678;ssn=078-05-1120", "Root=1-67891233-abcdef0123456"),
        ("SSN-078-05-1120", None),
    ],
)
def test_the_trace_is_the_load_balancers_and_nothing_that_a_sender_wrote(
    lake: World, capsys: pytest.CaptureFixture[str], header: str, trace: str | None
) -> None:
    headers: dict[str, Any] = {"x-amzn-trace-id": header}
    lake.ingest().handle(request(sent(), **headers))
    told = capsys.readouterr().out
    found = json.loads(told).get("trace")
    assert found == (trace and f"{trace}78912345678") and "078-05" not in told


def test_a_request_that_breaks_the_code_is_told_before_lambda_ends_the_run(
    lake: World, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(MisconfiguredError):
        lake.ingest().handle({})
    line = json.loads(capsys.readouterr().out)
    assert (line["failed"], line["error"]["kind"]) == (1, "MisconfiguredError")
