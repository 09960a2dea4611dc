"""Every role of a stack x a tenant x another tenant's data x action x what the request does not say, as requests to IAM.

The actions are all that S3, DynamoDB and the database's logins have. The keys of the pool are not asked: its tenants share
them, so that those three decide. Nor are the policies of the buckets: they only deny, which a test asserts, so that what is
refused here is refused there. Of a silo, its secret and its key are asked, too.

What no session of a tenant has business with is asked of every role as well: the domain of the search, Lake Formation and the
tables of products, and the logins of the cache.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from policies.controls.least_privilege.actions import Action, service
from tests.isolation.simulator import Policies, Request
from tests.stacks.estate import Estate

ROLE, POLICY, ATTACHED = "iam/role:Role", "iam/rolePolicy:RolePolicy", "iam/rolePolicyAttachment:RolePolicyAttachment"
MANAGED: Final = "iam/policy:Policy"
BUCKET, INSTANCE, SECRET = "s3/bucket:Bucket", "rds/instance:Instance", "secretsmanager/secret:Secret"
ALIAS, KEYS = "kms/alias:Alias", ("kms/key:Key", "kms/replicaKey:ReplicaKey")

# What AWS's own policies that are attached here let a role do with data that tenants own: nothing.
# docs.aws.amazon.com/aws-managed-policy/latest/reference
HARMLESS: Final = {
    "arn:aws:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole",
    "arn:aws:iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole",
    "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore",
}
# They copy whole tables and databases into the vault, and back: their trust is AWS Backup's alone.
BACKUP: Final = "arn:aws:iam::aws:policy/service-role/AWSBackupServiceRolePolicyFor"

DOMAIN, PRODUCTS_DATABASE = "opensearch/domain:Domain", "glue/catalogDatabase:CatalogDatabase"
PRODUCTS: Final = "products"
"""The bucket, and the database of the catalogue, of what tenants share."""
LOGINS: Final = "cache-passwords-"

PREFIX_KEY, LEADING_KEY = "s3:prefix", "dynamodb:LeadingKeys"


def actions_of(*prefixes: str) -> list[Action]:
    """Every action of those services, as AWS publishes them."""
    services = {prefix: service(prefix) for prefix in prefixes}
    unknown = [prefix for prefix, known in services.items() if known is None]
    assert not unknown, f"iam_actions.txt has no service {unknown}"
    return [action for known in services.values() if known for action in known.actions.values()]


PLACES: Final = {"s3:GetBucketLocation"}
"""Tells in which region a bucket is, which its name does as well: Athena asks it of where results go."""
ACTIONS: Final = [action for action in actions_of("s3", "dynamodb", "rds-db") if action.name not in PLACES]


@dataclass(frozen=True)
class Silo:
    """What a tenant has of its own in a stack's region, beside buckets and a database.

    Attributes:
        secret: ARN of the credentials of its database.
        key: ARN of its key, whose policy is `key <tenant>` among those of `Policies`.
    """

    secret: str
    key: str


@dataclass(frozen=True)
class Data:
    """Where a stack keeps tenants' data.

    Attributes:
        region: The stack's.
        account: The stack's.
        buckets: Names of the buckets that tenants share.
        products: Names of those of them where each folder is of one share; a tenant's here is called `s-<tenant>`.
        own_buckets: Names of a silo's buckets, with `{tenant}` for its id.
        tables: ARNs of the tables.
        databases: `arn:aws:rds-db:...:dbuser:<resource id>/` of each database.
        users: The users that workloads have in them.
        silos: Tenant -> what else it has of its own.
        domains: ARNs of the domains of the search.
        product_tables: `arn:aws:glue:...:table/<database>/` of each database of products.
        logins: Workload -> ARN of the secret by which it logs in to the cache.
    """

    region: str
    account: str
    buckets: Sequence[str]
    products: Sequence[str]
    own_buckets: Sequence[str]
    tables: Sequence[str]
    databases: Sequence[str]
    users: Sequence[str]
    silos: Mapping[str, Silo]
    domains: Sequence[str]
    product_tables: Sequence[str]
    logins: Mapping[str, str]

    def requests(self, role: str, whose: str, only: Collection[str] | None = None) -> Iterator[Request]:
        """Every way to the data of the tenant `whose`; of the actions `only`, by default all."""
        for action in ACTIONS:
            if only is None or action.name in only:
                for resource in self._resources(action, whose):
                    named: dict[str, str | list[str]] = {}
                    if PREFIX_KEY in action.keys:
                        of_share = resource.removeprefix("arn:aws:s3:::") in self.products
                        named[PREFIX_KEY] = self._folder(whose) if of_share else f"tenant={whose}/"
                    if LEADING_KEY.lower() in action.keys:
                        named[LEADING_KEY] = [whose]
                    yield Request(role, action.name, resource, named)

    def unnamed(self, role: str) -> Iterator[Request]:
        """Every way that names no tenant: all of a bucket, items without a key."""
        for action in ACTIONS:
            prefixes = ({PREFIX_KEY: ""}, {PREFIX_KEY: "tenant="}) if PREFIX_KEY in action.keys else ()
            for resource in self._resources(action, ""):
                for context in ({}, *prefixes):
                    yield Request(role, action.name, resource, context)

    def of_silo(self, role: str, whose: str) -> Iterator[Request]:
        """Every way to the secret and the key of the silo of the tenant `whose`, through each service and directly."""
        silo = self.silos[whose]
        for action in actions_of("secretsmanager"):
            yield Request(role, action.name, silo.secret if action.arns else "*")
        known = {"kms:CallerAccount": self.account, "kms:ResourceAliases": [f"alias/tenant/{whose}"]}
        services = [f"{name}.{self.region}.amazonaws.com" for name in ("s3", "rds", "secretsmanager")]
        for action in actions_of("kms"):
            if any(":key/" in pattern for pattern in action.arns):
                for via in ({}, *({"kms:ViaService": each} for each in services)):
                    yield Request(role, action.name, silo.key, {**known, **via}, policy=f"key {whose}")

    def elsewhere(self, role: str, whose: str) -> Iterator[Request]:
        """Every way to where tenants' data is beside that: in the search, as products, and by a login of the cache."""
        paths = (
            f"{whose}-loans",
            f"{whose}-loans/_search",
            f"{whose}-loans/_doc/1",
            f"{whose}-loans/_bulk",
            "_search",
            "_msearch",
        )
        at = [f"{domain}/{path}" for domain in self.domains for path in paths]
        for action in actions_of("es"):
            if "arn:*:es:*:*:domain/*" in action.arns:
                for resource in at if action.name.startswith("es:ESHttp") else self.domains:
                    yield Request(role, action.name, resource)
        for action in actions_of("lakeformation"):
            if not action.arns:
                yield Request(role, action.name, "*")
        for action in actions_of("glue"):
            if "arn:*:glue:*:*:table/*/*" in action.arns:
                for tables in self.product_tables:
                    yield Request(role, action.name, f"{tables}loan_book_{whose}")
        for action in actions_of("secretsmanager"):
            for login in self.logins.values() if action.arns else ():
                yield Request(role, action.name, login)

    @staticmethod
    def _folder(whose: str) -> str:
        return f"tenant={whose}/product=loan-book/share=s-{whose}/"

    def _resources(self, action: Action, whose: str) -> Iterator[str]:
        """What `action` may be asked on: of the tenant's data where it takes that, else anything of the kind it takes."""
        if not action.arns:
            yield "*"
        for pattern in action.arns:
            yield from self._places(pattern, whose)

    def _places(self, pattern: str, whose: str) -> Sequence[str]:
        buckets = [
            f"arn:aws:s3:::{name}" for name in (*self.buckets, *(each.format(tenant=whose) for each in self.own_buckets))
        ]
        table, _, part = pattern.partition("table/*")
        if pattern == "arn:*:s3:::*":
            return buckets
        if pattern == "arn:*:s3:::*/*":
            of_shares = {f"arn:aws:s3:::{name}" for name in self.products}
            return [
                f"{bucket}/{self._folder(whose) if bucket in of_shares else f'tenant={whose}/dataset=loans/'}a.json"
                for bucket in buckets
            ]
        if table == "arn:*:dynamodb:*:*:":
            return [f"{each}{part.replace('*', 'by-day')}" for each in self.tables]
        if pattern.startswith("arn:*:rds-db:"):
            return [f"{database}{whose}_{user}" for database in self.databases for user in self.users]
        _, _, name, region, account, resource = pattern.split(":", 5)
        where = f"{region.replace('*', self.region)}:{account.replace('*', self.account)}"
        return [f"arn:aws:{name}:{where}:{resource.replace('*', 'any')}"]


