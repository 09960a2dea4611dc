"""Passwords, tokens and private keys are secrets to Pulumi, too: encrypted in its state and hidden in its output."""

from typing import Final

from policies.kit.resource import Resource
from policies.kit.rule import NOT_JUDGED, Answers, Finding, Rules
from policies.kit.values import UNKNOWN

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


@rules.rule(
    "sensitive-input-secret",
    "C221",
    " ".join(_SENSITIVE),
    description="Passwords, tokens and private keys in the plan are Pulumi secrets.",
    mend="Wrap the value: config.require_secret, a generated password, or pulumi.Output.secret(...).",
)
def _sensitive_input(resource: Resource) -> Answers:
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
