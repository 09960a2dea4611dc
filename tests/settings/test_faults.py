"""The wrong stack files that a review found, by its ids: each is told with its key and what is right, or is right itself."""

import re
from collections.abc import Callable
from math import inf, nan
from pathlib import Path
from typing import Any

import pytest
import yaml

from settings import SettingsError, StackSettings, parse
from settings.files import LARGEST, FileProblemError, read_stack
from tests.clones import copy_project, run_in
from tests.settings.cases import NIGHTS as OF_DEV
from tests.settings.stack_files import OWN, ROOT, dumped

ALL, FOR_PROD = "settings/defaults/all.yaml", "settings/defaults/prod.yaml"
SEARCH, BI = "services/search.yaml", "services/bi.yaml"
DEV, PROD, RECOVERY, REPLICATION = (f"Pulumi.{name}.yaml" for name in ("dev", "prod", "prod-recovery", "prod-replication"))
NIGHTS = f"{SEARCH} environments.dev.schedule"
URL = "expected an https:// address without user, query or final slash"
NUMBER = "expected a number in plain digits"

Change = Callable[[Path], None]
"""Makes a copy of the project's files wrong."""


def put(place: str, value: object) -> Change:
    """`value` at the key of a file, as in `services/bi.yaml port`; the keys of a stack are below its namespaces."""

    def change(project: Path) -> None:
        name, _, key = place.partition(" ")
        content: Any = yaml.safe_load((project / name).read_text())
        *above, last = keys(name, key)
        at = content["config"] if name.startswith("Pulumi.") else content
        for part in above:
            at = at.setdefault(part, {})
        at[last] = value
        (project / name).write_text(dumped(content))

    return change


def keys(name: str, key: str) -> list[str]:
    namespace = "" if ":" in key or name.startswith("services/") else "dataconnect:"
    return f"{namespace}{key}".split(".")


def text(name: str, old: str, new: str) -> Change:
    """`new` for `old` in the text of a file, which is Latin-1 where it is no ASCII."""

    def change(project: Path) -> None:
        data = (project / name).read_bytes()
        assert old.encode() in data
        (project / name).write_bytes(data.replace(old.encode(), new.encode("latin-1"), 1))

    return change


def longer(end: str) -> Change:
    """Prod's file with more at its end."""

    def change(project: Path) -> None:
        (project / PROD).write_text((project / PROD).read_text() + end)

    return change


def many(count: int, tasks: int) -> Change:
    """So many services more in prod, of so many tasks."""

    def change(project: Path) -> None:
        service = yaml.safe_load((project / BI).read_text())
        service |= {**service.pop("environments")["prod"], "maxTasks": tasks}
        for number in range(count):
            named = {"repository": f"dataconnect/s{number}", "priority": 1000 + number, "paths": [f"/s{number}/*"]}
            (project / f"services/s{number}.yaml").write_text(yaml.safe_dump({**service, **named}))
        own = {name: {} for name in OWN["prod"]["dataconnect:services"]}
        put(f"{PROD} services", {**own, **{f"s{number}": {} for number in range(count)}})(project)

    return change


def both(first: Change, second: Change) -> Change:
    def change(project: Path) -> None:
        first(project)
        second(project)

    return change


def wrong(fault: str, stack: str, place: str, value: object, says: str, at: str = "") -> Any:
    """A fault told at the place that is changed, or at what is `at` inside it."""
    name, _, key = place.partition(" ")
    return pytest.param(stack, put(place, value), f"{name}: {'.'.join(keys(name, key))}{at}", says, id=fault)


def broken(fault: str, change: Change, told: str, says: str) -> Any:
    """A fault of prod told with a beginning of its own."""
    return pytest.param("prod", change, told, says, id=fault)