def data_of(estate: Estate) -> Data:
    """Where `estate` keeps tenants' data: in tables that it may have adopted from another stack, too."""
    known = {name: output for each in (estate, *estate.others) for name, output in each.outputs.get("tables", {}).items()}
    holding = [name for name, table in estate.file["tables"].items() if table.get("perTenant")]
    silos = {tenant: _silo(estate, tenant) for tenant in estate.file.get("silos", {})}
    own = {bucket.replace(tenant, "{tenant}") for tenant in silos for bucket in _buckets(estate, f"silo-{tenant}-")}
    here = f"{estate.region}:{estate.account}"
    where = f"arn:aws:rds-db:{here}:dbuser:"
    products = [estate.state(BUCKET, name)["bucket"] for name in estate.of(BUCKET) if name == PRODUCTS]
    databases = [estate.state(PRODUCTS_DATABASE, name)["name"] for name in estate.of(PRODUCTS_DATABASE) if name == PRODUCTS]
    return Data(
        region=estate.region,
        account=estate.account,
        buckets=[*_buckets(estate, "lake-"), *products],
        products=products,
        own_buckets=sorted(own),
        tables=[in_other_region(known[name]["arn"], estate.region) for name in holding],
        databases=[f"{where}{estate.state(INSTANCE, name)['resourceId']}/" for name in estate.of(INSTANCE)],
        users=[name.replace("-", "_") for name in estate.database_verbs],
        silos=silos,
        # That of logs holds no tenant's data.
        domains=[estate.arn(DOMAIN, name) for name in estate.of(DOMAIN) if name != "log-domain"],
        product_tables=[f"arn:aws:glue:{here}:table/{name}/" for name in databases],
        logins={name.removeprefix(LOGINS): estate.arn(SECRET, name) for name in estate.of(SECRET) if name.startswith(LOGINS)},
    )


