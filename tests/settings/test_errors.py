"""Every wrong value is refused with the stack file's key, the value, and what would be right."""

from typing import Any

import pytest

from components.base import limits
from settings import SettingsError, parse
from tests.settings.stack_files import CONFIG, REMOVED, refused

REGIONS = "one of ca-central-1, us-east-1, us-east-2, us-west-1, us-west-2"
RETENTION = "one of " + ", ".join(map(str, limits.LOG_RETENTION_DAYS)) + " days"
VPC_SIZE = "a range from /16 (AWS's largest VPC) to /20 (three tiers over the zones must fit)"
TAG_VALUE = "1 to 256 letters, digits, spaces and . : / = + - @ _"
CREDENTIAL = "is [hidden]; expected no secret in plain text: this looks like"
SQL_NAME = "up to 63 lower-case letters, digits and _, a letter first, no word reserved by PostgreSQL or RDS"
BACKUPS = "1 to 35 days: without backups there is no replica and no way back"
POSTGRESQL = "a major, one of 14, 15, 16, 17, 18: RDS keeps the minor current"
EIGHT_SIZES = "{large|xlarge|2xlarge|4xlarge|8xlarge|12xlarge|16xlarge}"
FIELDS = "minutes hours day-of-month month day-of-week year"
CRON = "e.g. cron(0 20 ? * MON-FRI *)"
DOMAIN = "a lower-case domain name without a final dot, e.g. app.prod.dataconnect.example"
PATHS = "one path or more, and at most 5 paths and hosts together (a listener rule holds no more)"
UNHEALTHY = "or Route 53 never sees the stack healthy"
LINKS = (
    "one of database, lake/curated:read|write, lake/raw:read|write, queue/ingest:send|consume, "
    "table/sessions:read|write, table/user-logins:read|write"
)
VERBS = "table/sessions: and one or more of read, write, joined by +"
SEGMENTS = "a path (segments that each end with /, of letters, digits and ! _ . ' ( ) = -, at most 200 characters)"
RULES = "1 to 100 services: each takes one rule of the load balancer's listener"


def one(stack: str, key: str, value: object, line: str, beyond: dict[str, object] | None = None) -> Any:
    """A case: `key` of `stack` set to `value` (and `beyond`) gives exactly `line`."""
    return pytest.param(stack, {key: value, **(beyond or {})}, line, id=f"{stack}-{key}-{str(value)[:30]}")


def is_(key: str, value: object, expected: str) -> str:
    shown = str(value).lower() if isinstance(value, bool) else repr(value)
    return f"{key} is {shown}; expected {expected}"


def plain(stack: str, key: str, value: object, expected: str, beyond: dict[str, object] | None = None) -> Any:
    """A case whose line shows the edited key and value."""
    return one(stack, key, value, is_(key if ":" in key else f"dataconnect:{key}", value, expected), beyond)


