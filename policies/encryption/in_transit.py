"""Data in transit is encrypted: TLS is forced, and is a current one."""

import re
from typing import Final

from policies.kit.checks import all_of, equals, is_not, is_on, matches, one_of
from policies.kit.document import MalformedDocumentError, Statement, covers_everything, statements
from policies.kit.resource import Resource
from policies.kit.rule import NOT_JUDGED, Answers, Finding, Rules
from policies.kit.values import UNKNOWN, Value, as_list

rules: Final = Rules("encryption")

# Engine -> parameter that forces TLS, its values that do, and the first major version where that is AWS's default.
_FORCE_TLS: Final = {
    "postgres": ("rds.force_ssl", ("1",), 15),
    "aurora-postgresql": ("rds.force_ssl", ("1",), 17),
    "sqlserver": ("rds.force_ssl", ("1",), None),
    "mysql": ("require_secure_transport", ("1", "ON"), None),
    "mariadb": ("require_secure_transport", ("1", "ON"), None),
    "aurora-mysql": ("require_secure_transport", ("1", "ON"), None),
}


def _force_tls(family: str) -> tuple[str, tuple[str, ...], bool] | None:
    """Parameter, right values and whether they are the default, for a parameter group family or `<engine><version>`."""
    for engine in sorted(_FORCE_TLS, key=len, reverse=True):
        if family.startswith(engine):
            parameter, right, since = _FORCE_TLS[engine]
            version = re.search(r"\d+", family.removeprefix(engine))
            return parameter, right, since is not None and version is not None and int(version[0]) >= since
    return None


@rules.rule(
    "rds-tls-forced",
    "C016",
    "rds/parameterGroup rds/clusterParameterGroup rds/instance rds/cluster",
    description="Databases refuse connections without TLS.",
    mend="Set the parameter in the database's own parameter group and name that group on the database.",
)
def _rds_tls_forced(resource: Resource) -> Answers:
    if resource.kind in ("rds/instance", "rds/cluster"):
        yield from _default_group(resource)
        return
    forced = _force_tls(str(resource.get("family") or ""))
    parameters = resource.get("parameters")
    if resource.get("family") is UNKNOWN or parameters is UNKNOWN:
        yield NOT_JUDGED
    elif forced is not None:
        parameter, right, default = forced
        values = [entry.get("value") for entry in as_list(parameters) if entry.get("name") == parameter]
        if any(value is UNKNOWN for value in values):
            yield NOT_JUDGED
        elif not (str(values[-1]).upper() in right if values else default):
            yield Finding("parameters", f"{parameter} = {values[-1] if values else 'unset'}", f"{parameter} = {right[0]}")


def _default_group(database: Resource) -> Answers:
    """A database without a parameter group of its own uses AWS's default, which nobody can change."""
    prop = "parameterGroupName" if database.kind == "rds/instance" else "dbClusterParameterGroupName"
    group = database.get(prop)
    if group is not None and not (isinstance(group, str) and group.startswith("default.")):
        return  # the group itself is judged
    engine, version = database.get("engine"), database.get("engineVersion")
    if engine is None and database.get("replicateSourceDb") is not None:
        yield NOT_JUDGED
        return
    if engine is UNKNOWN or version is UNKNOWN:
        yield NOT_JUDGED
        return
    family = group.removeprefix("default.") if isinstance(group, str) else f"{engine}{version or ''}"
    forced = _force_tls(family)
    if forced is not None and not forced[2]:
        yield Finding(prop, group, f"a parameter group with {forced[0]} = {forced[1][0]}")


rules.add(
    "rds-current-ca",
    "C021",
    "rds/instance rds/clusterInstance",
    matches(
        "caCertIdentifier",
        r"rds-ca-(rsa2048|rsa4096|ecc384)-g\d+",
        "rds-ca-rsa2048-g1, rds-ca-rsa4096-g1 or rds-ca-ecc384-g1",
        default="rds-ca-rsa2048-g1",
    ),
    description="The database's certificate comes from a current authority.",
    mend="Remove caCertIdentifier (AWS's default is current) or name a current one.",
)
rules.add(
    "rds-proxy-tls",
    "C032",
    "rds/proxy",
    all_of(is_on("requireTls"), one_of("auths[].iamAuth", ("REQUIRED", "ENABLED"), default="DISABLED")),
    description="RDS Proxy requires TLS and IAM authentication.",
    mend="Set requireTls: true and iamAuth: REQUIRED.",
)


