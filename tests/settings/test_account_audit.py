"""What settings say of an account's audit and detection that is none, or does not fit the rest."""

from datetime import date, timedelta
from typing import Any

import pytest

from settings import AccountSettings
from tests.settings.cases import is_, one, plain
from tests.settings.stack_files import accepted, committed, refused

ENTRY: dict[str, Any] = {
    "of": "posture",
    "finding": "S3.7",
    "resource": "arn:aws:s3:::account-trail-*",
    "reason": "The trail is in one region: the archive account has the copy.",
    "owner": "security@dataconnect.example",
    "ticket": "SEC-201",
    "expires": str(date.today() + timedelta(days=30)),
}
KEY = "arn:aws:kms:us-east-2:333333333333:key/mrk-1"
ARCHIVE = {"trailBucket": "archive-trail", "recordsBucket": "archive-records", "keyArn": KEY}
ROLE = "arn:aws:iam::333333333333:role/investigator"

CASES: list[Any] = [
    plain("dev-account", "audit.lockDays", 0, "1 to 3650 days"),
    one(
        *("dev-account", "audit", {"lockDays": 400, "keepDays": 365}),
        is_("dataconnect:audit.keepDays", 365, "lockDays, 400, or more: S3 deletes no file before its lock ends"),
    ),
    one(
        *("dev-account", "audit.dataEvents", ["objects", "queues"]),
        is_("dataconnect:audit.dataEvents[1]", "queues", "'objects', 'tables' or 'functions'"),
    ),
    one(
        *("dev-account", "audit.buckets", []),
        is_("dataconnect:audit.buckets", [], "one or more, or no objects in dataEvents"),
    ),
    one(
        *("dev-account", "audit.buckets", ["Lake"]),
        is_("dataconnect:audit.buckets[0]", "Lake", "what names of buckets begin with, e.g. lake-"),
    ),
    one(
        *("dev-account", "audit.readers", ["investigator"]),
        is_("dataconnect:audit.readers[0]", "investigator", "arn:aws:iam::<account>:role/<name>"),
    ),
    one(
        *("dev-account", "audit.writers", ["111111111111"]),
        is_("dataconnect:audit.writers[0]", "111111111111", "other accounts only: its own services write here anyway"),
    ),
    one(
        *("dev-account", "audit", {"writers": ["222222222222"], "archive": ARCHIVE}),
        is_("dataconnect:audit.archive", "there", "none, or no writers: an archive for others is declared here"),
    ),
    one(
        *("dev-account", "audit.archive", {**ARCHIVE, "keyArn": "alias/audit"}),
        is_("dataconnect:audit.archive.keyArn", "alias/audit", "the ARN of a KMS key"),
    ),
    one(
        *("dev-account", "detection.agents", ["tasks", "pods"]),
        is_("dataconnect:detection.agents[1]", "pods", "'instances' or 'tasks'"),
    ),
    one(
        *("dev-account", "adopt.detector", {"us-west-2": "abc"}),
        is_("dataconnect:adopt.detector.us-west-2", "us-west-2", "a region of platforms: us-east-2"),
    ),
    one(
        *("dev-account", "suppressions", [ENTRY, {**ENTRY, "ticket": "SEC-202"}]),
        is_("dataconnect:suppressions[1].finding", "S3.7", "once: entry 1 accepts the same"),
    ),
    one(
        *("dev-account", "suppressions", [{**ENTRY, "regions": ["us-west-2"]}]),
        is_("dataconnect:suppressions[0].regions", "us-west-2", "a region of platforms: us-east-2"),
    ),
    one(
        *("dev-account", "suppressions", [{**ENTRY, "expires": "soon"}]),
        is_("dataconnect:suppressions[0].expires", "soon", "a day in quotes, e.g. '2027-05-31'"),
    ),
]


@pytest.mark.parametrize(("stack", "edits", "line"), CASES)
def test_what_is_wrong_is_named(stack: str, edits: dict[str, object], line: str) -> None:
    assert refused(stack, edits) == [line]


def test_what_has_ended_is_no_error_so_that_a_deployment_can_take_its_rule_away() -> None:
    ended = {**ENTRY, "expires": "2026-01-31"}
    (entry,) = accepted("dev-account", {"suppressions": [ended]}, AccountSettings).suppressions
    assert not entry.counts(date.today())


def test_an_account_records_everything_for_seven_years_and_nobody_reads_it_by_default() -> None:
    known = committed("prod-account", AccountSettings)
    assert (known.audit.keep_days, known.audit.lock_days) == (2555, 365)
    assert known.audit.data_events == ("objects", "tables", "functions") and known.audit.insights
    assert known.audit.readers == () == known.suppressions


def test_readers_may_be_of_another_account() -> None:
    assert accepted("dev-account", {"audit": {"readers": [ROLE]}}, AccountSettings).audit.readers == (ROLE,)
