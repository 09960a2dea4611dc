"""A policy pack at work: which rules judge a resource, at which level a finding counts, and what is said about it."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cached_property
from typing import Any, Final

from policies.kit.resource import Graph, Resource
from policies.kit.rule import ANY_AWS, Finding, Options, Rule, Verdict, show

UNKNOWN_VERDICTS: Final = "unknown-verdicts"
"""Name of the advisory stack policy that says once how many checks could not be judged before deployment."""

_NON_PRODUCTION: Final = re.compile(r"\b(dev|develop|development|test|testing|qa|ci|sandbox|preview|stage|staging|local)\b")


class InvalidConfigurationError(ValueError):
    """The pack's configuration file names a policy or option that does not exist."""


@dataclass(frozen=True)
class Pack:
    """A named set of rules: one folder with a `PulumiPolicy.yaml`.

    Raises:
        ValueError: if two rules share a name.
    """

    name: str
    description: str
    rules: Sequence[Rule]

    def __post_init__(self) -> None:
        repeated = [name for name, times in Counter(rule.name for rule in self.rules).items() if times > 1]
        if repeated:
            raise ValueError(f"pack {self.name} has two rules named {', '.join(repeated)}")


@dataclass(frozen=True)
class Report:
    """One thing to tell the engine. `rule` is None for the pack's own summary; `urn` is empty for the stack as a whole."""

    rule: Rule | None
    urn: str
    message: str
    level: str


def is_production(stack: str, environment_tag: str = "") -> bool:
    """Whether a stack is production: the `Environment` default tag decides, else the stack's name; in doubt it is."""
    return not _NON_PRODUCTION.search(re.sub(r"[_./]", "-", (environment_tag or stack).lower()))


@dataclass
class Judge:
    """One pack judging one stack: resources one by one as the program registers them, then the stack as a whole.

    A rule that is unknown on a resource, because a value or the resource's dependencies are not known yet, is asked again when
    the stack is complete.
    """

    pack: Pack
    production: bool = True
    levels: dict[str, str] = field(default_factory=dict[str, str])
    options: dict[str, Options] = field(default_factory=dict[str, Options])
    _planned: dict[str, Resource] = field(default_factory=dict[str, Resource])
    _told: set[tuple[str, str, str]] = field(default_factory=set[tuple[str, str, str]])

    @cached_property
    def _by_kind(self) -> dict[str, list[Rule]]:
        table: defaultdict[str, list[Rule]] = defaultdict(list)
        for rule in self.pack.rules:
            for kind in rule.kinds:
                table[kind].append(rule)
        return table

    def rules_for(self, resource: Resource) -> list[Rule]:
        """The rules that are on and understand this kind of resource."""
        everywhere = self._by_kind.get(ANY_AWS, []) if resource.token.startswith("aws:") else []
        return [rule for rule in (*self._by_kind.get(resource.kind, []), *everywhere) if self.level(rule) != "disabled"]

    def default_level(self, rule: Rule) -> str:
        """Critical and high are mandatory; medium is mandatory in production; the rest is advice."""
        mandatory = rule.severity in ("critical", "high") or (rule.severity == "medium" and self.production)
        return "mandatory" if mandatory else "advisory"

    def level(self, rule: Rule) -> str:
        """The level in force: the configuration's, else the default."""
        if rule.name not in self.levels:
            self.levels[rule.name] = self.default_level(rule)
        return self.levels[rule.name]

    def configure(self, name: str, level: str, options: Mapping[str, Any]) -> None:
        """Takes one entry of the pack's configuration.

        Raises:
            InvalidConfigurationError: if there is no such policy or option. The engine has checked level and values.
        """
        rules = {rule.name: rule for rule in self.pack.rules}
        if name not in rules and name not in (UNKNOWN_VERDICTS, "all"):
            raise InvalidConfigurationError(f"policy pack {self.pack.name} has no policy {name!r}{_hint(name, rules)}")
        known = rules[name].options if name in rules else {}
        for option in options:
            if option not in known:
                raise InvalidConfigurationError(f"policy {name} has no option {option!r}{_hint(option, known)}")
        self.levels[name] = level
        if name in rules:
            self.options[name] = {**rules[name].defaults(), **options}

    def resource(self, resource: Resource) -> list[Report]:
        """What is wrong with one resource, as far as it can be said while the stack is being registered."""
        rules = self.rules_for(resource)
        self._planned[resource.urn] = resource
        return [
            report
            for rule in rules
            if not rule.needs_stack
            for report in self._reports(rule, resource, self._ask(rule, resource))
        ]

    def stack(self, resources: Iterable[Resource]) -> list[Report]:
        """What is wrong with the complete stack that has not been said yet, and the count of what stays unknown."""
        known = [self._with_inputs(resource) for resource in resources]
        graph = Graph(known)
        reports: list[Report] = []
        asked = 0
        unknown: Counter[str] = Counter()
        crashes: list[str] = []
        for resource in known:
            resource.stack = graph
            for rule in self.rules_for(resource):
                asked += 1
                verdict = self._ask(rule, resource)
                reports += self._reports(rule, resource, verdict)
                if verdict.unknown:
                    unknown[rule.name] += 1
                if verdict.crash:
                    crashes.append(f"{rule.name} failed on {resource.name}: {verdict.crash}")
        level = self.levels.get(UNKNOWN_VERDICTS, "advisory")
        if unknown and level != "disabled":
            reports.append(Report(None, "", _summary(unknown, asked, crashes), level))
        self._planned.clear()
        self._told.clear()
        return reports

    def _with_inputs(self, resource: Resource) -> Resource:
        """`resource` of the complete stack with the inputs it was registered with (a plan's outputs hold more unknowns)."""
        planned = self._planned.get(resource.urn)
        if planned is None:
            return resource
        planned.dependencies = resource.dependencies
        planned.property_dependencies = resource.property_dependencies
        planned.state = resource.state
        return planned

    def _ask(self, rule: Rule, resource: Resource) -> Verdict:
        options = self.options.get(rule.name)
        if options is None:
            options = self.options[rule.name] = rule.defaults()
        return rule.judge(resource, options)

    def _reports(self, rule: Rule, resource: Resource, verdict: Verdict) -> list[Report]:
        reports: list[Report] = []
        for finding in verdict.findings:
            key = (rule.name, resource.urn, f"{finding.path}[{finding.detail}]")
            if key not in self._told:
                self._told.add(key)
                reports.append(Report(rule, resource.urn, message(rule, resource, finding), self.level(rule)))
        return reports