NETWORK = [
    plain("prod", "network.cidr", "10.20.0.0/21", VPC_SIZE),
    plain("prod", "network.cidr", "10.0.0.0/15", VPC_SIZE, {"network.reservedCidrs": []}),
    plain("prod", "network.cidr", "10.20.1.0/16", "an IPv4 range without host bits: 10.20.0.0/16"),
    plain("prod", "network.cidr", "10.20.0.0", "an IPv4 range with its prefix length, e.g. 10.20.0.0/32"),
    plain("prod", "network.cidr", "ten", "an IPv4 range, e.g. 10.20.0.0/16"),
    plain("prod", "network.cidr", "52.20.0.0/16", "a private range, inside 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16"),
    one(
        *("prod", "network.cidr", "10.10.0.0/18"),
        is_("dataconnect:network.reservedCidrs[0]", "10.10.0.0/16", "a range that does not overlap network.cidr 10.10.0.0/18"),
    ),
    plain("prod", "network.reservedCidrs[1]", "10.20.128.0/17", "a range that does not overlap network.cidr 10.20.0.0/16"),
    plain("prod", "network.reservedCidrs[1]", "x", "an IPv4 range, e.g. 10.20.0.0/16"),
    plain("prod", "network.zones[1]", "us-west-2b", "a zone of us-east-2: us-east-2a, us-east-2b, us-east-2c"),
    plain("prod", "network.zones[1]", "us-east-2d", "a zone of us-east-2: us-east-2a, us-east-2b, us-east-2c"),
    plain("prod", "network.zones[1]", "us-east-2a", "a zone not listed before"),
    plain("prod", "network.zones", ["us-east-2a"], "two zones or more: RDS and load balancers refuse one"),
    plain("prod", "network.nat", "both", "'none', 'single' or 'per-zone'"),
    one(
        *("dev", "network.nat", "none"),
        "dataconnect:network.interfaceEndpoints is []; expected also ecr.api, ecr.dkr, logs, secretsmanager: "
        "without NAT, tasks cannot start without them",
    ),
    plain("prod", "network.interfaceEndpoints[0]", "s4", "one of " + ", ".join(limits.INTERFACE_ENDPOINTS)),
    plain("prod", "network.interfaceEndpoints[1]", "ecr.api", "an endpoint not listed before"),
    plain("prod", "network.flowLogRetentionDays", 10, RETENTION),
    plain("prod", "logRetentionDays", 0, RETENTION),
]

REGIONS_AND_ACCOUNTS = [
    plain("dev", "aws:region", "us-moon-1", REGIONS),
    plain("prod", "recoveryRegion", "us-east-2", "another region than aws:region us-east-2"),
    plain("prod", "recoveryRegion", "eu-moon-1", REGIONS),
    plain("prod-recovery", "primaryRegion", "us-west-2", "another region than aws:region us-west-2"),
    plain(
        *("prod-replication", "primaryRegion", "us-east-1"),
        "aws:region us-east-2: S3 and DynamoDB replication is driven from the primary's region",
    ),
    plain("prod-replication", "recoveryRegion", "us-east-2", "another region than aws:region us-east-2"),
    plain("prod-replication", "recoveryStack", "prod", "another stack than primaryStack"),
    plain("prod-recovery", "primaryStack", "my prod", "the name of a stack, e.g. prod"),
    plain("prod", "aws:allowedAccountIds", [], "exactly one account id: a stack belongs to one account"),
    plain(
        *("prod", "aws:allowedAccountIds", ["222222222222", "111111111111"]),
        "exactly one account id: a stack belongs to one account",
    ),
    plain("prod", "aws:allowedAccountIds[0]", "2222", "a 12-digit account id in quotes"),
    one(
        *("prod", "aws:allowedAccountIds", REMOVED),
        "aws:allowedAccountIds is missing; expected a list of the one account the stack may touch, in quotes",
    ),
    one(
        *("prod-recovery", "primaryStack", REMOVED),
        "dataconnect:primaryStack is missing; expected stack whose outputs are read, e.g. prod",
    ),
    plain(
        *("dev", "permissionsBoundary", "arn:aws:iam::222222222222:policy/dataconnect-boundary"),
        "arn:aws:iam::111111111111:policy/<name>",
    ),
    plain(
        *("prod", "permissionsBoundary", "arn:aws:iam::aws:policy/PowerUserAccess"),
        "arn:aws:iam::222222222222:policy/<name>",
    ),
    plain("prod", "keyAdministrators", [], "one role ARN or more: somebody must administer the keys"),
    plain(
        *("prod", "keyAdministrators[0]", "arn:aws:iam::111111111111:role/KeyAdministrator"),
        "arn:aws:iam::222222222222:role/<name>",
    ),
]

