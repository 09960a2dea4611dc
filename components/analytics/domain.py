"""What OpenSearch domains of this house have in common: in the network, encrypted, IAM's roles only, and telling logs."""

from collections.abc import Mapping, Sequence
from typing import Final

import pulumi
from pulumi_aws import cloudwatch, opensearch

from ..base.arn import expect_region
from ..base.component import Component, tags
from ..base.here import Here
from ..base.log_group import create_log_group
from ..base.logs import LogClass
from ..base.recovery import Recovery
from ..base.statements import Statement, policy_json, services
from .search_spec import MASTERS, NodesSpec

TLS_POLICY: Final = "Policy-Min-TLS-1-2-PFS-2023-10"
LOGS: Final = {
    "audit": "AUDIT_LOGS",
    "application": "ES_APPLICATION_LOGS",
    "index-slow": "INDEX_SLOW_LOGS",
    "search-slow": "SEARCH_SLOW_LOGS",
}
_CLASSES: Final[Mapping[str, LogClass]] = {"audit": "audit"}
NAME: Final = "3 to 28 lower-case letters, digits and -, a letter first"
NAME_PATTERN: Final = r"[a-z][a-z0-9-]{2,27}"


def create_domain(
    owner: Component,
    *,
    here: Here,
    spec: NodesSpec,
    domain_name: str,
    arn: str,
    security_group_id: pulumi.Input[str],
    subnet_ids: Sequence[pulumi.Input[str]],
    key_arn: pulumi.Input[str],
    master_arn: pulumi.Input[str],
    explicit_index: bool,
    recovery: Recovery,
    tokens: opensearch.DomainAdvancedSecurityOptionsJwtOptionsArgs | None = None,
) -> opensearch.Domain:
    """Create a domain and what it logs to as children of `owner`.

    Args:
        owner: The component, whose name is the domain's.
        here: Where it is, and how its logs are kept.
        spec: Its nodes.
        domain_name: Its physical name.
        arn: The ARN that follows from it.
        security_group_id: Of its nodes.
        subnet_ids: Of its nodes, one in each of `spec.zones` zones or more.
        key_arn: Customer managed key of the `search` data class in the same region.
        master_arn: The role that is its master user; no user has a password.
        explicit_index: Whether a request of many parts may name indexes in its body.
        recovery: What becomes of it when the region is lost.
        tokens: Whose tokens it believes; None, the default, nobody's.
    """
    name = owner.name
    groups = {
        kind: create_log_group(owner, f"{name}-{kind}", here=here, log_class=_CLASSES.get(kind, "application")) for kind in LOGS
    }
    may_log = _let_service_log(owner, here, domain_name, arn, groups)
    return opensearch.Domain(
        name,
        region=here.region,
        domain_name=domain_name,
        engine_version=f"OpenSearch_{spec.engine_version}",
        cluster_config=_cluster(spec),
        ebs_options=opensearch.DomainEbsOptionsArgs(ebs_enabled=True, volume_type="gp3", volume_size=spec.volume_gib),
        vpc_options=opensearch.DomainVpcOptionsArgs(
            subnet_ids=list(subnet_ids[: spec.zones]), security_group_ids=[security_group_id]
        ),
        encrypt_at_rest=opensearch.DomainEncryptAtRestArgs(
            enabled=True, kms_key_id=expect_region(key_arn, here.region, f"{name}: key_arn")
        ),
        node_to_node_encryption=opensearch.DomainNodeToNodeEncryptionArgs(enabled=True),
        domain_endpoint_options=opensearch.DomainDomainEndpointOptionsArgs(enforce_https=True, tls_security_policy=TLS_POLICY),
        advanced_security_options=opensearch.DomainAdvancedSecurityOptionsArgs(
            enabled=True,
            anonymous_auth_enabled=False,
            internal_user_database_enabled=False,
            master_user_options=opensearch.DomainAdvancedSecurityOptionsMasterUserOptionsArgs(master_user_arn=master_arn),
            jwt_options=tokens,
        ),
        # Texts: any other value is planned as a change for ever.
        advanced_options={
            "rest.action.multi.allow_explicit_index": str(explicit_index).lower(),
            "indices.query.bool.max_clause_count": "1024",
        },
        log_publishing_options=[
            opensearch.DomainLogPublishingOptionArgs(log_type=LOGS[kind], cloudwatch_log_group_arn=group.arn, enabled=True)
            for kind, group in groups.items()
        ],
        off_peak_window_options=opensearch.DomainOffPeakWindowOptionsArgs(
            enabled=True,
            off_peak_window=opensearch.DomainOffPeakWindowOptionsOffPeakWindowArgs(
                window_start_time=opensearch.DomainOffPeakWindowOptionsOffPeakWindowWindowStartTimeArgs(
                    hours=spec.off_peak_hour, minutes=0
                )
            ),
        ),
        software_update_options=opensearch.DomainSoftwareUpdateOptionsArgs(auto_software_update_enabled=True),
        # It makes changes of its own in the window above; small types do not have it.
        auto_tune_options=opensearch.DomainAutoTuneOptionsArgs(
            desired_state="DISABLED" if spec.node_type.startswith("t3.") else "ENABLED",
            use_off_peak_window=None if spec.node_type.startswith("t3.") else True,
            rollback_on_disable="NO_ROLLBACK",
        ),
        tags=tags(name, data_classification="restricted", recovery=recovery),
        opts=owner.child(protect=here.protect, depends_on=[may_log]),
    )


def _let_service_log(
    owner: Component, here: Here, domain_name: str, arn: str, groups: Mapping[str, cloudwatch.LogGroup]
) -> cloudwatch.LogResourcePolicy:
    statement = Statement(
        sid="SearchLogs",
        principals=services("es.amazonaws.com"),
        actions=("logs:CreateLogStream", "logs:PutLogEvents", "logs:PutLogEventsBatch"),
        resources=tuple(pulumi.Output.concat(group.arn, ":*") for group in groups.values()),
        conditions={"StringEquals": {"aws:SourceAccount": here.account_id}, "ArnLike": {"aws:SourceArn": arn}},
    )
    return cloudwatch.LogResourcePolicy(
        f"{owner.name}-logs",
        region=here.region,
        policy_name=f"{domain_name}-logs",
        policy_document=policy_json([statement]),
        opts=owner.child(),
    )


def _cluster(spec: NodesSpec) -> opensearch.DomainClusterConfigArgs:
    masters = {"dedicated_master_type": spec.master_type, "dedicated_master_count": MASTERS} if spec.master_type else {}
    zones = opensearch.DomainClusterConfigZoneAwarenessConfigArgs(availability_zone_count=spec.zones)
    return opensearch.DomainClusterConfigArgs(
        instance_type=spec.node_type,
        instance_count=spec.nodes,
        dedicated_master_enabled=spec.master_type is not None,
        zone_awareness_enabled=spec.zones > 1,
        zone_awareness_config=zones if spec.zones > 1 else None,
        **masters,  # pyright: ignore[reportArgumentType]
    )
