"""The resilience pack: what holds state is protected from deletion and replacement, by the engine and by AWS."""

from typing import Final

from policies.kit.checks import equals, is_not, is_on
from policies.kit.pack import Pack
from policies.kit.resource import Resource
from policies.kit.rule import Answers, Finding, Rules

rules: Final = Rules("resilience")


@rules.rule(
    "stateful-protected",
    "C219",
    "rds/instance rds/cluster rds/globalCluster dynamodb/table dynamodb/tableReplica dynamodb/globalTable s3/bucket "
    "kms/key kms/replicaKey docdb/cluster neptune/cluster efs/fileSystem",
    description="Stateful resources carry protect in production: the engine refuses a plan that would delete or replace them.",
    mend="Set protect: true in the resource's options (in this project: the component's protect argument).",
)
def _stateful_protected(resource: Resource) -> Answers:
    if resource.production and not resource.protect:
        yield Finding("options.protect", False, "true")


rules.add(
    "rds-deletion-protection",
    "C012",
    "rds/instance rds/cluster rds/globalCluster docdb/cluster neptune/cluster",
    is_on("deletionProtection"),
    description="Databases refuse deletion.",
    mend="Set deletionProtection: true.",
)
rules.add(
    "dynamodb-deletion-protection",
    "C035",
    "dynamodb/table dynamodb/tableReplica",
    equals("deletionProtectionEnabled", True, default=False),
    description="Tables refuse deletion.",
    mend="Set deletionProtectionEnabled: true.",
)
rules.add(
    "s3-no-force-destroy",
    "C055",
    "s3/bucket",
    is_not("forceDestroy", True, "false or absent"),
    description="Buckets with objects in them refuse deletion.",
    mend="Remove forceDestroy.",
)

PACK: Final = Pack("resilience", "What holds state is protected from deletion and replacement.", rules.list)
