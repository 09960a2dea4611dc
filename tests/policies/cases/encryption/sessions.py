"""Cases of policies/controls/encryption/sessions.py."""

from typing import Any

from tests.policies.harness import UNKNOWN
from tests.policies.table import Cases, on

RDS = "aws:rds/instance:Instance"
CLUSTER = "aws:rds/cluster:Cluster"
CLUSTER_GROUP = "aws:rds/clusterParameterGroup:ClusterParameterGroup"
DOMAIN = "aws:opensearch/domain:Domain"


def parameters(family: str, **values: object) -> dict[str, Any]:
    return {
        "family": family,
        "parameters": [{"name": name.replace("__", "."), "value": value} for name, value in values.items()],
    }


def endpoint(**options: Any) -> dict[str, Any]:
    return {"domainEndpointOptions": options}


def efs(**options: Any) -> dict[str, Any]:
    return {"volumes": [{"name": "data", "efsVolumeConfiguration": {"fileSystemId": "fs-1", **options}}]}


CASES: dict[str, Cases] = {
    "rds-tls-forced": Cases(
        token="aws:rds/parameterGroup:ParameterGroup",
        fails=[
            {"family": "postgres14"},
            parameters("postgres16", rds__force_ssl="0"),
            parameters("mysql8.0", require_secure_transport="OFF"),
            parameters("mariadb11.4", other="1"),
            parameters("db2-ae-11.5", db2comm="TCPIP"),
            {"family": "sqlserver-se-15.0"},
            *on(CLUSTER_GROUP, {"family": "aurora-postgresql16"}, {"family": "aurora-mysql8.0"}, {"family": "postgres14"}),
            *on("aws:docdb/clusterParameterGroup:ClusterParameterGroup", parameters("docdb5.0", tls="disabled")),
            *on("aws:neptune/clusterParameterGroup:ClusterParameterGroup", parameters("neptune1.3", neptune_enforce_ssl="0")),
            *on(
                RDS,
                {"engine": "postgres", "engineVersion": "14.9"},
                {"engine": "mysql", "parameterGroupName": "default.mysql8.0"},
                {"engine": "mariadb", "engineVersion": "10.11"},
            ),
            *on(CLUSTER, {"engine": "aurora-postgresql", "engineVersion": "16.4"}),
        ],
        passes=[
            parameters("postgres14", rds__force_ssl="1"),
            parameters("postgres14", rds__force_ssl=1),
            *({"family": value} for value in ("postgres16", "oracle-se2-19", "aurora-postgresql16", "mariadb11.8")),
            parameters("db2-ae-11.5", db2comm="SSL"),
            parameters("mysql8.0", require_secure_transport="on"),
            *on(CLUSTER_GROUP, {"family": "aurora-postgresql17"}, parameters("aurora-mysql8.0", require_secure_transport="ON")),
            *on("aws:docdb/clusterParameterGroup:ClusterParameterGroup", {"family": "docdb5.0"}),
            *on(
                RDS,
                {"engine": "postgres", "engineVersion": "16.3"},
                {"engine": "postgres", "engineVersion": "14.9", "parameterGroupName": UNKNOWN},
            ),
        ],
        unknown=[
            parameters("postgres14", rds__force_ssl=UNKNOWN),
            {"family": "postgres14", "parameters": UNKNOWN},
            {"family": UNKNOWN},
            *on(RDS, {"engine": UNKNOWN}, {"replicateSourceDb": "primary"}),
        ],
    ),
    "rds-current-ca": Cases(
        token=RDS,
        fails=[
            {"caCertIdentifier": "rds-ca-2019"},
            *on(CLUSTER, {"caCertificateIdentifier": "rds-ca-2019"}),
            *on("aws:rds/clusterInstance:ClusterInstance", {"caCertIdentifier": "rds-ca-2015"}),
            *on("aws:rds/certificate:Certificate", {"certificateIdentifier": "rds-ca-2019"}),
        ],
        passes=[
            {},
            {"caCertIdentifier": "rds-ca-rsa4096-g1"},
            *on("aws:rds/certificate:Certificate", {"certificateIdentifier": "rds-ca-ecc384-g1"}),
        ],
        unknown=[{"caCertIdentifier": UNKNOWN}],
    ),
    "rds-proxy-tls": Cases(
        token="aws:rds/proxy:Proxy",
        fails=[
            {"auths": [{"iamAuth": "REQUIRED"}]},
            {"requireTls": True, "auths": [{"iamAuth": "DISABLED"}]},
            {"requireTls": True, "auths": [{"iamAuth": "REQUIRED"}, {}]},
            {"requireTls": True},
        ],
        passes=[
            {"requireTls": True, "auths": [{"iamAuth": "REQUIRED"}]},
            {"requireTls": True, "defaultAuthScheme": "IAM_AUTH"},
        ],
        unknown=[{"requireTls": UNKNOWN, "defaultAuthScheme": "IAM_AUTH"}, {"requireTls": True, "auths": UNKNOWN}],
    ),
    "elasticache-tls": Cases(
        token="aws:elasticache/replicationGroup:ReplicationGroup",
        fails=[
            {},
            {"transitEncryptionEnabled": False},
            {"transitEncryptionEnabled": True, "transitEncryptionMode": "preferred"},
        ],
        passes=[{"transitEncryptionEnabled": True}, {"transitEncryptionEnabled": True, "transitEncryptionMode": "required"}],
        unknown=[{"transitEncryptionEnabled": UNKNOWN}, {"globalReplicationGroupId": "other"}],
    ),
    "opensearch-node-to-node": Cases(
        token=DOMAIN,
        fails=[{}, {"nodeToNodeEncryption": {"enabled": False}}, *on("aws:elasticsearch/domain:Domain", {})],
        passes=[{"nodeToNodeEncryption": {"enabled": True}}],
        unknown=[{"nodeToNodeEncryption": UNKNOWN}],
    ),
    "opensearch-https": Cases(
        token=DOMAIN,
        fails=[
            {},
            endpoint(enforceHttps=True),
            endpoint(enforceHttps=False, tlsSecurityPolicy="Policy-Min-TLS-1-2-2019-07"),
            endpoint(enforceHttps=True, tlsSecurityPolicy="Policy-Min-TLS-1-0-2019-07"),
        ],
        passes=[
            endpoint(enforceHttps=True, tlsSecurityPolicy="Policy-Min-TLS-1-2-PFS-2023-10"),
            endpoint(tlsSecurityPolicy="Policy-Min-TLS-1-2-2019-07"),
            endpoint(enforceHttps=True, tlsSecurityPolicy="Policy-Min-TLS-1-2-RFC9151-FIPS-2024-08"),
        ],
        unknown=[{"domainEndpointOptions": UNKNOWN}],
    ),
    "ecs-efs-tls": Cases(
        token="aws:ecs/taskDefinition:TaskDefinition",
        fails=[
            efs(),
            efs(transitEncryption="DISABLED", authorizationConfig={"iam": "ENABLED"}),
            efs(transitEncryption="ENABLED"),
            efs(transitEncryption="ENABLED", authorizationConfig={"iam": "DISABLED"}),
        ],
        passes=[
            {},
            {"volumes": [{"name": "scratch"}]},
            efs(transitEncryption="ENABLED", authorizationConfig={"iam": "ENABLED"}),
            {
                "volumes": [
                    {"efsVolumeConfiguration": [{"transitEncryption": "ENABLED", "authorizationConfig": [{"iam": "ENABLED"}]}]}
                ]
            },
        ],
        unknown=[{"volumes": UNKNOWN}, efs(transitEncryption=UNKNOWN, authorizationConfig={"iam": "ENABLED"})],
    ),
}