def _denies_plain(statement: Statement, action: str) -> bool:
    """Whether it denies `action` to everyone on requests without TLS, and does not ask anything else of the request."""
    conditions = [c for c in statement.conditions if not (c.operator == "null" and c.key == "aws:securetransport")]
    return (
        not statement.allow
        and any(principal.everyone for principal in statement.principals)
        and any(pattern == "*" or pattern.lower() == action for pattern in statement.actions)
        and len(conditions) == 1
        and conditions[0].operator == "bool"
        and conditions[0].key == "aws:securetransport"
        and all(str(value).lower() == "false" for value in conditions[0].values)
    )


def _documents(resource: Resource, policy_kind: str, reference: str) -> list[Value]:
    """Policy documents on `resource`: its own `policy` property and those of policy resources that name it."""
    found = [policy.get("policy") for policy in resource.graph.referring(resource, policy_kind, reference)]
    return [*found, *([resource.get("policy")] if resource.get("policy") is not None else [])]


def _tls_only(resource: Resource, policy_kind: str, reference: str, action: str) -> Answers:
    documents = _documents(resource, policy_kind, reference)
    unknown = False
    for document in documents:
        try:
            for statement in () if document is UNKNOWN else statements(document):
                if _denies_plain(statement, action) and (action != "s3:*" or _bucket_and_objects(statement)):
                    return
            unknown |= document is UNKNOWN
        except MalformedDocumentError:
            unknown = True
    if unknown:
        yield NOT_JUDGED
    else:
        expected = f'a statement that denies {action} to * when aws:SecureTransport is "false"'
        yield Finding("policy", "no such statement" if documents else None, expected)


def _bucket_and_objects(statement: Statement) -> bool:
    objects = [name for name in statement.resources if name.endswith("/*") or covers_everything([name])]
    whole = [name for name in statement.resources if "/" not in name]
    return bool(objects and whole)


@rules.rule(
    "s3-tls-only",
    "C047",
    "s3/bucket",
    needs_stack=True,
    description="Bucket policies deny requests without TLS, on the bucket and its objects.",
    mend="Add a Deny on s3:* for the bucket and bucket/* when aws:SecureTransport is false.",
)
def _s3_tls_only(bucket: Resource) -> Answers:
    return _tls_only(bucket, "s3/bucketPolicy", "bucket", "s3:*")


@rules.rule(
    "sqs-tls-only",
    "C061",
    "sqs/queue",
    needs_stack=True,
    description="Queue policies deny requests without TLS.",
    mend="Add a Deny on sqs:* when aws:SecureTransport is false.",
)
def _sqs_tls_only(queue: Resource) -> Answers:
    return _tls_only(queue, "sqs/queuePolicy", "queueUrl", "sqs:*")


@rules.rule(
    "sns-tls-only",
    "C066",
    "sns/topic",
    needs_stack=True,
    description="Topic policies deny publishing without TLS.",
    mend="Add a Deny on sns:Publish when aws:SecureTransport is false.",
)
def _sns_tls_only(topic: Resource) -> Answers:
    return _tls_only(topic, "sns/topicPolicy", "arn", "sns:publish")


rules.add(
    "sns-no-plain-subscription",
    "C066",
    "sns/topicSubscription",
    is_not("protocol", "http", "https"),
    description="Subscriptions deliver over HTTPS, not HTTP.",
    mend="Use the https protocol.",
)


@rules.rule(
    "http-only-redirects",
    "C101",
    "lb/listener",
    description="HTTP listeners only redirect to HTTPS.",
    mend="Make the only default action a redirect with protocol HTTPS.",
)
def _http_only_redirects(listener: Resource) -> Answers:
    if listener.get("protocol") is UNKNOWN or listener.get("defaultActions") is UNKNOWN:
        yield NOT_JUDGED
    elif listener.get("protocol") == "HTTP" or (listener.get("protocol") is None and listener.get("port") in (80, "80")):
        for where, action in listener.each("defaultActions[]"):
            if action is UNKNOWN:
                yield NOT_JUDGED
            elif action.get("type") != "redirect":
                yield Finding(f"{where}.type", action.get("type"), "redirect to HTTPS")
            elif (action.get("redirect") or {}).get("protocol") != "HTTPS":
                yield Finding(f"{where}.redirect.protocol", (action.get("redirect") or {}).get("protocol"), "HTTPS")


