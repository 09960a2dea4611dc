"""What a role must be allowed, to run every command on a stack: an IAM policy of exactly that, made of the stack's outputs.

What a silo has of its own is named by patterns, whether there is one or not: a new silo changes no policy, and the names of 27
silos' buckets, which IAM's limit would not hold, are not in it. So are tenant roles: those that operators must close are made
later, and for the other region, too.

The estate owns no role of people: whoever does (an identity provider, another repository) puts the document there.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any, Final

from operations.alerts.outputs import Alerting
from operations.errors import Code, OperationError
from operations.logs.outputs import Logs
from operations.promises.outputs import Promised
from operations.recovery.ledger import RAW
from operations.shares.shares import CLOSED
from operations.stack import Messaging, Operated, Queries, Searched, Stack
from operations.streams.errors_of import ASIDE, prefix_of
from operations.tenants.certificate import PAPERS
from operations.tenants.counts import POSTGRES_LOG
from operations.tenants.items import REGISTRY
from operations.tenants.lake import CONFIG, EXPORTED, MARKER, is_bucket, prefix

INLINE: Final = 10_240
MANAGED: Final = 6_144
"""Characters without white space of a role's inline policies, and of a managed policy:
docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html"""

Statement = dict[str, Any]
_ANY_TENANT: Final = prefix("*")
OWN: Final = "t" + 15 * "?"
"""What stands for the id of a silo's tenant in the names of its buckets; IAM's patterns know any character only."""
OWN_ALIAS: Final = "alias/tenant/*"
"""Aliases of silos' own keys, which nothing but a silo's key is given: components/base/tenants.py."""
TENANT_ROLES: Final = "*-tenant-*"
"""What every tenant role is called, whichever stack of the account made it; the boundary in docs/delivery.md says so, too."""
SHARE_ROLES: Final = "share-*-access-*"
"""What the role of every share is called: components/data/share.py."""
SHARE_ALIAS: Final = "alias/share/*"
"""Aliases of shares' keys, which nothing but a share's key is given: components/base/tenants.py."""
_WRITE_KEY: Final = ("kms:Decrypt", "kms:GenerateDataKey")


def document(stack: Operated, export_to: Sequence[str] = ()) -> dict[str, Any]:
    """The policy for a stack; that of a recovery stack is for copies of tenants' objects, and for its streams and queues.

    Args:
        stack: What it is for.
        export_to: Buckets that `tenant remove --export-to` may name.

    Raises:
        OperationError: on such a bucket that is one of the lake's, or of a stack that has no tenants.
    """
    lake = _buckets(stack)
    for bucket in export_to:
        is_lake = any(fnmatchcase(f"arn:aws:s3:::{bucket}", each) for each in lake)
        if stack.tenants is None or is_lake or not is_bucket(bucket):
            raise OperationError(
                f"--export-to is {bucket!r}; expected, for a primary stack, a bucket that is none of the lake", Code.USAGE
            )
    statements = [
        *(_tenants(stack, stack.tenants) if stack.tenants else ()),
        *(_workgroups(stack, stack.queries) if stack.queries else ()),
        *(_search(stack.search) if stack.search else ()),
        *(_copies(stack) if stack.tenants is None else ()),
        *_erasure(stack),
        *_exports(stack, export_to),
        *_streams(stack.messaging, stack.keys),
        *_queues(stack.messaging, stack.keys),
        *_cache(stack.messaging),
        *_credentials(stack.messaging),
        *_costs(),
        *_schedule(stack.messaging),
        *(_promises(stack.promised) if stack.promised else ()),
        *(_alerts(stack.alerts, stack.keys) if stack.alerts else ()),
        *(_logs(stack.logs) if stack.logs else ()),
        *(_shares(stack.tenants) if stack.tenants and stack.tenants.sharing else ()),
    ]
    # IAM refuses a statement without a resource, which one about things that the stack has none of would be.
    return {"Version": "2012-10-17", "Statement": [each for each in statements if each["Resource"]]}


def _tenants(operated: Operated, stack: Stack) -> Iterator[Statement]:
    """Registry with silos' places, items, folders, certificates, access, users of the databases, the probe."""
    region, keys = stack.region, operated.keys
    tables = {name: f"arn:aws:dynamodb:{region}:{stack.account}:table/{table}" for name, table in stack.tables.items()}
    registry = tables.pop(REGISTRY)
    actions = ("DeleteItem", "GetItem", "PutItem", "Query", "Scan", "UpdateItem")
    yield _allow("Registry", tuple(f"dynamodb:{each}" for each in actions), registry)
    yield _allow("RegistryByCell", ("dynamodb:Query",), f"{registry}/index/by-cell")
    yield _allow("WhichTables", ("dynamodb:DescribeTable",), *tables.values())
    items = [table for name, table in tables.items() if name in operated.tenant_tables]
    yield _allow("ItemsOfTenants", ("dynamodb:BatchWriteItem", "dynamodb:Query"), *items)
    # What a workload that writes is given, too: components/data/table_statements.py.
    encrypt = (*_WRITE_KEY, "kms:DescribeKey", "kms:Encrypt", "kms:ReEncryptFrom", "kms:ReEncryptTo")
    yield _key("TablesKey", encrypt, keys, "dynamodb", region, "tables")
    yield _allow("ProbeAsTenants", ("sts:AssumeRole", "sts:TagSession"), *stack.tenant_roles.values())
    access = ("iam:DeleteRolePolicy", "iam:GetRolePolicy", "iam:ListRolePolicies", "iam:PutRolePolicy")
    yield _allow("TenantsWithoutAccess", access, f"arn:aws:iam::{stack.account}:role/{TENANT_ROLES}")
    # IAM knows no resource for it.
    yield _allow("WhichTenantRoles", ("iam:ListRoles",), "*")
    functions = sorted({stack.users_function, *(silo.users_function for silo in stack.silos.values())})
    yield _allow(
        "DatabaseUsers",
        ("lambda:InvokeFunction",),
        *(f"arn:aws:lambda:{region}:{stack.account}:function:{function}" for function in functions),
    )
    live = [stack.live_function] if stack.live_function else []
    arns = (f"arn:aws:lambda:{region}:{stack.account}:function:{function}" for function in live)
    yield _allow("LiveCounts", ("lambda:InvokeFunction",), *arns)
    yield from _counts(stack)
    config, data = f"arn:aws:s3:::{stack.buckets[CONFIG]}", _buckets(operated, operated.tenant_buckets)
    # Without it, S3 answers for an object that is not there that it is forbidden.
    yield _allow("WhatIsThere", ("s3:ListBucket",), config, *data)
    yield _allow("Folders", ("s3:GetObject", "s3:PutObject"), *(f"{bucket}/{_ANY_TENANT}{MARKER}" for bucket in data))
    papers = ("s3:AbortMultipartUpload", "s3:GetObject", "s3:PutObject")
    yield _allow("Certificates", papers, f"{config}/{PAPERS}*")
    yield _allow("WhereCopiesAre", ("s3:GetReplicationConfiguration",), *_buckets(operated))
    yield _key("LakeKeys", _WRITE_KEY, keys, "s3", region, "storage", "config")
    own = _key("KeysOfSilos", _WRITE_KEY, {"own": f"arn:aws:kms:{region}:{stack.account}:key/*"}, "s3", region, "own")
    own["Condition"]["ForAnyValue:StringLike"] = {"kms:ResourceAliases": OWN_ALIAS}
    yield own


