"""Wrong databases."""

import pytest

from tests.settings.cases import is_, one, plain
from tests.settings.stack_files import refused

SQL_NAME = "up to 63 lower-case letters, digits and _, a letter first, no word reserved by PostgreSQL or RDS"
BACKUPS = "1 to 35 days: without backups there is no replica and no way back"
POSTGRESQL = "a major, one of 16, 17, 18: RDS keeps the minor current"
EIGHT_SIZES = "{large|xlarge|2xlarge|4xlarge|8xlarge|12xlarge|16xlarge}"
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
    plain("prod", "database.storageGiB", 10, "20 to 59578 GiB"),
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
    plain("prod", "database.rotationDays", 91, "1 to 90 days"),
    plain("prod-recovery", "database.generation", 0, "1 to 99"),
]


@pytest.mark.parametrize(("stack", "edits", "line"), [*DATABASE])
def test_a_wrong_value_is_refused_with_its_key_and_what_would_be_right(stack: str, edits: dict[str, object], line: str) -> None:
    assert refused(stack, edits) == [line]
