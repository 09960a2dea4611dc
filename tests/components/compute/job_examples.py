"""A queue and a job as tests declare them."""

from dataclasses import replace
from typing import Any, Final

from components.base.here import Here
from components.base.links import Link
from components.base.statements import Statement
from components.compute.batch import Batch, BatchArgs
from components.compute.container import PULL_ACTIONS
from components.compute.job import Job, JobArgs
from components.compute.job_spec import BatchSpec, JobScheduleSpec, JobSpec, ObjectsSpec
from tests.components.compute.examples import DIGEST
from tests.components.harness import ACCOUNT, here, kms_key

IMAGE: Final = f"{ACCOUNT}.dkr.ecr.us-east-2.amazonaws.com/dataconnect/aggregate@{DIGEST}"
REPOSITORY: Final = f"arn:aws:ecr:us-east-2:{ACCOUNT}:repository/aggregate"
COMMAND: Final = ("aggregate", "--tenant", "Ref::tenant", "--dataset", "Ref::dataset", "--dates", "Ref::dates")
TABLE: Final = f"arn:aws:dynamodb:us-east-2:{ACCOUNT}:table/tenants"
REGISTRY: Final = Link(
    statements=(Statement(sid="ReadTableTenants", actions=("dynamodb:Query",), resources=(TABLE, f"{TABLE}/index/*")),),
    environment={"TENANTS_TABLE": "tenants-1234567"},
)
BATCH: Final = BatchSpec(spot_vcpus=16, on_demand_vcpus=4)
OBJECTS: Final = ObjectsSpec(bucket="raw")
NIGHTLY: Final = JobScheduleSpec(at="cron(0 11 * * ? *)", dataset="loans")


def job_spec(**changes: Any) -> JobSpec:
    """Half a CPU for an hour at most, started by deliveries and every night."""
    defaults: dict[str, Any] = {
        "repository": "dataconnect/aggregate",
        "digest": DIGEST,
        "command": COMMAND,
        "cpu": 512,
        "memory": 1024,
        "timeout_minutes": 60,
        "objects": OBJECTS,
        "schedule": NIGHTLY,
    }
    return JobSpec(**(defaults | changes))


def batch_args(where: Here | None = None, **changes: Any) -> BatchArgs:
    """A queue in two subnets."""
    args = BatchArgs(here=where or here(), spec=BATCH, vpc_id="vpc-1", subnet_ids=("subnet-a", "subnet-b"), key_arn=kms_key())
    return replace(args, **changes)


def declare_job(where: Here | None = None, *, running: bool = True, link: Link | None = None, **spec: Any) -> Job:
    """The job `aggregate` in the queue `batch`."""
    batch = Batch("batch", batch_args(where, running=running))
    pull = Statement(sid="Pull", actions=PULL_ACTIONS, resources=(REPOSITORY,))
    args = JobArgs(
        here=batch.args.here,
        spec=job_spec(**spec),
        batch=batch,
        image=IMAGE,
        pull=(pull,),
        link=link or Link(),
        bucket_name="lake-raw-1234567",
        registry=REGISTRY,
        cell="prod",
        running=running,
    )
    return Job("aggregate", args)
