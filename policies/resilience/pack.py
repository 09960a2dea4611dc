"""The resilience pack: what holds state is protected from deletion and replacement, by the engine and by AWS."""

from typing import Final

from policies.kit.checks import equals, is_not, is_on
from policies.kit.pack import Pack
from policies.kit.resource import Resource
from policies.kit.rule import Answers, Check, Finding, Rules

rules: Final = Rules("resilience")


def _in_production(check: Check) -> Check:
    """`check`, in production only."""

    def production_only(resource: Resource) -> Answers:
        return check(resource) if resource.production else ()

    return production_only


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
    _in_production(is_on("deletionProtection")),
    description="Databases refuse deletion in production.",
    mend="Set deletionProtection: true.",
)
rules.add(
    "dynamodb-deletion-protection",
    "C035",
    "dynamodb/table dynamodb/tableReplica",
    _in_production(equals("deletionProtectionEnabled", True, default=False)),
    description="Tables refuse deletion in production.",
    mend="Set deletionProtectionEnabled: true.",
)
rules.add(
    "s3-no-force-destroy",
    "C055",
    "s3/bucket",
    _in_production(is_not("forceDestroy", True, "false or absent")),
    description="Buckets with objects in them refuse deletion in production.",
    mend="Remove forceDestroy.",
)

PACK: Final = Pack("resilience", "What holds state is protected from deletion and replacement.", rules.list)
