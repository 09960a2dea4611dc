"""Statements: the one way this house writes an IAM policy, a resource's policy, a trust policy or a key policy.

A component that owns something offers `Statement`s for its uses; a workload's role is the sum of the statements it was handed.
"""

import os
import re
import traceback
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal

import pulumi

from .errors import ComponentError
from .tenants import OWN_ALIAS, THIS_TENANT

POLICY_VERSION: Final = "2012-10-17"

Condition = Mapping[str, Mapping[str, pulumi.Input[str] | Sequence[pulumi.Input[str]]]]
"""Operator -> condition key -> value or values, e.g. `{"StringEquals": {"aws:SourceAccount": "111111111111"}}`."""

Principals = Literal["*"] | Mapping[str, str | Sequence[str]]
"""Whom a resource's policy speaks of, as IAM spells it; see `EVERYONE`, `account` and `services`."""

EVERYONE: Final = "*"
THIS_KEY: Final = "in the policy of a key, the resource is the key itself"
OWN_TRUST: Final = "in the trust policy of a role, the resource is the role itself"


def account(account_id: str) -> Principals:
    """The principals of an account, each as far as its own policies allow."""
    return {"AWS": f"arn:aws:iam::{account_id}:root"}


def services(*names: str) -> Principals:
    """AWS services, e.g. `services("ecs-tasks.amazonaws.com")`."""
    return {"Service": names[0] if len(names) == 1 else list(names)}


@dataclass(frozen=True, kw_only=True)
class Statement:
    """One statement; it allows unless `effect` says Deny.

    Attributes:
        sid: What the statement is for, letters and digits only; unique within a policy.
        actions: Exact actions, `service:Action`; a trailing wildcard (`kms:GenerateDataKey*`) may stand. A whole service, or
            `*`, only in a Deny or with `wildcard_reason`.
        resources: Exact ARNs. In an Allow, `*` needs `wildcard_reason`.
        conditions: IAM conditions; none by default.
        principals: Whom it speaks of, in the policy of a resource; None, the default, in the policy of a role.
        effect: Allow or Deny.
        wildcard_reason: Why `*` is the only resource or action that works.

    Raises:
        ComponentError: on a malformed sid or action, no action, no resource, a wildcard without a reason, or an Allow for
            everyone without a condition or a reason.
    """

    sid: str
    actions: tuple[str, ...]
    resources: tuple[pulumi.Input[str], ...]
    conditions: Condition = field(default_factory=dict[str, Mapping[str, pulumi.Input[str] | Sequence[pulumi.Input[str]]]])
    principals: Principals | None = None
    effect: Literal["Allow", "Deny"] = "Allow"
    wildcard_reason: str | None = None

    def __post_init__(self) -> None:
        try:
            self._check()
        except ComponentError as error:
            raise ComponentError(f"{_written_in()}: {error}") from None

    def _check(self) -> None:
        # Trust policies have no sids: a role trusts in one way.
        if not re.fullmatch(r"[A-Za-z0-9]+", self.sid) and not (self.sid == "" and self.wildcard_reason == OWN_TRUST):
            raise ComponentError(f"Statement.sid is {self.sid!r}; expected letters and digits only")
        if not self.actions or not self.resources:
            raise ComponentError(f"Statement {self.sid} names no action or no resource; expected at least one of each")
        free = self.effect == "Deny" or bool(self.wildcard_reason)
        for action in self.actions:
            if not re.fullmatch(r"[a-z0-9-]+:[A-Za-z0-9]+\*?", action) and not (
                free and re.fullmatch(r"\*|[a-z0-9-]+:\*", action)
            ):
                expected = "service:Action, not a whole service"
                raise ComponentError(f"Statement {self.sid} has action {action!r}; expected {expected}")
        if any(isinstance(each, str) and not each.strip("*?") for each in self.resources) and not free:
            raise ComponentError(f"Statement {self.sid} allows every resource; name the ARNs or give wildcard_reason")
        if self.effect not in ("Allow", "Deny"):
            raise ComponentError(f"Statement {self.sid} has effect {self.effect!r}; expected Allow or Deny")
        if isinstance(self.actions, str) or isinstance(self.resources, str):
            raise ComponentError(f"Statement {self.sid} has a text for actions or resources; expected a tuple of texts")
        if _is_everyone(self.principals) and not free and not self.conditions:
            raise ComponentError(f"Statement {self.sid} allows everyone; name the principals or give conditions")

    def document(self) -> dict[str, Any]:
        """The statement as IAM spells it."""
        return {
            **({"Sid": self.sid} if self.sid else {}),
            "Effect": self.effect,
            **({} if self.principals is None else {"Principal": self.principals}),
            "Action": list(self.actions),
            # The trust policy of a role has no Resource: IAM refuses one.
            **({} if self.wildcard_reason == OWN_TRUST else {"Resource": list(self.resources)}),
            **({"Condition": self.conditions} if self.conditions else {}),
        }


def _written_in() -> str:
    """File and line of who makes the statement: what its sid names may be said in several places."""
    frames = traceback.extract_stack()
    outside = (each for each in reversed(frames) if each.filename not in (__file__, "<string>"))
    found = next(outside, frames[0])
    return f"{os.path.relpath(found.filename)}:{found.lineno}"


def _is_everyone(principals: Principals | None) -> bool:
    if not isinstance(principals, Mapping):
        return principals == EVERYONE
    return any(EVERYONE in ([value] if isinstance(value, str) else value) for value in principals.values())


