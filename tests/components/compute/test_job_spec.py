import re
from typing import Any

import pytest

from components.base.errors import InvalidArgumentError
from components.compute.job_spec import KEY, BatchSpec, JobScheduleSpec, ObjectsSpec
from tests.components.compute.job_examples import BATCH, NIGHTLY, job_spec


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"command": ()}, r"JobSpec\.command is \[\]; expected what the container runs"),
        (
            {"command": ("Ref::customer",)},
            r"JobSpec\.command\[0\] is 'Ref::customer'; expected one of Ref::tenant",
        ),
        ({"command": ("a", "--t=Ref::tenant")}, r"JobSpec\.command\[1\] is '--t=Ref::tenant'; expected one of Ref::tenant"),
        (
            {"command": ("Ref::tenant", "Ref::tenant")},
            r"JobSpec\.command\[1\] is 'Ref::tenant'; expected a parameter not",
        ),
        ({"command": ("all",), "schedule": NIGHTLY}, r"JobSpec\.schedule\.at is .*; expected Ref::tenant in command"),
        ({"timeout_minutes": 0}, r"JobSpec\.timeout_minutes is 0; expected 1 to 20160 minutes"),
        ({"attempts": 11}, r"JobSpec\.attempts is 11; expected 1 to 10"),
        ({"priority": 10_000}, r"JobSpec\.priority is 10000; expected 1 to 9999"),
        # The provider would leave it out, and a queue with fair share takes no job without.
        ({"priority": 0}, r"JobSpec\.priority is 0; expected 1 to 9999"),
        ({"scratch_gib": 201}, r"JobSpec\.scratch_gib is 201; expected 20 to 200 GiB"),
        ({"cpu": 512, "memory": 512}, r"JobSpec\.memory is 512; expected one of 1024"),
        ({"digest": "latest"}, r"JobSpec\.digest is 'latest'; expected sha256:"),
        ({"uses": ("Database",)}, r"JobSpec\.uses\[0\] is 'Database'; expected the name of a link"),
    ],
)
def test_a_job_that_aws_or_its_queue_would_refuse_is_told(changes: dict[str, Any], line: str) -> None:
    with pytest.raises(InvalidArgumentError, match=line):
        job_spec(**changes)


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"spot_vcpus": 0}, r"BatchSpec\.spot_vcpus is 0; expected 1 to 10000"),
        ({"on_demand_vcpus": 0}, r"BatchSpec\.on_demand_vcpus is 0; expected 1 to 10000"),
        ({"decay_minutes": 10_081}, r"BatchSpec\.decay_minutes is 10081; expected 10 to 10080 minutes"),
        # AWS's pages say two things of zero.
        ({"decay_minutes": 0}, r"BatchSpec\.decay_minutes is 0; expected 10 to 10080 minutes"),
        ({"reserved_percent": 100}, r"BatchSpec\.reserved_percent is 100; expected 0 to 99 %"),
        ({"stuck_minutes": 9}, r"BatchSpec\.stuck_minutes is 9; expected 10 to 1440 minutes"),
        ({"cancel_minutes": 1441}, r"BatchSpec\.cancel_minutes is 1441; expected 10 to 1440 minutes"),
        ({"stuck_minutes": 60, "cancel_minutes": 30}, r"cancel_minutes is 30; expected stuck_minutes \(60\) or more"),
        ({"stuck_minutes": 300}, r"cancel_minutes is 240; expected stuck_minutes \(300\) or more"),
    ],
)
def test_a_queue_that_aws_would_refuse_is_told(changes: dict[str, Any], line: str) -> None:
    with pytest.raises(InvalidArgumentError, match=line):
        BatchSpec(**{"spot_vcpus": 16, "on_demand_vcpus": 4, **changes})


def test_people_hear_of_a_job_before_it_is_cancelled() -> None:
    assert BATCH.stuck_minutes < BATCH.cancel_minutes


@pytest.mark.parametrize("name", ["a/b", "*", "", "x" * 101])
def test_the_name_of_what_ends_a_delivery_has_no_path_and_no_pattern(name: str) -> None:
    with pytest.raises(InvalidArgumentError, match=r"ObjectsSpec\.name is .*; expected a name without / or \*"):
        ObjectsSpec(bucket="raw", name=name)


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"at": "cron(0 8 * * *)"}, "at is .*; expected cron"),
        ({"timezone": "EST5"}, "timezone is 'EST5'; expected an IANA time zone"),
        ({"dataset": "Loans"}, "dataset is 'Loans'; expected a dataset's name"),
    ],
)
def test_a_schedule_that_never_runs_is_told(changes: dict[str, Any], line: str) -> None:
    with pytest.raises(InvalidArgumentError, match=rf"JobScheduleSpec\.{line}"):
        JobScheduleSpec(**{"at": "cron(0 8 * * ? *)", "dataset": "loans", **changes})


@pytest.mark.parametrize(
    "key",
    [
        "tenant=tabcdefghijklmn/dataset=loans/date=2026-11-28/_SUCCESS",
        "tenant=tabcdefghijklmn23/dataset=loans/date=2026-11-28/_SUCCESS",
        "tenant=TABCDEFGHIJKLMN2/dataset=loans/date=2026-11-28/_SUCCESS",
        "x/tenant=tabcdefghijklmn2/dataset=loans/date=2026-11-28/_SUCCESS",
        "tenant=tabcdefghijklmn2/rejected/dataset=loans/date=2026-11-28/_SUCCESS",
        "tenant=tabcdefghijklmn2/dataset=a b/date=2026-11-28/_SUCCESS",
        "tenant=tabcdefghijklmn2/dataset=loans/date=yesterday/_SUCCESS",
    ],
)
def test_no_other_key_tells_a_tenant(key: str) -> None:
    assert re.match(KEY, key) is None
