"""What holds state cannot be deleted or replaced by a slip: not by the engine, and not by AWS."""

from typing import Final

from policies.controls.resilience.databases import standalone
from policies.kit.checks import is_not, is_on, named_by, only_where
from policies.kit.facts import KEYS
from policies.kit.resource import Resource
from policies.kit.rule import NOT_APPLICABLE, Answers, Finding, Rules

rules: Final = Rules("resilience")


@rules.rule(
    "stateful-protected",
    "C219",
    "rds/instance rds/cluster rds/globalCluster dynamodb/table dynamodb/tableReplica dynamodb/globalTable s3/bucket "
    f"docdb/cluster neptune/cluster efs/fileSystem opensearch/domain {' '.join(KEYS)}",
)
def _stateful_protected(resource: Resource) -> Answers:
    """Stateful resources carry protect in production: the engine refuses a plan that would delete or replace them.

    Set protect: true in the resource's options (in this project: the component's protect argument).
    """
    if not resource.production:
        yield NOT_APPLICABLE
    elif not resource.protect:
        yield Finding("options.protect", False, "true")


rules.named(
    "rds-deletion-protection",
    "C012",
    "rds/instance rds/cluster rds/globalCluster docdb/cluster docdb/globalCluster neptune/cluster neptune/globalCluster",
).add(
    standalone(is_on("deletionProtection")),
    description="Databases refuse deletion.",
    remediation="Set deletionProtection: true.",
    remediation_values={"deletionProtection": True},
)
rules.named("dynamodb-deletion-protection", "C035", "dynamodb/table dynamodb/tableReplica").add(
    is_on("deletionProtectionEnabled"),
    description="Tables refuse deletion.",
    remediation="Set deletionProtectionEnabled: true.",
    remediation_values={"deletionProtectionEnabled": True},
)
rules.named("dynamodb-replica-deletion-protection", "C035", "dynamodb/table").add(
    is_on("replicas[].deletionProtectionEnabled"),
    description="Replicas that a table declares itself refuse deletion.",
    remediation="Set deletionProtectionEnabled: true on each of replicas; AWS does not hand the table's down.",
)
rules.named("s3-no-force-destroy", "C055", "s3/bucket").add(
    is_not("forceDestroy", True, "false or absent"),
    description="Buckets with objects in them refuse deletion.",
    remediation="Remove forceDestroy.",
)
rules.named("lb-deletion-protection", "C105", "lb/loadBalancer").add(
    is_on("enableDeletionProtection"),
    description="Load balancers refuse deletion.",
    remediation="Set enableDeletionProtection: true.",
    remediation_values={"enableDeletionProtection": True},
)

_KEY_REPLICAS: Final = (("kms/replicaKey", "primaryKeyArn"), ("kms/replicaExternalKey", "primaryKeyArn"))
_HAS_REPLICA: Final = named_by("false, or a ReplicaKey of the key", *_KEY_REPLICAS, path="multiRegion")
rules.named("kms-multi-region-needed", "C076", "kms/key kms/externalKey", needs_stack=True).add(
    only_where("multiRegion", _HAS_REPLICA, values=(True,)),
    description="A key is multi-region only where a replica of it stands in another region.",
    remediation="Declare the ReplicaKey of the other region, or create the key without multiRegion.",
)
