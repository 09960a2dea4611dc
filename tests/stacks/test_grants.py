"""What each service and job may read and write, what it is told, and what it takes to start it: exactly what its `uses` say."""

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

import pytest

from components.data.product_spec import ProductSpec
from tests.found import some
from tests.stacks.estate import COPIED, PLATFORMS, PRIMARIES, RUNNING, SWITCHED, Estate, estate_of

# Actions, resources, and conditions: the service through which alone a key may be used, the part of a bucket that is listed.
Grant = tuple[frozenset[str], frozenset[str], str]
Grants = set[Grant]

ROLE = "iam/role:Role"
DEFINITION = "ecs/taskDefinition:TaskDefinition"
FUNCTION = "lambda/function:Function"
JOB = "batch/jobDefinition:JobDefinition"
MACHINE = "sfn/stateMachine:StateMachine"

DECRYPT: Final = ("kms:Decrypt", "kms:DescribeKey")
ENCRYPT: Final = (*DECRYPT, "kms:Encrypt", "kms:GenerateDataKey", "kms:ReEncryptFrom", "kms:ReEncryptTo")
READ_ITEMS: Final = (
    *("dynamodb:BatchGetItem", "dynamodb:ConditionCheckItem", "dynamodb:DescribeTable", "dynamodb:GetItem"),
    "dynamodb:Query",
)
WRITE_ITEMS: Final = (
    "dynamodb:BatchWriteItem",
    "dynamodb:DeleteItem",
    "dynamodb:DescribeTable",
    "dynamodb:PutItem",
    "dynamodb:UpdateItem",
)
WRITE_OBJECTS: Final = ("s3:AbortMultipartUpload", "s3:DeleteObject", "s3:ListMultipartUploadParts", "s3:PutObject")
PULL: Final = ("ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer")


# Where a tenant's objects lie, and as whom a service logs in for it.
OWN: Final = "${aws:PrincipalTag/tenant}"


def grant(actions: tuple[str, ...], *resources: str, via: str = "", prefix: str = "", tenant: str = "") -> Grant:
    conditions: dict[str, Any] = {"StringEquals": {"kms:ViaService": via}} if via else {}
    if tenant:
        conditions |= {"ForAnyValue:StringEquals": {"kms:ResourceAliases": f"alias/tenant/{tenant}"}}
    if prefix:
        conditions |= {"StringLike": {"s3:prefix": f"{prefix}*"}}
    return frozenset(actions), frozenset(resources), json.dumps(conditions)


def via_service(estate: Estate, service: str) -> str:
    return f"{service}.{estate.region}.amazonaws.com"


def bucket(estate: Estate, role: str) -> str:
    return estate.state("s3/bucket:Bucket", f"lake-{role}")["bucket"]


def database(estate: Estate) -> Mapping[str, Any]:
    return estate.state("rds/instance:Instance")


def table(estate: Estate, name: str) -> tuple[str, str]:
    """Physical name of a table, and its ARN in the estate's own region: recovery's replicas are declared by replication."""
    owner = estate if estate.file["role"] == "primary" else estate.others[0]
    arn = estate.arn("dynamodb/table:Table", name) if owner is estate else estate_replica_arn(estate, owner, name)
    return owner.state("dynamodb/table:Table", name)["name"], arn


def estate_replica_arn(estate: Estate, owner: Estate, name: str) -> str:
    return f"arn:aws:dynamodb:{estate.region}:{estate.account}:table/{owner.state('dynamodb/table:Table', name)['name']}"


def credentials(estate: Estate) -> str:
    """ARN in the estate's own region of the secret with the database's credentials."""
    if estate.file["role"] == "primary":
        return estate.arn("secretsmanager/secret:Secret", "database-credentials")
    home = estate.others[0].arn("secretsmanager/secret:Secret", "database-credentials")
    return home.replace(f":{estate.others[0].region}:", f":{estate.region}:")


def read_table(estate: Estate, name: str, _path: str) -> Grants:
    _, arn = table(estate, name)
    return {
        grant(READ_ITEMS, arn, f"{arn}/index/*"),
        grant(DECRYPT, estate.key("tables"), via=via_service(estate, "dynamodb")),
    }


