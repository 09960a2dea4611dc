"""Evidence: a preview or a state becomes verdicts for people and for programs; what is incomplete is refused."""

import json
import re
import sys
from collections import defaultdict
from collections.abc import Callable, Mapping
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from policies.evidence import plan as plans
from policies.evidence import run
from policies.evidence.__main__ import FORMATS, main
from policies.evidence.markdown import LIMIT
from policies.evidence.text import visible
from policies.evidence.verdicts import Evidence, judge
from policies.kit.pack import Judge
from policies.pack import NOT_COVERED, PACK
from tests.policies.harness import KEY_ARN, TAGS, UNKNOWN
from tests.policies.test_exemptions import ENTRY, write

QUEUE = "aws:sqs/queue:Queue"
URN = f"urn:pulumi:prod::dataconnect::{QUEUE}::q"
PROVIDER = "urn:pulumi:prod::dataconnect::pulumi:providers:aws::default::1"


def state(token: str, name: str, inputs: Mapping[str, Any], **more: object) -> dict[str, Any]:
    return {"urn": f"urn:pulumi:prod::dataconnect::{token}::{name}", "type": token, "inputs": inputs, **more}


def preview(*states: dict[str, Any], config: Mapping[str, object] | None = None, **more: object) -> dict[str, Any]:
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
    gone = {"op": "delete", "urn": state(QUEUE, "gone", {})["urn"]}
    plan["steps"] = [{**step, "op": "create-replacement"}, {**step, "op": "replace"}, gone]
    plan["changeSummary"] = {"replace": 1, "delete": 1}
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


KEYED = "encryption/sqs-customer-key"


def test_json_holds_every_verdict_finding_control_and_exemption(files: dict[str, str]) -> None:
    found = json.loads(files["json"])
    assert found["stops"]
    assert found["summary"]["exempt"] == 1
    row = next(row for row in found["verdicts"] if row["rule"] == KEYED and row["urn"].endswith("in"))
    assert row["findings"][0]["exemption"]["ticket"] == "SEC-12"
    by_name = {each["urn"].rpartition("::")[2]: each for each in found["resources"]}
    rules = {outcome: {name for name in by_name if KEYED in by_name[name][outcome]} for outcome in ("pass", "unknown")}
    assert rules == {"pass": {"good"}, "unknown": {"late"}}
    without_findings = sum(len(each["pass"]) + len(each["unknown"]) for each in found["resources"])
    assert without_findings + len(found["verdicts"]) == sum(found["summary"].values())
    assert {rule["id"]: rule["level"] for rule in found["rules"]}[KEYED] == "mandatory"
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
    for part in ("⛔", "encryption/sqs-customer-key", "<code>bare</code>", "SEC-12", "only after deployment"):
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


HOSTILE = (
    "<script>alert(1)</script>",
    "`code` | cell",
    "a_b*c*_d",
    "[x](javascript:alert(1))",
    "two\nlines\r\n| here |",
    "\u202egnp.exe",
    "@everyone &lt;b&gt;",
    "\x1b[31m\x00",
)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_is_text_in_every_format(written: Callable[[object], Path], tmp_path: Path, name: str) -> None:
    main([str(written(preview(state(QUEUE, name, {})))), "--out", str(tmp_path / "out"), "--formats", ",".join(FORMATS)])
    texts = {key: (tmp_path / "out" / file).read_text() for key, (file, _) in FORMATS.items()}
    page = _Page()
    page.feed(texts["html"])
    assert page.open == []
    assert texts["html"].count("<script>") == 1, "the page's own"
    shown = visible(name)
    assert shown.replace("\r", "") in page.text.replace("\r", "")
    table = [line for line in texts["markdown"].splitlines() if line.startswith("| ") and "sqs-" in line]
    assert table
    assert {line.count("|") for line in table} == {7}
    codes = re.findall(r"<code>(.*?)</code>", texts["markdown"])
    assert visible(" ".join(name.split())) in {unescape(code).replace("\u200b", "") for code in codes}
    assert not any(character in code for code in codes for character in "<>`*_[]|")
    results = json.loads(texts["sarif"])["runs"][0]["results"]
    assert not any("](" in result["message"]["text"] for result in results)
    for key, text in texts.items():
        assert "\u202e" not in text or key in ("json", "sarif"), "only what programs read has the name itself"
        assert "\x1b" not in text
    assert {case.get("classname") for case in ElementTree.fromstring(texts["junit"]).iter("testcase")}


