"""Evidence: a preview or a state becomes verdicts for people and for programs; what is incomplete is refused."""

import json
from collections.abc import Callable, Mapping
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from policies.evidence import plan as plans
from policies.evidence.__main__ import FORMATS, main
from policies.evidence.markdown import LIMIT
from policies.evidence.verdicts import Evidence, judge
from policies.kit.pack import Judge
from policies.pack import NOT_COVERED, PACK
from tests.policies.harness import KEY_ARN, UNKNOWN
from tests.policies.test_exemptions import ENTRY, write

QUEUE = "aws:sqs/queue:Queue"
PROVIDER = "urn:pulumi:prod::dataconnect::pulumi:providers:aws::default::1"


def state(token: str, name: str, inputs: Mapping[str, Any], **more: object) -> dict[str, Any]:
    return {"urn": f"urn:pulumi:prod::dataconnect::{token}::{name}", "type": token, "inputs": inputs, **more}


def preview(*states: dict[str, Any], config: Mapping[str, str] | None = None, **more: object) -> dict[str, Any]:
    steps = [{"op": "create", "urn": each["urn"], "newState": each} for each in states]
    return {"config": config or {}, "steps": steps, "changeSummary": {"create": len(steps)}, **more}


@pytest.fixture
def written(tmp_path: Path) -> Callable[[object], Path]:
    """Writes a document to a file."""

    def make(document: object) -> Path:
        file = tmp_path / "plan.json"
        file.write_text(document if isinstance(document, str) else json.dumps(document))
        return file

    return make


def evidence_of(file: Path, exemptions: Path | None = None) -> Evidence:
    plan = plans.load(file)
    return judge(plan, Judge(PACK, exemptions_file=exemptions), NOT_COVERED)


def verdicts(evidence: Evidence, rule: str) -> dict[str, str]:
    return {row.name: row.verdict for row in evidence.rows if row.rule.name == rule}


PLAN = preview(
    state(QUEUE, "bare", {}),
    state(QUEUE, "legacy-in", {}),
    state(QUEUE, "late", {"kmsMasterKeyId": UNKNOWN}),
    state(QUEUE, "good", {"kmsMasterKeyId": KEY_ARN}),
)


def test_a_preview_gives_every_rule_a_verdict_on_every_resource(written: Callable[[object], Path], tmp_path: Path) -> None:
    evidence = evidence_of(written(PLAN), Path(write(tmp_path, ENTRY)))
    assert verdicts(evidence, "sqs-customer-key") == {
        "bare": "fail",
        "legacy-in": "exempt",
        "late": "unknown",
        "good": "pass",
    }
    assert evidence.stops


def test_a_state_is_judged_like_a_preview_and_what_waits_for_deletion_is_not_part_of_it(
    written: Callable[[object], Path],
) -> None:
    gone = state(QUEUE, "gone", {}, delete=True)
    evidence = evidence_of(written({"version": 3, "deployment": {"resources": [state(QUEUE, "bare", {}), gone]}}))
    assert verdicts(evidence, "sqs-customer-key") == {"bare": "fail"}
    assert evidence.plan.kind == "state"


def test_what_a_preview_deletes_is_not_judged_and_a_replacement_is_judged_once(written: Callable[[object], Path]) -> None:
    plan = preview(state(QUEUE, "new", {}))
    step = plan["steps"][0]
    plan["steps"] = [{**step, "op": "create-replacement"}, {**step, "op": "replace"}, {"op": "delete", "urn": "x"}]
    assert verdicts(evidence_of(written(plan)), "sqs-customer-key") == {"new": "fail"}


def test_a_secret_is_a_secret_in_a_preview_and_in_a_state_and_is_never_shown(written: Callable[[object], Path]) -> None:
    sealed = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "ciphertext": "v1:abc"}
    for document in (
        preview(state(QUEUE, "q", {"policy": "[secret]"})),
        {"deployment": {"resources": [state(QUEUE, "q", {"policy": sealed})]}},
    ):
        [resource] = plans.load(written(document)).resources
        assert resource.properties
        assert resource.secrets == {"policy"}


def test_the_provider_of_a_preview_is_what_the_stack_configures(written: Callable[[object], Path]) -> None:
    config = {"aws:region": "us-east-2", "aws:defaultTags": '{"tags": {"Environment": "dev"}}'}
    plan = plans.load(written(preview(state(QUEUE, "q", {}, provider=PROVIDER), config=config)))
    queue, provider = plan.resources
    assert queue.region == "us-east-2"
    assert provider.token == "pulumi:providers:aws"
    assert not plan.production


