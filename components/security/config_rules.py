"""The rules of AWS Config that say of what is deployed what our policy packs say of what is planned."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final

from ..edge.ingress import TLS_POLICY
from .account_guardrails import PASSWORD_CHARACTERS, PASSWORDS_REMEMBERED

# docs.aws.amazon.com/config/latest/developerguide/configlimits.html: of one conformance pack
MOST_RULES: Final = 130
TEMPLATE_BYTES: Final = 51_200

_TAGS: Final = ("CostCenter", "Environment", "Owner", "Project", "DataClassification", "Tenant")


@dataclass(frozen=True, kw_only=True)
class ConfigRule:
    """A rule that AWS manages.

    Attributes:
        controls: Ids of the controls (policies/kit/controls.tsv) that it says something of.
        parameters: What it is told, as AWS names it.
        at_home: Whether it is about what has no region, or all of them: it runs in one region of the account alone.
    """

    controls: tuple[str, ...]
    parameters: Mapping[str, str] = field(default_factory=dict[str, str])
    at_home: bool = False


# Identifier -> ids of controls.
_EVERYWHERE: Final = {
    "RDS_STORAGE_ENCRYPTED": "C007",
    "RDS_INSTANCE_PUBLIC_ACCESS_CHECK": "C009",
    "RDS_MULTI_AZ_SUPPORT": "C010",
    "RDS_INSTANCE_DELETION_PROTECTION_ENABLED": "C012",
    "RDS_LOGGING_ENABLED": "C014",
    "RDS_POSTGRES_INSTANCE_ENCRYPTED_IN_TRANSIT": "C016",
    "RDS_INSTANCE_IAM_AUTHENTICATION_ENABLED": "C017",
    "RDS_ENHANCED_MONITORING_ENABLED": "C018",
    "RDS_AUTOMATIC_MINOR_VERSION_UPGRADE_ENABLED": "C020",
    "RDS_INSTANCE_DEFAULT_ADMIN_CHECK": "C024",
    "RDS_RESOURCES_PROTECTED_BY_BACKUP_PLAN": "C026",
    "RDS_SNAPSHOT_ENCRYPTED": "C028",
    "RDS_SNAPSHOTS_PUBLIC_PROHIBITED": "C028",
    "DYNAMODB_TABLE_ENCRYPTED_KMS": "C033",
    "DYNAMODB_PITR_ENABLED": "C034",
    "DYNAMODB_TABLE_DELETION_PROTECTION_ENABLED": "C035",
    "DYNAMODB_AUTOSCALING_ENABLED": "C036",
    "DYNAMODB_RESOURCES_PROTECTED_BY_BACKUP_PLAN": "C037",
    "S3_DEFAULT_ENCRYPTION_KMS": "C041",
    "S3_BUCKET_LEVEL_PUBLIC_ACCESS_PROHIBITED": "C043",
    "S3_BUCKET_PUBLIC_READ_PROHIBITED": "C045 C048",
    "S3_BUCKET_PUBLIC_WRITE_PROHIBITED": "C045 C048",
    "S3_BUCKET_ACL_PROHIBITED": "C046",
    "S3_BUCKET_SSL_REQUESTS_ONLY": "C047",
    "S3_BUCKET_VERSIONING_ENABLED": "C050",
    "S3_BUCKET_LOGGING_ENABLED": "C051",
    "S3_LIFECYCLE_POLICY_CHECK": "C052",
    "S3_ACCESS_POINT_PUBLIC_ACCESS_BLOCKS": "C056",
    "SQS_QUEUE_NO_PUBLIC_ACCESS": "C060",
    "SQS_QUEUE_DLQ_CHECK": "C062",
    "SNS_ENCRYPTED_KMS": "C064",
    "SNS_TOPIC_NO_PUBLIC_ACCESS": "C065",
    "CMK_BACKING_KEY_ROTATION_ENABLED": "C069",
    "KMS_KEY_POLICY_NO_PUBLIC_ACCESS": "C070",
    "KMS_CMK_NOT_SCHEDULED_FOR_DELETION": "C072",
    "SECRETSMANAGER_USING_CMK": "C078",
    "ECS_AWSVPC_NETWORKING_ENABLED": "C082",
    "ECS_CONTAINERS_NONPRIVILEGED": "C083",
    "ECS_CONTAINERS_READONLY_ACCESS": "C084",
    "ECS_TASK_DEFINITION_PID_MODE_CHECK": "C085",
    "ECS_TASK_DEFINITION_LOG_CONFIGURATION": "C087",
    "ECS_FARGATE_LATEST_PLATFORM_VERSION": "C089",
    "ECS_CONTAINER_INSIGHTS_ENABLED": "C090",
    "ECR_PRIVATE_IMAGE_SCANNING_ENABLED": "C096",
    "ECR_PRIVATE_TAG_IMMUTABILITY_ENABLED": "C097",
    "ECR_REPOSITORY_CMK_ENCRYPTION_ENABLED": "C098",
    "ECR_PRIVATE_LIFECYCLE_POLICY_CONFIGURED": "C099",
    "ALB_HTTP_TO_HTTPS_REDIRECTION_CHECK": "C101",
    "ELBV2_ACM_CERTIFICATE_REQUIRED": "C103",
    "ELB_LOGGING_ENABLED": "C104",
    "ELB_DELETION_PROTECTION_ENABLED": "C105",
    "ALB_HTTP_DROP_INVALID_HEADER_ENABLED": "C106",
    "ALB_WAF_ENABLED": "C108",
    "ELBV2_MULTIPLE_AZ": "C109",
    "WAFV2_LOGGING_ENABLED": "C112",
    "VPC_FLOW_LOGS_ENABLED": "C116",
    "VPC_DEFAULT_SECURITY_GROUP_CLOSED": "C117",
    "NACL_NO_UNRESTRICTED_SSH_RDP": "C126",
    "INCOMING_SSH_DISABLED": "C129",
    "EC2_INSTANCE_NO_PUBLIC_IP": "C139",
    "EC2_IMDSV2_CHECK": "C138",
    "EC2_LAUNCH_TEMPLATE_IMDSV2_CHECK": "C138",
    "EC2_EBS_ENCRYPTION_BY_DEFAULT": "C140",
    "ENCRYPTED_VOLUMES": "C140",
    "LAMBDA_FUNCTION_PUBLIC_ACCESS_PROHIBITED": "C142",
    "LAMBDA_FUNCTION_XRAY_ENABLED": "C150",
    "ELASTICACHE_REPL_GRP_ENCRYPTED_AT_REST": "C157",
    "ELASTICACHE_REPL_GRP_ENCRYPTED_IN_TRANSIT": "C158",
    "ELASTICACHE_RBAC_AUTH_ENABLED": "C159",
    "ELASTICACHE_REPL_GRP_AUTO_FAILOVER_ENABLED": "C160",
    "ELASTICACHE_AUTO_MINOR_VERSION_UPGRADE_CHECK": "C162",
    "CLOUDWATCH_LOG_GROUP_ENCRYPTED": "C170",
    "CLOUDWATCH_ALARM_ACTION_ENABLED_CHECK": "C172",
    "GUARDDUTY_ENABLED_CENTRALIZED": "C175",
    "GUARDDUTY_S3_PROTECTION_ENABLED": "C175",
    "GUARDDUTY_RDS_PROTECTION_ENABLED": "C175",
    "GUARDDUTY_LAMBDA_PROTECTION_ENABLED": "C175",
    "GUARDDUTY_MALWARE_PROTECTION_ENABLED": "C175",
    "GUARDDUTY_RUNTIME_MONITORING_ENABLED": "C175",
    "GUARDDUTY_NON_ARCHIVED_FINDINGS": "C176",
    "INSPECTOR_EC2_SCAN_ENABLED": "C177",
    "INSPECTOR_ECR_SCAN_ENABLED": "C177",
    "INSPECTOR_LAMBDA_STANDARD_SCAN_ENABLED": "C177",
    "INSPECTOR_LAMBDA_CODE_SCAN_ENABLED": "C177",
    "SECURITYHUB_ENABLED": "C178",
    "IAM_EXTERNAL_ACCESS_ANALYZER_ENABLED": "C203",
    "OPENSEARCH_ENCRYPTED_AT_REST": "C208",
    "OPENSEARCH_NODE_TO_NODE_ENCRYPTION_CHECK": "C209",
    "OPENSEARCH_HTTPS_REQUIRED": "C210",
    "OPENSEARCH_IN_VPC_ONLY": "C211",
    "OPENSEARCH_ACCESS_CONTROL_ENABLED": "C212",
    "OPENSEARCH_AUDIT_LOGGING_ENABLED": "C213",
    "OPENSEARCH_DATA_NODE_FAULT_TOLERANCE": "C214",
    "BACKUP_RECOVERY_POINT_ENCRYPTED": "C215",
    "KINESIS_FIREHOSE_DELIVERY_STREAM_ENCRYPTED": "C216",
    "STEP_FUNCTIONS_STATE_MACHINE_LOGGING_ENABLED": "C217",
    "ATHENA_WORKGROUP_ENCRYPTED_AT_REST": "C225",
    "ATHENA_WORKGROUP_ENFORCE_WORKGROUP_CONFIGURATION": "C225",
}
# The same of what runs in one region alone.
_AT_HOME: Final = {
    "S3_ACCOUNT_LEVEL_PUBLIC_ACCESS_BLOCKS_PERIODIC": "C044",
    "MULTI_REGION_CLOUD_TRAIL_ENABLED": "C164",
    "CLOUD_TRAIL_ENCRYPTION_ENABLED": "C165",
    "CLOUD_TRAIL_LOG_FILE_VALIDATION_ENABLED": "C166",
    "CLOUD_TRAIL_CLOUD_WATCH_LOGS_ENABLED": "C167",
    "CLOUDTRAIL_S3_BUCKET_ACCESS_LOGGING": "C168",
    "CLOUDTRAIL_S3_BUCKET_PUBLIC_ACCESS_PROHIBITED": "C168",
    "IAM_POLICY_NO_STATEMENTS_WITH_ADMIN_ACCESS": "C179",
    "IAM_POLICY_NO_STATEMENTS_WITH_FULL_ACCESS": "C180",
    "IAM_USER_NO_POLICIES_CHECK": "C195",
    "IAM_ROOT_ACCESS_KEY_CHECK": "C200",
    "MFA_ENABLED_FOR_IAM_CONSOLE_ACCESS": "C201",
    "ROOT_ACCOUNT_MFA_ENABLED": "C201",
    "SECURITY_ACCOUNT_INFORMATION_PROVIDED": "C218",
}
_TOLD: Final = {
    "REQUIRED_TAGS": ConfigRule(
        controls=("C001",), parameters={f"tag{index}Key": key for index, key in enumerate(_TAGS, start=1)}
    ),
    "DB_INSTANCE_BACKUP_ENABLED": ConfigRule(
        controls=("C011",), parameters={"backupRetentionMinimum": "7", "checkReadReplicas": "true"}
    ),
    "SECRETSMANAGER_ROTATION_ENABLED_CHECK": ConfigRule(
        controls=("C079",), parameters={"maximumAllowedRotationFrequency": "90"}
    ),
    "ECS_NO_ENVIRONMENT_SECRETS": ConfigRule(
        controls=("C086",), parameters={"secretKeys": "AWS_ACCESS_KEY_ID,AWS_SECRET_ACCESS_KEY,DATABASE_PASSWORD,PGPASSWORD"}
    ),
    "ELBV2_PREDEFINED_SECURITY_POLICY_SSL_CHECK": ConfigRule(controls=("C102",), parameters={"sslPolicies": TLS_POLICY}),
    "ALB_DESYNC_MODE_CHECK": ConfigRule(controls=("C107",), parameters={"desyncMode": "defensive,strictest"}),
    "ACM_CERTIFICATE_EXPIRATION_CHECK": ConfigRule(controls=("C115",), parameters={"daysToExpiration": "30"}),
    "RESTRICTED_INCOMING_TRAFFIC": ConfigRule(
        controls=("C130", "C132"),
        parameters={"blockedPorts": "20,21,23,445,1433,1521,3306,3389,5432,6379,9092,9200,11211,27017"},
    ),
    "VPC_SG_OPEN_ONLY_TO_AUTHORIZED_PORTS": ConfigRule(controls=("C131",), parameters={"authorizedTcpPorts": "80,443"}),
    "ELASTICACHE_AUTOMATIC_BACKUP_CHECK_ENABLED": ConfigRule(controls=("C161",), parameters={"snapshotRetentionPeriod": "1"}),
    "IAM_CUSTOMER_POLICY_BLOCKED_KMS_ACTIONS": ConfigRule(
        controls=("C075",), parameters={"blockedActionsPatterns": "kms:Decrypt,kms:ReEncryptFrom"}, at_home=True
    ),
    "IAM_POLICY_BLACKLISTED_CHECK": ConfigRule(
        controls=("C193",),
        parameters={
            "policyArns": ",".join(
                f"arn:aws:iam::aws:policy/{each}" for each in ("AdministratorAccess", "IAMFullAccess", "PowerUserAccess")
            )
        },
        at_home=True,
    ),
    "ACCESS_KEYS_ROTATED": ConfigRule(controls=("C200",), parameters={"maxAccessKeyAge": "90"}, at_home=True),
    "IAM_PASSWORD_POLICY": ConfigRule(
        controls=("C202",),
        parameters={
            "MinimumPasswordLength": str(PASSWORD_CHARACTERS),
            "PasswordReusePrevention": str(PASSWORDS_REMEMBERED),
            "MaxPasswordAge": "90",
        },
        at_home=True,
    ),
}
_RETENTION: Final = "CW_LOGGROUP_RETENTION_PERIOD_CHECK"

RULES: Final[Mapping[str, ConfigRule]] = MappingProxyType(
    {
        **{name: ConfigRule(controls=tuple(ids.split())) for name, ids in _EVERYWHERE.items()},
        **{name: ConfigRule(controls=tuple(ids.split()), at_home=True) for name, ids in _AT_HOME.items()},
        **_TOLD,
        # How long is the environment's to say: `template` tells it.
        _RETENTION: ConfigRule(controls=("C171",), parameters={"MinRetentionTime": "365"}),
    }
)
"""Identifier of each managed rule (docs.aws.amazon.com/config/latest/developerguide/managed-rules-by-aws-config.html)."""


def template(*, log_days: int, is_home: bool) -> str:
    """The template of the conformance pack of a region, whose rules are called as AWS's own.

    `log_days` are those that log groups keep events at the least; `is_home` says whether what has no region is judged there.
    """
    told = {_RETENTION: {"MinRetentionTime": str(log_days)}}
    resources = {
        _logical(name): _resource(name, {**rule.parameters, **told.get(name, {})})
        for name, rule in sorted(RULES.items())
        if is_home or not rule.at_home
    }
    return json.dumps({"Resources": resources}, separators=(",", ":"))


def _logical(name: str) -> str:
    return "".join(word.capitalize() for word in name.split("_"))


def _resource(name: str, parameters: Mapping[str, str]) -> dict[str, Any]:
    given = {"InputParameters": dict(parameters)} if parameters else {}
    source = {"Owner": "AWS", "SourceIdentifier": name}
    named = name.lower().replace("_", "-")
    return {"Type": "AWS::Config::ConfigRule", "Properties": {"ConfigRuleName": named, "Source": source, **given}}
