"""What a rule is, how it is judged on one resource, and how a pack lists its rules."""

import importlib
import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Final, TypeVar

from policies.kit.catalogue import Catalogue
from policies.kit.catalogue import controls as control_catalogue
from policies.kit.resource import Resource
from policies.kit.values import UNKNOWN, Asset, UnknownValueError, Value

ANY_AWS: Final = "*"
"""Kind of a rule that reads every AWS resource."""

Options = Mapping[str, Any]
"""Option name -> value, from the pack's configuration file or the rule's default."""


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong with one resource.

    Attributes:
        path: The property, as a dotted path; empty if the resource as a whole is wrong.
        value: What the plan has there; None if absent.
        expected: What would be right.
        detail: Tells findings of one rule on one resource apart, e.g. an action; part of the stable id.
        answer: What AWS replies, where that differs from finding to finding of one rule; else the catalogue's text is shown.
    """

    path: str
    value: Value
    expected: str
    detail: str = ""
    answer: str = ""


BROKEN: Final = "broken"
"""Detail of the finding that stands for an error in the rule itself: what it judged on the resource is not known."""


class NotJudged:
    """Said by a check in place of a finding: this part of the resource is known only after deployment."""


NOT_JUDGED: Final = NotJudged()


class NotApplicable:
    """Said by a check, alone, where its question does not arise: neither a pass nor anything else is counted."""


NOT_APPLICABLE: Final = NotApplicable()

Answers = Iterable[Finding | NotJudged | NotApplicable]
Check = Callable[[Resource], Answers]
ConfiguredCheck = Callable[[Resource, Options], Answers]

_Part = TypeVar("_Part", bound=Callable[..., Answers])

RemediationValues = Mapping[str, Value]
"""Dotted property path -> the value that ends a finding of the rule."""


@dataclass(frozen=True)
class Verdict:
    """The answer of one rule on one resource.

    `findings` empty and `unknown` false is a pass, if the rule's question arises at all (`applies`). `crash` is the message of
    an error in the rule itself (unknown too), which is among the findings as `BROKEN`.
    """

    findings: tuple[Finding, ...] = ()
    unknown: bool = False
    crash: str = ""
    applies: bool = True


# What most of a million verdicts are; they are made once.
_PASSED: Final = Verdict()
_UNKNOWN: Final = Verdict(unknown=True)


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One rule of a pack.

    Attributes:
        pack: The pack it belongs to; `<pack>/<name>` is the id that findings carry.
        name: Stable, unique in its pack.
        controls: Ids in `catalogue`; the gravest of their severities is the rule's.
        description: One sentence that says what is so where the rule passes.
        kinds: Kinds of resource it judges (see `resource.kind_of`).
        check: Gives the findings on one resource.
        remediation: What to do about a finding.
        needs_stack: Whether it can be judged only when all resources of the stack are known.
        options: Option name -> JSON schema with a `default`, for the pack's configuration file.
        remediation_values: What to set where the rule fails, if the pack's configuration asks for that (`remediate`); None if
            no change is safe and obvious. It must end the finding and touch nothing else.
        catalogue: Where `controls` are entries.
        row: The check as a table row gave it, for tests that look into it; None for a written one with options.
        own_severity: Where a control joins something grave and something light, the severity of what this rule judges of it.
    """

    pack: str
    name: str
    controls: tuple[str, ...]
    description: str
    kinds: tuple[str, ...]
    check: ConfiguredCheck
    remediation: str
    needs_stack: bool = False
    options: Mapping[str, Mapping[str, Any]] = field(default_factory=dict[str, Mapping[str, Any]])
    remediation_values: RemediationValues | None = None
    catalogue: Catalogue = field(default_factory=control_catalogue)
    own_severity: str | None = None
    row: Check | None = None

    @cached_property
    def id(self) -> str:
        """`<pack>/<name>`."""
        return f"{self.pack}/{self.name}"

    @cached_property
    def severity(self) -> str:
        """The gravest severity of its controls, unless it has its own."""
        return self.own_severity or self.catalogue.gravest(self.controls)

    def defaults(self) -> Options:
        """The options where the configuration file says nothing."""
        return {name: schema["default"] for name, schema in self.options.items()}

    def judge(self, resource: Resource, options: Options) -> Verdict:
        """The verdict on `resource`. Never raises: an unknown or an error inside the rule stays in this verdict."""
        findings: list[Finding] = []
        unknown = False
        try:
            for answer in self.check(resource, options):
                if isinstance(answer, Finding):
                    findings.append(answer)
                elif isinstance(answer, NotApplicable):
                    return Verdict(applies=False)
                else:
                    unknown = True
        except UnknownValueError:
            unknown = True
        except Exception as error:
            crash = f"{type(error).__name__}: {error}"
            return Verdict((*findings, Finding("", None, f"a rule that works; it failed with {crash}", BROKEN)), True, crash)
        return Verdict(tuple(findings), unknown) if findings else _UNKNOWN if unknown else _PASSED


def _whole(check: Check) -> Check:
    """The check of a rule that is of the resource as a whole."""
    return check


class InvalidRuleError(ValueError):
    """A rule lacks something; the message names the rule and what is missing."""


