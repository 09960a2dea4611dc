"""The function that measures what a failover would lose (components/data/heartbeat_function)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import pulumi
from pulumi_aws import lambda_

from ..base.component import Component
from ..base.here import Here
from ..base.links import Link
from ..base.statements import Statement
from ..base.telemetry import namespace
from ..compute.function import FunctionArgs, create_function
from ..compute.function_package import source_files
from ..compute.function_spec import FunctionSpec
from ..compute.function_triggers import run_by_clock
from ..data.heartbeat_function.beat import BEAT_SECONDS, METRICS
from .recovery_table import RecoveryTable

# A beat, and the answers that are waited for at its end. At once: as many beats as begin before one that claims nothing ends
# (three: no database answers), orders, and what hangs.
HEARTBEAT: Final = FunctionSpec(memory_mib=512, timeout_seconds=BEAT_SECONDS + 30, concurrency=6)
_DATA: Final = Path(__file__).parents[1] / "data"


@dataclass(frozen=True, kw_only=True)
class HeartbeatArgs:
    """A region's heartbeat.

    Attributes:
        here: The region.
        physical_name: Its name, which the other region knows.
        documents: `site.json`, by its path.
        table: Where it tells its numbers.
        vpc_id: VPC of the databases.
        subnet_ids: Subnets of two zones or more with a way to AWS: the application tier.
        link: What logging in to the databases as their masters takes, whether their fence is closed or not.
    """

    here: Here
    physical_name: str
    documents: Mapping[str, pulumi.Input[str]]
    table: RecoveryTable
    vpc_id: pulumi.Input[str]
    subnet_ids: Sequence[pulumi.Input[str]]
    link: Link


class Heartbeat(Component):
    """The function `heartbeat`, in the network of the databases; it beats, or tells each minute what would be lost.

    Outputs: `function`.
    """

    function: lambda_.Function

    def __init__(self, name: str, args: HeartbeatArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        here = args.here
        tell = Statement(
            sid="TellLoss",
            actions=("cloudwatch:PutMetricData",),
            resources=("*",),
            conditions={"StringEquals": {"cloudwatch:namespace": namespace(METRICS)}},
            wildcard_reason="CloudWatch knows no resource for it",
        )
        table = args.table.write(whole_items=False)
        created = create_function(
            self,
            FunctionArgs(
                here=here,
                spec=HEARTBEAT,
                description="Heartbeat of the databases",
                source=heartbeat_source(),
                documents=args.documents,
                handler="data.heartbeat_function.handler.handle",
                vpc_id=args.vpc_id,
                subnet_ids=args.subnet_ids,
                link=replace(args.link, statements=(*args.link.statements, *table, tell)),
                physical_name=args.physical_name,
            ),
        )
        self.function = created.function
        run_by_clock(
            self,
            # In both regions, whichever is active.
            replace(here, switched=False),
            1,
            self.function,
            ready=[*created.policies, *created.opened],
            running=True,
            order=pulumi.Output.json_dumps({"do": "beat"}),
        )
        self.register_outputs({})


def heartbeat_source() -> dict[str, str]:
    """The function's code, and that of the users' function, whose PostgreSQL client it has."""
    return {
        **source_files(_DATA / "users_function", "data/users_function"),
        **source_files(_DATA / "heartbeat_function", "data/heartbeat_function"),
    }