TAG = "aws:defaultTags.tags"
TAGS = [
    one("prod", f"{TAG}.Tenant", REMOVED, f"{TAG}.Tenant is missing; expected tenant that pays, or shared"),
    plain("prod", f"{TAG}.Tenant", " ", TAG_VALUE),
    plain("prod", f"{TAG}.Project", "", TAG_VALUE),
    plain("prod", f"{TAG}.CostCenter", "4100", "CC- and four digits, e.g. CC-4100"),
    plain("dev", f"{TAG}.Environment", "qa", "'dev', 'stage' or 'prod'"),
    plain("prod", f"{TAG}.Owner", "platform team", "an e-mail address, e.g. data-platform@dataconnect.example"),
    plain("prod", f"{TAG}.DataClassification", "secret", "'public', 'internal', 'confidential' or 'restricted'"),
    plain("prod", f"{TAG}.costcenter", "CC-4100", "the key CostCenter: tag keys are told apart by case"),
    plain("prod", f"{TAG}.Ticket", "", TAG_VALUE),
    plain("prod", f"{TAG}.Ticket", 7, TAG_VALUE),
    one(
        *("prod", TAG, {**CONFIG["prod"]["aws:defaultTags"]["tags"], "aws:thing": "x"}),
        is_(f"{TAG}.aws:thing", "x", f"a key of {TAG_VALUE.replace('256', '128')} that does not start with aws:"),
    ),
]

DATABASE = [
    plain(
        *("prod", "database.instanceClass", "db.r9.huge"),
        "one of db.t4g.{micro|small|medium|large|xlarge|2xlarge}, "
        + ", ".join(f"db.{family}.{EIGHT_SIZES}" for family in ("m6g", "m7g", "r6g", "r7g")),
    ),
    plain("prod", "database.multiAz", False, "true: prod must survive the loss of a zone"),
    plain("prod-recovery", "database.multiAz", False, "true: prod must survive the loss of a zone"),
    plain("prod", "database.engineVersion", "17.5", POSTGRESQL),
    plain("prod", "database.engineVersion", "11", POSTGRESQL),
    plain("prod", "database.engineVersion", "latest", POSTGRESQL),
    one("prod", "database.engineVersion", 17.5, is_("dataconnect:database.engineVersion", "17.5", POSTGRESQL)),
    plain("prod", "database.storageGiB", 10, "20 to 65536 GiB"),
    plain("prod", "database.maxStorageGiB", 219, "220 GiB or more (1.1 times the storage, 200 GiB)"),
    *(plain(stack, "database.backupRetentionDays", 0, BACKUPS) for stack in ("dev", "prod", "prod-recovery")),
    plain("prod", "database.backupRetentionDays", 36, BACKUPS),
    plain("prod", "database.backupWindow", "07:00-07:20", "hh:mm-hh:mm in UTC, 30 minutes or longer, e.g. 07:00-08:00"),
    plain("prod", "database.backupWindow", "7-8", "hh:mm-hh:mm in UTC, 30 minutes or longer, e.g. 07:00-08:00"),
    plain(
        *("prod", "database.maintenanceWindow", "sun:09:00-sun:09:10"),
        "ddd:hh:mm-ddd:hh:mm in UTC, 30 minutes to 24 hours, e.g. sun:09:00-sun:10:00",
    ),
    plain(
        *("prod", "database.maintenanceWindow", "sun:07:30-sun:08:30"),
        "a window that does not overlap backupWindow 07:00-08:00 (RDS refuses it)",
    ),
    plain("prod", "database.name", "table", SQL_NAME),
    plain("prod", "database.name", "postgres", SQL_NAME),
    plain("prod", "database.name", "1st", SQL_NAME),
    plain("prod", "database.username", "admin", SQL_NAME),
    plain("prod", "database.username", "rdsadmin", SQL_NAME),
    plain("prod", "database.username", "postgres", "a name that is not PostgreSQL's default"),
    plain("prod", "database.port", 80, "1150 to 65535"),
    plain("prod", "database.passwordVersion", 0, "1 to 10000"),
    plain("prod-recovery", "database.generation", 0, "1 to 99"),
]