def _buckets(estate: Estate, beginning: str) -> list[str]:
    return [estate.state(BUCKET, name)["bucket"] for name in estate.of(BUCKET) if name.startswith(beginning)]


def _silo(estate: Estate, tenant: str) -> Silo:
    """Secret and key are the primary's in every region."""
    (secret,) = [name for each in (estate, *estate.others) for name in each.of(SECRET) if name.startswith(f"silo-{tenant}")]
    owner = next(each for each in (estate, *estate.others) if secret in each.of(SECRET))
    # The name ends in characters of Pulumi's and of AWS's.
    arn = owner.arn(SECRET, secret).replace(f".{owner.stack}", "-1a2b3c4-AbCdEf")
    return Silo(secret=in_other_region(arn, estate.region), key=_key(estate, tenant)[0])


def _key(estate: Estate, tenant: str) -> tuple[str, Mapping[str, object]]:
    """ARN and policy of the key that has the silo's alias in the stack's region, here or in a stack that it reads."""
    found = [
        (each.arn(kind, name), each.one(kind, name).document())
        for each in (estate, *estate.others)
        for kind in KEYS
        for name in each.of(kind)
        for alias in each.where(ALIAS, name=f"alias/tenant/{tenant}", region=estate.region)
        if alias.inputs["targetKeyId"] == each.arn(kind, name)
    ]
    (only,) = found
    return only


def in_other_region(arn: str, region: str) -> str:
    """The ARN of the same thing in `region`: of the replica of a secret or a table."""
    parts = arn.split(":", 5)
    return ":".join((*parts[:3], region, *parts[4:]))


def policies_of(estate: Estate) -> Policies:
    """The policies of every role of `estate`, by logical name, and of what is asked itself: `trust <role>`, `key <tenant>`."""
    roles: dict[str, list[Mapping[str, object]]] = {}
    own = {estate.arn(MANAGED, name): each.document() for name, each in estate.of(MANAGED).items()}
    for name in estate.of(ROLE):
        physical = estate.state(ROLE, name)["name"]
        attached = {each.inputs["policyArn"] for each in estate.where(ATTACHED, role=physical)}
        strange = {arn for arn in attached - HARMLESS - own.keys() if not arn.startswith(BACKUP)}
        assert not strange, f"{name} has {strange}: say in HARMLESS what it may do with tenants' data"
        roles[name] = [each.document() for each in estate.where(POLICY, role=physical)]
        roles[name] += [own[arn] for arn in sorted(attached & own.keys())]
    trusts = {f"trust {name}": estate.one(ROLE, name).document("assumeRolePolicy") for name in estate.of(ROLE)}
    keys = {f"key {tenant}": _key(estate, tenant)[1] for tenant in estate.file.get("silos", {})}
    return Policies(account=estate.account, roles=roles, resources={**trusts, **keys})


def tenant_roles(estate: Estate) -> list[str]:
    """Logical names of the roles that are taken for one tenant at a time."""
    return [name for name in estate.of(ROLE) if "aws:RequestTag/tenant" in estate.inputs(ROLE, name)["assumeRolePolicy"]]
