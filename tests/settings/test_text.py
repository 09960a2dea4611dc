"""The text of a file counts: what YAML would read as something else, or hide, is told with the file and the key or line."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pulumi
import pytest
import yaml
from pulumi.runtime import config as runtime_config

import settings
from settings import PrimarySettings
from settings.files import DEEPEST, LARGEST, FileProblemError, read, read_project, read_stack
from settings.layers import PROJECT
from tests.settings.stack_files import ROOT

NUMBER = "expected a number in plain digits, or text in quotes: YAML reads this as another one"
OUTSIDE = "is no file of this project; expected one"
ODD = "has a value that YAML reads otherwise than it is written"
WORD = "expected true or false, or text in quotes"


@pytest.fixture(autouse=True)
def _no_configuration_of_the_shell(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.delenv("PULUMI_CONFIG", raising=False)
    monkeypatch.delenv("PULUMI_CONFIG_SECRET_KEYS", raising=False)
    yield
    runtime_config.set_all_config({}, [])


def told(project: Path, monkeypatch: pytest.MonkeyPatch, old: str, new: str, *, file: str = "Pulumi.prod.yaml") -> list[str]:
    """What `settings.load` says once `old` is `new` in the file, while the engine hands over what YAML makes of it."""
    text = (project / file).read_text()
    assert old in text
    (project / file).write_text(text.replace(old, new, 1))
    read_by_engine = yaml.safe_load((project / "Pulumi.prod.yaml").read_text())["config"]
    sent = {key: value if isinstance(value, str) else json.dumps(value, default=str) for key, value in read_by_engine.items()}
    monkeypatch.setattr(pulumi, "get_stack", lambda: "prod")
    runtime_config.set_all_config(sent, [])
    with pytest.raises(settings.SettingsError) as caught:
        settings.load()
    return str(caught.value).splitlines()


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        *(
            (text, NUMBER)
            for text in ("010000", "02048", "0365", "+365", "1_0", "0x16D", "0o555", "0b1", "1:30", "3.65e2", "17.10")
        ),
        *((text, NUMBER) for text in (".inf", "-.INF", ".NaN", "365.0", "-0", "012345678901", "1" * 16, "3_6.5")),
        *((text, WORD) for text in ("yes", "No", "ON", "off", "True", "FALSE", "y", "Null")),
        ("2026-11-28", "expected text in quotes: YAML reads a date"),
    ],
)
def test_a_value_is_told_as_it_is_written(project: Path, monkeypatch: pytest.MonkeyPatch, written: str, expected: str) -> None:
    new = f"dataconnect:network:\n    flowLogRetentionDays: {written}\n"
    lines = told(project, monkeypatch, "dataconnect:network:\n", new)
    assert lines == [f"Pulumi.prod.yaml: dataconnect:network.flowLogRetentionDays is written {written}; {expected}"]


@pytest.mark.parametrize(
    ("file", "old", "new", "key"),
    [
        (
            "settings/defaults/prod.yaml",
            "logRetentionDays: 365",
            "logRetentionDays: 0365",
            "dataconnect:logRetentionDays is written 0365",
        ),
        (
            "settings/defaults/all.yaml",
            'engineVersion: "17"',
            "engineVersion: 017",
            "dataconnect:database.engineVersion is written 017",
        ),
        ("Pulumi.prod.yaml", '["222222222222"]', "[022222222222]", "aws:allowedAccountIds[0] is written 022222222222"),
    ],
)
def test_a_value_in_any_file_is_told_as_it_is_written(
    project: Path, monkeypatch: pytest.MonkeyPatch, file: str, old: str, new: str, key: str
) -> None:
    assert told(project, monkeypatch, old, new, file=file) == [f"{file}: {key}; {NUMBER}"]


def test_a_version_needs_no_quotes_where_it_is_read_as_it_is_written(project: Path) -> None:
    file = project / "settings/defaults/all.yaml"
    file.write_text(file.read_text().replace('engineVersion: "17"', "engineVersion: 17"))
    read_back = settings.parse(yaml.safe_load((ROOT / "Pulumi.prod.yaml").read_text())["config"], stack="prod")
    assert isinstance(read_back, PrimarySettings)
    assert read_back.database.engine_version == "17"


LAUGHS = "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n"


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("# \xe9\nconfig: {}\n".encode("latin-1"), "is not UTF-8 in line 1; expected text in UTF-8"),
        (b"config:\n  a:b: x\0y\n", "has the character U+0000 in line 2; expected characters that can be printed"),
        (
            "config:\n  a:b: x\u0085\ufeff\n".encode(),
            "has the character U+FEFF in line 2; expected characters that can be printed",
        ),
        (b"\xef\xbb\xbfconfig: {}\n", "begins with the byte order mark of UTF-8; expected UTF-8 without one"),
        ("config: {}\n".encode("utf-16"), "begins with the byte order mark of UTF-16; expected UTF-8 without one"),
        ("config: {}\n".encode("utf-32"), "begins with the byte order mark of UTF-32; expected UTF-8 without one"),
        ("config: {}\n".encode("utf-16-be"), "has the character U+0000 in line 1; expected characters that can be printed"),
        (LAUGHS.encode(), "has the anchor &a in line 1; expected a value without one"),
        (b"a: *a\n", "has the alias *a in line 1; expected the value itself"),
        (b"[" * 100_000, f"is nested deeper than {DEEPEST} levels in line 1"),
        (b"a: {<<: {b: c}}\n", "has the key << in line 1; expected text, in quotes if it is a number or a word of YAML"),
        (b"? [a]\n: b\n", "has a key that is no text in line 1; expected text, in quotes if it is a number or a word of YAML"),
        (b"config:\n\ta:b: x\n", "has a tab in line 2; expected blanks: YAML takes no tab for indentation"),
        (b"#" * (LARGEST + 1), f"has {LARGEST + 1} bytes; expected at most {LARGEST}"),
        (b"config:\n- a\n", "config is a list; expected an object with keys such as dataconnect:role"),
        (b"config:\n", "has no config:; expected an object with keys such as dataconnect:role"),
        (b"", "has no config:; expected an object with keys such as dataconnect:role"),
        (b"confg:\n  a:b: 1\n", "has the unknown key 'confg'; expected settings below config:"),
        (
            b"config:\n  dataconnect:config:role: primary\n",
            "config has the key 'dataconnect:config:role'; expected <namespace>:<key>, as in 'dataconnect:role'",
        ),
        (
            b"config:\n  role: primary\n",
            "config has the key 'role'; expected <namespace>:<key>, as in 'dataconnect:role'",
        ),
        (
            b"config:\n  :role: primary\n",
            "config has the key ':role'; expected <namespace>:<key>, as in 'dataconnect:role'",
        ),
    ],
)
def test_a_file_that_is_no_stack_file_is_told_in_one_sentence(tmp_path: Path, content: bytes, says: str) -> None:
    file = tmp_path / "Pulumi.prod.yaml"
    file.write_bytes(content)
    with pytest.raises(FileProblemError) as caught:
        read_stack(file)
    assert str(caught.value) == says


PAIR = "expected <key>: <value>"
BELOW = "expected the keys of one object below one another"


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("a:\n  hashKey:session_id\n  rangeKey: x\n", f"2: it has no blank behind its colon; {PAIR}"),
        ("a:\n  hashKey:session_id\n\n  # why\n  rangeKey: x\n", f"2: it has no blank behind its colon; {PAIR}"),
        ("a:\n  c: 1\n  hashKey:session_id\n  rangeKey: x\n", f"3: it has no blank behind its colon; {PAIR}"),
        ("a:\n- hashKey:session_id\n  rangeKey: x\n", f"2: it has no blank behind its colon; {PAIR}"),
        ("a:\n  b\n  c: d\n", f"2: it has no colon; {PAIR}"),
        ("a: 1\nb\nc: 2\n", f"2: it has no colon; {PAIR}"),
        ("<<<<<<< HEAD\na: b\n", f"1: it has no colon; {PAIR}"),
        ("s:\n  t:\n  search: {}\n    data: {}\n", f"3 or 4: line 3 begins with 2 blanks, line 4 with 4; {BELOW}"),
        ("s:\n    search: {}\n   data: {}\n", f"2 or 3: line 2 begins with 4 blanks, line 3 with 3; {BELOW}"),
        ("s:\n  a: 1\n    b: 2\n", f"2 or 3: line 2 begins with 2 blanks, line 3 with 4; {BELOW}"),
        ("a:\n  b: c: d\n", "2: its value holds a colon and a blank; expected text in quotes"),
        ("a:\n  - b\n  c: d\n", "3: it mixes the items of a list with keys; expected all to begin with '- ', or none"),
        ("a:\n  b: c\n  - d\n", "3: it mixes the items of a list with keys; expected all to begin with '- ', or none"),
        ('a: "b\nc: d\n', "1: its quote is never closed; expected the same quote at the end"),
        ("a: [b,\n  c\nd: e\n", "1: its bracket is not closed; expected commas between the parts, and the closing bracket"),
        ("a: {b: c\n", "1: its bracket is not closed; expected commas between the parts, and the closing bracket"),
        ("a: 'b' c\n", "1: something stands behind the closing quote or bracket; expected it inside"),
        ("a:\n  - @b\n", "2: its value begins with @; expected text in quotes"),
        ("a: */x\n", "1: its value begins with *; expected text in quotes"),
        ("a: ,b\n", "1: its value begins with a sign of YAML; expected text in quotes"),
        (": : :\n", f"1: did not find expected key; {PAIR}"),
    ],
)
def test_a_file_that_is_no_yaml_is_told_with_the_line_of_the_mistake_and_the_remedy(
    tmp_path: Path, content: str, says: str
) -> None:
    file = tmp_path / "x.yaml"
    file.write_text(content)
    with pytest.raises(FileProblemError) as caught:
        read(file)
    assert str(caught.value) == f"is not YAML in line {says}"


@pytest.mark.parametrize("kind", ["folder", "nothing"])
def test_what_cannot_be_read_is_told(tmp_path: Path, kind: str) -> None:
    file = tmp_path / "x.yaml"
    if kind == "folder":
        file.mkdir()
    with pytest.raises(FileProblemError, match="^cannot be read: "):
        read(file)


def run(project: Path, *files: Path) -> subprocess.CompletedProcess[str]:
    """The program that checks files, as it stands in a project."""
    program = project / "settings" / "files.py"
    if project != ROOT:
        program.parent.mkdir()
        shutil.copy(ROOT / "settings" / "files.py", program)
    return subprocess.run([sys.executable, program, *files], capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("root:x:0:0:hunter2:/root:/bin/bash\nhunter2:x:1:1::/:/bin/sh\n", "is text; expected an object"),
        ("hunter2\n", "is text; expected an object"),
        ("- hunter2\n", "is a list; expected an object"),
        ("12\n", "is a number; expected an object"),
        ("config: hunter2\n", "config is text; expected an object with keys such as dataconnect:role"),
        ("password: hunter2\n", OUTSIDE),
        ("hunter2: x\n", OUTSIDE),
        ("1984: hunter2\n", OUTSIDE),
        ("a: *hunter2\n", OUTSIDE),
        ("a: &hunter2 b\n", OUTSIDE),
        ("a: !hunter2 b\n", OUTSIDE),
        ("hunter2: a\nhunter2: b\n", OUTSIDE),
        ("config: {hunter2: a}\n", OUTSIDE),
        ("config: {a:hunter2: 0123456789}\n", ODD),
        ("config: {a:hunter2: [010, yes]}\n", ODD),
        ("a: hunter2: b\n", "is not YAML in line 1: its value holds a colon and a blank; expected text in quotes"),
    ],
)
@pytest.mark.parametrize("linked", [True, False])
def test_no_word_is_shown_of_a_file_outside_the_project(tmp_path: Path, content: str, says: str, *, linked: bool) -> None:
    file = tmp_path / "elsewhere.yaml"
    file.write_text(content)
    project = tmp_path / "project"
    project.mkdir()
    if linked:
        (project / "Pulumi.dev.yaml").symlink_to(file)
    named = project / "Pulumi.dev.yaml" if linked else file
    assert run(project, named).stderr == f"{named.name}: {says}\n"


def test_the_program_checks_stack_files_before_an_engine_does(tmp_path: Path) -> None:
    (tmp_path / "Pulumi.a.yaml").write_text("config: [")
    (tmp_path / "Pulumi.b.yaml").write_bytes(b"\xff")
    (tmp_path / "Pulumi.c.yaml").write_text("config:\n  a:b: {c: [1, .nan]}\n  a:d: -.INF\n")
    broken = run(tmp_path, *(tmp_path / f"Pulumi.{name}.yaml" for name in "abc"))
    assert broken.returncode == 1
    assert [line.partition(" in line")[0] for line in broken.stderr.splitlines()] == [
        "Pulumi.a.yaml: is not YAML",
        "Pulumi.b.yaml: is not UTF-8",
        f"Pulumi.c.yaml: a:b.c[1] is written .nan; {NUMBER}",
        f"Pulumi.c.yaml: a:d is written -.INF; {NUMBER}",
    ]
    fine = run(ROOT)
    assert (fine.returncode, fine.stdout, fine.stderr) == (0, "", "")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1", 1),
        ("-7", -7),
        ("0", 0),
        ("1.5", 1.5),
        ("true", True),
        ("null", None),
        ("~", None),
        ("a b", "a b"),
        ("10.0.0.0/16", "10.0.0.0/16"),
    ],
)
def test_what_every_reader_reads_alike_is_read(tmp_path: Path, text: str, value: Any) -> None:
    file = tmp_path / "x.yaml"
    file.write_text(f"a: {text}\nb: '010'\nc: |\n  yes\n")
    assert read(file) == {"a": value, "b": "010", "c": "yes\n"}


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("name: [", "is not YAML in line "),
        ("runtime: {name: python}", "name is None; expected dataconnect, the namespace of every setting"),
        ("name: data-connect\nruntime: {name: python}", "name is 'data-connect'; expected dataconnect"),
        ("name: dataconnect\nruntime: nodejs", "runtime is 'nodejs'; expected an object with name: python and its options"),
        ("name: dataconnect\nruntime: {name: go}", "runtime is {'name': 'go'}; expected an object with name: python"),
        (
            "name: dataconnect\nruntime: {name: python}\nconfig: {aws:region: us-east-1}",
            "has the key 'config'; expected name, description, runtime: settings are a stack's",
        ),
    ],
)
def test_the_project_s_file_holds_its_name_and_runtime_only(tmp_path: Path, content: str, says: str) -> None:
    file = tmp_path / "Pulumi.yaml"
    file.write_text(content)
    program = run(tmp_path, file)
    assert program.returncode == 1
    assert program.stderr.startswith(f"Pulumi.yaml: {says}")
    assert len(program.stderr.splitlines()) == 1


def test_the_committed_project_s_file_is_right() -> None:
    assert read_project(ROOT / "Pulumi.yaml")["name"] == PROJECT