INGRESS_AND_ALERTS = [
    plain("prod", "ingress.domain", "app.dev.dataconnect.example", "a name inside dns.zone prod.dataconnect.example"),
    plain(
        "prod-recovery",
        "ingress.domain",
        "App",
        "a lower-case domain name without a final dot, e.g. app.prod.dataconnect.example",
    ),
    plain(
        *("prod", "ingress.healthPath", "/nobody"),
        f"a path that a service without hosts answers (/search/*, /bi/*, /realtime/*, /api/data-products/*): {UNHEALTHY}",
    ),
    plain("prod", "ingress.healthPath", "search", "a path that starts with / and has no spaces, up to 255 characters"),
    plain(
        *("prod", "ingress.healthPath", "/search/healthz"),
        f"a path that a service without hosts answers (/bi/*, /realtime/*, /api/data-products/*): {UNHEALTHY}",
        {"services.search.hosts": ["app.prod.dataconnect.example"]},
    ),
    plain(
        *("prod-recovery", "ingress.allowedCidrs", ["198.51.100.0/24"]),
        "0.0.0.0/0: Route 53's health checkers must get in, or both regions count as unhealthy",
    ),
    plain("prod", "ingress.allowedCidrs", "1.2.3.4", "a list"),
    one(
        *("prod", "ingress.allowedCidrs", ["1.2.3.4"]),
        is_("dataconnect:ingress.allowedCidrs[0]", "1.2.3.4", "an IPv4 range with its prefix length, e.g. 1.2.3.4/32"),
    ),
    plain("prod", "alerts.emails", [], "one e-mail address or more: an alarm must reach somebody"),
    plain("prod", "alerts.emails[0]", "on-call", "an e-mail address, e.g. data-platform@dataconnect.example"),
    plain("prod", "alerts.slack.workspaceId", "dataconnect", "a Slack workspace id, e.g. T0123ABCD"),
    plain("prod", "alerts.slack.channelId", "general", "a Slack channel id, e.g. C0123ABCD"),
    plain("prod", "runbookUrl", "http://runbooks.dataconnect.example", "an https:// address without a final slash"),
    one(
        *("prod", "lake.buckets", ["raw", "curated", "raw"]),
        is_("dataconnect:lake.buckets[2]", "raw", "a bucket not listed before"),
    ),
    plain("prod", "lake.noncurrentDays", 0, "1 to 3650 days"),
]

SERVICES = [
    plain("prod", "services.search.digest", "latest", "sha256: and 64 hexadecimal digits (the image's digest)"),
    plain("prod", "services.search.digest", "sha256:12", "sha256: and 64 hexadecimal digits (the image's digest)"),
    plain(
        *("prod", "services.search.repository", "dataconnect/search:v1"),
        "a repository's name without registry, tag or digest, e.g. dataconnect/search",
    ),
    plain("prod", "services.search.cpu", 300, "one of 256, 512, 1024, 2048, 4096, 8192, 16384, 32768 CPU units"),
    plain("prod", "services.search.memory", 512, "one of 2048, 3072, 4096, 5120, 6144, 7168, 8192 MiB with 1024 CPU units"),
    one("prod", "services.bi.minTasks", 20, "dataconnect:services.bi.maxTasks is 9; expected minTasks (20) or more"),
    plain("prod", "services.search.minTasks", True, "a whole number"),
    plain("prod", "services.search.minTasks", "three", "a whole number"),
    plain("prod", "services.search.minTasks", 1.5, "a whole number"),
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
    plain("prod", "services.search.uses[0]", "databse", f"{LINKS} (did you mean database?)"),
    plain("prod", "services.search.uses[0]", "lake/rw:read", f"{LINKS} (did you mean lake/raw?)"),
    plain("prod", "services.search.uses[0]", "sessions", f"{LINKS} (did you mean table/sessions?)"),
    plain("prod", "services.search.uses[0]", "everything!", LINKS),
    plain("prod", "services.search.uses[0]", "database:read", "database alone"),
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
    plain(*("prod", "services.bi.paths[0]", "bi"), "a path pattern of up to 128 characters that starts with /, e.g. /search/*"),
    one(
        *("prod", "services.bi.hosts", ["bi.app.prod.dataconnect.example", "bi.example.com"]),
        "dataconnect:services.bi.hosts[1] is 'bi.example.com'; expected ingress.domain app.prod.dataconnect.example "
        "or one label in front of it: the certificate covers no more",
    ),
    plain("prod", "services", "search", "an object", {"ingress.healthPath": "/"}),
    one(
        "dev",
        "services",
        {},
        f"dataconnect:services is 0; expected {RULES}",
    ),
    plain("dev", "services.search.schedule.down", "0 20 * * 1-5", f"cron({FIELDS}), {CRON}"),
    plain(
        *("dev", "services.search.schedule.down", "cron(0 20 * * MON-FRI *)"),
        f"? in exactly one of day-of-month and day-of-week, {CRON}",
    ),
    plain(
        *("dev", "services.search.schedule.down", "cron(0 20 ? * ? *)"),
        f"? in exactly one of day-of-month and day-of-week, {CRON}",
    ),
    plain("dev", "services.search.schedule.down", "cron(0 25 ? * MON-FRI *)", f"0 to 23 in the field hours, {CRON}"),
    plain("dev", "services.search.schedule.down", "cron(0 20 ? * WORKDAYS *)", f"1 to 7 in the field day of week, {CRON}"),
    plain("dev", "services.search.schedule.up", "cron(0 20 ? * MON-FRI *)", "another time than schedule.down"),
    plain("dev", "services.search.schedule.timezone", "America/New_Yrok", "an IANA time zone, e.g. America/New_York"),
    plain("dev", "services.search.schedule.downTasks", 1, "fewer than minTasks (1)"),
]

