"""Every role of a stack x a tenant x another tenant's data x action x what the request does not say, as requests to IAM.

The keys are not asked: tenants of a pool share one, so that S3, DynamoDB and the database decide. Nor are the policies of the
buckets: they only deny, which a test asserts, so that what is refused here is refused there.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from tests.isolation.simulator import Policies, Request
from tests.stacks.estate import Estate

ROLE, POLICY, ATTACHED = "iam/role:Role", "iam/rolePolicy:RolePolicy", "iam/rolePolicyAttachment:RolePolicyAttachment"
TABLE, BUCKET = "dynamodb/table:Table", "s3/bucket:Bucket"

# What AWS's own policies that are attached here let a role do with data that tenants own: nothing.
# docs.aws.amazon.com/aws-managed-policy/latest/reference
HARMLESS: Final = {
    "arn:aws:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole",
    "arn:aws:iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole",
    "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore",
}
# They copy whole tables and databases into the vault, and back: their trust is AWS Backup's alone.
BACKUP: Final = "arn:aws:iam::aws:policy/service-role/AWSBackupServiceRolePolicyFor"

OBJECT_ACTIONS: Final = ("s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:GetObjectVersion", "s3:DeleteObjectVersion")
KEYED_ACTIONS: Final = (
    *("dynamodb:GetItem", "dynamodb:Query", "dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem"),
    *("dynamodb:BatchGetItem", "dynamodb:BatchWriteItem", "dynamodb:Scan"),
)


@dataclass(frozen=True)
class Data:
    """Where a stack keeps tenants' data.

    Attributes:
        buckets: Names of the buckets.
        tables: ARNs of the tables.
        databases: `arn:aws:rds-db:...:dbuser:<resource id>/` of each database.
        users: The users that workloads have in it.
    """

    buckets: Sequence[str]
    tables: Sequence[str]
    databases: Sequence[str]
    users: Sequence[str]

    def requests(self, role: str, whose: str) -> Iterator[Request]:
        """Every way to the data of the tenant `whose`."""
        for bucket in self.buckets:
            arn = f"arn:aws:s3:::{bucket}"
            for action in OBJECT_ACTIONS:
                yield Request(role, action, f"{arn}/tenant={whose}/dataset=loans/a.json")
            yield Request(role, "s3:ListBucket", arn, {"s3:prefix": f"tenant={whose}/"})
        for table in self.tables:
            for action in KEYED_ACTIONS:
                yield Request(role, action, table, {"dynamodb:LeadingKeys": [whose]})
            yield Request(role, "dynamodb:Query", f"{table}/index/by-day", {"dynamodb:LeadingKeys": [whose]})
        for database in self.databases:
            for user in self.users:
                yield Request(role, "rds-db:connect", f"{database}{whose}_{user}")

    def unnamed(self, role: str) -> Iterator[Request]:
        """Every way that names no tenant: all of a bucket, items without a key."""
        for bucket in self.buckets:
            for context in ({}, {"s3:prefix": ""}, {"s3:prefix": "tenant="}):
                yield Request(role, "s3:ListBucket", f"arn:aws:s3:::{bucket}", context)
            yield Request(role, "s3:GetObject", f"arn:aws:s3:::{bucket}/tenant=/a.json")
        for table in self.tables:
            for action in KEYED_ACTIONS:
                yield Request(role, action, table)
        for database in self.databases:
            for user in self.users:
                yield Request(role, "rds-db:connect", f"{database}_{user}")


def data_of(estate: Estate, per_tenant: Sequence[str]) -> Data:
    """Where `estate` keeps tenants' data; `per_tenant` are the tables that hold some."""
    database = estate.state("rds/instance:Instance")["resourceId"]
    return Data(
        buckets=[estate.state(BUCKET, name)["bucket"] for name in estate.of(BUCKET) if name.startswith("lake-")],
        tables=[estate.arn(TABLE, name) for name in per_tenant],
        databases=[f"arn:aws:rds-db:{estate.region}:{estate.account}:dbuser:{database}/"],
        users=[name.replace("-", "_") for name, uses in estate.uses.items() if "database" in uses],
    )


def policies_of(estate: Estate) -> Policies:
    """The policies of every role of `estate`, by logical name, and what it takes to become it, as `trust <name>`."""
    roles: dict[str, list[Mapping[str, object]]] = {}
    for name in estate.of(ROLE):
        physical = estate.state(ROLE, name)["name"]
        attached = {each.inputs["policyArn"] for each in estate.where(ATTACHED, role=physical)}
        strange = {arn for arn in attached - HARMLESS if not arn.startswith(BACKUP)}
        assert not strange, f"{name} has {strange}: say in HARMLESS what it may do with tenants' data"
        roles[name] = [each.document() for each in estate.where(POLICY, role=physical)]
    trusts = {f"trust {name}": estate.one(ROLE, name).document("assumeRolePolicy") for name in estate.of(ROLE)}
    return Policies(account=estate.account, roles=roles, resources=trusts)


def tenant_roles(estate: Estate) -> list[str]:
    """Logical names of the roles that are taken for one tenant at a time."""
    return [name for name in estate.of(ROLE) if "aws:RequestTag/tenant" in estate.inputs(ROLE, name)["assumeRolePolicy"]]
