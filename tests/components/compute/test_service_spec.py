"""What a stack file or a program may say of a service, by itself and beside the rest of the stack."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from components.base import limits
from components.base.errors import InvalidArgumentError
from components.base.problems import LONGEST, lines
from components.base.spec import StackContext
from components.compute.service_spec import MAX_TASKS, ScheduleSpec, ServiceSpec, TaskSpec
from components.data.bucket_spec import LakeSpec
from components.data.database_spec import DatabaseSpec
from components.data.table_spec import TableSpec
from tests.components.compute.examples import DIGEST, NIGHTS, SERVICE, service_spec

TABLE, LAKE = TableSpec.link, LakeSpec.link
LINKS = StackContext(links={"database": DatabaseSpec.link, "table/sessions": TABLE, "lake/raw": LAKE})
OFFERED = "database:read|write, lake/raw:read|write, table/sessions:read|write"
CRON = "e.g. cron(0 20 ? * MON-FRI *)"
BOUNDS = {
    "port": (1024, 65535, ""),
    "priority": (1, 50_000, ""),
    "min_tasks": (1, MAX_TASKS, ""),
    "max_tasks": (1, MAX_TASKS, ""),
    "spot_percent": (0, 100, " %"),
    "cpu_target_percent": (10, 90, " %"),
}


def refused(known: StackContext | None = None, **changes: Any) -> str:
    with pytest.raises(InvalidArgumentError) as caught:
        service_spec(**changes).within(known or StackContext())
    return str(caught.value)


def told_of_a_stack_file(**changes: Any) -> list[str]:
    """What a stack file's reader is told where a service has these values."""
    with pytest.raises(ValidationError) as caught:
        ServiceSpec.model_validate({**SERVICE, **changes}, context=LINKS)
    return [str(line) for line in lines(caught.value, ServiceSpec)]


def schedule(**changes: Any) -> ScheduleSpec:
    return ScheduleSpec(**(NIGHTS.model_dump() | changes))


def refused_schedule(**changes: Any) -> str:
    with pytest.raises(InvalidArgumentError) as caught:
        schedule(**changes)
    return str(caught.value)


def test_a_stack_file_spells_its_keys_in_camel_case() -> None:
    service = ServiceSpec.model_validate(
        {
            "repository": "dataconnect/search",
            "digest": DIGEST,
            "cpu": 512,
            "memory": 1024,
            "port": 8080,
            "priority": 100,
            "hosts": ["search.dataconnect.example"],
            "paths": ["/search/*"],
            "healthPath": "/search/healthz",
            "minTasks": 2,
            "maxTasks": 8,
            "spotPercent": 50,
            "cpuTargetPercent": 45,
            "uses": ["database:read"],
            "schedule": {"down": NIGHTS.down, "up": NIGHTS.up, "timezone": NIGHTS.timezone, "downTasks": 1},
            "cpuArchitecture": "X86_64",
        }
    )
    assert service == service_spec(
        hosts=("search.dataconnect.example",),
        spot_percent=50,
        cpu_target_percent=45,
        uses=("database:read",),
        schedule=schedule(down_tasks=1),
        cpu_architecture="X86_64",
    )


def test_a_service_runs_on_graviton_off_spot_always_and_uses_nothing_by_default() -> None:
    service = service_spec()
    assert (service.cpu_architecture, service.spot_percent, service.schedule) == ("ARM64", 0, None)
    assert (service.hosts, service.uses, service.cpu_target_percent) == ((), (), 60)


@pytest.mark.parametrize(("field", "lowest", "highest", "unit"), [(field, *bounds) for field, bounds in BOUNDS.items()])
def test_a_number_is_taken_up_to_its_bounds_and_not_beyond(field: str, lowest: int, highest: int, unit: str) -> None:
    room: dict[str, Any] = {"min_tasks": 1, "max_tasks": MAX_TASKS}
    for number in (lowest, highest):
        assert getattr(service_spec(**(room | {field: number})), field) == number
    for number in (lowest - 1, highest + 1):
        changes: dict[str, Any] = room | {field: number}
        expected = f"ServiceSpec.{field} is {number}; expected {lowest} to {highest}{unit}"
        assert refused(**changes).splitlines()[0] == expected


