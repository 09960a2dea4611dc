"""Passwords, tokens and private keys are secrets to Pulumi, too: encrypted in its state and hidden in its output."""

from typing import Final

from policies.kit.references import may_reference, referrers
from policies.kit.resource import Resource
from policies.kit.rule import NOT_JUDGED, Answers, Finding, Rules
from policies.kit.values import UNKNOWN, as_bool

rules: Final = Rules("encryption")

# Kind -> its inputs that open something.
_SENSITIVE: Final = {
    "acm/certificate": ("privateKey", "privateKeyWo"),
    "amplify/app": ("accessToken", "basicAuthCredentials", "oauthToken"),
    "amplify/branch": ("basicAuthCredentials",),
    "apigateway/apiKey": ("value",),
    "apigateway/domainName": ("certificatePrivateKey",),
    "cloudwatch/eventConnection": (
        "authParameters.apiKey.value",
        "authParameters.basic.password",
        "authParameters.oauth.clientParameters.clientSecret",
    ),
    "codebuild/sourceCredential": ("token",),
    "cognito/user": ("password", "temporaryPassword"),
    "connect/user": ("password",),
    "datasync/locationFsxWindows": ("password",),
    "datasync/locationObjectStorage": ("secretKey",),
    "datasync/locationSmb": ("password",),
    "directoryservice/directory": ("password",),
    "directoryservice/radiusSettings": ("sharedSecret",),
    "dms/endpoint": ("password",),
    "docdb/cluster": ("masterPassword", "masterPasswordWo"),
    "docdb/elasticCluster": ("adminUserPassword",),
    "ec2/vpnConnection": ("tunnel1PresharedKey", "tunnel2PresharedKey"),
    "elasticache/replicationGroup": ("authToken", "authTokenWo"),
    "elasticache/user": ("passwords[]", "passwordsWo[]", "authenticationMode.passwords[]"),
    "fsx/ontapFileSystem": ("fsxAdminPassword",),
    "fsx/ontapStorageVirtualMachine": ("svmAdminPassword",),
    "iam/serverCertificate": ("privateKey",),
    "kms/ciphertext": ("plaintext", "plaintextWo"),
    "kms/externalKey": ("keyMaterialBase64",),
    "kms/replicaExternalKey": ("keyMaterialBase64",),
    "lightsail/database": ("masterPassword",),
    "memorydb/user": ("authenticationMode.passwords[]",),
    "mq/broker": ("users[].password",),
    "opensearch/domain": ("advancedSecurityOptions.masterUserOptions.masterUserPassword",),
    "elasticsearch/domain": ("advancedSecurityOptions.masterUserOptions.masterUserPassword",),
    "rds/cluster": ("masterPassword", "masterPasswordWo"),
    "rds/instance": ("password", "passwordWo"),
    "redshift/cluster": ("masterPassword", "masterPasswordWo"),
    "redshiftserverless/namespace": ("adminUserPassword", "adminUserPasswordWo"),
    "secretsmanager/secretVersion": ("secretString", "secretBinary", "secretStringWo"),
    "storagegateway/gateway": ("smbGuestPassword",),
    "timestreaminfluxdb/dbInstance": ("password",),
    "timestreaminfluxdb/dbCluster": ("password",),
    "transfer/server": ("hostKey",),
    "workmail/user": ("password",),
}


def _plain_inputs(resource: Resource) -> Answers:
    """A finding for each value that opens something and is not a secret."""
    for path in _SENSITIVE[resource.kind]:
        for where, value in resource.each(path):
            if _is_secret(resource, where):
                continue
            if value is UNKNOWN:
                yield NOT_JUDGED
            elif value:
                yield Finding(where.partition("[")[0], "plain text", "a Pulumi secret", detail=where)


def _is_secret(resource: Resource, where: str) -> bool:
    """Whether the value at this path, or a block that holds it, is marked as a secret."""
    return any(where == path or where.startswith((f"{path}.", f"{path}[")) for path in resource.secrets)


rules.add(
    "sensitive-input-secret",
    "C221",
    " ".join(_SENSITIVE),
    _plain_inputs,
    description="Passwords, tokens and private keys in the plan are Pulumi secrets.",
    remediation="Wrap the value: config.require_secret, a generated password, or pulumi.Output.secret(...).",
)
rules.add(
    "rds-master-password-secret",
    "C025",
    "rds/instance rds/cluster docdb/cluster docdb/elasticCluster",
    _plain_inputs,
    description="The master password of a database comes from Secrets Manager or is a Pulumi secret, never plain text.",
    remediation="Set manageMasterUserPassword: true, or pass a secret: config.require_secret, a generated password.",
)

# Kind of replica -> where it names what it copies.
_REPLICAS: Final = {"rds/instance": "replicateSourceDb", "rds/cluster": "replicationSourceIdentifier"}


@rules.rule("rds-managed-password-no-replica", "C025", "rds/instance rds/cluster", needs_stack=True)
def _managed_password(database: Resource) -> Answers:
    """A database whose master password RDS manages has no read replica, which RDS refuses to make of it.

    Give the source a password from your own Secrets Manager secret in place of manageMasterUserPassword.
    """
    # SQL Server can have both: docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-secrets-manager.html.
    managed = database.get("manageMasterUserPassword")
    if managed is None or as_bool(managed) is False or str(database.get("engine")).startswith("sqlserver"):
        return
    replicas = [replica for kind, prop in _REPLICAS.items() for replica in referrers(database, kind, prop)]
    if managed is UNKNOWN and replicas:
        yield NOT_JUDGED
        return
    for replica in replicas:
        yield Finding("manageMasterUserPassword", managed, f"false, as {replica.name} is a read replica", detail=replica.name)
    if not replicas and may_reference(database, *_REPLICAS.items()):
        yield NOT_JUDGED
