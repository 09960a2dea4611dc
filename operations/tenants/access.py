"""Who has no access: one inline policy on each tenant role denies everything to sessions of the tenants that it lists."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any, Final
from urllib.parse import unquote

from botocore.exceptions import ClientError

from operations.aws import code_of
from operations.errors import Code, OperationError
from operations.tenants.registry import Registry, Tenant

POLICY: Final = "tenants-without-access"
MENDS: Final = "dataconnect tenant access"
_TAGGED: Final = '"aws:RequestTag/tenant"'
"""What the trust policy of a tenant role asks for, and of no other: components/base/tenant_role.py."""
SIZE: Final = 10_240
"""Characters of all inline policies of a role, white space not counted:
docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html"""
AFTER_REMOVAL: Final = timedelta(hours=24)
"""How long a removed tenant stays listed. A session of a tenant role lasts an hour at the most, for one role takes it for
another (docs.aws.amazon.com/IAM/latest/UserGuide/id_roles.html, role chaining)."""


class Access:
    """The tenant roles of a stack, and of the one that takes over from it.

    IAM is asked which they are, for a role may be younger than any list of them: every role whose sessions must bear a tenant's
    tag, and which may read this stack's registry. Its replicas have the same name, so the roles of the other region are among
    them, and those of another stack in the account are not.
    """

    def __init__(self, client: Any, roles: Mapping[str, str], registry: Registry) -> None:
        """Access by `client`, a client of IAM; `roles` are the tenant roles that the stack's outputs tell, by workload."""
        self._iam = client
        self._told = {arn.rpartition("/")[2] for arn in roles.values()}
        self._registry = registry

    @cached_property
    def roles(self) -> list[str]:
        """Names of all tenant roles; those of the outputs are, whatever IAM says of them."""
        pages = self._iam.get_paginator("list_roles").paginate()
        trusts = {role["RoleName"]: _text(role["AssumeRolePolicyDocument"]) for page in pages for role in page["Roles"]}
        named = re.compile(rf':table/{re.escape(self._registry.table)}["/]')
        found = {
            role
            for role, trust in trusts.items()
            if _TAGGED in trust and any(named.search(self._document(role, policy)) for policy in self._policies(role))
        }
        return sorted(self._told | found)

    def open_on(self, tenant: str) -> list[str]:
        """The roles that do not deny the tenant's sessions what they grant."""
        return [role for role in self.roles if tenant not in self._listed(role)]

    def is_denied(self, tenant: str) -> bool:
        """Whether every role denies everything to the tenant's sessions."""
        return not self.open_on(tenant)

    def is_open(self, tenant: str) -> bool:
        """Whether no role denies the tenant's sessions what it grants."""
        return self.open_on(tenant) == self.roles

    def faults(self) -> list[dict[str, Any]]:
        """Roles that do not deny everybody who has no access: `role`, `tenants` that it lets in, `told`."""
        denied = set(without_access(self._registry.all_rows(), datetime.now(UTC)))
        open_to = {role: sorted(denied - self._listed(role)) for role in self.roles} if denied else {}
        return [
            {"role": role, "tenants": tenants, "told": f"role {role} does not deny {', '.join(tenants)}: {MENDS}"}
            for role, tenants in open_to.items()
            if tenants
        ]

    def apply(self) -> dict[str, Any]:
        """Make the policy on every role list the tenants that the registry says have no access.

        Sessions that exist are denied, too: IAM asks the role's policies at each request, some seconds after they change.

        Raises:
            OperationError: where the list does not fit; then no role is changed.
        """
        with self._registry.only_one():
            denied = without_access(self._registry.all_rows(), datetime.now(UTC))
            for role in self.roles:
                others = [self._document(role, name) for name in self._policies(role) if name != POLICY]
                check_size(role, others, denied)
            changed = [role for role in self.roles if self._write(role, denied)]
        return {"roles": self.roles, "changed": changed, "without_access": len(denied)}

    def _write(self, role: str, denied: Sequence[str]) -> bool:
        """Make one role deny them; whether it did not before."""
        if self._listed(role) == set(denied):
            return False
        if denied:
            self._iam.put_role_policy(RoleName=role, PolicyName=POLICY, PolicyDocument=document(denied))
        else:
            self._iam.delete_role_policy(RoleName=role, PolicyName=POLICY)
        return True

    def _listed(self, role: str) -> set[str]:
        try:
            text = self._document(role, POLICY)
        except ClientError as error:
            if code_of(error) != "NoSuchEntity":
                raise
            return set()
        return set(re.findall(r'"(t[a-z2-7]{15})"', text))

    def _policies(self, role: str) -> list[str]:
        pages = self._iam.get_paginator("list_role_policies").paginate(RoleName=role)
        return [name for page in pages for name in page["PolicyNames"]]

    def _document(self, role: str, policy: str) -> str:
        return _text(self._iam.get_role_policy(RoleName=role, PolicyName=policy)["PolicyDocument"])


def _text(document: Any) -> str:
    # boto3 decodes it to a mapping; an emulator may leave the text as it travels.
    return unquote(document) if isinstance(document, str) else json.dumps(document)


def without_access(tenants: Iterable[Tenant], moment: datetime) -> list[str]:
    """Ids of the tenants that have no access at a moment."""
    return sorted(
        tenant.id
        for tenant in tenants
        if tenant.status in ("suspended", "removing")
        or (tenant.status == "removed" and datetime.fromisoformat(tenant.removed_at) > moment - AFTER_REMOVAL)
    )


def document(denied: Sequence[str]) -> str:
    """The policy that denies everything to sessions of these tenants."""
    statement = {
        "Sid": "TenantsWithoutAccess",
        "Effect": "Deny",
        "Action": "*",
        "Resource": "*",
        "Condition": {"StringEquals": {"aws:PrincipalTag/tenant": list(denied)}},
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]}, separators=(",", ":"))


def size(text: str) -> int:
    """Characters as IAM counts them."""
    return len(re.sub(r"\s", "", text))


def check_size(role: str, others: Sequence[str], denied: Sequence[str]) -> None:
    """Refuse a list that does not fit beside the role's other inline policies.

    Raises:
        OperationError: with how many would fit.
    """
    granted = sum(map(size, others))
    if not denied or granted + size(document(denied)) <= SIZE:
        return
    one = len(',"t234567abcdefghi"')
    room = max(0, (SIZE - granted - size(document(())) + 1) // one)
    raise OperationError(
        f"role {role} cannot deny {len(denied)} tenants: IAM takes {SIZE} characters of inline policies, its grants are"
        f" {granted}, which leaves room for {room}. Remove tenants that are suspended for good, or resume some; nothing was"
        " changed in IAM",
        Code.CONFLICT,
    )