def write_table(estate: Estate, name: str, _path: str) -> Grants:
    _, arn = table(estate, name)
    return {
        grant(WRITE_ITEMS, arn),
        grant(ENCRYPT, estate.key("tables"), via=via_service(estate, "dynamodb")),
    }


def shared_and_own(estate: Estate, name: str) -> tuple[str, str]:
    """ARNs of the bucket that tenants share, and of the one that the session's tenant has if it is a silo."""
    own = f"{name}-{OWN}-{estate.account}-{estate.region}"
    return f"arn:aws:s3:::{bucket(estate, name)}", f"arn:aws:s3:::{own}"


def use_keys_of_bucket(estate: Estate, actions: tuple[str, ...]) -> Grants:
    """The shared key, and the key of the session's own tenant."""
    own = grant(actions, f"arn:aws:kms:{estate.region}:{estate.account}:key/*", via=via_service(estate, "s3"), tenant=OWN)
    return {grant(actions, estate.key("storage"), via=via_service(estate, "s3")), own}


def read_bucket(estate: Estate, name: str, path: str) -> Grants:
    arns = shared_and_own(estate, name)
    return {
        grant(("s3:ListBucket",), *arns, prefix=f"tenant={OWN}/{path}"),
        grant(("s3:GetObject",), *(f"{arn}/tenant={OWN}/{path}*" for arn in arns)),
        *use_keys_of_bucket(estate, DECRYPT),
    }


def write_bucket(estate: Estate, name: str, path: str) -> Grants:
    objects = (f"{arn}/tenant={OWN}/{path}*" for arn in shared_and_own(estate, name))
    return {grant(WRITE_OBJECTS, *objects), *use_keys_of_bucket(estate, ENCRYPT)}