def test_advice_is_not_shown_as_a_failure(written: Callable[[object], Path], tmp_path: Path) -> None:
    config = {"aws:defaultTags": json.dumps({"tags": TAGS | {"Environment": "dev"}})}
    file = written(
        preview(state("aws:cloudwatch/logGroup:LogGroup", "g", {"retentionInDays": 3, "kmsKeyId": KEY_ARN}), config=config)
    )
    assert main([str(file), "--out", str(tmp_path / "out"), "--packs", "audit"]) == 0
    page = (tmp_path / "out" / "evidence.html").read_text()
    assert '<li class="none"><b>0</b>checks failed, which stops it</li>' in page
    assert re.search(r'<li class="advice"><b>[1-9]\d*</b>checks? failed, which is advice: [1-9]\d* findings?</li>', page)
    assert 'class="nowrap fail"' not in page


def test_checks_findings_and_rules_are_told_apart_and_one_is_one(written: Callable[[object], Path], tmp_path: Path) -> None:
    late = (state(QUEUE, f"late-{number}", {"kmsMasterKeyId": UNKNOWN, "tags": TAGS}) for number in range(2))
    bare = state(QUEUE, "bare", {"tags": TAGS})
    for queues in ([bare], late):
        main([str(written(preview(*queues))), "--out", str(tmp_path / "out"), "--packs", "encryption"])
        page = (tmp_path / "out" / "evidence.html").read_text()
        assert not re.search(r"\b1 (findings|checks|rules|resources|numbers)\b", page)
        assert "and can have several findings" in page
    assert "(2 checks unknown): 1</summary>" in page, "checks are counted, and the rules they are of"


@pytest.mark.parametrize("kind", ["preview", "state"])
def test_a_check_that_is_unknown_is_not_promised_a_verdict(
    written: Callable[[object], Path], tmp_path: Path, kind: str
) -> None:
    queue = state(QUEUE, "late", {"kmsMasterKeyId": UNKNOWN})
    document = preview(queue) if kind == "preview" else {"version": 3, "deployment": {"resources": [queue]}}
    main([str(written(document)), "--out", str(tmp_path / "out")])
    for format_ in ("html", "markdown"):
        told = (tmp_path / "out" / FORMATS[format_][0]).read_text()
        assert ("What it does not learn stays unknown" in told) is (kind == "preview")
        assert ("reads a value that the state does not tell" in told) is (kind == "state")
        assert "up` judges them" not in told


def test_the_words_of_the_project_show_code_as_code(files: dict[str, str]) -> None:
    assert "<code>up</code> judges what it learns" in files["html"]
    assert "`" not in re.sub(r"<script>.*?</script>", "", files["html"], flags=re.DOTALL)


def test_every_cell_names_its_column_where_the_head_is_not_shown(files: dict[str, str]) -> None:
    assert "@media screen and (max-width: 46rem)" in files["html"]
    for label in ("Severity", "Findings", "Where", "Resources", "Reason", "Until", "Checks"):
        assert f'data-label="{label}"' in files["html"]


def test_the_page_does_not_grow_with_the_resources_and_what_programs_read_grows_with_their_number(
    written: Callable[[object], Path], tmp_path: Path
) -> None:
    sizes: defaultdict[str, list[int]] = defaultdict(list)
    for number in (200, 400, 800):
        file = written(preview(*(state(QUEUE, f"queue-{each:05}", {"name": "same"}) for each in range(number))))
        main([str(file), "--out", str(tmp_path / "out")])
        for name, (output, _) in FORMATS.items():
            sizes[name].append((tmp_path / "out" / output).stat().st_size)
        sizes["checks"].append(sum(json.loads((tmp_path / "out" / "evidence.json").read_text())["summary"].values()))
    assert max(sizes["html"]) - min(sizes["html"]) < 8_000, "counts have more digits, nothing else grows"
    assert max(sizes["html"]) < 10_000_000
    for name in ("checks", "json", "junit", "sarif"):
        first, second, third = sizes[name]
        assert third - second < 2.1 * (second - first), f"{name} grows faster than the resources, which are alike"


def test_json_names_a_resource_once_and_again_only_with_what_was_found(files: dict[str, str]) -> None:
    found = json.loads(files["json"])
    assert all(row["findings"] for row in found["verdicts"])
    for each in found["resources"]:
        with_findings = sum(row["urn"] == each["urn"] for row in found["verdicts"])
        assert files["json"].count(f'"urn": "{each["urn"]}"') == 1 + with_findings


