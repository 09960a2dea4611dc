"""What settings say of batch jobs that do not fit their stack."""

from typing import Any

import pytest

from settings import PrimarySettings
from settings.links import links_in
from settings.workloads import jobs
from tests.settings.cases import LINKS, is_, one, plain
from tests.settings.stack_files import CONFIG, accepted, refused

TENANTS = ", ".join(name for name, spec in CONFIG["prod"]["dataconnect:lake"]["buckets"].items() if spec.get("perTenant", True))
BUCKETS = ", ".join(CONFIG["prod"]["dataconnect:lake"]["buckets"])
JOBS = CONFIG["prod"]["dataconnect:jobs"]
JOB: dict[str, Any] = {
    **JOBS["aggregate"],
    "repository": "dataconnect/another",
    "uses": [],
    "objects": None,
    "schedule": None,
}
WHOSE = "whose objects are tenants', for whom it starts"
CASES = [
    plain("prod", "batch.spotVcpus", 0, "1 to 10000"),
    *(
        plain("prod", "jobs.aggregate.objects.bucket", bucket, f"one of lake.buckets {WHOSE}: {TENANTS}")
        for bucket in ("landing", "config")
    ),
    one(
        *("prod", "jobs.search", JOB),
        is_("dataconnect:jobs.search", "search", "another name: a service is called so"),
    ),
    one(
        *("prod", "jobs.another", {**JOB, "repository": "dataconnect-search"}),
        is_(
            "dataconnect:jobs.another.repository",
            "dataconnect-search",
            "a repository that differs from dataconnect/search by more than / and -",
        ),
    ),
    one(
        *("prod", "batch.onDemandVcpus", 1),
        is_(
            "dataconnect:jobs.large.cpu",
            2048,
            "at most 1024, 1024 for each vCPU of the smaller of batch.spotVcpus and batch.onDemandVcpus",
        ),
        {"jobs.large": {**JOB, "cpu": 2048, "memory": 4096}},
    ),
    plain("prod", "jobs.aggregate.command", [], "what the container runs, one argument or more"),
    plain("prod", "jobs.aggregate.timeoutMinutes", 0, "1 to 20160 minutes"),
    one(
        *("prod", "jobs.aggregate.uses", ["databse"]),
        is_("dataconnect:jobs.aggregate.uses[0]", "databse", f"database:read|write, which is nearest, or {LINKS}"),
    ),
    one(
        *("prod", "jobs.dataconnect-owner", {**JOB, "uses": ["database:read"]}),
        is_(
            "dataconnect:jobs.dataconnect-owner",
            "dataconnect-owner",
            "another name: PostgreSQL, RDS or the platform has dataconnect_owner, and it logs in to the database as that",
        ),
    ),
]


@pytest.mark.parametrize(("stack", "edits", "line"), CASES)
def test_a_wrong_value_is_refused_with_its_key_and_what_would_be_right(stack: str, edits: dict[str, object], line: str) -> None:
    assert refused(stack, edits) == [line]


def test_jobs_need_a_queue() -> None:
    expected = "no job, or the section batch: jobs wait in its queue"
    assert refused("prod", {"batch": None}) == [is_(f"dataconnect:jobs.{name}", name, expected) for name in JOBS]


def test_a_schedule_needs_the_registry() -> None:
    known = accepted("prod", {}, PrimarySettings)
    found, stack = {"aggregate": known.jobs["aggregate"]}, {"services": known.services, "batch": known.batch}
    (problem,) = jobs(found, stack, master=None, links=dict(links_in(PrimarySettings, {"dataconnect:tables": {"x": {}}})))
    assert (problem.path, problem.value) == (("aggregate", "schedule", "at"), "cron(0 11 * * ? *)")
    assert problem.expected == "no schedule, or a table tenants: it tells for whom the job starts"


def test_a_job_without_a_start_of_its_own_is_one_entry() -> None:
    assert set(accepted("prod", {"jobs.another": JOB}, PrimarySettings).jobs) == {*JOBS, "another"}