def message(rule: Rule, resource: Resource, finding: Finding) -> str:
    """The sentence about one finding: what is there, what would be right, how to mend it, its id and controls."""
    secret = any(finding.path.startswith(path) or path.startswith(finding.path) for path in resource.secrets)
    what = f"expected {finding.expected}"
    if finding.path:
        what = f"{finding.path} is {show(finding.value, secret=secret)}; {what}"
    entries = [rule.catalogue.entries[id_] for id_ in rule.controls]
    answer = finding.answer or next((entry.answer for entry in entries if entry.answer), "")
    source = next((entry.source for entry in entries if entry.source), "")
    return (
        f"{what}. {answer and f'AWS: {answer}. '}{rule.mend} {source and f'See {source} '}"
        f"[{finding_id(rule, finding)} {' '.join(rule.controls)}]"
    )


def finding_id(rule: Rule, finding: Finding) -> str:
    """The stable id of a finding: `least_privilege/wildcard-action[s3:*]`."""
    return f"{rule.pack}/{rule.name}" + (f"[{finding.detail}]" if finding.detail else "")


def _summary(unknown: Counter[str], asked: int, crashes: list[str]) -> str:
    most = ", ".join(f"{name} {times}" for name, times in unknown.most_common(5))
    more = f", and {len(unknown) - 5} more rules" if len(unknown) > 5 else ""
    broken = "".join(f"\n{crash}" for crash in crashes)
    return (
        f"{unknown.total()} of {asked} checks cannot be judged before deployment: they read values that do not exist yet "
        f"({most}{more}). They are judged during the update.{broken}"
    )


def _hint(name: str, known: Iterable[str]) -> str:
    close = get_close_matches(name, list(known), n=1)
    return f"; did you mean {close[0]!r}?" if close else f"; expected one of {', '.join(sorted(known)) or 'none'}"