@pytest.mark.parametrize("field", [*BOUNDS, "cpu", "memory"])
def test_true_is_no_number(field: str) -> None:
    changes: dict[str, Any] = {field: True}
    assert f"ServiceSpec.{field} is true; expected a whole number" in refused(**changes)


@given(st.sampled_from(sorted(limits.FARGATE_MEMORY_MIB)).flatmap(lambda cpu: st.tuples(st.just(cpu), st.integers(1, 300_000))))
def test_a_task_has_a_size_that_fargate_sells(size: tuple[int, int]) -> None:
    cpu, memory = size
    sizes = limits.FARGATE_MEMORY_MIB[cpu]
    if memory in sizes:
        assert TaskSpec(cpu=cpu, memory=memory, port=8080).memory == memory
    else:
        expected = rf"TaskSpec\.memory is {memory}; expected one of {', '.join(map(str, sizes))} MiB with {cpu} CPU units"
        with pytest.raises(InvalidArgumentError, match=expected):
            TaskSpec(cpu=cpu, memory=memory, port=8080)


@pytest.mark.parametrize(("cpu", "memory"), [(256, 512), (32768, 61440), (32768, 122880), (32768, 249856)])
def test_the_smallest_and_the_largest_tasks_are_sold(cpu: int, memory: int) -> None:
    assert service_spec(cpu=cpu, memory=memory).cpu == cpu


@pytest.mark.parametrize("cpu", [0, 255, 500, 65536])
def test_cpus_that_fargate_does_not_sell_are_refused(cpu: int) -> None:
    sold = "256, 512, 1024, 2048, 4096, 8192, 16384, 32768"
    # The memory that goes with it is not told: nobody knows which.
    assert refused(cpu=cpu) == f"ServiceSpec.cpu is {cpu}; expected one of {sold} CPU units"


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        ("cpu_architecture", "RISC", "'ARM64' or 'X86_64'"),
        ("repository", "Search", "a repository's name without registry, tag or digest, e.g. dataconnect/search"),
        ("repository", "search:v1", "a repository's name without registry, tag or digest, e.g. dataconnect/search"),
        ("digest", "latest", "sha256: and 64 hexadecimal digits (the image's digest)"),
        ("digest", DIGEST[:-1], "sha256: and 64 hexadecimal digits (the image's digest)"),
        ("digest", f"{DIGEST}0", "sha256: and 64 hexadecimal digits (the image's digest)"),
        ("health_path", "healthz", "a path that starts with / and has no spaces"),
        ("health_path", "/a b", "a path that starts with / and has no spaces"),
        ("health_path", f"/{'a' * 1024}", "a path that starts with / and has no spaces"),
    ],
)
def test_text_that_aws_would_refuse_is_refused(field: str, value: str, expected: str) -> None:
    changes: dict[str, Any] = {field: value}
    shown = repr(value) if len(repr(value)) <= LONGEST else f"{repr(value)[:LONGEST]}..."
    assert refused(**changes) == f"ServiceSpec.{field} is {shown}; expected {expected}"


def test_the_longest_health_path_is_taken() -> None:
    assert len(service_spec(health_path=f"/{'a' * 1023}").health_path) == 1024


# Requests


@pytest.mark.parametrize("path", [f"/{'a' * 127}", "/", "/*?", "/a.b_c-d/$~\"'@:+&"])
def test_path_patterns_are_taken(path: str) -> None:
    assert service_spec(paths=(path,)).paths == (path,)


@pytest.mark.parametrize("path", [f"/{'a' * 128}", "search", "", "/a b", "/ä"])
def test_what_is_no_path_pattern_is_refused(path: str) -> None:
    expected = "a path pattern of up to 128 characters that starts with /, with at most five * and ?, e.g. /search/*"
    assert refused(paths=(path,)) == f"ServiceSpec.paths[0] is {path!r}; expected {expected}"


def test_a_rule_holds_five_paths_and_hosts() -> None:
    paths = tuple(f"/{number}/*" for number in range(5))
    assert service_spec(paths=paths).paths == paths
    assert service_spec(paths=paths[:3], hosts=("a.example", "b.example")).paths == paths[:3]