LAUGHS = "".join(f"  dataconnect:l{n}: &l{n} [{', '.join([f'*l{n - 1}' if n else 'ha'] * 10)}]\n" for n in range(10))
WRONG = [
    wrong(
        "006-cidr-leading-zero-prefix",
        "prod",
        f"{PROD} network.cidr",
        "10.20.0.0/016",
        "an IPv4 range without host bits: 10.20.0.0/16",
    ),
    wrong(
        "032-null-zone",
        "prod",
        f"{PROD} network.zones",
        [None, "us-east-2b"],
        "an item of: availability zones",
        "[0]",
    ),
    wrong("063-region-list", "prod", f"{PROD} aws:region", ["us-east-2"], "expected text: AWS region of the stack"),
    wrong(
        "070-null-account",
        "prod",
        f"{PROD} aws:allowedAccountIds",
        [None],
        "an item of: a list of the one",
        "[0]",
    ),
    wrong(
        "086-policy-without-a-name",
        "prod",
        f"{FOR_PROD} permissionsBoundary",
        "arn:aws:iam::222222222222:policy//",
        "policy/<name>",
    ),
    wrong(
        "100-url-query", "prod", f"{ALL} runbookUrl", "https://r.example?token=1", "this looks like a password", " is [hidden]"
    ),
    wrong("102-url-broken-ipv6", "prod", f"{ALL} runbookUrl", "https://[x", URL),
    wrong("103-url-newline", "prod", f"{ALL} runbookUrl", "https://r.example/\nX", URL),
    wrong("134-owner-with-dots-only", "prod", f"{PROD} aws:defaultTags.tags.Owner", "..@x.example", "an e-mail address"),
    wrong(
        "145-85-characters-acm-s-common-name-holds-64",
        "prod",
        f"{FOR_PROD} ingress.domain",
        f"{'a' * 60}.prod.dataconnect.example",
        "up to 64 characters",
    ),
    wrong("147-null", "prod", f"{FOR_PROD} ingress.domain", None, "is empty; expected text: name that users open"),
    wrong("160-range-twice", "dev", f"{DEV} ingress.allowedCidrs", ["0.0.0.0/0"] * 2, "a range not listed before", "[1]"),
    wrong("161-nobody-let-in", "dev", f"{DEV} ingress.allowedCidrs", [], "one range or more: nobody would get in"),
    wrong(
        "164-map",
        "dev",
        f"{DEV} ingress.allowedCidrs",
        [{"cidr": "0.0.0.0/0"}],
        "an item of: IPv4 ranges let in",
        "[0]",
    ),
    wrong(
        "242-a-stack-that-reads-itself",
        "prod-recovery",
        f"{RECOVERY} primaryStack",
        "prod-recovery",
        "another stack than this one",
    ),
    wrong(
        "244-a-region-that-is-not-the-primary-s",
        "prod-recovery",
        f"{RECOVERY} primaryRegion",
        "us-east-1",
        "expected us-east-2, aws:region of Pulumi.prod.yaml",
    ),
    wrong(
        "249-bucket-twice",
        "prod-replication",
        f"{REPLICATION} lake.buckets",
        ["raw", "raw"],
        "an object",
    ),
    wrong(
        "250-bucket-that-prod-does-not-have",
        "prod-replication",
        f"{REPLICATION} lake.buckets.gold",
        {"archiveDays": 90},
        "expected nothing, as in Pulumi.prod",
    ),
    # A service's name is a key today.
    broken("260-service-name-null", put(f"{PROD} services", {None: {}}), f"{PROD}: has the key null", "expected text"),
    broken(
        "299-service-paths-same-path-twice",
        put(f"{SEARCH} paths", ["/search/*"] * 2),
        f"{SEARCH}: paths[1]",
        "a path not listed before",
    ),
    # Told of the service that is never reached.
    broken(
        "301-service-paths-path-of-another-service-never-reache",
        put(f"{SEARCH} paths", ["/bi/*"]),
        f"{BI}: paths[0]",
        "/bi/* of search, whose priority is lower,",
    ),
    wrong(
        *("319-service-uses-same-use-twice", "prod", f"{SEARCH} uses", ["database:read"] * 2),
        *("a use not listed before", "[1]"),
    ),
    wrong(
        "336-dataconnect-search-next-to-dataconnect-search-one-",
        "prod",
        f"{BI} repository",
        "dataconnect-search",
        "differs from dataconnect/search by more than / and -",
    ),
    broken(
        "343-100-services-dashboard-widgets-security-group-rule",
        many(100, 1),
        f"{PROD}: dataconnect:services",
        "1 to 50 services",
    ),
    broken(
        "347-30-services-of-5000-tasks-150000-tasks-in-subnets-",
        many(30, 5000),
        "services/s0.yaml: maxTasks",
        "tasks of all services together",
    ),
    *(
        wrong(fault, "dev", NIGHTS, {**OF_DEV, key: value}, says, f".{key}")
        for fault, key, value, says in (
            ("371-down-year-in-the-past", "down", "cron(0 20 ? * MON-FRI 2000)", "a year that is still to come"),
            ("372-down-31-february", "down", "cron(0 20 31 2 ? *)", "a day that one of the months has"),
            ("374-down-days-backwards", "down", "cron(0 20 ? * FRI-MON *)", "a range that runs forwards"),
            ("379-up-equals-down", "up", "cron(00 20 ? * MON-FRI *)", "another time than schedule.down"),
            ("389-timezone-factory", "timezone", "Factory", "an IANA time zone"),
        )
    ),
    wrong(
        "402-namespace-in-upper-case-silently-ignored",
        "prod",
        f"{PROD} DataConnect:protect",
        "false",
        "did you mean dataconnect:protect?",
    ),
    wrong("403-unknown-aws-key", "prod", f"{PROD} aws:regoin", "us-east-1", "did you mean aws:region?"),
    wrong(
        "404-a-person-s-profile-in-the-committed-file", "prod", f"{PROD} aws:profile", "someone", "set AWS_PROFILE in the shell"
    ),
    wrong(
        "408-role-of-another-account",
        "prod",
        f"{PROD} aws:assumeRoles",
        [{"roleArn": "arn:aws:iam::999999999999:role/x"}],
        "no role in a stack file",
    ),
    wrong(
        "410-a-password-in-a-path",
        "prod",
        f"{SEARCH} healthPath",
        "/x?password=hunter2",
        "looks like a password",
        " is [hidden]",
    ),
    broken(
        "Pulumi.prod.account-unquoted",
        text(PROD, '["222222222222"]', "[222222222222]"),
        f"{PROD}: aws:allowedAccountIds[0] is 222222222222",
        "expected text, in quotes",
    ),
    broken(
        "Pulumi.prod.leading-zero-memory-02048",
        text(SEARCH, "memory: 2048", "memory: 02048"),
        f"{SEARCH}: environments.prod.memory is written 02048",
        NUMBER,
    ),
    broken(
        "Pulumi.prod.octal-port-010000", text(SEARCH, "port: 8080", "port: 010000"), f"{SEARCH}: port is written 010000", NUMBER
    ),
    broken(
        "Pulumi.prod.octal-priority-0310",
        text(BI, "priority: 200", "priority: 0310"),
        f"{BI}: priority is written 0310",
        NUMBER,
    ),
]
# What an engine reads before the program does, and would tell badly.
FOR_ENGINES = [
    wrong("045-nan", "prod", f"{PROD} network.flowLogRetentionDays", nan, NUMBER),
    wrong("046-infinity", "prod", f"{PROD} network.flowLogRetentionDays", inf, NUMBER),
    broken("Pulumi.prod.billion-laughs", longer(LAUGHS), f"{PROD}: has the anchor &l0", "expected a value without one"),
    broken(
        "Pulumi.prod.config-list",
        text(PROD, "config:", "config: []\nenvironment:"),
        f"{PROD}: config is a list",
        "expected an object",
    ),
    broken("Pulumi.prod.huge-10MB-comment", longer("#" * 10**7), f"{PROD}: has", f"expected at most {LARGEST}"),
    broken(
        "Pulumi.prod.key-three-colons",
        text(PROD, "dataconnect:role", "dataconnect:config:role"),
        f"{PROD}: config has the key 'dataconnect:config:role'",
        "as in 'dataconnect:role'",
    ),
    broken(
        "Pulumi.prod.latin1-comment",
        text(PROD, "# What", "# \xe9 What"),
        f"{PROD}: is not UTF-8 in line 1",
        "expected text in UTF-8",
    ),
    broken("Pulumi.prod.nul-byte", text(PROD, "primary", "prim\0ary"), f"{PROD}: has the character U+0000", "can be printed"),
]