KEYS_AND_SHAPES = [
    plain("prod", "protect", False, "true: prod holds data that nobody may lose"),
    plain("prod", "protect", "maybe", "true or false"),
    plain("prod", "role", "main", "one of primary, recovery, replication"),
    one("prod", "role", REMOVED, "dataconnect:role is missing; expected one of primary, recovery, replication"),
    one(
        "prod", "database.instanceClas", "x", "dataconnect:database.instanceClas is an unknown key; did you mean instanceClass?"
    ),
    one("prod", "databse", {}, "dataconnect:databse is an unknown key; did you mean dataconnect:database?"),
    one(
        *("prod", "active", True),
        "dataconnect:active is an unknown key; it belongs to stacks whose dataconnect:role is recovery",
    ),
    one(
        *("prod-recovery", "recoveryRegion", "us-east-2"),
        "dataconnect:recoveryRegion is an unknown key; it belongs to stacks whose dataconnect:role is primary or replication",
    ),
    one(
        *("prod-recovery", "database.username", "x"),
        "dataconnect:database.username is an unknown key; expected one of instanceClass, engineVersion, port, "
        "storageGiB, maxStorageGiB, multiAz, backupRetentionDays, backupWindow, maintenanceWindow, promoted, generation",
    ),
    one("prod-replication", "lake", None, "dataconnect:lake is empty; expected an object with the keys buckets"),
    one(
        *("prod", "network.cidr", REMOVED),
        "dataconnect:network.cidr is missing; expected private IPv4 range of the VPC, /16 to /20",
    ),
]