@pytest.mark.parametrize(
    ("paths", "hosts"), [((), ()), (tuple(f"/{number}" for number in range(6)), ()), (("/a", "/b", "/c", "/d"), ("a.b", "b.b"))]
)
def test_a_rule_without_a_path_or_with_too_much_is_refused(paths: tuple[str, ...], hosts: tuple[str, ...]) -> None:
    expected = "one path or more, and at most 5 paths and hosts together (a listener rule holds no more)"
    told = refused(paths=paths, hosts=tuple(f"{host}.example" for host in hosts))
    assert told == f"ServiceSpec.paths is {list(paths)!r}; expected {expected}"


def test_a_path_or_host_given_twice_is_refused() -> None:
    assert refused(paths=("/a", "/a")) == "ServiceSpec.paths[1] is '/a'; expected a path not listed before"
    assert refused(hosts=("a.example", "a.example")) == "ServiceSpec.hosts[1] is 'a.example'; expected a host not listed before"


@pytest.mark.parametrize("host", ["app.dataconnect.example", "bi.app.dataconnect.example"])
def test_the_domain_and_one_label_before_it_are_in_the_certificate(host: str) -> None:
    service_spec(hosts=(host,)).within(StackContext(domain="app.dataconnect.example"))


@pytest.mark.parametrize("host", ["a.bi.app.dataconnect.example", "dataconnect.example", "other.example"])
def test_a_host_that_the_certificate_does_not_cover_is_refused(host: str) -> None:
    expected = "ingress.domain app.dataconnect.example or one label in front of it: the certificate covers no more"
    told = refused(StackContext(domain="app.dataconnect.example"), hosts=(host,))
    assert told == f"ServiceSpec.hosts[0] is '{host}'; expected {expected}"
    service_spec(hosts=(host,)).within(StackContext())


@pytest.mark.parametrize("holder", [100, "100"])
def test_a_priority_that_two_services_have_is_refused(holder: object) -> None:
    services: dict[str, dict[str, object]] = {"search": {"priority": 100}, "bi": {"priority": holder}}
    told = refused(StackContext(services=services))
    assert told == "ServiceSpec.priority is 100; expected a priority of its own: 2 services have this one"


def test_a_priority_of_its_own_is_taken() -> None:
    services: dict[str, dict[str, object]] = {"search": {"priority": 100}, "bi": {"priority": 200}, "new": {}}
    service_spec().within(StackContext(services=services))


# How many, and when


def test_the_most_tasks_may_be_the_least_and_not_fewer() -> None:
    assert service_spec(min_tasks=3, max_tasks=3).max_tasks == 3
    assert refused(min_tasks=3, max_tasks=2) == "ServiceSpec.max_tasks is 2; expected min_tasks (3) or more"


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        ("down", "at eight", f"cron(minutes hours day-of-month month day-of-week year), {CRON}"),
        ("up", "cron(0 7 * * * *)", f"? in exactly one of day-of-month and day-of-week, {CRON}"),
        ("up", "cron(0 7 ? * ? *)", f"? in exactly one of day-of-month and day-of-week, {CRON}"),
        ("down", "cron(60 7 ? * * *)", f"0 to 59 in the field minutes, {CRON}"),
        ("down", "cron(0 24 ? * * *)", f"0 to 23 in the field hours, {CRON}"),
        ("down", "cron(? 7 ? * * *)", f"0 to 59 in the field minutes, {CRON}"),
        ("down", "cron(0 7 32 * ? *)", f"1 to 31 in the field day of month, {CRON}"),
        ("down", "cron(0 7 ? 13 * *)", f"1 to 12 in the field month, {CRON}"),
        ("down", "cron(0 7 ? * 0 *)", f"1 to 7 in the field day of week, {CRON}"),
        ("down", "cron(0 7 ? * * 1969)", f"1970 to 2199 in the field year, {CRON}"),
        ("up", NIGHTS.down, "another time than schedule.down"),
        ("timezone", "New York", "an IANA time zone, e.g. America/New_York"),
        ("timezone", "../etc/passwd", "an IANA time zone, e.g. America/New_York"),
    ],
)
def test_a_schedule_that_aws_would_refuse_is_refused(field: str, value: str, expected: str) -> None:
    assert refused_schedule(**{field: value}) == f"ScheduleSpec.{field} is {value!r}; expected {expected}"


