"""Passwords, tokens and private keys are secrets to Pulumi, too: encrypted in its state and hidden in its output."""

from typing import Final

from policies.kit.references import may_reference, referrers
from policies.kit.resource import Resource
from policies.kit.rule import NOT_JUDGED, Answers, Finding, Rules
from policies.kit.values import UNKNOWN, as_bool

rules: Final = Rules("encryption")

# Inputs that open something -> the kinds that have them.
_INPUTS: Final = {
    "accessToken basicAuthCredentials oauthToken": "amplify/app",
    "adminUserPassword": "docdb/elasticCluster",
    "adminUserPassword adminUserPasswordWo": "redshiftserverless/namespace",
    "advancedSecurityOptions.masterUserOptions.masterUserPassword": "opensearch/domain elasticsearch/domain",
    "authParameters.apiKey.value authParameters.basic.password authParameters.oauth.clientParameters.clientSecret": (
        "cloudwatch/eventConnection"
    ),
    "authToken authTokenWo": "elasticache/replicationGroup",
    "authenticationMode.passwords[]": "memorydb/user",
    "basicAuthCredentials": "amplify/branch",
    "certificatePrivateKey": "apigateway/domainName",
    "fsxAdminPassword": "fsx/ontapFileSystem",
    "hostKey": "transfer/server",
    "keyMaterialBase64": "kms/externalKey kms/replicaExternalKey",
    "masterPassword": "lightsail/database",
    "masterPassword masterPasswordWo": "docdb/cluster rds/cluster redshift/cluster",
    "password": "connect/user datasync/locationFsxWindows datasync/locationSmb directoryservice/directory dms/endpoint"
    " timestreaminfluxdb/dbInstance timestreaminfluxdb/dbCluster workmail/user",
    "password passwordWo": "rds/instance",
    "password temporaryPassword": "cognito/user",
    "passwords[] passwordsWo[] authenticationMode.passwords[]": "elasticache/user",
    "plaintext plaintextWo": "kms/ciphertext",
    "privateKey": "iam/serverCertificate",
    "privateKey privateKeyWo": "acm/certificate",
    "secretKey": "datasync/locationObjectStorage",
    "secretString secretBinary secretStringWo": "secretsmanager/secretVersion",
    "sharedSecret": "directoryservice/radiusSettings",
    "smbGuestPassword": "storagegateway/gateway",
    "svmAdminPassword": "fsx/ontapStorageVirtualMachine",
    "token": "codebuild/sourceCredential",
    "tunnel1PresharedKey tunnel2PresharedKey": "ec2/vpnConnection",
    "users[].password": "mq/broker",
    "value": "apigateway/apiKey",
}
_SENSITIVE: Final = {kind: inputs.split() for inputs, kinds in _INPUTS.items() for kind in kinds.split()}


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


rules.named("sensitive-input-secret", "C221", " ".join(_SENSITIVE)).add(
    _plain_inputs,
    description="Passwords, tokens and private keys in the plan are Pulumi secrets.",
    remediation="Wrap the value: config.require_secret, a generated password, or pulumi.Output.secret(...).",
)
rules.named("rds-master-password-secret", "C025", "rds/instance rds/cluster docdb/cluster docdb/elasticCluster").add(
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