def test_what_holds_state_and_goes_is_told_first(
    written: Callable[[object], Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table, queue, kept = (
        f"urn:pulumi:prod::dataconnect::{each}" for each in ("aws:dynamodb/table:Table::t", f"{QUEUE}::q", f"{QUEUE}::k")
    )
    plan = preview(state(QUEUE, "new", {}))
    plan["steps"] += [
        {"op": "delete", "urn": table, "oldState": {}},
        {"op": "delete", "urn": queue, "oldState": {}},
        {"op": "delete", "urn": kept, "oldState": {"retainOnDelete": True}},
        {
            "op": "replace",
            "urn": state(QUEUE, "q2", {})["urn"],
            "oldState": {"protect": True},
            "newState": state(QUEUE, "q2", {}),
        },
    ]
    main([str(written(plan)), "--out", str(tmp_path / "out")])
    said = capsys.readouterr().out.splitlines()[1:3]
    assert said == [
        "  LOSES  1 resource is replaced; 1 of them HOLDS STATE: q2 (aws:sqs/queue:Queue)",
        "  LOSES  2 resources are deleted; 1 of them HOLDS STATE: t (aws:dynamodb/table:Table)",
    ]
    for file in ("evidence.html", "evidence.md"):
        assert "HOLDS STATE: t (aws:dynamodb/table:Table)" in (tmp_path / "out" / file).read_text()


# The folder


def test_a_run_that_fails_leaves_no_verdict_of_an_earlier_one(written: Callable[[object], Path], tmp_path: Path) -> None:
    out = tmp_path / "out"
    (out / "mine").mkdir(parents=True)
    main([str(written(PLAN)), "--out", str(out)])
    assert {file.name for file in out.iterdir()} == {"mine", *(file for file, _ in FORMATS.values())}
    assert main([str(written("{")), "--out", str(out)]) == 2
    assert [file.name for file in out.iterdir()] == ["mine"]
    assert main([str(written(PLAN)), "--out", str(out), "--formats", "json"]) == 1
    assert {file.name for file in out.iterdir()} == {"mine", "evidence.json"}


def test_a_plan_in_the_folder_stays(tmp_path: Path) -> None:
    plan = tmp_path / "plan.json"
    plan.write_text(json.dumps(PLAN))
    assert main([str(plan), "--out", str(tmp_path)]) == 1
    assert plan.exists()


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le"])
def test_a_plan_of_another_encoding_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str], encoding: str) -> None:
    plan = tmp_path / "plan.json"
    plan.write_bytes(json.dumps(PLAN).encode(encoding))
    assert main([str(plan)]) == 2
    assert "plan.json is UTF-16, as PowerShell's > writes it; expected UTF-8" in capsys.readouterr().err
    plan.write_text(json.dumps(PLAN), encoding="utf-8-sig")
    assert main([str(plan)]) == 1


