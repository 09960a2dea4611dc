"""Wrong tags, keys, shapes and names; and many problems at once."""

import pytest

from settings import SettingsError, parse
from settings.foreign import ALLOWED
from tests.settings.cases import is_, one, plain
from tests.settings.stack_files import CONFIG, REMOVED, refused

TAG_VALUE = "1 to 256 letters, digits, spaces (not at the ends) and . : / = + - @ _"
SEGMENTS = "a path (segments that each end with /, of letters, digits and ! _ . ' ( ) = -, at most 200 characters)"
PRIORITY = "a whole number: of the listener rule, 1 to 50000, each service its own; the lowest number is tried first"
TAG = "aws:defaultTags.tags"
TAGS = [
    plain("prod", f"{TAG}.Owner", "a..b@x.example", "an e-mail address, e.g. data-platform@dataconnect.example"),
    one("prod", f"{TAG}.Tenant", REMOVED, f"{TAG}.Tenant is missing; expected tenant that pays, or shared"),
    plain("prod", f"{TAG}.Tenant", " ", TAG_VALUE),
    plain("prod", f"{TAG}.Project", "", TAG_VALUE),
    plain("prod", f"{TAG}.CostCenter", "4100", "CC- and four digits, e.g. CC-4100"),
    plain("dev", f"{TAG}.Environment", "qa", "'dev', 'stage' or 'prod'"),
    plain("prod", f"{TAG}.Owner", "platform team", "an e-mail address, e.g. data-platform@dataconnect.example"),
    plain("prod", f"{TAG}.DataClassification", "secret", "'public', 'internal', 'confidential' or 'restricted'"),
    plain("prod", f"{TAG}.costcenter", "CC-4100", "the key CostCenter: tag keys are told apart by case"),
    plain("prod", f"{TAG}.Ticket", "", TAG_VALUE),
    plain("prod", f"{TAG}.Ticket", 7, "text, in quotes: AWS takes nothing else for a tag"),
    one(
        *("prod", TAG, {**CONFIG["prod"]["aws:defaultTags"]["tags"], "aws:thing": "x"}),
        is_(f"{TAG}.aws:thing", "x", f"a key of {TAG_VALUE.replace('256', '128')} that does not start with aws:"),
    ),
]
ROLE = "no role in a stack file: who deploys takes it before, in the job or in the AWS profile"
ELSEWHERE = [
    one(
        *("prod", "aws:s3UsePathStyle", True),
        f"aws:s3UsePathStyle is an unknown key; expected one of {', '.join(ALLOWED)}",
    ),
    *(
        one("prod", key, [{"roleArn": "arn:aws:iam::111111111111:role/x"}], f"{key} has no place here; expected {ROLE}")
        for key in ("aws:assumeRole", "aws:assumeRoles")
    ),
    one(
        *("prod", "pulumi:disable-default-providers", ["*"]),
        "pulumi:disable-default-providers is an unknown key; expected a key of dataconnect: or aws:; nobody reads pulumi:",
    ),
    one("prod", "gcp:project", "x", "gcp:project is an unknown key; expected a key of dataconnect: or aws:; nobody reads gcp:"),
    one(
        *("prod", "dataconnect:config:protect", True),
        "dataconnect:config:protect is an unknown key; did you mean dataconnect:protect?",
    ),
    plain("prod", "protect", "yes", "true or false"),
    plain("prod", "protect", 1, "true or false"),
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
        "storageGiB, maxStorageGiB, multiAz, backupRetentionDays, backupWindow, maintenanceWindow, generation, kept",
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
    plain("prod", "runbookUrl", "https://runbooks.example?page=1", "an https:// address without user, query or final slash"),
    plain("prod", "runbookUrl", "https://runbooks.example:99999", "an https:// address without user, query or final slash"),
    plain("prod", "services.bi.priority", float("inf"), PRIORITY),
    *(
        plain(
            "prod",
            "services.search.uses[0]",
            f"lake/raw/{path}:read",
            f"lake/raw:read|write, or {SEGMENTS} between the two",
        )
        for path in ("in", "../x/", "./", "a//", "a*/", "é/")
    ),
    one(
        "prod",
        "alerts.webhook",
        ["https://pager.example/k1"],
        "dataconnect:alerts.webhook is [hidden]; "
        "expected text: https address that takes SNS messages and hears the same as `emails`; a Pulumi secret, none by default",
    ),
]
ACCESS_KEY = "AKIA" + "ABCDEFGHIJKLMNOP"


@pytest.mark.parametrize(("stack", "edits", "line"), [*TAGS, *ELSEWHERE, *KEYS_AND_SHAPES, *NAMES_AND_FLOORS])
def test_a_wrong_value_is_refused_with_its_key_and_what_would_be_right(stack: str, edits: dict[str, object], line: str) -> None:
    assert refused(stack, edits) == [line]


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


@pytest.mark.parametrize("stack", ["Dev_1", "dev.eu", "a--b", "x" * 41, "1st"])
def test_a_stack_s_name_must_serve_its_database(stack: str) -> None:
    with pytest.raises(SettingsError) as caught:
        parse(CONFIG["dev"], stack=stack)
    expected = "up to 40 lower-case letters, digits and single hyphens, a letter first: its database is named after it"
    assert str(caught.value) == f"Pulumi.{stack}.yaml: the stack's name is {stack!r}; expected {expected}"
