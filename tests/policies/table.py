"""The shape of the case tables: for each rule, planned inputs that fail, that pass, and that cannot be judged yet."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tests.policies.harness import KEY, KEY_ARN, UNKNOWN, Planned

Case = Mapping[str, Any] | Sequence[Planned]
"""Inputs of the table's type, or several resources that are judged together."""


@dataclass(frozen=True, kw_only=True)
class Cases:
    """Cases of one rule. `token` is the type of the cases that are inputs only.

    `never_unknown` says that the rule reads no value, or that an unknown value answers its question.
    """

    token: str
    fails: Sequence[Case]
    passes: Sequence[Case]
    unknown: Sequence[Case]
    never_unknown: bool = False

    def of(self, wanted: str) -> list[Sequence[Planned]]:
        cases = {"fail": self.fails, "pass": self.passes, "unknown": self.unknown}[wanted]
        return [[Planned(token=self.token, inputs=case)] if isinstance(case, Mapping) else case for case in cases]


def keyed(token: str, path: str, base: Mapping[str, Any] | None = None) -> Cases:
    """Cases of a rule that wants a customer managed key in the property `path` (one or two names)."""

    def at(value: object) -> Mapping[str, Any]:
        first, _, second = path.partition(".")
        fields = dict(base or {})
        if not second:
            return {**fields, **({} if value is None else {first: value})}
        return {**fields, first: {**fields.get(first, {}), **({} if value is None else {second: value})}}

    return Cases(
        token=token,
        fails=[at(None), at(""), at("alias/aws/any"), at("arn:aws:kms:us-east-2:111111111111:alias/aws/any")],
        passes=[at(KEY_ARN), at(KEY), at("alias/dataconnect-storage"), at("1234abcd-12ab-34cd-56ef-1234567890ab")],
        unknown=[at(UNKNOWN)],
    )
