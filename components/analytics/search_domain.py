"""A search domain: its nodes in the network, whose tokens it believes, and the function that configures it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import pulumi
from pulumi_aws import lambda_, opensearch

from ..base import checks
from ..base.alarms import create_alarms
from ..base.component import Component
from ..base.errors import ComponentError, InvalidArgumentError
from ..base.here import Here, Store
from ..base.links import Link, Opening
from ..base.statements import policy_json, sid
from ..compute.function import Function, FunctionArgs
from ..compute.function_package import digest, source_files
from ..compute.function_spec import FunctionSpec
from ..edge.token_spec import TokenSpec
from ..network.ports import HTTPS
from ..network.security_group import SecurityGroup, SecurityGroupArgs
from .domain import NAME, NAME_PATTERN, create_domain
from .search_access import configure_all, let_tokens_search, write_in_bulk
from .search_alarms import search_alarms
from .search_spec import SearchSpec, no_room

TIMEOUT_SECONDS: Final = 300
MEMORY_MIB: Final = 256
ENDPOINT_VARIABLE: Final = "SEARCH_ENDPOINT"
TENANT_CLAIM: Final = "tenant"
"""The claim of a token that says whose data its bearer searches: it is the name of the domain's role, too."""
SUBJECT_CLAIM: Final = "sub"
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
        if checks.pattern(self.domain_name, NAME_PATTERN, NAME):
            raise InvalidArgumentError(self, "domain_name", self.domain_name, NAME)
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
        args = self.args
        return create_domain(
            self,
            here=args.here,
            spec=args.spec,
            domain_name=args.domain_name,
            arn=self.arn,
            security_group_id=self.security_group.id,
            subnet_ids=args.subnet_ids,
            key_arn=args.key_arn,
            master_arn=master_arn,
            # See the decision.
            explicit_index=False,
            recovery="rebuilt",
            tokens=opensearch.DomainAdvancedSecurityOptionsJwtOptionsArgs(
                enabled=True, jwks_url=args.tokens.jwks_url, subject_key=SUBJECT_CLAIM, roles_key=TENANT_CLAIM
            ),
        )


def source() -> dict[str, str]:
    """The function's code."""
    return source_files(_SOURCE, _PACKAGE)