def test_a_file_is_no_folder(written: Callable[[object], Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "out").write_text("")
    assert main([str(written(PLAN)), "--out", str(tmp_path / "out")]) == 2
    assert "out, which is not a folder; expected a folder" in capsys.readouterr().err
    assert main([str(written(PLAN)), "--out", str(tmp_path / "out" / "below")]) == 2
    assert "cannot be written to" in capsys.readouterr().err


PREVIEW = "import sys; sys.stdout.write(sys.argv[1]); sys.exit(int(sys.argv[2]))"


def run_preview(out: Path, printed: str, code: int) -> int:
    return run.main(["--out", str(out), "--", sys.executable, "-c", PREVIEW, printed, str(code)])


def test_a_preview_that_fails_gives_its_own_reason_and_no_traceback(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out"
    assert run_preview(out, json.dumps(PLAN), 0) == 1
    assert {file.name for file in out.iterdir()} == {"plan.json", *(file for file, _ in FORMATS.values())}
    said = (
        "error: Program failed:\n",
        "Traceback (most recent call last):\n",
        '  File "x", line 1\n',
        "ValueError: no such thing\n",
    )
    plan = {**PLAN, "diagnostics": [{"severity": "info#err", "message": line} for line in said]}
    capsys.readouterr()
    assert run_preview(out, json.dumps(plan), 1) == 2
    assert list(out.iterdir()) == []
    assert capsys.readouterr().err == (
        "evidence: the preview failed (exit code 1), so there is nothing to judge:\n"
        "  error: Program failed:\n  ValueError: no such thing\n"
    )
    assert run_preview(out, "", 255) == 2
    assert "exit code 255), so there is nothing to judge; it says why above" in capsys.readouterr().err
    assert run.main(["--out", str(out), "--", "/nonexistent/pulumi"]) == 2
    assert "/nonexistent/pulumi cannot be run: No such file" in capsys.readouterr().err


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
    assert len(lines) <= 3 * len(evidence.groups) + 2
    whole = " ".join(line.strip() for line in lines)
    assert all(group.rule.remediation in whole for group in evidence.groups)
    severities = [line.split()[1] for line in lines if line.startswith("  STOPS")]
    assert severities == sorted(severities, key=["critical", "high", "medium", "low"].index)
    assert lines[-1] == "All findings of one rule: --rule NAME. Every verdict, as files: --out FOLDER"
    for rule in ("sqs-customer-key", "encryption/sqs-customer-key"):
        assert main([str(file), "--rule", rule]) == 1
        told = capsys.readouterr().out
        assert all(f"::sqs-{number}\n" in told for number in range(10))


def test_a_run_says_where_its_files_are_and_how_to_ask_for_one_rule(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out"
    asked = ["--out", str(out), "--more", "make evidence RULE=NAME"]
    command = ["--", sys.executable, "-c", PREVIEW, json.dumps(PLAN), "0"]
    assert run.main([*asked, *command]) == 1
    assert capsys.readouterr().out.splitlines()[-2:] == [
        "All findings of one rule: make evidence RULE=NAME",
        f"Every verdict, as a page and for CI: {out}; plan.json is the preview that was judged",
    ]
    assert run.main([*asked, "--rule", "sqs-customer-key", *command]) == 1
    assert "::bare\n" in capsys.readouterr().out
    assert run.main([*asked, "--rule", "cdn-aliases", *command]) == 1
    assert capsys.readouterr().out == "cdn-aliases found nothing in dataconnect/prod.\n"


def test_a_rule_that_does_not_exist_is_refused_before_anything_is_previewed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ran = tmp_path / "ran"
    preview = [sys.executable, "-c", "import pathlib, sys; pathlib.Path(sys.argv[1]).touch()", str(ran)]
    assert run.main(["--out", str(tmp_path / "out"), "--rule", "sqs-costumer-key", "--", *preview]) == 2
    assert "there is no rule 'sqs-costumer-key'; did you mean 'sqs-customer-key'?" in capsys.readouterr().err
    assert not ran.exists()


def test_a_plan_without_findings_may_be_deployed(written: Callable[[object], Path], capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(written(preview(state("random:index/randomId:RandomId", "r", {}))))]) == 0
    assert "may be deployed" in capsys.readouterr().out


# What is refused


@pytest.mark.parametrize(
    ("document", "says"),
    [
        ("{", "not readable JSON"),
        (json.dumps(PLAN)[:-40], "not readable JSON"),
        ("\ufeff{", "not readable JSON"),
        ("[" * 100_000, "is nested too deep"),
        (preview(state(QUEUE, "q", {"name": "\ud800"})), "cannot be read"),
        ({"steps": 3}, "steps is '3'; expected list"),
        ({"steps": ["x"]}, "steps[0] is 'x'; expected dict"),
        ({"steps": [None]}, "steps[0] is empty"),
        ({"steps": [{"op": "delete", "urn": URN}], "changeSummary": {"delete": 1}}, "leaves no resource"),
        ({"steps": [{"op": "create", "urn": URN}], "changeSummary": {"create": 1}}, f"the step of '{URN}' has no newState"),
        ({"steps": [{"op": ["create"], "newState": {}}]}, "steps[0].op is \"['create']\"; expected str"),
        (preview(state(QUEUE, "q", {}), config={"aws:region": 3}), "config.aws:region is '3'; expected str"),
        (preview(state(QUEUE, "q", {}, dependencies="x")), "dependencies is 'x'; expected list"),
        (preview(state(QUEUE, "q", {}, propertyDependencies={"a": [1]})), "propertyDependencies.a[0] is '1'; expected str"),
        ({"deployment": {"resources": 3}}, "deployment.resources is '3'; expected list"),
        (
            {**preview(*(state(QUEUE, f"q{number}", {}) for number in range(40))), "changeSummary": {"create": 352}},
            "holds 40 of 352 steps; make it with `pulumi preview --json --show-sames`",
        ),
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


@pytest.mark.parametrize("tags", ['{"tags": [1]}', "[" * 20_000, '{"tags": {"Environment": ["dev"]}}', "[1]"])
def test_default_tags_that_are_none_make_a_stack_production(written: Callable[[object], Path], tags: str) -> None:
    assert plans.load(written(preview(state(QUEUE, "q", {}), config={"aws:defaultTags": tags}))).production


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--formats", "pdf"], "--formats names 'pdf'; expected one or more of html, json"),
        (["--packs", "encrypton"], "--packs names 'encrypton'; expected one or more of tagging, encryption"),
        (["--rule", "sqs-costumer-key"], "there is no rule 'sqs-costumer-key'; did you mean 'sqs-customer-key'?"),
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
        ({"mandatory-tags": {"mandatory": [1]}}, "policy mandatory-tags: mandatory[0] is 1; expected string"),
        ({"tag-values": {"patterns": {"CostCenter": "["}}}, "patterns.CostCenter is '['; expected a regular expression"),
        ({"mandatory-tags": None}, "has the level None"),
        ({"exemptions": {"file": 3}}, "policy exemptions: file is 3; expected string"),
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
    found = json.loads((tmp_path / "evidence.json").read_text())
    assert {row["level"] for row in found["verdicts"] if row["rule"] == KEYED} == {"advisory"}
    assert {rule["level"] for rule in found["rules"] if rule["id"] == KEYED} == {"advisory"}
    assert all("tagging/mandatory-tags" in each["pass"] for each in found["resources"])
