"""Wrong services, and what they are reached by."""

import pytest

from tests.settings.cases import KINDS, LINKS, is_, nights, one, plain
from tests.settings.stack_files import CONFIG, refused

FIELDS = "minutes hours day-of-month month day-of-week year"
CRON = "e.g. cron(0 20 ? * MON-FRI *)"
PATHS = "one path or more, and at most 5 paths and hosts together (a listener rule holds no more)"
BEHIND_RECOVERY = "3 or more: the rules by which recovery opens and closes a region come first"
RECOVERYS_OWN = "another path: a rule by which recovery opens and closes a region answers this one"
TABLES = ", ".join(f"{name}:read|write" for name in sorted(KINDS) if name.startswith("table/"))
NO_WILDCARD = "each thing by its name, no wildcard"
NO_SPOT = (
    "0 in a recovery stack: where a region is lost, Spot runs out first, and ECS starts nothing on-demand in its place; "
    "environments.<environment>-recovery of the service's file may say so"
)
VERBS = "table/sessions: and one or more of read, write, joined by +"
PRIORITY = "a whole number: of the listener rule, 1 to 50000, each service its own; the lowest number is tried first"
USES = [f"services.{name}.uses" for name in CONFIG["prod"]["dataconnect:services"]]
JOBS = [f"jobs.{name}.uses" for name in CONFIG["prod"]["dataconnect:jobs"]]
FUNCTIONS = [f"functions.{name}.uses" for name in CONFIG["prod"]["dataconnect:functions"]]
RULES = "1 to 50 services: each takes one rule of the database's security group"
INGRESS_AND_ALERTS = [
    plain(
        *("prod", "ingress.domain", f"{'a' * 40}.prod.dataconnect.example"),
        "up to 64 characters: it is the certificate's common name",
    ),
    one(
        *("prod", "lake.buckets.client-secret", {}),
        is_(
            "dataconnect:lake.buckets.client-secret",
            "client-secret",
            "a name that does not end like that of a secret: workloads have it in a plain variable",
        ),
    ),
    plain("prod", "ingress.domain", "app.dev.dataconnect.example", "a name inside dns.zone prod.dataconnect.example"),
    plain(
        "prod-recovery",
        "ingress.domain",
        "App",
        "a lower-case domain name without a final dot, e.g. app.prod.dataconnect.example",
    ),
    plain(
        *("prod-recovery", "ingress.allowedCidrs", ["198.51.100.0/24"]),
        "0.0.0.0/0: Route 53's health checkers must get in, or it never sees a latch open",
    ),
    plain("prod", "ingress.allowedCidrs", "1.2.3.4", "a list"),
    one(
        *("prod", "ingress.allowedCidrs", ["1.2.3.4"]),
        is_("dataconnect:ingress.allowedCidrs[0]", "1.2.3.4", "an IPv4 range with its prefix length, e.g. 1.2.3.4/32"),
    ),
    plain("prod", "alerts.emails", [], "one e-mail address or more: an alarm must reach somebody"),
    plain("prod", "alerts.emails[0]", "on-call", "an e-mail address, e.g. data-platform@dataconnect.example"),
    plain("prod", "alerts.teams.platform.slack", "general", "a Slack channel id, e.g. C0123ABCD"),
    plain(
        *("prod", "alerts.timezone", "America/Columbus"),
        "an IANA time zone, e.g. America/New_York",
    ),
    one(
        *("dev", "alerts.teams.platform", {"emails": []}),
        "dataconnect:alerts.teams.platform.pagerduty is empty; expected a team with emails, slack, webhook or pagerduty: its "
        "alarms must reach somebody",
    ),
    plain("prod", "alerts.owner", "plattform", "a team of dataconnect:alerts.teams; did you mean platform?"),
    plain(
        *("prod", "alerts.owners.batch", "nobody"),
        "a team of dataconnect:alerts.teams: platform, data, on-call, leads",
    ),
    plain(
        *("prod", "alerts.escalation[1].team", "nobody"),
        "a team of dataconnect:alerts.teams: platform, data, on-call, leads",
    ),
    plain("prod", "runbookUrl", "http://runbooks.example", "an https:// address without user, query or final slash"),
]
SERVICES = [
    plain("prod", "services.bi.priority", " 100 ", PRIORITY),
    plain("prod", "services.bi.priority", "0100", PRIORITY),
    plain("prod", "services.bi.priority", 200.0, PRIORITY),
    plain("prod", "services.search.minTasks", "1_0", "a whole number: tasks at the least"),
    nights(
        *("down", "cron(0 20 29 FEB ? 2101-2103)"),
        f"a year that has a 29 February in the field year, {CRON}",
    ),
    nights("up", "cron(00 20 ? * 2-6 *)", "another time than schedule.down"),
    nights("timezone", "localtime", "an IANA time zone, e.g. America/New_York"),
    plain("prod", "services.search.digest", "latest", "sha256: and 64 hexadecimal digits (the image's digest)"),
    plain("prod", "services.search.digest", "sha256:12", "sha256: and 64 hexadecimal digits (the image's digest)"),
    plain(
        *("prod", "services.search.repository", "dataconnect/search:v1"),
        "a repository's name without registry, tag or digest, e.g. dataconnect/search",
    ),
    plain("prod", "services.search.cpu", 300, "one of 256, 512, 1024, 2048, 4096, 8192, 16384, 32768 CPU units"),
    plain("prod", "services.search.memory", 512, "one of 2048, 3072, 4096, 5120, 6144, 7168, 8192 MiB with 1024 CPU units"),
    one("prod", "services.bi.minTasks", 20, "dataconnect:services.bi.maxTasks is 9; expected minTasks (20) or more"),
    plain("prod", "services.search.minTasks", True, "a whole number: tasks at the least"),
    plain("prod", "services.search.minTasks", "three", "a whole number: tasks at the least"),
    plain("prod", "services.search.minTasks", 1.5, "a whole number: tasks at the least"),
    plain("prod", "services.search.minTasks", 0, "1 to 5000"),
    plain("prod", "services.bi.priority", 0, "1 to 50000"),
    one(
        *("prod", "services.a-very-long-name-of-a-service", {}),
        is_(
            "dataconnect:services.a-very-long-name-of-a-service",
            "a-very-long-name-of-a-service",
            "up to 20 lower-case letters, digits and single hyphens, a letter first",
        ),
    ),
    one(
        *("prod", "services.serch", {}),
        "dataconnect:services.serch has no file services/serch.yaml; did you mean search?",
    ),
    plain("prod", "services.search.cpuArchitecture", "RISC", "'ARM64' or 'X86_64'"),
    plain("prod", "services.search.port", 70000, "1024 to 65535"),
    plain("prod", "services.search.spotPercent", 101, "0 to 100 %"),
    plain("prod-recovery", "services.search.spotPercent", 1, NO_SPOT),
    plain("prod", "services.search.uses[0]", "databse", f"database:read|write, which is nearest, or {LINKS}"),
    plain("prod", "services.search.uses[0]", "lake/rw:read", f"lake/raw:read|write, which is nearest, or {LINKS}"),
    plain("prod", "services.search.uses[0]", "sessions", f"table/sessions:read|write, which is nearest, or {LINKS}"),
    plain("prod", "services.search.uses[0]", "table/*:read+write", f"{NO_WILDCARD}: {TABLES}"),
    plain("prod", "services.search.uses[0]", "table/sess*:read", f"{NO_WILDCARD}: table/sessions:read|write"),
    plain("prod", "services.search.uses[0]", "nothing/*", f"{NO_WILDCARD}: {LINKS.removeprefix('one of ')}"),
    plain("prod", "services.search.uses[1]", "table/sessions:*", f"{NO_WILDCARD}: table/sessions:read|write"),
    plain(
        "prod", "services.search.memory", "2GB", "a whole number: memory of a task, MiB; one that Fargate sells with the CPU"
    ),
    plain("prod", "services.search.memory", 0.5, "a whole number: memory of a task, MiB; one that Fargate sells with the CPU"),
    plain(
        *("prod", "database.storageGiB", "50GiB"),
        "a whole number: gp3 storage at the start, GiB; a replica begins with its source's, its alarm derives from this",
    ),
    plain("prod", "services.search.uses[0]", "everything!", LINKS),
    plain("prod", "services.search.uses[0]", "database", "database: and one or more of read, write, joined by +"),
    plain("prod", "services.search.uses[1]", "table/sessions", VERBS),
    plain("prod", "services.search.uses[1]", "table/sessions:scan", VERBS),
    plain("prod", "services.search.uses[1]", "table/sessions:read+read", "read of table/sessions not listed before"),
    plain("prod", "services.search.uses[2]", "table/sessions:write", "write of table/sessions not listed before"),
    plain(
        *("prod", "services.search.uses[1]", "table/sessions/a/:read"),
        "table/sessions without a path: only buckets have one",
    ),
    plain("prod", "services.bi.paths", [], PATHS),
    plain("prod", "services.bi.paths", [f"/bi/{number}/*" for number in range(6)], PATHS),
    plain(
        *("prod", "services.bi.paths[0]", "bi"),
        "a path pattern of up to 128 characters that starts with /, with at most five * and ?, e.g. /search/*",
    ),
    one(
        *("prod", "services.bi.hosts", ["bi.app.prod.dataconnect.example", "bi.example.com"]),
        "dataconnect:services.bi.hosts[1] is 'bi.example.com'; expected ingress.domain app.prod.dataconnect.example "
        "or one label in front of it: the certificate covers no more",
    ),
    plain("prod", "services", "search", "an object"),
    plain("prod", "services.bi.priority", 2, BEHIND_RECOVERY),
    plain("prod-recovery", "services.bi.priority", 1, BEHIND_RECOVERY),
    plain("prod", "functions.ingest.http.priority", 1, BEHIND_RECOVERY),
    plain("prod", "services.bi.paths[0]", "/active", RECOVERYS_OWN),
    plain("prod", "functions.ingest.http.paths[0]", "/closed", RECOVERYS_OWN),
    one(
        "dev",
        "services",
        {},
        f"dataconnect:services is 0; expected {RULES}",
    ),
    nights("down", "0 20 * * 1-5", f"cron({FIELDS}), {CRON}"),
    nights(
        *("down", "cron(0 20 * * MON-FRI *)"),
        f"? in exactly one of day-of-month and day-of-week, {CRON}",
    ),
    nights(
        *("down", "cron(0 20 ? * ? *)"),
        f"? in exactly one of day-of-month and day-of-week, {CRON}",
    ),
    nights("down", "cron(0 25 ? * MON-FRI *)", f"0 to 23 in the field hours, {CRON}"),
    nights("down", "cron(0 20 ? * WORKDAYS *)", f"1 to 7 in the field day of week, {CRON}"),
    nights("up", "cron(0 20 ? * MON-FRI *)", "another time than schedule.down"),
    nights("timezone", "America/New_Yrok", "an IANA time zone, e.g. America/New_York"),
    nights("downTasks", 1, "fewer than minTasks (1)"),
]


