"""A search domain: its nodes in the network, whose tokens it believes, and the function that configures it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import pulumi
from pulumi_aws import cloudwatch, lambda_, opensearch

from ..base import checks
from ..base.alarms import create_alarms
from ..base.arn import expect_region
from ..base.component import Component, tags
from ..base.errors import ComponentError, InvalidArgumentError
from ..base.here import Here, Store
from ..base.links import Link, Opening
from ..base.log_group import create_log_group
from ..base.statements import Statement, policy_json, services, sid
from ..compute.function import Function, FunctionArgs
from ..compute.function_package import digest, source_files
from ..compute.function_spec import FunctionSpec
from ..edge.token_spec import TokenSpec
from ..network.ports import HTTPS
from ..network.security_group import SecurityGroup, SecurityGroupArgs
from .search_access import configure_all, let_tokens_search, write_in_bulk
from .search_alarms import search_alarms
from .search_spec import MASTERS, SearchSpec, no_room

TIMEOUT_SECONDS: Final = 300
MEMORY_MIB: Final = 256
TLS_POLICY: Final = "Policy-Min-TLS-1-2-PFS-2023-10"
ENDPOINT_VARIABLE: Final = "SEARCH_ENDPOINT"
TENANT_CLAIM: Final = "tenant"
"""The claim of a token that says whose data its bearer searches: it is the name of the domain's role, too."""
SUBJECT_CLAIM: Final = "sub"
LOGS: Final = {
    "audit": "AUDIT_LOGS",
    "application": "ES_APPLICATION_LOGS",
    "index-slow": "INDEX_SLOW_LOGS",
    "search-slow": "SEARCH_SLOW_LOGS",
}

_SOURCE: Final = Path(__file__).with_name("search_function")
_PACKAGE: Final = "search_function"


@dataclass(frozen=True, kw_only=True)
class SearchDomainArgs:
    """A search domain.

    Attributes:
        here: Where it is.
        spec: Its nodes, and how many tenants they have room for.
        domain_name: Its physical name, 3 to 28 lower-case letters, digits and -, a letter first: statements name it before it
            is there, for the role that configures it must be its master user.
        tokens: Whose tokens it believes. AWS looks at the signature, at the end of their time, and at the claim `tenant`; not
            at the audience.
        indexes: Dataset -> the index that each tenant has of it: `{"mapping": <properties of OpenSearch>}`.
        vpc_id: VPC of the domain.
        subnet_ids: Subnets of its nodes, one in each of `spec.zones` zones or more: the data tier.
        function_subnet_ids: Subnets in two zones or more of the function: the application tier.
        key_arn: Customer managed key of the `search` data class in the same region.
        ways_to_aws: What the function takes on its way: `Endpoints.link()` where there are interface endpoints; nothing by
            default.

    Raises:
        InvalidArgumentError: on a name that AWS refuses, no index, fewer subnets than zones, or more tenants than there is room
            for.
    """

    here: Here
    spec: SearchSpec
    domain_name: str
    tokens: TokenSpec
    indexes: Mapping[str, Mapping[str, Any]]
    vpc_id: pulumi.Input[str]
    subnet_ids: Sequence[pulumi.Input[str]]
    function_subnet_ids: Sequence[pulumi.Input[str]]
    key_arn: pulumi.Input[str]
    ways_to_aws: Link = field(default_factory=Link)

    def __post_init__(self) -> None:
        expected = "3 to 28 lower-case letters, digits and -, a letter first"
        if checks.pattern(self.domain_name, r"[a-z][a-z0-9-]{2,27}", expected):
            raise InvalidArgumentError(self, "domain_name", self.domain_name, expected)
        if not self.indexes:
            raise InvalidArgumentError(self, "indexes", dict(self.indexes), "one index or more for each tenant")
        spec = self.spec
        if len(self.subnet_ids) < spec.zones:
            expected = f"{spec.zones} or more: spec.zones says so"
            raise InvalidArgumentError(self, "subnet_ids", f"{len(self.subnet_ids)} subnets", expected)
        if expected := no_room(spec.tenants, len(self.indexes), spec.node_type, spec.nodes, spec.zones):
            raise InvalidArgumentError(self, "spec.tenants", spec.tenants, expected)


