"""What IAM would have said: a simulator, asked with the policies that the stack declares and those that operations added."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from operations.tenants.probe import OTHER, Attempt
from tests.demo.aws import Aws
from tests.isolation.matrix import Data, data_of, policies_of
from tests.isolation.simulator import Policies, Request, allowed


@dataclass(frozen=True)
class Judge:
    """Answers for IAM."""

    aws: Aws

    def try_isolation(self, tenant: str, buckets: Mapping[str, str]) -> list[Attempt]:
        """Every way to the data of the tenant and of the probe's own, in sessions of both, in every tenant role: a `Probe`."""
        assert not any(tenant in bucket for bucket in buckets.values()), "the demo's lenders are in the pool"
        asked = [
            (workload, mine, owner, request)
            for workload in sorted(self.aws.outputs["tenantRoles"])
            for mine in (tenant, OTHER)
            for owner in (tenant, OTHER)
            for request in self._data.requests(f"{workload}-tenant", owner)
        ]
        answers = allowed(self._policies(), [request.of(mine) for _, mine, _, request in asked])
        return [
            Attempt(workload=workload, session=mine, what=_what(request, owner), owner=owner, refused=not answer)
            for (workload, mine, owner, request), answer in zip(asked, answers, strict=True)
        ]

    def refused(self, requests: Sequence[Request]) -> list[Request]:
        """Those of the requests that are refused."""
        return [each for each, answer in zip(requests, allowed(self._policies(), requests), strict=True) if not answer]

    def log_in(self, workload: str, *, tenant: str, user_of: str) -> Request:
        """A workload's session of a tenant asks for a token of that database user."""
        (database,) = self._data.databases
        user = f"{database}{user_of}_{workload.replace('-', '_')}"
        return Request(f"{workload}-tenant", "rds-db:connect", user).of(tenant)

    @property
    def _data(self) -> Data:
        return data_of(self.aws.estate)

    def _policies(self) -> Policies:
        """The policies of the plan, but for the tenant roles those that are there now: suspensions are among them."""
        planned, iam = policies_of(self.aws.estate), self.aws.client("iam")
        there = dict(planned.roles)
        for workload, arn in self.aws.outputs["tenantRoles"].items():
            role = arn.rpartition("/")[2]
            there[f"{workload}-tenant"] = [
                iam.get_role_policy(RoleName=role, PolicyName=policy)["PolicyDocument"]
                for policy in iam.list_role_policies(RoleName=role)["PolicyNames"]
            ]
        return Policies(account=planned.account, roles=there, resources=planned.resources)


def _what(request: Request, owner: str) -> str:
    """A request but for whose data it is of."""
    return f"{request.action} on {request.resource.replace(owner, '<tenant>')}"