@pytest.mark.parametrize(("stack", "edits", "line"), [*INGRESS_AND_ALERTS, *SERVICES])
def test_a_wrong_value_is_refused_with_its_key_and_what_would_be_right(stack: str, edits: dict[str, object], line: str) -> None:
    assert refused(stack, edits) == [line]


@pytest.mark.parametrize("value", [100, "100"])
def test_both_services_that_share_a_priority_are_named(value: object) -> None:
    expected = "expected a priority of its own: 2 services have this one"
    assert refused("prod", {"services.bi.priority": value}) == [
        f"dataconnect:services.search.priority is 100; {expected}",
        f"dataconnect:services.bi.priority is 100; {expected}",
    ]


@pytest.mark.parametrize("stack", ["dev", "prod"])
@pytest.mark.parametrize(
    "service", ["dataconnect-owner", "postgres", "rdsadmin", "pg-monitor", "user", "information-schema", "lending"]
)
def test_a_service_that_uses_the_database_is_not_called_as_another_user_is(stack: str, service: str) -> None:
    own = {**CONFIG[stack]["dataconnect:services"]["search"], "priority": 111}
    user = service.replace("-", "_")
    expected = f"another name: PostgreSQL, RDS or the platform has {user}, and it logs in to the database as that"
    line = is_(f"dataconnect:services.{service}", service, expected)
    assert line in refused(stack, {f"services.{service}": own})
    assert line not in refused(stack, {f"services.{service}": {**own, "uses": []}})