def _counts(stack: Stack) -> Iterator[Statement]:
    """Tenants' messages in the logs of functions, refused sessions in those of databases, jobs in the queue."""
    databases = [POSTGRES_LOG.format(each) for each in (stack.database_arn.rpartition(":")[2], f"{OWN}-{stack.name}")]
    where = f"arn:aws:logs:{stack.region}:{stack.account}:log-group"
    groups = [f"{where}:{group}:*" for group in (*stack.function_logs.values(), *databases)]
    yield _allow("CountInLogs", ("logs:GetQueryResults", "logs:StartQuery"), *groups)
    # It knows no resource for it.
    yield _allow("JobsOfTenants", ("batch:ListJobs",), *(["*"] if stack.job_queue else []))


def _workgroups(operated: Operated, queries: Queries) -> Iterator[Statement]:
    """Tenants' workgroups, by the form of an id: a new tenant changes no policy."""
    actions = (
        *("BatchGetPreparedStatement", "CreatePreparedStatement", "CreateWorkGroup", "DeletePreparedStatement"),
        *("DeleteWorkGroup", "GetWorkGroup", "ListPreparedStatements", "TagResource", "UpdatePreparedStatement"),
        "UpdateWorkGroup",
    )
    where = f"{queries.region}:{queries.account}"
    groups = f"arn:aws:athena:{where}:workgroup/{queries.workgroup_prefix}{OWN}"
    yield _allow("Workgroups", tuple(f"athena:{each}" for each in actions), groups)
    if operated.tenants is not None:
        yield _allow("NewestQueries", ("athena:BatchGetQueryExecution", "athena:ListQueryExecutions"), groups)
        # It knows no resource for it.
        yield _allow("WhatTenantsCost", ("ce:GetCostAndUsage",), "*")