def sid(*words: str) -> str:
    """A statement id that says whose grant it is: `sid("read", "prod-sessions")` is `ReadProdSessions`."""
    return "".join(word[:1].upper() + word[1:] for word in re.findall(r"[A-Za-z0-9]+", " ".join(words)))


def distinct(statements: Iterable[Statement]) -> tuple[Statement, ...]:
    """Each of `statements` once; a sid that another has gets a number: a sid leaves out what tells `a-b` from `a/b`."""
    taken: dict[str, int] = {}
    found: list[Statement] = []
    once: list[Statement] = []
    for statement in statements:
        if statement in once:
            continue
        once.append(statement)
        number = taken[statement.sid] = taken.get(statement.sid, 0) + 1
        found.append(statement if number == 1 else replace(statement, sid=f"{statement.sid}{number}"))
    return tuple(found)


def policy_json(statements: Iterable[Statement]) -> pulumi.Output[str]:
    """The policy document of `statements`, in their order.

    Raises:
        ComponentError: if two statements share a sid (the same grant handed over twice).
    """
    statements = tuple(statements)
    sids = [statement.sid for statement in statements]
    if repeated := sorted({sid for sid in sids if sid and sids.count(sid) > 1}):
        raise ComponentError(f"statements share the sid {', '.join(repeated)}; hand each grant over once")
    return pulumi.Output.json_dumps(
        {"Version": POLICY_VERSION, "Statement": [statement.document() for statement in statements]}
    )


def allow_on_key(sid: str, principals: Principals, actions: tuple[str, ...], conditions: Condition) -> Statement:
    """A statement of a key's policy: what `principals` may do with the key itself."""
    return Statement(
        sid=sid,
        principals=principals,
        actions=actions,
        resources=("*",),
        conditions=conditions,
        wildcard_reason=THIS_KEY,
    )


def deny_plain_http(actions: str, *resources: pulumi.Input[str]) -> Statement:
    """Refuse requests that are not encrypted, whoever makes them; `actions` is `s3:*` and the like."""
    return Statement(
        sid="OnlyOverTls",
        effect="Deny",
        principals=EVERYONE,
        actions=(actions,),
        resources=resources,
        conditions={"Bool": {"aws:SecureTransport": "false"}},
    )


def service_trust(service: str, *, account_id: str, source_arn: pulumi.Input[str] | None = None) -> Statement:
    """Trust in one AWS service, bound to this account (and `source_arn`, if given) against confused deputies.

    `service` is the principal, e.g. `ecs-tasks.amazonaws.com`.
    """
    conditions: dict[str, Mapping[str, pulumi.Input[str]]] = {"StringEquals": {"aws:SourceAccount": account_id}}
    if source_arn is not None:
        conditions["ArnLike"] = {"aws:SourceArn": source_arn}
    return trust(service, conditions)


def trust(service: str, conditions: Condition) -> Statement:
    """Trust in one AWS service under `conditions`; see `service_trust` for the ones that nearly every service takes."""
    return Statement(
        sid="",
        principals=services(service),
        actions=("sts:AssumeRole",),
        resources=("*",),
        conditions=conditions,
        wildcard_reason=OWN_TRUST,
    )


def service_trust_json(service: str, *, account_id: str, source_arn: pulumi.Input[str] | None = None) -> pulumi.Output[str]:
    """A role's trust policy for one AWS service; see `service_trust`."""
    return policy_json([service_trust(service, account_id=account_id, source_arn=source_arn)])


def use_key(key_arn: pulumi.Input[str], *, service: str, region: str, write: bool = False, sid: str | None = None) -> Statement:
    """Use of a customer managed key through one AWS service only.

    `service` is the service's short name in `kms:ViaService` (`rds`, `dynamodb`, `s3`, `secretsmanager`, `sqs`, `sns`).
    """
    return Statement(
        sid=sid or f"UseKeyVia{service.title().replace('-', '')}",
        actions=_key_actions(write=write),
        resources=(key_arn,),
        conditions={"StringEquals": {"kms:ViaService": f"{service}.{region}.amazonaws.com"}},
    )


def use_own_key(*, service: str, account_id: str, region: str, write: bool = False) -> Statement:
    """Use of the key of the session's own tenant, if that is a silo, through one AWS service only.

    By its alias, so that a new silo changes no policy. Only `Key` makes aliases that begin so, and only administrators of a key
    may give it another one.
    """
    named = "EncryptUnderOwnKey" if write else "DecryptUnderOwnKey"
    return use_tenants_key(THIS_TENANT, service=service, account_id=account_id, region=region, write=write, sid=named)


def use_tenants_key(tenant: str, *, service: str, account_id: str, region: str, write: bool = False, sid: str) -> Statement:
    """Use of a tenant's own key by its alias, through one AWS service only; `*` stands for the keys of all tenants."""
    operator = "ForAnyValue:StringLike" if tenant == "*" else "ForAnyValue:StringEquals"
    return Statement(
        sid=sid,
        actions=_key_actions(write=write),
        resources=(f"arn:aws:kms:{region}:{account_id}:key/*",),
        conditions={
            "StringEquals": {"kms:ViaService": f"{service}.{region}.amazonaws.com"},
            operator: {"kms:ResourceAliases": f"{OWN_ALIAS}{tenant}"},
        },
    )


def _key_actions(*, write: bool) -> tuple[str, ...]:
    encrypt = ("kms:Encrypt", "kms:GenerateDataKey", "kms:ReEncryptFrom", "kms:ReEncryptTo") if write else ()
    return ("kms:Decrypt", "kms:DescribeKey", *encrypt)
