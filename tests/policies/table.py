"""The shape of the case tables: for each rule, planned inputs that fail, that pass, and that cannot be judged yet."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tests.policies.harness import KEY, KEY_ARN, UNKNOWN, Planned, planned

Case = Mapping[str, Any] | Planned | Sequence[Planned]
"""Inputs of the table's type, a resource of another type, or several resources that are judged together."""


@dataclass(frozen=True)
class Fails:
    """A failing case of a rule with several findings, and the path of the finding that it is about."""

    case: Case
    path: str


@dataclass(frozen=True, kw_only=True)
class Cases:
    """Cases of one rule. `token` is the type of the cases that are inputs only.

    `never_unknown` says that the rule reads no value, or that an unknown value answers its question.
    """

    token: str
    fails: Sequence[Case | Fails]
    passes: Sequence[Case]
    unknown: Sequence[Case] = ()
    never_unknown: bool = False

    def of(self, wanted: str) -> list[Sequence[Planned]]:
        """The resources of each case that fails (`fail`), passes (`pass`) or cannot be judged yet (`unknown`)."""
        return [case for case, _ in self.with_paths(wanted)]

    def with_paths(self, wanted: str) -> list[tuple[Sequence[Planned], str]]:
        """As `of`, each with the path of the finding, empty where the case does not say it."""
        table: Sequence[Case | Fails] = {"fail": self.fails, "pass": self.passes, "unknown": self.unknown}[wanted]
        named = [(entry.case, entry.path) if isinstance(entry, Fails) else (entry, "") for entry in table]
        return [(self._resources(case), path) for case, path in named]

    def _resources(self, case: Case) -> Sequence[Planned]:
        if isinstance(case, Mapping):
            return [Planned(token=self.token, inputs=case)]
        return [case] if isinstance(case, Planned) else case


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


ABSENT = object()


def about(
    token: str, prop: str, *, fails: Sequence[object], passes: Sequence[object], unknown: Sequence[object] = (UNKNOWN,)
) -> Cases:
    """Cases of a rule that reads the property `prop` only, each a value of it; `ABSENT` is a case without the property."""

    def cases(values: Sequence[object]) -> list[Case]:
        return [{} if value is ABSENT else {prop: value} for value in values]

    return Cases(token=token, fails=cases(fails), passes=cases(passes), unknown=cases(unknown), never_unknown=not unknown)


def on(token: str, *cases: Mapping[str, Any]) -> list[Planned]:
    """A case of each of these inputs, of another type than the table's."""
    return [planned(token, **case) for case in cases]