def test_a_finding_points_at_the_line_of_the_project_that_declares_the_resource(
    written: Callable[[object], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = written(
        preview(
            state(
                QUEUE,
                "q",
                {},
                sourcePosition="project:///.venv/lib/site-packages/x.py#3",
                stackTrace=[{"sourcePosition": "project:///components/queue.py#41"}, {}],
            )
        )
    )
    monkeypatch.chdir(tmp_path)
    main([str(file), "--out", str(tmp_path / "out")])
    [run] = json.loads((tmp_path / "out" / "evidence.sarif").read_text())["runs"]
    assert {
        (place["artifactLocation"]["uri"], place["region"]["startLine"])
        for result in run["results"]
        for place in [result["locations"][0]["physicalLocation"]]
    } == {("components/queue.py", 41)}


# The files


@pytest.fixture
def files(written: Callable[[object], Path], tmp_path: Path) -> dict[str, str]:
    """The text of each format."""
    out = tmp_path / "out"
    arguments = [str(written(PLAN)), "--out", str(out), "--exemptions", write(tmp_path, ENTRY)]
    assert main(arguments) == 1
    return {name: (out / file).read_text() for name, (file, _) in FORMATS.items()}


def test_json_holds_every_verdict_finding_control_and_exemption(files: dict[str, str]) -> None:
    found = json.loads(files["json"])
    assert found["stops"]
    assert found["summary"]["exempt"] == 1
    row = next(row for row in found["verdicts"] if row["rule"] == "encryption/sqs-customer-key" and row["urn"].endswith("in"))
    assert row["findings"][0]["exemption"]["ticket"] == "SEC-12"
    status = {control["id"]: control["status"] for control in found["controls"]}
    assert status["C059"] == "fail"
    assert set(status) == {entry for rule in PACK.rules for entry in rule.catalogue.entries}


def test_sarif_has_a_result_for_each_finding_and_suppresses_what_is_exempted(files: dict[str, str]) -> None:
    document = json.loads(files["sarif"])
    assert document["version"] == "2.1.0"
    [run] = document["runs"]
    rules = run["tool"]["driver"]["rules"]
    results = [result for result in run["results"] if result["ruleId"] == "encryption/sqs-customer-key"]
    assert [bool(result.get("suppressions")) for result in results] == [False, True]
    assert all(rules[result["ruleIndex"]]["id"] == result["ruleId"] for result in run["results"])
    assert len({str(result["partialFingerprints"]) for result in run["results"]}) == len(run["results"])
    assert {result["level"] for result in results} == {"error"}


def test_junit_fails_skips_and_passes_by_verdict(files: dict[str, str]) -> None:
    root = ElementTree.fromstring(files["junit"])
    cases = {
        case.get("name", "").rpartition("::")[2]: case
        for case in root.iter("testcase")
        if case.get("classname") == "encryption/sqs-customer-key"
    }
    assert {name: [child.tag for child in case] for name, case in cases.items()} == {
        "bare": ["failure"],
        "legacy-in": ["system-out"],
        "late": ["skipped"],
        "good": [],
    }
    for suite in root.iter("testsuite"):
        assert suite.get("failures") == str(len(list(suite.iter("failure"))))


def test_markdown_names_rule_resource_mend_and_exemption(files: dict[str, str]) -> None:
    text = files["markdown"]
    for part in ("⛔", "encryption/sqs-customer-key", "`bare`", "SEC-12", "only after deployment"):
        assert part in text
    assert text.count("<details>") == text.count("</details>")


def test_markdown_of_any_number_of_findings_fits_a_comment_and_says_what_it_left_out(
    written: Callable[[object], Path], tmp_path: Path
) -> None:
    file = written(preview(*(state(QUEUE, f"a-queue-with-quite-a-long-name-{number}", {}) for number in range(2000))))
    main([str(file), "--out", str(tmp_path), "--formats", "markdown"])
    text = (tmp_path / "evidence.md").read_text()
    assert len(text) < LIMIT + 1000
    assert "did not fit here" in text


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.links: list[str] = []
        self.ids: set[str] = set()
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in ("meta", "br"):
            self.open.append(tag)
        values = dict(attrs)
        self.links += [str(values[name]) for name in ("href", "src") if name in values]
        self.ids |= {str(values["id"])} if "id" in values else set()

    def handle_endtag(self, tag: str) -> None:
        # Browsers close rows by themselves; everything here is closed by hand, in order.
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def test_the_page_is_whole_self_contained_and_shows_each_framework_control_and_gap(files: dict[str, str]) -> None:
    page = _Page()
    page.feed(files["html"])
    assert page.open == []
    assert page.links
    assert {link.removeprefix("#") for link in page.links} <= page.ids, "links lead within the page only"
    assert "http" not in files["html"].partition("</style>")[0]
    for part in (
        "NIST 800-53 r5",
        "CIS AWS v3",
        "PCI DSS 4",
        "SOC 2",
        "FFIEC",
        "GLBA",
        "C059",
        "bare",
        "SEC-12",
        "Not covered",
    ):
        assert part in page.text


def test_the_page_shows_names_as_text(written: Callable[[object], Path], tmp_path: Path) -> None:
    main([str(written(preview(state(QUEUE, "<script>alert(1)</script>", {})))), "--out", str(tmp_path)])
    assert "<script>alert" not in (tmp_path / "evidence.html").read_text()
    assert "<script>alert" not in (tmp_path / "evidence.md").read_text()


# The terminal


def test_two_hundred_findings_fit_one_screen_the_worst_first_and_each_is_reachable(
    written: Callable[[object], Path], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    kinds = ("sqs/queue:Queue", "sns/topic:Topic", "kms/key:Key", "s3/bucket:Bucket", "rds/instance:Instance")
    file = written(preview(*(state(f"aws:{kind}", f"{kind[:3]}-{n}", {"tags": {}}) for kind in kinds for n in range(10))))
    assert main([str(file)]) == 1
    lines = capsys.readouterr().out.splitlines()
    evidence = evidence_of(file)
    assert sum(group.findings for group in evidence.groups) >= 200
    assert all(len(line) <= 120 for line in lines)
    assert len(lines) <= 2 * len(evidence.groups) + 2
    severities = [line.split()[1] for line in lines if line.startswith("  STOPS")]
    assert severities == sorted(severities, key=["critical", "high", "medium", "low"].index)
    assert main([str(file), "--rule", "sqs-customer-key"]) == 1
    told = capsys.readouterr().out
    assert all(f"::sqs-{number}\n" in told for number in range(10))


def test_a_plan_without_findings_may_be_deployed(written: Callable[[object], Path], capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(written(preview(state("random:index/randomId:RandomId", "r", {}))))]) == 0
    assert "may be deployed" in capsys.readouterr().out


# What is refused


@pytest.mark.parametrize(
    ("document", "says"),
    [
        ("{", "not readable JSON"),
        ("[]", "holds list; expected what `pulumi preview --json --show-sames`"),
        ({"a": 1}, "has neither deployment nor steps"),
        ({"deployment": {"resources": []}}, "a stack without resources"),
        ({"deployment": None}, "a stack without resources"),
        ({"deployment": {"resources": [{"type": QUEUE}]}}, "a resource without urn or type"),
        ({"changeSummary": {}}, "a preview without steps"),
        (
            preview(state(QUEUE, "q", {}), diagnostics=[{"severity": "error", "message": "no such attribute"}]),
            "a preview that failed, so resources may be missing: no such attribute",
        ),
        (
            {**preview(state(QUEUE, "q", {})), "changeSummary": {"create": 1, "same": 7}},
            "lacks 7 unchanged resources; make it with `pulumi preview --json --show-sames`",
        ),
    ],
)
def test_a_document_that_is_not_a_whole_stack_is_refused(
    written: Callable[[object], Path], capsys: pytest.CaptureFixture[str], document: object, says: str
) -> None:
    assert main([str(written(document))]) == 2
    captured = capsys.readouterr()
    assert says in captured.err
    assert captured.out == ""


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--formats", "pdf"], "--formats names 'pdf'; expected one or more of html, json"),
        (["--packs", "encrypton"], "--packs names 'encrypton'; expected one or more of tagging, encryption"),
        (["--rule", "nonsense"], "--rule names 'nonsense'"),
        (["--exemptions", "absent.yaml"], "absent.yaml cannot be read"),
        (["--policy-pack-config", "absent.json"], "absent.json is not readable JSON"),
    ],
)
def test_a_wrong_option_is_refused(
    written: Callable[[object], Path], capsys: pytest.CaptureFixture[str], arguments: list[str], says: str
) -> None:
    assert main([str(written(PLAN)), *arguments]) == 2
    assert says in capsys.readouterr().err


