"""What settings say of logs that do not fit their stack."""

import pytest

from settings import PlatformSettings
from tests.settings.cases import is_, one, plain
from tests.settings.stack_files import accepted, refused

LOGS = "365 days or more in prod: a year's records must be explainable by that year's logs"
CASES = [
    plain("prod", "logs.archiveDays", 364, LOGS),
    plain("prod", "logs.archiveDays", 4000, "1 to 3650 days"),
    plain("prod", "logs.retentionDays.access", 180, LOGS),
    plain("prod", "logs.bufferSeconds", 30, "60 to 900 seconds"),
    plain("dev", "logs.search.keepDays.access", 0, "1 to 3650 days"),
    one(
        *("dev", "logs.search.keepDays.audit", 31),
        is_(
            "dataconnect:logs.search.keepDays.audit",
            31,
            "archiveDays (30) or fewer: a domain that was lost is filled from the copies",
        ),
        {"logs.search.nodeType": "m7g.large.search"},
    ),
    one(
        *("dev", "logs.search.keepDays.application", 10),
        is_(
            "dataconnect:logs.search.keepDays",
            30,
            "fewer days, or more or larger nodes: an index for each class and day, and one for each day of what is "
            "quarantined, are 34 shards with their copies, and 1 nodes of t3.small.search bear 25",
        ),
    ),
    plain("prod", "logs.search.volumeGiB", 5, "10 to 1024 GiB with m7g.large.search: a node has no other volume"),
    one(
        *("dev", "queues.logs", {}),
        is_(
            "dataconnect:logs.search",
            "a domain",
            "none while dataconnect:queues.logs is there: the queue of the domain is called so, too",
        ),
    ),
]


@pytest.mark.parametrize(("stack", "edits", "line"), CASES)
def test_what_is_wrong_is_named(stack: str, edits: dict[str, object], line: str) -> None:
    assert refused(stack, edits) == [line]


def test_more_zones_than_the_network_has_are_named() -> None:
    told = refused("prod", {"network.zones": ["us-east-2a", "us-east-2b"]})
    assert "dataconnect:logs.search.zones is 3; expected 2 or fewer: the network has no more (network.zones)" in told


def test_a_stack_may_copy_and_search_nothing_or_copy_alone() -> None:
    assert accepted("dev", {"logs": None}, PlatformSettings).logs is None
    copied = accepted("dev", {"logs.search": None}, PlatformSettings).logs
    assert copied is not None and copied.search is None and copied.class_days() == {}


def test_a_class_may_be_kept_for_another_time() -> None:
    found = accepted("prod", {}, PlatformSettings).logs
    assert found is not None and found.class_days() == {"audit": 731}
    assert found.search is not None
    assert found.search.keep_days.indexes() == {"application": 14, "audit": 90, "access": 7, "quarantine": 14}
