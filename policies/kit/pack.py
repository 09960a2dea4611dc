"""A policy pack at work: which rules judge a resource, at which level a finding counts, and what is said about it."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from policies.kit.exemptions import PACKS, Exemption, Register, draft, load, shown
from policies.kit.messages import advice, finding_id, hint, message, summary, times
from policies.kit.options import wrong_option
from policies.kit.resource import ROOT, Graph, Resource, stack_of
from policies.kit.rule import ANY_AWS, BROKEN, Finding, Options, RemediationValues, Rule, Verdict

ADVICE: Final = "advice"
UNKNOWN_VERDICTS: Final = "unknown-verdicts"
EXEMPTIONS: Final = "exemptions"
OWN_POLICIES: Final = {
    ADVICE: "Counts the findings that stop nothing.",
    UNKNOWN_VERDICTS: "Counts the checks that can be judged only once the values exist.",
    EXEMPTIONS: "Every exemption from a finding is used, has not expired and is narrow.",
}
"""Stack policies that each pack has besides its rules: name -> description."""

OWN_OPTIONS: Final[dict[str, dict[str, dict[str, Any]]]] = {
    EXEMPTIONS: {
        "file": {
            "type": "string",
            "default": "",
            "description": "The file of exemptions, from the folder of all packs; by default exemptions.yaml there.",
        }
    }
}
"""Options of the pack's own policies: policy -> option -> JSON schema."""

EXEMPTIONS_FILE: Final = PACKS / "exemptions.yaml"
"""The file of exemptions where the pack's configuration names no other."""

FULL_REPORTS: Final = 3
"""How many findings of one rule that stop the run a preview tells one by one; the others follow together, to fit a screen."""

_NON_PRODUCTION: Final = re.compile(r"\b(dev|develop|development|test|testing|qa|ci|sandbox|preview|stage|staging|local)\b")


class InvalidConfigurationError(ValueError):
    """The pack's configuration file names a policy or option that does not exist, or gives one a value it cannot have."""


@dataclass(frozen=True)
class Pack:
    """A named set of rules: one folder with a `PulumiPolicy.yaml`, or, where it is not `whole`, some of its rules.

    Raises:
        ValueError: if two rules share a name.
    """

    name: str
    description: str
    rules: Sequence[Rule]
    whole: bool = True

    def __post_init__(self) -> None:
        repeated = [name for name, times in Counter(rule.name for rule in self.rules).items() if times > 1]
        if repeated:
            raise ValueError(f"pack {self.name} has two rules named {', '.join(repeated)}")


@dataclass(frozen=True)
class Report:
    """One thing to tell the engine: `policy` is the rule's name or one of the pack's own (`OWN_POLICIES`).

    `urn` is empty for the stack as a whole; `rule` is None for the pack's own policies.
    """

    policy: str
    rule: Rule | None
    urn: str
    message: str
    level: str


@dataclass(frozen=True)
class Judged:
    """The verdict of one rule on one resource; `exempted` maps a finding's id to the entry that accepts it."""

    rule: Rule
    resource: Resource
    verdict: Verdict
    exempted: Mapping[str, Exemption] = field(default_factory=dict[str, Exemption])

    @property
    def open_findings(self) -> list[Finding]:
        """The findings that nothing exempts."""
        return [finding for finding in self.verdict.findings if finding_id(self.rule, finding) not in self.exempted]


def is_production(stack: str, environment_tag: str = "") -> bool:
    """Whether a stack is production: the `Environment` default tag decides, else the stack's name; in doubt it is."""
    return not _NON_PRODUCTION.search(re.sub(r"[_./]", "-", (environment_tag or stack).lower()))