NAMES_AND_FLOORS = [
    plain("prod", "logRetentionDays", 30, "365 days or more in prod: a year's records must be explainable by that year's logs"),
    one(
        *("prod", "queues", {"ingest": {}, "ingest-dead-letters": {}}),
        is_(
            "dataconnect:queues.ingest-dead-letters",
            "ingest-dead-letters",
            "another name: the dead letters of ingest are called so",
        ),
    ),
    one(
        *("dev", "tables.database", {"hashKey": "id"}),
        is_(
            "dataconnect:tables.database", "database", "another name: the stack's database is called so, and backed up under it"
        ),
    ),
    one(
        *("dev", "services.search.repository", "dataconnect-data-products"),
        is_(
            "dataconnect:services.data-products.repository",
            "dataconnect/data-products",
            "a repository that differs from dataconnect-data-products by more than / and -",
        ),
    ),
    one(
        *("prod", "services.bi.hosts", ["standby.app.prod.dataconnect.example"]),
        is_(
            "dataconnect:services.bi.hosts[0]",
            "standby.app.prod.dataconnect.example",
            "ingress.domain app.prod.dataconnect.example or one label in front of it: the certificate covers no more",
        ),
    ),
    one("prod", "dataconect:protect", True, "dataconect:protect is an unknown key; did you mean dataconnect:protect?"),
    plain("dev", "tables.sessions.rangeKey", "session_id", "another attribute than hashKey"),
    one(
        *("dev", "tables.extra", {"hashKey": "expires_at"}),
        is_("dataconnect:tables.extra.ttlAttribute", "expires_at", "an attribute that is no key"),
    ),
    plain("prod", "network.cidr", "10.20.0.0/255.255.0.0", "an IPv4 range without host bits: 10.20.0.0/16"),
    plain("prod", "ingress.allowedCidrs", "x", "a list"),
    plain("prod", "runbookUrl", "https://[runbooks.example", "an https:// address without a final slash"),
    plain("prod", "runbookUrl", "https://runbooks.example?token=1", "an https:// address without a final slash"),
    plain("prod", "runbookUrl", "https://runbooks.example:99999", "an https:// address without a final slash"),
    plain("prod", "services.bi.priority", float("inf"), "a value that can be read"),
    *(
        plain(
            "prod",
            "services.search.uses[0]",
            f"lake/raw/{path}:read",
            f"lake/raw:read|write, or {SEGMENTS} between the two",
        )
        for path in ("in", "../x/", "./", "a//", "a*/", "é/")
    ),
    one("prod", "alerts.webhook", ["https://pager.example/k1"], "dataconnect:alerts.webhook is [hidden]; expected text"),
]

# put together here, so that no scanner takes this file for a leak
ACCESS_KEY = "AKIA" + "ABCDEFGHIJKLMNOP"
PASSWORD = "u:" + "p@host.example"
CREDENTIALS = [
    (f"{TAG}.Tenant", ACCESS_KEY, "an AWS access key"),
    (f"{TAG}.Ticket", "-----BEGIN RSA " + "PRIVATE KEY-----", "a private key"),
    ("runbookUrl", f"https://{PASSWORD}", "an address with a password"),
    ("services.search.healthPath", f"postgres://{PASSWORD}/db", "an address with a password"),
    ("alerts.webhook", "https://hooks." + "slack.com/services/T0/B0/x", "a webhook's address"),
    ("alerts.slack.channelId", "xoxb-" + "1234567890", "a Slack token"),
    ("aws:profile", "ghp_" + "a" * 36, "a GitHub token"),
]
SECRETS = [
    *(
        one("prod", key, value, f"{key if ':' in key else f'dataconnect:{key}'} {CREDENTIAL} {what}")
        for key, value, what in CREDENTIALS
    ),
    one(
        *("prod", "alerts.webhook", "https://events.pager.example/x"),
        "dataconnect:alerts.webhook is [hidden]; expected a secret; set it with "
        "`pulumi config set --secret --path dataconnect:alerts.webhook`",
    ),
    one(
        *("prod", "aws:secretKey", "x"),
        "aws:secretKey is [hidden]; expected no credentials in a stack file: "
        "they come from the shell's AWS profile or the job's role",
    ),
]


@pytest.mark.parametrize(
    ("stack", "edits", "line"),
    [
        *NETWORK,
        *REGIONS_AND_ACCOUNTS,
        *TAGS,
        *DATABASE,
        *INGRESS_AND_ALERTS,
        *SERVICES,
        *KEYS_AND_SHAPES,
        *NAMES_AND_FLOORS,
        *SECRETS,
    ],
)
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
@pytest.mark.parametrize("service", ["dataconnect-owner", "postgres", "rdsadmin", "pg-monitor", "user", "information-schema"])
def test_a_service_that_uses_the_database_is_not_called_as_another_user_is(stack: str, service: str) -> None:
    own = {**CONFIG[stack]["dataconnect:services"]["search"], "priority": 111}
    user = service.replace("-", "_")
    expected = f"another name: PostgreSQL, RDS or the master user has {user}, and it logs in to the database as that"
    line = is_(f"dataconnect:services.{service}", service, expected)
    assert line in refused(stack, {f"services.{service}": own})
    assert line not in refused(stack, {f"services.{service}": {**own, "uses": []}})