def _costs() -> Iterator[Statement]:
    """Which tags costs are counted by, and what was used of what there is. None of them knows a resource for it."""
    yield _allow("CostTags", ("ce:ListCostAllocationTags", "ce:UpdateCostAllocationTagsStatus"), "*")
    yield _allow("WhatIsUsed", ("cloudwatch:GetMetricData",), "*")


def _search(found: Searched) -> Iterator[Statement]:
    """Have the functions of the search show, fill and drop indexes: the operator reaches no index itself."""
    where, functions = f"arn:aws:lambda:{found.region}:{found.account}:function", (found.search.function, found.search.indexer)
    yield _allow("Search", ("lambda:InvokeFunction",), *(f"{where}:{each}" for each in functions))


def _copies(stack: Operated) -> Iterator[Statement]:
    """Of a recovery stack: which tenants there are, what was delivered to the other region, and what of that is here."""
    region, account = stack.messaging.region, stack.messaging.account
    tables = f"arn:aws:dynamodb:{region}:{account}:table"
    registries = sorted({each.registry for each in (stack.queries, stack.search, stack.ledger) if each})
    yield _allow("Registry", ("dynamodb:GetItem",), *(f"{tables}/{each}" for each in registries))
    yield _allow("RegistryByCell", ("dynamodb:Query",), *(f"{tables}/{each}/index/by-cell" for each in registries))
    if stack.ledger:
        yield _allow("Deliveries", ("dynamodb:Query",), f"{tables}/{stack.ledger.table}")
        yield _allow("WhatArrived", ("s3:ListBucket",), *_buckets(stack, [RAW]))
    if registries:
        yield _key("TablesKey", ("kms:Decrypt",), stack.keys, "dynamodb", region, "tables")


def _erasure(stack: Operated) -> Iterator[Statement]:
    """Every version and upload of a tenant, past a lock of governance mode; in a bucket of copies, too."""
    look = ["s3:GetBucketObjectLockConfiguration", "s3:ListBucketMultipartUploads", "s3:ListBucketVersions"]
    if stack.tenants is None:
        look.append("s3:GetBucketLocation")
    yield _allow("VersionsAndUploads", look, *_buckets(stack))
    actions = (
        *("s3:AbortMultipartUpload", "s3:BypassGovernanceRetention", "s3:DeleteObjectVersion"),
        # HEAD tells a lock only to who may ask for it: docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html
        *("s3:GetObjectLegalHold", "s3:GetObjectRetention", "s3:GetObjectVersion"),
    )
    objects = [f"{bucket}/{_ANY_TENANT}*" for bucket in _buckets(stack)]
    yield _allow("ErasePastLocks", actions, *objects)


def _exports(stack: Operated, targets: Sequence[str]) -> Iterator[Statement]:
    """Copy a tenant's data to a target. Without one no command reads an object of a tenant's."""
    arns = [f"arn:aws:s3:::{bucket}" for bucket in targets]
    exported = _buckets(stack, [name for name in EXPORTED if targets and name in stack.buckets])
    yield _allow("ExportFrom", ("s3:GetObject",), *(f"{bucket}/{_ANY_TENANT}*" for bucket in exported))
    yield _allow("ExportTo", ("s3:ListBucket",), *arns)
    actions = ("s3:AbortMultipartUpload", "s3:GetObject", "s3:PutObject")
    yield _allow("Exports", actions, *(f"{arn}/export/*" for arn in arns))


def _streams(stack: Messaging, keys: Mapping[str, str]) -> Iterator[Statement]:
    """Put back what Firehose could not deliver."""
    buckets = sorted({f"arn:aws:s3:::{stream.bucket}" for stream in stack.streams.values()})
    left = [f"arn:aws:s3:::{stream.bucket}/{prefix_of(stream)}*" for stream in stack.streams.values()]
    names = [f"arn:aws:firehose:{stack.region}:{stack.account}:deliverystream/{each.name}" for each in stack.streams.values()]
    yield _allow("PutBack", ("firehose:PutRecordBatch",), *names)
    yield _allow("WhatWasNotDelivered", ("s3:ListBucket",), *buckets)
    yield _allow("NotDelivered", ("s3:DeleteObject", "s3:GetObject"), *left)
    aside = ("s3:AbortMultipartUpload", "s3:GetObject", "s3:PutObject")
    yield _allow("PutAside", aside, *(f"{bucket}/{ASIDE}*" for bucket in buckets))
    if stack.streams:
        yield _key("StreamsKey", _WRITE_KEY, keys, "firehose", stack.region, "messages")
        yield _key("StreamsObjectsKey", _WRITE_KEY, keys, "s3", stack.region, "storage")