def find_tenant(estate: Estate) -> Grants:
    """What a session reads of its own tenant in the registry: whether and where that is a silo."""
    _, arn = table(estate, "tenants")
    actions, resources = READ_ITEMS, frozenset((arn, f"{arn}/index/*"))
    own = {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": [OWN]}, "Null": {"dynamodb:LeadingKeys": "false"}}
    return {
        (frozenset(actions) - {"dynamodb:DescribeTable"}, resources, json.dumps(own)),
        grant(DECRYPT, estate.key("tables"), via=via_service(estate, "dynamodb")),
    }


def use_queue(estate: Estate, name: str, actions: tuple[str, ...], key_actions: tuple[str, ...]) -> Grants:
    return {
        grant(actions, estate.arn("sqs/queue:Queue", name)),
        grant(key_actions, estate.key("messages"), via=via_service(estate, "sqs")),
    }


def send(estate: Estate, name: str, _path: str) -> Grants:
    return use_queue(estate, name, ("sqs:GetQueueUrl", "sqs:SendMessage"), ("kms:Decrypt", "kms:GenerateDataKey"))


def consume(estate: Estate, name: str, _path: str) -> Grants:
    actions = (
        *("sqs:ChangeMessageVisibility", "sqs:DeleteMessage", "sqs:GetQueueAttributes"),
        *("sqs:GetQueueUrl", "sqs:ReceiveMessage"),
    )
    return use_queue(estate, name, actions, ("kms:Decrypt",))


def publish(estate: Estate, name: str, _path: str) -> Grants:
    return {
        grant(("sns:Publish",), estate.arn("sns/topic:Topic", name)),
        grant(("kms:Decrypt", "kms:GenerateDataKey"), estate.key("messages"), via=via_service(estate, "sns")),
    }


def query(estate: Estate, _name: str, _path: str) -> Grants:
    """Run queries in the workgroup of the session's tenant, look up its tables alone, and find where results go."""
    place = f"{estate.region}:{estate.account}"
    database = f"dataconnect_{estate.stack.replace('-', '_')}_lake"
    actions = (
        *("athena:BatchGetQueryExecution", "athena:GetPreparedStatement", "athena:GetQueryExecution", "athena:GetQueryResults"),
        *("athena:GetQueryRuntimeStatistics", "athena:GetWorkGroup", "athena:ListPreparedStatements"),
        *("athena:ListQueryExecutions", "athena:StartQueryExecution", "athena:StopQueryExecution"),
    )
    glue = f"arn:aws:glue:{place}"
    tables = [f"{glue}:table/{database}/{table}" for table in ("loans", f"loans_{OWN}")]
    return {
        grant(actions, f"arn:aws:athena:{place}:workgroup/dataconnect-{estate.stack}-{OWN}"),
        grant(
            ("glue:GetDatabase", "glue:GetPartitions", "glue:GetTable"),
            *(f"{glue}:catalog", f"{glue}:database/{database}", *tables),
        ),
        grant(("glue:GetDatabase",), f"{glue}:catalog", f"{glue}:database/default"),
        grant(("s3:GetBucketLocation",), *shared_and_own(estate, "queries")),
    }


def cap(estate: Estate, _name: str, _path: str) -> Grants:
    """See what was scanned, switch the workgroups of tenants, and tell how many were cut off."""
    groups = f"arn:aws:athena:{estate.region}:{estate.account}:workgroup/dataconnect-{estate.stack}-t{15 * '?'}"
    namespace = json.dumps({"StringEquals": {"cloudwatch:namespace": f"DataConnect/{estate.stack}/Queries"}})
    return {
        grant(("athena:GetWorkGroup", "athena:UpdateWorkGroup"), groups),
        grant(("cloudwatch:GetMetricData",), "*"),
        (frozenset(["cloudwatch:PutMetricData"]), frozenset("*"), namespace),
    }


def search(_estate: Estate, _name: str, _path: str) -> Grants:
    """Nothing: whose data is searched, the user's token says."""
    return set()


def index(estate: Estate, _name: str, _path: str) -> Grants:
    return {grant(("es:ESHttpPost",), f"{estate.arn('opensearch/domain:Domain', 'search-domain')}/t*/_bulk")}


# What kind of thing a service uses, and by which verb -> what its code may do for it.
def publish_product(estate: Estate, name: str, _path: str) -> Grants:
    """A tenant's own folder of the product, under keys of that tenant's shares."""
    bucket = estate.arn("s3/bucket:Bucket", "products")
    any_key = f"arn:aws:kms:{estate.region}:{estate.account}:key/*"
    conditions = {
        "StringEquals": {"kms:ViaService": via_service(estate, "s3")},
        "ForAnyValue:StringLike": {"kms:ResourceAliases": f"alias/share/{OWN}/*"},
    }
    return {
        grant(("s3:PutObject",), f"{bucket}/tenant={OWN}/product={name}/*"),
        (frozenset({"kms:GenerateDataKey"}), frozenset({any_key}), json.dumps(conditions)),
    }


MAY: Final[Mapping[tuple[str, str], Callable[[Estate, str, str], Grants]]] = {
    ("table", "read"): read_table,
    ("table", "write"): write_table,
    ("lake", "read"): read_bucket,
    ("lake", "write"): write_bucket,
    ("queue", "send"): send,
    ("queue", "consume"): consume,
    ("topic", "publish"): publish,
    ("catalog", "query"): query,
    ("catalog", "cap"): cap,
    ("product", "publish"): publish_product,
    ("search", "read"): search,
    ("search", "write"): index,
}


def log_in_to_cache(estate: Estate, workload: str) -> Grants:
    """Read the password of one's own user, whatever is done there: the cache itself knows what."""
    if workload not in estate.cache_users:
        return set()
    secret = estate.arn("secretsmanager/secret:Secret", f"cache-passwords-{workload}")
    return {
        grant(("secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue"), secret),
        grant(DECRYPT, estate.key("secrets"), via=via_service(estate, "secretsmanager")),
    }


def told_of_cache(estate: Estate, workload: str) -> dict[str, str]:
    """The variables that tell a workload of the cache."""
    if workload not in estate.cache_users:
        return {}
    cache = estate.state("elasticache/replicationGroup:ReplicationGroup")
    return {
        "CACHE_HOST": cache["primaryEndpointAddress"],
        "CACHE_READER_HOST": cache["readerEndpointAddress"],
        "CACHE_PORT": str(estate.file["cache"].get("port", 6380)),
        "CACHE_REPLICAS": str(estate.file["cache"]["nodes"] - 1),
        "CACHE_USER": workload,
        "CACHE_LOGIN_ARN": estate.arn("secretsmanager/secret:Secret", f"cache-passwords-{workload}"),
    }


def may(estate: Estate, use: str) -> Grants:
    """What a use lets a service do, e.g. `table/sessions:read+write`, or its tenant role, e.g. `lake/curated/reports/:read`."""
    link, _, verbs = use.partition(":")
    kind, name, *path = *link.split("/", 2), ""
    name = name or kind
    if kind in ("database", "cache"):
        return set()  # what it takes to log in, whoever does so adds: with either verb the same
    grants = [MAY[kind, verb](estate, name, "".join(path)) for verb in verbs.split("+")]
    return set[Grant]().union(*grants)


def told(estate: Estate, use: str) -> dict[str, str]:
    """The variables that tell a service where that is which it uses."""
    kind, _, name = use.partition(":")[0].partition("/")
    name = name.partition("/")[0]
    variable = name.upper().replace("-", "_")
    match kind:
        case "cache":
            return {}  # see `told_of_cache`
        case "database":
            return {
                "DATABASE_HOST": database(estate)["address"],
                "DATABASE_PORT": str(estate.file["database"].get("port", 5432)),
                "DATABASE_NAME": (estate.others or (estate,))[0].file["database"]["name"],
            }
        case "table":
            return {f"{variable}_TABLE": table(estate, name)[0]}
        case "lake":
            return {f"LAKE_{variable}": bucket(estate, name)}
        case "catalog":
            called = f"dataconnect_{estate.stack.replace('-', '_')}_lake"
            cell = {"CATALOG_CELL": (estate.others or (estate,))[0].stack} if use.endswith("cap") else {}
            return {"CATALOG_DATABASE": called, "CATALOG_WORKGROUPS": f"dataconnect-{estate.stack}-", **cell}
        case "product":
            spec = ProductSpec.model_validate(estate.file["products"][name])
            products = {"PRODUCTS_BUCKET": estate.state("s3/bucket:Bucket", "products")["bucket"]}
            return {**products, f"PRODUCT_{variable}": spec.model_dump_json(by_alias=True)}
        case "search":
            return {"SEARCH_ENDPOINT": f"https://{estate.state('opensearch/domain:Domain', 'search-domain')['endpoint']}"}
        case "topic":
            return {f"{variable}_TOPIC_ARN": estate.arn("sns/topic:Topic", name)}
        case _:
            return {f"{variable}_QUEUE_URL": estate.state("sqs/queue:Queue", name)["url"]}


def started(estate: Estate) -> Mapping[str, Mapping[str, Any]]:
    """The jobs that something starts; dev's publishing waits for somebody who does."""
    return {name: wanted for name, wanted in estate.jobs.items() if {"objects", "schedule"} & set(wanted)}


def log_in(estate: Estate, workload: str, *, tenant: str = "") -> Grants:
    """The one user that a workload may log in as; its tenant role on any database of the region: a tenant has users in one."""
    instance = "*" if tenant else database(estate)["resourceId"]
    users = f"arn:aws:rds-db:{estate.region}:{estate.account}:dbuser:{instance}"
    return {grant(("rds-db:connect",), f"{users}/{tenant}{workload.replace('-', '_')}")}


def of_tenants(wanted: Mapping[str, Any]) -> set[str]:
    """The uses of a service that are about tenants' data; all of the database and the lake are."""
    return {use for use in wanted["uses"] if use.startswith(("database", "lake/", "catalog", "product/"))}


def to_start(estate: Estate, workload: str) -> Grants:
    """What ECS may do to start a workload: pull its own image, write its own log."""
    wanted = {**estate.workloads, **estate.fleets}[workload]
    repository = f"arn:aws:ecr:{estate.region}:{estate.account}:repository/{wanted['repository']}"
    return {
        grant(("ecr:GetAuthorizationToken",), "*"),
        grant(PULL, repository),
        grant(("logs:CreateLogStream", "logs:PutLogEvents"), f"{estate.arn('cloudwatch/logGroup:LogGroup', workload)}:*"),
    }


def given(estate: Estate, role_arn: str) -> list[Grant]:
    """Every grant of a role, and nothing else that could let it do something."""
    name = estate.state(ROLE, estate.named_by(ROLE, "arn", role_arn))["name"]
    assert not estate.where("iam/rolePolicyAttachment:RolePolicyAttachment", role=name)
    policies = [each.document() for each in estate.where("iam/rolePolicy:RolePolicy", role=name)]
    return [_grant(statement) for policy in policies for statement in policy["Statement"]]


def _grant(statement: Mapping[str, Any]) -> Grant:
    assert statement["Effect"] == "Allow"
    return frozenset(statement["Action"]), frozenset(statement["Resource"]), json.dumps(statement.get("Condition", {}))


def container(estate: Estate, workload: str) -> dict[str, Any]:
    """The container of a service or of a job."""
    if workload in estate.jobs:
        return json.loads(estate.inputs(JOB, workload)["containerProperties"])
    (only,) = json.loads(estate.inputs(DEFINITION, workload)["containerDefinitions"])
    return only


def task_role(estate: Estate, workload: str) -> str:
    """ARN of the role of a workload's code."""
    if workload in estate.jobs:
        return container(estate, workload)["jobRoleArn"]
    return estate.inputs(DEFINITION, workload)["taskRoleArn"]


def execution_role(estate: Estate, workload: str) -> str:
    """ARN of the role of what starts a workload."""
    if workload in estate.jobs:
        return container(estate, workload)["executionRoleArn"]
    return estate.inputs(DEFINITION, workload)["executionRoleArn"]


@pytest.mark.parametrize("name", PLATFORMS)
def test_there_is_what_runs_each_service_and_each_job(name: str) -> None:
    estate = estate_of(name)
    once = {"reconcile"} & {*estate.file}
    assert (estate.names(DEFINITION), estate.names(JOB)) == ({*estate.services, *once}, set(estate.jobs))


@pytest.mark.parametrize("name", PLATFORMS)
def test_a_workload_may_do_to_what_it_uses_what_the_use_says_and_no_more(name: str) -> None:
    estate = estate_of(name)
    for workload, wanted in estate.workloads.items():
        uses = set(wanted["uses"])
        expected: Grants = set[Grant]().union(*(may(estate, use) for use in uses - of_tenants(wanted)))
        expected |= log_in_to_cache(estate, workload)
        if workload in estate.database_verbs:
            expected |= log_in(estate, workload)
        if of_tenants(wanted):
            expected.add(grant(("sts:AssumeRole", "sts:TagSession"), estate.arn(ROLE, f"{workload}-tenant")))
        assert set(given(estate, task_role(estate, workload))) == expected, workload


@pytest.mark.parametrize("name", PLATFORMS)
def test_tenants_data_is_touched_in_the_tenant_role_alone_and_one_tenants_at_a_time(name: str) -> None:
    estate = estate_of(name)
    served = {workload: wanted for workload, wanted in estate.workloads.items() if of_tenants(wanted)}
    assert served
    for workload, wanted in served.items():
        expected: Grants = set[Grant]().union(*(may(estate, use) for use in of_tenants(wanted)))
        expected |= find_tenant(estate)
        if workload in estate.database_verbs:
            expected |= log_in(estate, workload, tenant=f"{OWN}_")
        role = estate.one(ROLE, f"{workload}-tenant")
        assert set(given(estate, estate.arn(ROLE, f"{workload}-tenant"))) == expected, workload
        takers = [each["Condition"]["ArnEquals"] for each in role.document("assumeRolePolicy")["Statement"]]
        expected_takers = [[task_role(estate, workload)], estate.file["tenantOperators"]]
        assert takers == [{"aws:PrincipalArn": each} for each in expected_takers], workload


@pytest.mark.parametrize("name", PLATFORMS)
def test_starting_a_workload_takes_its_image_and_its_log(name: str) -> None:
    estate = estate_of(name)
    for workload in estate.workloads:
        assert set(given(estate, execution_role(estate, workload))) == to_start(estate, workload), workload


@pytest.mark.parametrize("name", PLATFORMS)
def test_no_two_workloads_share_a_role_and_a_task_is_not_what_starts_it(name: str) -> None:
    estate = estate_of(name)
    roles = {role(estate, workload) for workload in estate.workloads for role in (task_role, execution_role)}
    assert len(roles) == 2 * len(estate.workloads)


@pytest.mark.parametrize("name", PLATFORMS)
def test_only_tasks_of_its_account_and_region_take_a_workloads_role(name: str) -> None:
    estate = estate_of(name)
    for role in (role(estate, workload) for workload in estate.workloads for role in (task_role, execution_role)):
        (trust,) = estate.one(ROLE, estate.named_by(ROLE, "arn", role)).document("assumeRolePolicy")["Statement"]
        assert trust["Principal"] == {"Service": "ecs-tasks.amazonaws.com"}
        assert trust["Condition"] == {
            "StringEquals": {"aws:SourceAccount": estate.account},
            "ArnLike": {"aws:SourceArn": f"arn:aws:ecs:{estate.region}:{estate.account}:*"},
        }


@pytest.mark.parametrize("name", PLATFORMS)
def test_a_workload_is_told_where_what_it_uses_is(name: str) -> None:
    estate = estate_of(name)
    for workload, wanted in estate.workloads.items():
        expected = {variable: value for use in wanted["uses"] for variable, value in told(estate, use).items()}
        expected |= {"TELEMETRY_NAMESPACE": f"DataConnect/{estate.stack}"}
        expected |= {"DATABASE_USER": workload.replace("-", "_")} if workload in estate.database_verbs else {}
        if of_tenants(wanted):
            expected |= {"TENANT_ROLE_ARN": estate.arn(ROLE, f"{workload}-tenant"), **told(estate, "table/tenants")}
        expected |= told_of_cache(estate, workload)
        found = {each["name"]: each["value"] for each in container(estate, workload)["environment"]}
        assert found == expected, workload


@pytest.mark.parametrize("name", PLATFORMS)
def test_a_workload_is_handed_no_secret(name: str) -> None:
    estate = estate_of(name)
    assert all(container(estate, workload)["secrets"] == [] for workload in estate.workloads)


@pytest.mark.parametrize("name", PLATFORMS)
def test_the_masters_credentials_are_read_by_the_function_that_makes_the_users_and_by_nobody_else(name: str) -> None:
    estate = estate_of(name)
    readers = {
        policy.inputs["role"]
        for policy in estate.of("iam/rolePolicy:RolePolicy").values()
        for statement in policy.document()["Statement"]
        if any(action.lower().startswith(("secretsmanager:", "*")) for action in statement["Action"])
        and not all(":secret:cache-passwords-" in arn for arn in statement["Resource"])
    }
    others = {*estate.functions, "cache-passwords", "products", "search-domain-configurer"}
    # These have policies of their own, and the notifier and the orders read one secret each, their own.
    others |= {"fence", "log-domain-configurer", "log-domain-shipper", "notifier", "orders", "ready", "recover", "sleeper"}
    makers = [each for function, each in estate.of(FUNCTION).items() if function not in others]
    functions = [estate.named_by(ROLE, "arn", each.inputs["role"]) for each in makers]
    # Besides, the heartbeat logs in to every database to look at it, and one function changes their passwords.
    assert sorted(functions) == ["database-rotation", "database-users", *(["heartbeat"] if name in SWITCHED else [])]
    assert readers == {estate.state(ROLE, role)["name"] for role in functions}
    for role in {*functions} - {"database-rotation"}:
        found = [each.document() for each in estate.where("iam/rolePolicy:RolePolicy", role=estate.state(ROLE, role)["name"])]
        allowed = [statement for policy in found for statement in policy["Statement"] if statement["Effect"] == "Allow"]
        granted = [_actions_and_resources(statement) for statement in allowed]
        at = next(index for index, (actions, _) in enumerate(granted) if "secretsmanager:GetSecretValue" in actions)
        (read, decrypt, read_silos, decrypt_silos), others = granted[at : at + 4], granted[:at] + granted[at + 4 :]
        here = f"{estate.region}:{estate.account}"
        assert read_silos == (read[0], {f"arn:aws:secretsmanager:{here}:secret:silo-t*-credentials-*"})
        assert decrypt_silos == (set(DECRYPT), {f"arn:aws:kms:{here}:key/*"})
        assert read == ({"secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue"}, {credentials(estate)})
        assert decrypt == (set(DECRYPT), {estate.key("secrets")})
        if "environments" in estate.file and role == "database-users":
            (read_environments, decrypt_environments), others = others[:2], others[2:]
            assert read_environments == (read[0], {f"arn:aws:secretsmanager:{here}:secret:environment-database-credentials-*"})
            assert decrypt_environments == decrypt
        # The heartbeat's table has a key, too.
        forbidden = ("rds-db",) if role == "heartbeat" else ("kms", "rds-db")
        assert not {action for actions, _ in others for action in actions if action.partition(":")[0] in forbidden}


@pytest.mark.parametrize("name", PLATFORMS)
def test_the_masters_passwords_are_changed_where_the_secrets_are_and_read_there_from_the_other_region(name: str) -> None:
    estate = estate_of(name)
    role = estate.state(ROLE, "database-rotation")["name"]
    (policy,) = [each.document() for each in estate.where("iam/rolePolicy:RolePolicy", role=role)]
    granted = {each["Sid"]: each for each in policy["Statement"]}
    own = estate.file["role"] == "primary"
    where = estate.region if own else estate.file["primaryRegion"]
    secrets = f"arn:aws:secretsmanager:{where}:{estate.account}:secret:"
    verb = "Change" if own else "ReadAll"
    (shared,), (silos,) = granted[f"{verb}Credentials"]["Resource"], granted[f"{verb}CredentialsOfSilos"]["Resource"]
    assert shared == credentials(estate).replace(f":{estate.region}:", f":{where}:")
    assert silos == f"{secrets}silo-t*-credentials-*"
    changing = {"secretsmanager:PutSecretValue", "secretsmanager:UpdateSecretVersionStage"}
    assert (changing <= {*granted[f"{verb}Credentials"]["Action"]}) == own
    asks = granted.get("AskTheOtherRegion")
    assert bool(asks) == (own and name in SWITCHED) and ("ReadWhoIsActive" in granted) == (name in SWITCHED)
    rotations = estate.of("secretsmanager/secretRotation:SecretRotation")
    masters = {each for each in rotations if each.startswith("database-rotation")}
    assert masters == ({"database-rotation-database"} if own else set())


def _actions_and_resources(statement: Mapping[str, Any]) -> tuple[set[str], set[str]]:
    return set(statement["Action"]), set(statement["Resource"])


@pytest.mark.parametrize("name", PLATFORMS)
def test_a_workload_runs_its_own_image_by_digest_from_its_own_region(name: str) -> None:
    estate = estate_of(name)
    for workload, wanted in estate.workloads.items():
        registry = f"{estate.account}.dkr.ecr.{estate.region}.amazonaws.com"
        assert container(estate, workload)["image"] == f"{registry}/{wanted['repository']}@{wanted['digest']}"


@pytest.mark.parametrize("name", PLATFORMS)
def test_a_workload_logs_to_its_own_group_of_its_own_region(name: str) -> None:
    estate = estate_of(name)
    for workload in estate.workloads:
        options = container(estate, workload)["logConfiguration"]["options"]
        group = estate.state("cloudwatch/logGroup:LogGroup", workload)["name"]
        assert (options["awslogs-group"], options["awslogs-region"]) == (group, estate.region)


@pytest.mark.parametrize("name", COPIED)
def test_the_credentials_are_those_of_the_database_and_recovery_has_a_copy(name: str) -> None:
    estate = estate_of(name)
    secret = estate.state("secretsmanager/secret:Secret", "database-credentials")
    assert secret["kmsKeyId"] == estate.key("secrets")
    away = estate.file["recoveryRegion"]
    assert secret["replicas"] == [{"region": away, "kmsKeyId": estate.key("secrets", away)}]
    version = estate.one("secretsmanager/secretVersion:SecretVersion")
    assert (version.inputs["secretId"], version.name) == (secret["arn"], "database-credentials-version-1")
    stored = json.loads(version.inputs["secretString"])
    wanted = estate.file["database"]
    assert (stored["username"], stored["dbname"]) == (wanted["username"], wanted["name"])
    assert stored["password"] == database(estate)["password"]
    assert "secretString" in version.secret_inputs


@pytest.mark.parametrize("name", sorted({*PRIMARIES} - {*COPIED}))
def test_without_a_recovery_region_there_is_no_copy_of_the_credentials(name: str) -> None:
    assert not estate_of(name).state("secretsmanager/secret:Secret", "database-credentials").get("replicas")


@pytest.mark.parametrize("name", PLATFORMS)
def test_what_starts_a_job_may_submit_that_job_to_its_queue_set_aside_and_read_the_registry(name: str) -> None:
    estate = estate_of(name)
    queue = estate.arn("batch/jobQueue:JobQueue")
    dead = estate.arn("sqs/queue:Queue", "batch-dead-letters")
    send = {
        grant(("sqs:SendMessage",), dead),
        grant(("kms:Decrypt", "kms:GenerateDataKey"), estate.key("messages"), via=via_service(estate, "sqs")),
    }
    for each, wanted in some(started(estate)).items():
        arn = f"arn:aws:batch:{estate.region}:{estate.account}:job-definition/{estate.inputs(JOB, each)['name']}"
        expected = send | {grant(("batch:SubmitJob",), queue, arn, f"{arn}:*")}
        expected |= read_table(estate, "tenants", "") if "schedule" in wanted else set()
        assert set(given(estate, estate.inputs(MACHINE, f"{each}-start")["roleArn"])) == expected


@pytest.mark.parametrize("name", PLATFORMS)
def test_jobs_start_where_services_run_and_rest_elsewhere(name: str) -> None:
    estate = estate_of(name)
    assert estate.names(MACHINE) == {*(f"{each}-start" for each in started(estate)), "batch-meter"}
    rules = [each for each in estate.of("cloudwatch/eventRule:EventRule").values() if each.name.endswith("-objects")]
    # The meter of the queue runs everywhere: what was left behind in one that was closed waits as well.
    meter = estate.one("scheduler/schedule:Schedule", "batch-meter-schedule")
    always = {meter.name, "fence-clock", "heartbeat-clock", "notifier-clock", "ready-clock", "recover-clock"}
    always.add("database-rotation-clock")
    clocks = [*rules, *(each for name, each in estate.of("scheduler/schedule:Schedule").items() if name not in always)]
    queue = estate.inputs("batch/jobQueue:JobQueue")
    assert (meter.inputs["state"], queue["state"]) == ("ENABLED", "ENABLED" if name in RUNNING else "DISABLED")
    assert {each.inputs["state"] for each in clocks} == {"ENABLED" if name in RUNNING else "DISABLED"}


@pytest.mark.parametrize("name", PLATFORMS)
def test_the_registry_is_asked_for_the_tenants_of_the_primary_stack(name: str) -> None:
    estate = estate_of(name)
    home = (estate.others or (estate,))[0].stack
    for each, wanted in some(started(estate)).items():
        states = json.loads(estate.inputs(MACHINE, f"{each}-start")["definition"])["States"]
        if "schedule" in wanted:
            assert f'":cell": {{"S": "{home}"}}' in states["Page"]["Arguments"]
            assert f'"TableName": "{table(estate, "tenants")[0]}"' in states["Page"]["Arguments"]