# TLS 1.2 or newer without SHA-1 ciphers: the names in the load balancer's table of security policies.
_TLS_POLICIES: Final = (
    r"ELBSecurityPolicy-("
    r"TLS13-1-[23](-Res|-Ext1)?(-FIPS|-Res-FIPS|-Ext[01]-FIPS)?(-PQ)?-\d{4}-\d\d"
    r"|TLS-1-2-2017-01|FS-1-2-Res-2019-08|FS-1-2-Res-2020-10)"
)


@rules.rule(
    "listener-tls-policy",
    "C102",
    "lb/listener",
    description="TLS listeners take TLS 1.2 or newer, without weak ciphers.",
    mend="Set sslPolicy: ELBSecurityPolicy-TLS13-1-2-Res-2021-06.",
)
def _listener_tls_policy(listener: Resource) -> Answers:
    if listener.get("protocol") in ("HTTPS", "TLS"):
        expected = "ELBSecurityPolicy-TLS13-1-2-2021-06 or newer (absent means ELBSecurityPolicy-2016-08)"
        yield from matches("sslPolicy", _TLS_POLICIES, expected)(listener)


@rules.rule(
    "listener-certificate",
    "C103",
    "lb/listener",
    description="TLS listeners have a certificate of AWS Certificate Manager, which renews itself.",
    mend="Set certificateArn to an ACM certificate.",
)
def _listener_certificate(listener: Resource) -> Answers:
    certificate = listener.get("certificateArn")
    if listener.get("protocol") in ("HTTPS", "TLS") and (certificate is not UNKNOWN and ":acm:" not in str(certificate)):
        yield Finding("certificateArn", certificate, "the ARN of an ACM certificate")


rules.add(
    "acm-strong-key",
    "C114",
    "acm/certificate",
    all_of(
        matches(
            "keyAlgorithm", r"RSA_(2048|3072|4096)|EC_(prime256v1|secp384r1|secp521r1)", "RSA_2048 or EC", default="RSA_2048"
        ),
        is_not("options.certificateTransparencyLoggingPreference", "DISABLED", "ENABLED"),
    ),
    description="Certificates have a key of at least RSA 2048 or EC P-256 and are logged for transparency.",
    mend="Set keyAlgorithm to RSA_2048 or EC_prime256v1 and leave transparency logging on.",
)
rules.add(
    "elasticache-tls",
    "C158",
    "elasticache/replicationGroup",
    all_of(is_on("transitEncryptionEnabled"), equals("transitEncryptionMode", "required", default="required")),
    description="Caches require TLS.",
    mend="Set transitEncryptionEnabled: true and leave transitEncryptionMode at required.",
)
rules.add(
    "opensearch-node-to-node",
    "C209",
    "opensearch/domain elasticsearch/domain",
    is_on("nodeToNodeEncryption.enabled"),
    description="Search domains encrypt traffic between their nodes.",
    mend="Set nodeToNodeEncryption: {enabled: true}.",
)


def _enforce_https(domain: Resource) -> Answers:
    """The provider's default within the block is true; AWS's default without the block is not."""
    default = domain.get("domainEndpointOptions") is not None
    return is_on("domainEndpointOptions.enforceHttps", default=default)(domain)


rules.add(
    "opensearch-https",
    "C210",
    "opensearch/domain elasticsearch/domain",
    all_of(
        _enforce_https,
        matches(
            "domainEndpointOptions.tlsSecurityPolicy",
            r"Policy-Min-TLS-1-2-(PFS-)?\d{4}-\d\d(-.*)?",
            "Policy-Min-TLS-1-2-PFS-2023-10",
        ),
    ),
    description="Search domains enforce HTTPS with TLS 1.2 or newer.",
    mend="Set domainEndpointOptions: {enforceHttps: true, tlsSecurityPolicy: Policy-Min-TLS-1-2-PFS-2023-10}.",
)


@rules.rule(
    "ecs-efs-tls",
    "C093",
    "ecs/taskDefinition",
    description="EFS volumes of tasks are mounted over TLS with IAM authorization.",
    mend="Set transitEncryption: ENABLED and authorizationConfig: {iam: ENABLED}.",
)
def _ecs_efs_tls(task: Resource) -> Answers:
    for where, volume in task.each("volumes[].efsVolumeConfiguration"):
        if volume is UNKNOWN:
            yield NOT_JUDGED
        elif volume is not None:
            iam = (volume.get("authorizationConfig") or {}).get("iam")
            if volume.get("transitEncryption") != "ENABLED":
                yield Finding(f"{where}.transitEncryption", volume.get("transitEncryption"), "ENABLED")
            if iam != "ENABLED":
                yield Finding(f"{where}.authorizationConfig.iam", iam, "ENABLED")