def _queues(stack: Messaging, keys: Mapping[str, str]) -> Iterator[Statement]:
    """Look at queues, and move dead letters back. SQS moves them as whoever asked for it:
    docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-configure-dead-letter-queue-redrive.html"""
    queues = [_queue(stack, queue.url) for queue in stack.queues.values() if queue.url]
    dead = [_queue(stack, queue.dead_letters_url) for queue in stack.queues.values() if queue.url]
    of_services = [_queue(stack, queue.dead_letters_url) for queue in stack.queues.values() if queue.url is None]
    yield _allow("Queues", ("sqs:GetQueueAttributes", "sqs:SendMessage"), *queues)
    moving = ("DeleteMessage", "GetQueueAttributes", "ListMessageMoveTasks", "ReceiveMessage", "StartMessageMoveTask")
    yield _allow("DeadLetters", tuple(f"sqs:{each}" for each in moving), *dead)
    # They came from no queue, and SQS moves none back.
    yield _allow("DeadLettersOfServices", ("sqs:GetQueueAttributes",), *of_services)
    if queues:
        yield _key("QueuesKey", _WRITE_KEY, keys, "sqs", stack.region, "messages")
        # CloudWatch knows no resource for it.
        yield _allow("GrowthOfDeadLetters", ("cloudwatch:GetMetricStatistics",), "*")


def _cache(stack: Messaging) -> Iterator[Statement]:
    """Change passwords of the cache's users. Secrets Manager asks that who begins a rotation may invoke its function, too:
    docs.aws.amazon.com/secretsmanager/latest/apireference/API_RotateSecret.html"""
    yield _allow(
        "CachePasswords", ("secretsmanager:DescribeSecret", "secretsmanager:RotateSecret"), *stack.cache_secrets.values()
    )
    functions = [stack.cache_function] if stack.cache_function and stack.cache_secrets else []
    arns = (f"arn:aws:lambda:{stack.region}:{stack.account}:function:{function}" for function in functions)
    yield _allow("CacheFunction", ("lambda:InvokeFunction",), *arns)


def _credentials(stack: Messaging) -> Iterator[Statement]:
    """Have the masters' passwords changed; see `_cache`."""
    rotated = ("secretsmanager:DescribeSecret", "secretsmanager:RotateSecret")
    yield _allow("MastersPasswords", rotated, *stack.rotation_secrets.values())
    functions = [stack.rotation_function] if stack.rotation_function and stack.rotation_secrets else []
    arns = (f"arn:aws:lambda:{stack.region}:{stack.account}:function:{function}" for function in functions)
    yield _allow("RotationFunction", ("lambda:InvokeFunction",), *arns)


def _schedule(stack: Messaging) -> Iterator[Statement]:
    """Ask and order the function that keeps the schedule, which alone stops and starts anything."""
    functions = [stack.sleeper] if stack.sleeper else []
    arns = (f"arn:aws:lambda:{stack.region}:{stack.account}:function:{function}" for function in functions)
    yield _allow("Schedule", ("lambda:InvokeFunction",), *arns)


def _promises(found: Promised) -> Iterator[Statement]:
    """What is kept of promises, and what fails."""
    # CloudWatch knows no resource for it.
    yield _allow("WhatIsKept", ("cloudwatch:GetMetricData",), *(["*"] if found.promises else []))
    groups = [f"arn:aws:logs:{found.region}:{found.account}:log-group:{group}:*" for group in found.logs.values()]
    yield _allow("WhatFails", ("logs:GetQueryResults", "logs:StartQuery"), *groups)


def _logs(found: Logs) -> Iterator[Statement]:
    """List copies of logs, of which no command reads one, and have the function ask the domain; its queue is a queue."""
    yield _allow("CopiesOfLogs", ("s3:ListBucket",), f"arn:aws:s3:::{found.bucket}")
    functions = [found.searched.function] if found.searched else []
    yield _allow(
        "Logs",
        ("lambda:InvokeFunction",),
        *(f"arn:aws:lambda:{found.region}:{found.account}:function:{each}" for each in functions),
    )