@dataclass
class Judge:
    """One pack judging one stack: resources one by one as the program registers them, then the stack as a whole.

    A rule that is unknown on a resource, because a value or the resource's dependencies are not known yet, is asked again when
    the stack is complete. In a `preview`, which stops nothing from being created, many findings of one rule are told together.
    `brief` counts what is advice in one line instead of telling each finding.
    """

    pack: Pack
    production: bool = True
    preview: bool = False
    brief: bool = False
    today: date = field(default_factory=date.today)
    exemptions_file: Path | None = None
    levels: dict[str, str] = field(default_factory=dict[str, str])
    options: dict[str, Options] = field(default_factory=dict[str, Options])
    _planned: dict[str, Resource] = field(default_factory=dict[str, Resource])
    _told: set[tuple[str, str, str]] = field(default_factory=set[tuple[str, str, str]])
    _times_told: Counter[str] = field(default_factory=Counter[str])
    _advice: Counter[str] = field(default_factory=Counter[str])
    _held: defaultdict[str, list[tuple[Rule, Resource, Finding]]] = field(
        default_factory=lambda: defaultdict[str, list[tuple[Rule, Resource, Finding]]](list)
    )

    @cached_property
    def exemptions(self) -> Register:
        """The exemptions in force.

        Raises:
            InvalidExemptionsError: if the file cannot be used, or is named by the configuration and absent.
        """
        file = self.exemptions_file or EXEMPTIONS_FILE
        entries = load(file) if self.exemptions_file or file.exists() else ()
        return Register(entries, frozenset(rule.id for rule in self.pack.rules), self.today, self.pack.whole)

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

    def level_of(self, rule: Rule, finding: Finding) -> str:
        """The level at which a finding counts: the rule's, but a rule that its configuration breaks always stops the run."""
        configured = self.options.get(rule.name, rule.defaults()) != rule.defaults()
        return "mandatory" if finding.detail == BROKEN and configured else self.level(rule)

    def configure(self, name: str, level: str, options: Mapping[str, Any]) -> None:
        """Takes one entry of the pack's configuration.

        Raises:
            InvalidConfigurationError: if there is no such policy or option, if an option cannot have that value, if it would
                silence a rule that is mandatory here, or asks a rule to remediate that cannot.
        """
        rules = {rule.name: rule for rule in self.pack.rules}
        if name not in rules and name not in OWN_POLICIES and name != "all":
            raise InvalidConfigurationError(f"policy pack {self.pack.name} has no policy {name!r}{hint(name, rules)}")
        known = rules[name].options if name in rules else OWN_OPTIONS.get(name, {})
        for option, value in options.items():
            if option not in known:
                raise InvalidConfigurationError(f"policy {name} has no option {option!r}{hint(option, known)}")
            if wrong := wrong_option(known[option], value, option):
                raise InvalidConfigurationError(f"policy {name}: {wrong}")
        if name == EXEMPTIONS:
            if level != "mandatory":
                raise InvalidConfigurationError(f"policy {name} is {level!r} in the configuration; it is always 'mandatory'")
            if options.get("file"):
                self.exemptions_file = PACKS / str(options["file"])
            return
        if name in rules and level == "disabled" and self.default_level(rules[name]) == "mandatory":
            raise InvalidConfigurationError(
                f"policy {name} is 'disabled' in the configuration, but is mandatory in this stack; expected 'advisory', which "
                f"still shows its findings, or an exemption for the resources in question"
            )
        if name in rules and level == "remediate" and rules[name].remediation_values is None:
            raise InvalidConfigurationError(
                f"policy {name} is 'remediate' in the configuration, but has no safe remediation; "
                f"expected 'mandatory' or 'advisory'"
            )
        self.levels[name] = level
        if name in rules:
            self.options[name] = {**rules[name].defaults(), **options}

    def resource(self, resource: Resource) -> list[Report]:
        """What is wrong with one resource, as far as it can be said while the stack is being registered.

        Raises:
            InvalidExemptionsError: if the exemptions file cannot be used.
        """
        rules = self.rules_for(resource)
        self._planned[resource.urn] = resource
        return [report for rule in rules if not rule.needs_stack for report in self._reports(self._judged(rule, resource))]

    def remediations(self, resource: Resource) -> list[tuple[Rule, RemediationValues]]:
        """The rules that fail on `resource` and are configured to remediate it, with what each sets."""
        return [
            (rule, rule.remediation_values)
            for rule in self.rules_for(resource)
            if self.levels[rule.name] == "remediate" and rule.remediation_values and self._judged(rule, resource).open_findings
        ]

    def verdicts(self, resources: Iterable[Resource]) -> Iterator[Judged]:
        """Every rule's verdict on every resource of the complete stack to which it applies."""
        known = [self._with_inputs(resource) for resource in resources]
        graph = Graph(known)
        for resource in known:
            resource.stack = graph  # of all of them first: a rule reads the graph of a resource's neighbours, too
        rules: dict[str, list[Rule]] = {}
        for resource in known:
            if resource.token not in rules:
                rules[resource.token] = self.rules_for(resource)
            for rule in rules[resource.token]:
                judged = self._judged(rule, resource)
                if judged.verdict.applies:
                    yield judged

    def stack(self, resources: Sequence[Resource]) -> list[Report]:
        """What is wrong with the complete stack that has not been said yet, and what is to be said about it as a whole.

        Raises:
            InvalidExemptionsError: if the exemptions file cannot be used.
        """
        reports: list[Report] = []
        asked = 0
        unknown: defaultdict[str, list[str]] = defaultdict(list)
        crashes: list[str] = []
        for judged in self.verdicts(resources):
            asked += 1
            reports += self._reports(judged)
            if judged.verdict.unknown:
                unknown[judged.rule.id].append(judged.resource.urn)
            if judged.verdict.crash:
                crashes.append(f"{judged.rule.name} failed on {judged.resource.name}: {judged.verdict.crash}")
        reports += [self._together(held) for held in self._held.values()]
        if self._advice:
            reports.append(Report(ADVICE, None, "", advice(self._advice), "advisory"))
        reports += self._on_exemptions(resources, unknown)
        level = self.levels.get(UNKNOWN_VERDICTS, "advisory")
        if unknown and level != "disabled":
            reports.append(Report(UNKNOWN_VERDICTS, None, "", summary(unknown, asked, crashes, preview=self.preview), level))
        for memory in (self._planned, self._told, self._times_told, self._held, self._advice, self.exemptions.used):
            memory.clear()
        return reports

    def _on_exemptions(self, resources: Sequence[Resource], unknown: Mapping[str, Sequence[str]]) -> Iterator[Report]:
        # A part of a stack, without its root, cannot tell that an entry is not used.
        stacks = {stack_of(resource.urn) for resource in resources if resource.token == ROOT}
        for problem in self.exemptions.problems(stacks, unknown, {resource.token for resource in resources}):
            yield Report(EXEMPTIONS, None, "", problem, "mandatory")
        if self.exemptions.used:
            uses = "".join(
                f"\n{entry.finding} on {', '.join(urn.rpartition('::')[2] for urn in urns)} until {entry.expires} "
                f"({entry.ticket}, {entry.owner}): {entry.reason}"
                for entry, urns in self.exemptions.used.items()
            )
            yield Report(EXEMPTIONS, None, "", f"{len(self.exemptions.used)} used:{uses}", "advisory")

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

    def _judged(self, rule: Rule, resource: Resource) -> Judged:
        verdict = self._ask(rule, resource)
        if not verdict.findings or not self.exemptions.entries:
            return Judged(rule, resource, verdict)
        ids = [finding_id(rule, finding) for finding in verdict.findings]
        entries = {id_: self.exemptions.find(rule.id, id_, resource.urn) for id_ in ids}
        return Judged(rule, resource, verdict, {id_: entry for id_, entry in entries.items() if entry})

    def _reports(self, judged: Judged) -> Iterator[Report]:
        rule, resource = judged.rule, judged.resource
        for finding in judged.open_findings:
            key = (rule.name, resource.urn, f"{finding.path}[{finding.detail}]")
            if key in self._told:
                continue
            self._told.add(key)
            self._times_told[rule.name] += 1
            level = self.level_of(rule, finding)
            if self.brief and level == "advisory":
                self._advice[rule.name] += 1
            elif self.preview and self._times_told[rule.name] > FULL_REPORTS:
                self._held[rule.name].append((rule, resource, finding))
            else:
                yield self._in_full(rule, resource, finding, level)

    def _in_full(self, rule: Rule, resource: Resource, finding: Finding, level: str) -> Report:
        text = message(rule, resource, finding)
        if level != "advisory":
            file = shown(self.exemptions_file or EXEMPTIONS_FILE)
            text += f"\nOr, for a time, in {file}: {draft(finding_id(rule, finding), resource.urn)}"
            if rule.options:
                options = f"Its option{'s' * (len(rule.options) > 1)} {' and '.join(rule.options)}"
                text += f"\n{options}: in the configuration, a JSON file (make preview CONFIG=<file>, policies/README.md)."
        return Report(rule.name, rule, resource.urn, text, level)

    def _together(self, held: Sequence[tuple[Rule, Resource, Finding]]) -> Report:
        rule = held[0][0]
        level = max((self.level_of(rule, finding) for _, _, finding in held), key=("advisory", "remediate", "mandatory").index)
        if len(held) == 1:
            return self._in_full(*held[0], level)
        names: defaultdict[str, Counter[str]] = defaultdict(Counter)
        for _, resource, finding in held:
            names[finding.detail][resource.name] += 1
        # What several resources share is said once.
        where = "; ".join(f"{f'[{detail}] on ' if detail else ''}{times(each)}" for detail, each in names.items())
        text = f"and {len(held)} more: {where}. {rule.remediation} [{rule.id} {' '.join(rule.controls)}]"
        return Report(rule.name, rule, "", text, level)