class SearchDomain(Component):
    """An OpenSearch domain in which a user's own token opens the index of the user's tenant, and nothing else.

    A function configures it, whose role is the master user: indexes' templates and roles at each deployment (`configure`), and
    what one tenant has when `dataconnect tenant` orders it. It has no user with a password. What is in it is made anew from the
    table of the newest states (`dataconnect search rebuild`).

    Outputs: `arn`; `domain_name`; `endpoint`, its address; `function_name`.
    """

    arn: str
    domain_name: pulumi.Output[str]
    endpoint: pulumi.Output[str]
    function_name: pulumi.Output[str]

    def __init__(self, name: str, args: SearchDomainArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self.args = args
        here = args.here
        self.arn = f"arn:aws:es:{here.region}:{here.account_id}:domain/{args.domain_name}"
        self._writers: dict[str, pulumi.Input[str]] = {}
        self.security_group = SecurityGroup(
            name, SecurityGroupArgs(here=here, vpc_id=args.vpc_id, description=f"Search domain {name}"), opts=self.child()
        )
        ways = args.ways_to_aws
        configurer = Function(
            f"{name}-configurer",
            FunctionArgs(
                here=here,
                # Two at once would undo each other's changes.
                spec=FunctionSpec(memory_mib=MEMORY_MIB, timeout_seconds=TIMEOUT_SECONDS, concurrency=1),
                description=f"Configures the search domain {name}",
                source=source(),
                handler=f"{_PACKAGE}.handler.handle",
                vpc_id=args.vpc_id,
                subnet_ids=args.function_subnet_ids,
                link=replace(
                    ways,
                    statements=(*ways.statements, configure_all(self.arn)),
                    openings=(self._opening(), *ways.openings),
                ),
            ),
            opts=self.child(),
        )
        self.function_name, self._opened = configurer.function_name, configurer.opened
        self.domain = self._domain(configurer.role_arn)
        self.domain_name = self.domain.domain_name
        self.endpoint = pulumi.Output.concat("https://", self.domain.endpoint)
        self._policy = opensearch.DomainPolicy(
            f"{name}-policy",
            region=here.region,
            domain_name=self.domain.domain_name,
            access_policies=policy_json([let_tokens_search(self.arn)]),
            opts=self.child(),
        )
        create_alarms(self, search_alarms(self.domain.domain_name, here.account_id, args.spec), here)
        loss = "nothing: each index is filled again from the table of the newest states; nothing else waits for it"
        here.inventory.stores.append(Store(name=name, arn=self.domain.arn, recovery="rebuilt", loss=loss))
        self.register_outputs({"arn": self.domain.arn, "endpoint": self.endpoint})

    def admit(self, workload: str, role_arn: pulumi.Input[str]) -> None:
        """Let a role that has the link `write` index; `configure` tells the domain."""
        self._writers[workload] = role_arn

    def configure(self) -> lambda_.Invocation:
        """Have the domain configured by this deployment, once everybody who writes is admitted; and again when that changes.

        Raises:
            ComponentError: where nobody is admitted: the indexes would stay empty.
        """
        if not self._writers:
            raise ComponentError(f"nobody writes to {self.name}; expected admit() of a workload that uses search:write")
        args = self.args
        return lambda_.Invocation(
            f"{self.name}-configured",
            region=args.here.region,
            function_name=self.function_name,
            input=pulumi.Output.json_dumps(
                {
                    "endpoint": self.endpoint,
                    "region": args.here.region,
                    "indexes": args.indexes,
                    "writers": [self._writers[name] for name in sorted(self._writers)],
                    "replicas": args.spec.replicas,
                }
            ),
            # Other code may configure otherwise, and a domain that was made anew knows nothing.
            triggers={"code": digest(source()), "domain": self.domain.domain_id},
            opts=self.child(depends_on=[*self._opened, self._policy]),
        )

    def link(self, verb: str, path: str = "", workload: str = "") -> Link:  # noqa: ARG002 - whole, and the same for all
        """Search, with the user's own token (`read`), or index (`write`). `SEARCH_ENDPOINT` tells the address.

        To search takes nothing of IAM: who forwards no token gets nothing.
        """
        return Link(
            statements=(write_in_bulk(sid(verb, self.name), self.arn),) if verb == "write" else (),
            environment={ENDPOINT_VARIABLE: self.endpoint},
            openings=(self._opening(),),
        )

    def _opening(self) -> Opening:
        return Opening(security_group=self.security_group, port=HTTPS, what="OpenSearch for {workload}")

    def _domain(self, master_arn: pulumi.Input[str]) -> opensearch.Domain:
        args, spec, here, name = self.args, self.args.spec, self.args.here, self.name
        groups = {kind: create_log_group(self, f"{name}-{kind}", here=here) for kind in LOGS}
        may_log = self._let_service_log(groups)
        return opensearch.Domain(
            name,
            region=here.region,
            domain_name=args.domain_name,
            engine_version=f"OpenSearch_{spec.engine_version}",
            cluster_config=_cluster(spec),
            ebs_options=opensearch.DomainEbsOptionsArgs(ebs_enabled=True, volume_type="gp3", volume_size=spec.volume_gib),
            vpc_options=opensearch.DomainVpcOptionsArgs(
                subnet_ids=list(args.subnet_ids[: spec.zones]), security_group_ids=[self.security_group.id]
            ),
            encrypt_at_rest=opensearch.DomainEncryptAtRestArgs(
                enabled=True, kms_key_id=expect_region(args.key_arn, here.region, f"{name}: key_arn")
            ),
            node_to_node_encryption=opensearch.DomainNodeToNodeEncryptionArgs(enabled=True),
            domain_endpoint_options=opensearch.DomainDomainEndpointOptionsArgs(
                enforce_https=True, tls_security_policy=TLS_POLICY
            ),
            advanced_security_options=opensearch.DomainAdvancedSecurityOptionsArgs(
                enabled=True,
                anonymous_auth_enabled=False,
                internal_user_database_enabled=False,
                master_user_options=opensearch.DomainAdvancedSecurityOptionsMasterUserOptionsArgs(master_user_arn=master_arn),
                jwt_options=opensearch.DomainAdvancedSecurityOptionsJwtOptionsArgs(
                    enabled=True, jwks_url=args.tokens.jwks_url, subject_key=SUBJECT_CLAIM, roles_key=TENANT_CLAIM
                ),
            ),
            # Texts: any other value is planned as a change for ever. No request names an index in its body: see the decision.
            advanced_options={
                "rest.action.multi.allow_explicit_index": "false",
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
            tags=tags(name, data_classification="restricted", recovery="rebuilt"),
            opts=self.child(protect=here.protect, depends_on=[may_log]),
        )

    def _let_service_log(self, groups: Mapping[str, cloudwatch.LogGroup]) -> cloudwatch.LogResourcePolicy:
        here = self.args.here
        statement = Statement(
            sid="SearchLogs",
            principals=services("es.amazonaws.com"),
            actions=("logs:CreateLogStream", "logs:PutLogEvents", "logs:PutLogEventsBatch"),
            resources=tuple(pulumi.Output.concat(group.arn, ":*") for group in groups.values()),
            conditions={"StringEquals": {"aws:SourceAccount": here.account_id}, "ArnLike": {"aws:SourceArn": self.arn}},
        )
        return cloudwatch.LogResourcePolicy(
            f"{self.name}-logs",
            region=here.region,
            policy_name=f"{self.args.domain_name}-logs",
            policy_document=policy_json([statement]),
            opts=self.child(),
        )


def _cluster(spec: SearchSpec) -> opensearch.DomainClusterConfigArgs:
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


def source() -> dict[str, str]:
    """The function's code."""
    return source_files(_SOURCE, _PACKAGE)