def read(project: Path, stack: str) -> StackSettings:
    return parse(read_stack(project / f"Pulumi.{stack}.yaml"), stack=stack)


def told(project: Path, stack: str) -> list[str]:
    try:
        read(project, stack)
    except SettingsError as error:
        return str(error).splitlines()
    except FileProblemError as problem:
        return [f"Pulumi.{stack}.yaml: {problem}"]
    return []


@pytest.fixture(scope="session")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the whole project for the engine."""
    return copy_project(tmp_path_factory.mktemp("clone"))


@pytest.mark.parametrize(("stack", "change", "at", "says"), [*WRONG, *FOR_ENGINES])
def test_a_fault_is_told_with_its_key_and_what_is_right(project: Path, stack: str, change: Change, at: str, says: str) -> None:
    change(project)
    lines = told(project, stack)
    assert lines
    for line in lines:
        assert re.match(rf"{re.escape(at)}(?![\w.\[])", line)
        assert says in line


@pytest.mark.parametrize(("stack", "change", "at", "says"), FOR_ENGINES)
def test_a_fault_is_told_before_the_engine_reads_it(clone: Path, stack: str, change: Change, at: str, says: str) -> None:
    (clone / PROD).write_bytes((ROOT / PROD).read_bytes())
    change(clone)
    result = run_in(clone, "sandbox/pulumi", "preview", "--stack", stack)
    assert result.code == 1
    (line,) = result.stderr.splitlines()
    assert line.startswith(at)
    assert says in line


@pytest.mark.parametrize(
    ("stack", "change", "field", "value"),
    [
        pytest.param(
            *("prod-recovery", text(RECOVERY, "primaryStack: prod", 'primaryStack: "prod"'), "primary_stack", "prod"),
            id="Pulumi.prod-recovery.quoted-primaryStack",
        )
    ],
)
def test_what_looks_like_a_fault_is_right(project: Path, stack: str, change: Change, field: str, value: object) -> None:
    change(project)
    assert getattr(read(project, stack), field) == value