class Rules:
    """Rules of one pack under construction: a row is `named(...).add`, a written check is `rule` or `configurable`."""

    def __init__(self, pack: str, catalogue: Catalogue | None = None) -> None:
        self.pack: Final = pack
        self.catalogue: Final = catalogue or control_catalogue()
        self.list: Final[list[Rule]] = []

    def named(
        self, name: str, controls: str, kinds: str, *, needs_stack: bool = False, severity: str | None = None
    ) -> "NamedRule":
        """A rule by its name, its controls and its kinds, each separated by blanks; `.add(row, ...)` says the rest."""
        return NamedRule(self, name, controls, kinds, needs_stack, severity)

    def rule(
        self,
        name: str,
        controls: str,
        kinds: str,
        *,
        description: str = "",
        remediation: str = "",
        needs_stack: bool = False,
        remediation_values: RemediationValues | None = None,
        severity: str | None = None,
        on: Callable[[_Part], Check] = _whole,
    ) -> Callable[[_Part], _Part]:
        """Decorator for a written check, whose docstring says the description and, in its second part, the remediation.

        `on` makes the check of a resource from one of its parts: of its statements, of its containers.
        """

        def register(check: _Part) -> _Part:
            said, remediated = _said(check)
            self.named(name, controls, kinds, needs_stack=needs_stack, severity=severity).add(
                on(check),
                description=description or said,
                remediation=remediation or remediated,
                remediation_values=remediation_values,
            )
            return check

        return register

    def configurable(
        self,
        name: str,
        controls: str,
        kinds: str,
        *,
        description: str = "",
        remediation: str = "",
        needs_stack: bool = False,
        options: Mapping[str, Mapping[str, Any]] | None = None,
        remediation_values: RemediationValues | None = None,
        severity: str | None = None,
    ) -> Callable[[ConfiguredCheck], ConfiguredCheck]:
        """Decorator for a written check that takes options; see `rule`.

        Raises:
            InvalidRuleError: if it names no control, or one that the catalogue lacks; no kind; or an option lacks its default.
        """
        if missing := self._missing(controls, kinds, options or {}):
            raise InvalidRuleError(f"rule {self.pack}/{name} {missing}")

        def register(check: ConfiguredCheck) -> ConfiguredCheck:
            said, remediated = _said(check)
            self.list.append(
                Rule(
                    pack=self.pack,
                    name=name,
                    controls=tuple(controls.split()),
                    description=description or said,
                    kinds=tuple(kinds.split()),
                    check=check,
                    remediation=remediation or remediated,
                    needs_stack=needs_stack,
                    options=options or {},
                    remediation_values=remediation_values,
                    catalogue=self.catalogue,
                    own_severity=severity,
                )
            )
            return check

        return register

    def _missing(self, controls: str, kinds: str, options: Mapping[str, Mapping[str, Any]]) -> str:
        """What the rule lacks; empty if nothing."""
        if not controls.split():
            return f"names no control; expected one or more ids of the {self.catalogue.name}, separated by blanks"
        for id_ in controls.split():
            if id_ not in self.catalogue.entries:
                return f"names the control {id_!r}, which the {self.catalogue.name} lacks; add its row, or name another"
        if not kinds.split():
            return "names no kind of resource; expected one or more like rds/instance, separated by blanks"
        for option, schema in options.items():
            if not {"type", "default"} <= schema.keys():
                return f"has the option {option!r} without type or default; expected both in its schema"
        return ""


@dataclass(frozen=True)
class NamedRule:
    """A rule of which the name, the controls and the kinds are told; see `Rules.named`."""

    rules: Rules
    name: str
    controls: str
    kinds: str
    needs_stack: bool
    severity: str | None

    def add(
        self, row: Check, *, description: str, remediation: str, remediation_values: RemediationValues | None = None
    ) -> None:
        """Give the rule its check, which is a row: tests look into it."""
        register = self.rules.configurable(
            self.name,
            self.controls,
            self.kinds,
            description=description,
            remediation=remediation,
            needs_stack=self.needs_stack,
            remediation_values=remediation_values,
            severity=self.severity,
        )
        register(lambda resource, _: row(resource))
        self.rules.list[-1] = replace(self.rules.list[-1], row=row)


def _said(check: Callable[..., Answers]) -> tuple[str, str]:
    """The two parts of a check's docstring, each on one line."""
    description, _, remediation = (inspect.getdoc(check) or "").partition("\n\n")
    return " ".join(description.split()), " ".join(remediation.split())


def collected(package: str, folder: Path) -> list[Rule]:
    """The rules of every module at and below `folder`, which is that of `package`, in the order of their paths.

    A module says what is to be collected of it by a list of rules called `rules`; one without is a helper of the others.
    """
    found: list[Rule] = []
    for file in sorted(folder.rglob("[!_]*.py")):
        module = importlib.import_module(".".join((package, *file.relative_to(folder).with_suffix("").parts)))
        rules = getattr(module, "rules", None)
        if isinstance(rules, Rules):
            found += rules.list
    return found


def texts(description: str, *default: str, **items: Any) -> Mapping[str, Any]:
    """The schema of an option that is a list of texts; `items` says what each must be (`minLength`, `pattern`)."""
    return {"type": "array", "items": {"type": "string", **items}, "default": list(default), "description": description}


def show(value: Value, *, secret: bool = False) -> str:
    """A property value for a message: short, and never a secret."""
    if secret:
        return "[secret]"
    if value is None:
        return "absent"
    if value is UNKNOWN:
        return repr(UNKNOWN)
    if isinstance(value, Asset):
        return "an asset"
    if isinstance(value, bool):
        return str(value).lower()
    text = repr(value)
    return text if len(text) <= 120 else f"{text[:117]}..."