def _shares(stack: Stack) -> Iterator[Statement]:
    """End what tenants share, and try whether it is ended. Whoever has it can close, and open nothing."""
    asked = ("GetDataLakeSettings", "ListPermissions", "RevokePermissions")
    # Lake Formation knows no resources; the operator is one of its administrators, and may revoke what anybody granted.
    yield _allow("WhoIsGranted", tuple(f"lakeformation:{each}" for each in asked), "*")
    # It ends RAM's resource share in the caller's name:
    # docs.aws.amazon.com/lake-formation/latest/dg/cross-account-prereqs.html
    yield _allow("WhatIsShared", ("ram:GetResourceShares", "ram:ListResources"), "*")
    ending = _allow("EndResourceShares", ("ram:DeleteResourceShare", "ram:DisassociateResourceShare"), "*")
    ending["Condition"] = {"StringLike": {"ram:ResourceShareName": "LakeFormation*"}}
    yield ending
    roles = f"arn:aws:iam::{stack.account}:role/{SHARE_ROLES}"
    yield _allow("WhatRolesOfSharesAreRefused", ("iam:ListAttachedRolePolicies",), roles)
    # That policy of AWS's and no other, and none of its own: it may take such a role, too.
    close = _allow("CloseRolesOfShares", ("iam:AttachRolePolicy", "iam:DetachRolePolicy"), roles)
    close["Condition"] = {"ArnEquals": {"iam:PolicyARN": CLOSED}}
    yield close
    yield _allow("TryAsSubscriber", ("sts:AssumeRole",), roles)
    keys = _allow(
        "CloseKeysOfShares", ("kms:DescribeKey", "kms:DisableKey"), f"arn:aws:kms:{stack.region}:{stack.account}:key/*"
    )
    keys["Condition"] = {"ForAnyValue:StringLike": {"kms:ResourceAliases": SHARE_ALIAS}}
    yield keys


def _queue(stack: Messaging, url: str) -> str:
    return f"arn:aws:sqs:{stack.region}:{stack.account}:{url.rpartition('/')[2]}"


def _buckets(stack: Operated, classes: Sequence[str] | None = None) -> list[str]:
    """The buckets of these classes, with those that silos may have of them; by default all, that of products among them."""
    names = [*stack.buckets] if classes is None else classes
    shared = [stack.tenants.sharing.bucket] if classes is None and stack.tenants and stack.tenants.sharing else []
    where = f"{stack.messaging.account}-{stack.messaging.region}"
    own = [f"{name}-{OWN}-{where}" for name in names if name in stack.tenant_buckets]
    return [f"arn:aws:s3:::{bucket}" for bucket in (*(stack.buckets[name] for name in names), *own, *shared)]


def _alerts(stack: Alerting, keys: Mapping[str, str]) -> Iterator[Statement]:
    """See what is open, and say who takes care of it."""
    actions = ("dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query")
    yield _allow("Alerts", actions, f"arn:aws:dynamodb:{stack.region}:{stack.account}:table/{stack.table}")
    encrypt = (*_WRITE_KEY, "kms:DescribeKey", "kms:Encrypt", "kms:ReEncryptFrom", "kms:ReEncryptTo")
    yield _key("AlertsKey", encrypt, keys, "dynamodb", stack.region, "tables")


def _allow(sid: str, actions: Sequence[str], *resources: str) -> Statement:
    return {"Sid": sid, "Effect": "Allow", "Action": list(actions), "Resource": list(resources)}


def _key(sid: str, actions: Sequence[str], keys: Mapping[str, str], service: str, region: str, *classes: str) -> Statement:
    """The use of keys through a service."""
    condition = {"StringEquals": {"kms:ViaService": f"{service}.{region}.amazonaws.com"}}
    return {**_allow(sid, actions, *(keys[each] for each in classes)), "Condition": condition}


def parts(made: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The same as policies that each fit into a managed one, in order; a role may have ten of them attached."""
    found: list[dict[str, Any]] = []
    for statement in made["Statement"]:
        grown = {**made, "Statement": [*found[-1]["Statement"], statement]} if found else None
        if grown and size(grown) <= MANAGED:
            found[-1] = grown
        else:
            found.append({**made, "Statement": [statement]})
    return found


def size(made: Mapping[str, Any]) -> int:
    """Characters of a policy as IAM counts them."""
    return len(json.dumps(made, separators=(",", ":")))