def test_more_services_than_listener_rules_are_refused() -> None:
    service = CONFIG["prod"]["dataconnect:services"]["search"]
    many = {f"s{number}": {**service, "priority": number + 1} for number in range(101)}
    assert f"dataconnect:services is 101; expected {RULES}" in refused("prod", {"services": many})


def test_problems_in_every_corner_of_the_file_are_reported_together() -> None:
    edits: dict[str, object] = {
        "aws:region": "us-west-2",
        "network.cidr": "10.20.0.0/24",
        "database.multiAz": False,
        "database.port": 1,
        "services.search.digest": "latest",
        "services.bi.priority": 300,
        "ingress.domain": "app.example.com",
        "colour": "blue",
        f"{TAG}.Ticket": ACCESS_KEY,
    }
    keys = [line.partition(" is ")[0].removesuffix(" ") for line in refused("prod", edits)]
    assert keys == [
        "aws:defaultTags.tags.Ticket",
        "dataconnect:network.cidr",
        *(f"dataconnect:network.zones[{index}]" for index in range(3)),
        "dataconnect:services.search.digest",
        "dataconnect:services.bi.priority",
        "dataconnect:services.realtime.priority",
        "dataconnect:ingress.domain",
        "dataconnect:recoveryRegion",
        "dataconnect:database.port",
        "dataconnect:database.multiAz",
        "dataconnect:colour",
    ]


def test_a_stack_without_role_still_hears_about_region_account_and_tags() -> None:
    lines = refused("prod", {"role": REMOVED, "aws:region": "us-moon-1", f"{TAG}.Owner": "me"})
    assert [line.partition(" is ")[0] for line in lines] == ["dataconnect:role", "aws:region", f"{TAG}.Owner"]


def test_a_list_that_holds_a_credential_is_not_shown_either() -> None:
    assert refused("prod", {"network.zones": [ACCESS_KEY]}) == [
        f"dataconnect:network.zones[0] {CREDENTIAL} an AWS access key",
        "dataconnect:network.zones is [hidden]; expected two zones or more: RDS and load balancers refuse one",
    ]


def test_no_value_of_a_secret_key_is_ever_shown() -> None:
    edits: dict[str, object] = {"alerts.webhook": "http://pager.example/hunter2", "alerts.emails": ["hunter2"]}
    lines = refused("prod", edits, secrets=frozenset({"dataconnect:alerts"}))
    assert lines == [
        "dataconnect:alerts.emails[0] is [hidden]; expected an e-mail address, e.g. data-platform@dataconnect.example",
        "dataconnect:alerts.webhook is [hidden]; expected an https:// address without a final slash",
    ]


@pytest.mark.parametrize("stack", ["Dev_1", "dev.eu", "a--b", "x" * 41, "1st"])
def test_a_stack_s_name_must_serve_its_database(stack: str) -> None:
    with pytest.raises(SettingsError) as caught:
        parse(CONFIG["dev"], stack=stack)
    expected = "up to 40 lower-case letters, digits and single hyphens, a letter first: its database is named after it"
    assert str(caught.value) == f"Pulumi.{stack}.yaml: the stack's name is {stack!r}; expected {expected}"


def test_a_secret_shows_neither_as_role_nor_in_what_others_expect() -> None:
    told = refused("prod", {"role": "hunter2"}, secrets=frozenset({"dataconnect:role"}))
    assert told[0] == "dataconnect:role is [hidden]; expected one of primary, recovery, replication"
    told = refused(
        "prod", {"queues": {"hunter2": {}}, "services.bi.uses": ["nothing"]}, secrets=frozenset({"dataconnect:queues"})
    )
    assert not [line for line in told if "hunter2" in line]
