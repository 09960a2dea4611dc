"""Permission statements: the one way this house writes an IAM policy.

A component that owns something offers `Statement`s for its uses; a workload's role is the sum of the statements it was handed.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import pulumi

POLICY_VERSION = "2012-10-17"

Condition = Mapping[str, Mapping[str, pulumi.Input[str] | Sequence[pulumi.Input[str]]]]
"""Operator -> condition key -> value or values, e.g. `{"StringEquals": {"aws:SourceAccount": "111111111111"}}`."""


@dataclass(frozen=True, kw_only=True)
class Statement:
    """One Allow statement.

    Attributes:
        sid: What the statement is for, letters and digits only; unique within a policy.
        actions: Exact actions, `service:Action`; a trailing wildcard (`kms:GenerateDataKey*`) may stand, a whole service not.
        resources: Exact ARNs. `*` needs `wildcard_reason`.
        conditions: IAM conditions; none by default.
        wildcard_reason: Why `*` is the only resource that works (the action has no resource-level permissions).

    Raises:
        ValueError: on a malformed sid or action, no action, no resource, or a wildcard resource without a reason.
    """

    sid: str
    actions: tuple[str, ...]
    resources: tuple[pulumi.Input[str], ...]
    conditions: Condition = field(default_factory=dict[str, Mapping[str, pulumi.Input[str] | Sequence[pulumi.Input[str]]]])
    wildcard_reason: str | None = None

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[A-Za-z0-9]+", self.sid):
            raise ValueError(f"Statement.sid is {self.sid!r}; expected letters and digits only")
        if not self.actions or not self.resources:
            raise ValueError(f"Statement {self.sid} names no action or no resource; expected at least one of each")
        for action in self.actions:
            if not re.fullmatch(r"[a-z0-9-]+:[A-Za-z0-9]+\*?", action):
                raise ValueError(f"Statement {self.sid} has action {action!r}; expected service:Action, not a whole service")
        if "*" in self.resources and not self.wildcard_reason:
            raise ValueError(f"Statement {self.sid} allows every resource; name the ARNs or give wildcard_reason")


def sid(*words: str) -> str:
    """A statement id that says whose grant it is: `sid("read", "prod-sessions")` is `ReadProdSessions`."""
    return "".join(word[:1].upper() + word[1:] for word in re.findall(r"[A-Za-z0-9]+", " ".join(words)))


def policy_json(statements: Iterable[Statement]) -> pulumi.Output[str]:
    """The policy document of `statements`, in their order.

    Raises:
        ValueError: if two statements share a sid (the same grant handed over twice).
    """
    statements = tuple(statements)
    sids = [statement.sid for statement in statements]
    if repeated := sorted({sid for sid in sids if sids.count(sid) > 1}):
        raise ValueError(f"statements share the sid {', '.join(repeated)}; hand each grant over once")
    return pulumi.Output.json_dumps(
        {
            "Version": POLICY_VERSION,
            "Statement": [
                {
                    "Sid": statement.sid,
                    "Effect": "Allow",
                    "Action": list(statement.actions),
                    "Resource": list(statement.resources),
                    **({"Condition": statement.conditions} if statement.conditions else {}),
                }
                for statement in statements
            ],
        }
    )


def service_trust_json(service: str, *, account_id: str, source_arn: pulumi.Input[str] | None = None) -> pulumi.Output[str]:
    """A role's trust policy for one AWS service, bound to this account (and `source_arn`, if given) against confused deputies.

    `service` is the principal, e.g. `ecs-tasks.amazonaws.com`.
    """
    condition: dict[str, Mapping[str, pulumi.Input[str]]] = {"StringEquals": {"aws:SourceAccount": account_id}}
    if source_arn is not None:
        condition["ArnLike"] = {"aws:SourceArn": source_arn}
    return pulumi.Output.json_dumps(
        {
            "Version": POLICY_VERSION,
            "Statement": [
                {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole", "Condition": condition}
            ],
        }
    )


def use_key(key_arn: pulumi.Input[str], *, service: str, region: str, write: bool = False, sid: str | None = None) -> Statement:
    """Use of a customer managed key through one AWS service only.

    `service` is the service's short name in `kms:ViaService` (`rds`, `dynamodb`, `s3`, `secretsmanager`, `sqs`, `sns`).
    """
    encrypt = ("kms:Encrypt", "kms:GenerateDataKey", "kms:ReEncryptFrom", "kms:ReEncryptTo") if write else ()
    return Statement(
        sid=sid or f"UseKeyVia{service.title().replace('-', '')}",
        actions=("kms:Decrypt", "kms:DescribeKey", *encrypt),
        resources=(key_arn,),
        conditions={"StringEquals": {"kms:ViaService": f"{service}.{region}.amazonaws.com"}},
    )