@pytest.mark.parametrize(
    "cron",
    [
        "cron(0/15 8-18 ? * MON-FRI *)",
        "cron(59 23 31 12 ? 2199)",
        "cron(0 0 29 2 ? 1970-2199)",
        "cron(0 8 LW * ? *)",
        "cron(0 8 15W JAN,JUL ? *)",
        "cron(0 8 ? * 2#1 *)",
        "cron(0 8 ? * 6L 2026-2199)",
    ],
)
def test_schedules_in_aws_grammar_are_taken(cron: str) -> None:
    assert schedule(down=cron).down == cron


@pytest.mark.parametrize("number", [-1, MAX_TASKS + 1])
def test_tasks_kept_while_down_have_bounds(number: int) -> None:
    assert refused_schedule(down_tasks=number) == f"ScheduleSpec.down_tasks is {number}; expected 0 to 5000"


def test_fewer_tasks_run_while_a_service_sleeps() -> None:
    assert service_spec(schedule=schedule(down_tasks=1)).schedule == schedule(down_tasks=1)
    told = refused(schedule=schedule(down_tasks=2))
    assert told == "ServiceSpec.schedule.down_tasks is 2; expected fewer than min_tasks (2)"


def test_a_stack_file_s_reader_is_told_its_own_keys() -> None:
    nights = {"down": NIGHTS.down, "up": NIGHTS.up, "timezone": NIGHTS.timezone, "downTasks": 2}
    assert told_of_a_stack_file(schedule=nights) == ["schedule.downTasks is 2; expected fewer than minTasks (2)"]


# What it uses


@pytest.mark.parametrize(
    "uses",
    [
        (),
        ("database:read",),
        ("table/sessions:read+write", "lake/raw:read", "lake/raw/in/:write"),
        ("lake/raw/in/:read", "lake/raw/out/:read"),
    ],
)
def test_what_is_offered_can_be_used(uses: tuple[str, ...]) -> None:
    assert service_spec(uses=uses).within(LINKS).uses == uses


@pytest.mark.parametrize(
    ("uses", "index", "expected"),
    [
        (("databse",), 0, f"database:read|write, which is nearest, or one of {OFFERED}"),
        (("database:read", "queue/ingest:send"), 1, f"one of {OFFERED}"),
        (("table/sessions",), 0, "table/sessions: and one or more of read, write, joined by +"),
        (("table/sessions:read+read",), 0, "read of table/sessions not listed before"),
        (("database",), 0, "database: and one or more of read, write, joined by +"),
        (("database:read", "database:read"), 1, "a use not listed before"),
        (("table/sessions:read", "table/sessions:read+write"), 1, "read of table/sessions not listed before"),
        (("lake/raw/in/:write", "lake/raw/in/:read+write"), 1, "write of lake/raw/in/ not listed before"),
    ],
)
def test_what_nobody_offers_or_what_is_listed_twice_is_refused(uses: tuple[str, ...], index: int, expected: str) -> None:
    assert refused(LINKS, uses=uses) == f"ServiceSpec.uses[{index}] is {uses[index]!r}; expected {expected}"


def test_where_nobody_knows_the_links_the_form_alone_is_checked() -> None:
    assert service_spec(uses=("queue/anything:send",)).uses == ("queue/anything:send",)
    expected = "the name of a link, e.g. database:read, table/sessions:read+write, lake/raw/in/:read"
    assert refused(uses=("Data base",)) == f"ServiceSpec.uses[0] is 'Data base'; expected {expected}"
    twice = "table/sessions:read+read"
    assert refused(uses=(twice,)) == f"ServiceSpec.uses[0] is '{twice}'; expected read of table/sessions not listed before"


def test_both_lists_of_a_verb_are_told_where_they_stand_in_the_stack_file() -> None:
    uses = ["database:read", "table/sessions:read+write", "table/sessions:write", "database:read"]
    assert told_of_a_stack_file(uses=uses) == [
        "uses[3] is 'database:read'; expected a use not listed before",
        "uses[2] is 'table/sessions:write'; expected write of table/sessions not listed before",
    ]