@pytest.mark.parametrize(
    ("config", "says"),
    [
        ([], "holds list; expected an object of policies"),
        ({"sqs-costumer-key": "advisory"}, "did you mean 'sqs-customer-key'"),
        ({"sqs-customer-key": "sometimes"}, "has the level 'sometimes'; expected advisory, mandatory"),
        ({"sqs-customer-key": "disabled"}, "mandatory in this stack"),
        ({"mandatory-tags": {"mandatory": "Owner"}}, "mandatory is 'Owner'; expected array"),
        ({"mandatory-tags": {"mandatroy": ["Owner"]}}, "did you mean 'mandatory'"),
    ],
)
def test_a_wrong_configuration_is_refused(
    written: Callable[[object], Path], tmp_path: Path, capsys: pytest.CaptureFixture[str], config: object, says: str
) -> None:
    file = tmp_path / "config.json"
    file.write_text(json.dumps(config))
    assert main([str(written(PLAN)), "--policy-pack-config", str(file)]) == 2
    assert says in capsys.readouterr().err


def test_configuration_lowers_a_level_as_in_the_engine(written: Callable[[object], Path], tmp_path: Path) -> None:
    file = tmp_path / "config.json"
    file.write_text(json.dumps({"sqs-customer-key": "advisory", "mandatory-tags": {"mandatory": []}}))
    main([str(written(PLAN)), "--policy-pack-config", str(file), "--out", str(tmp_path), "--formats", "json"])
    rows = json.loads((tmp_path / "evidence.json").read_text())["verdicts"]
    assert {row["level"] for row in rows if row["rule"] == "encryption/sqs-customer-key"} == {"advisory"}
    assert {row["verdict"] for row in rows if row["rule"] == "tagging/mandatory-tags"} == {"pass"}
