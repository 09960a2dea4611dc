"""What the rules say of a plan, and the same said by finding, by rule and by control."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from policies.evidence.plan import Plan
from policies.kit.catalogue import SEVERITIES, Entry
from policies.kit.exemptions import Exemption
from policies.kit.messages import finding_id, message
from policies.kit.pack import Judge, Judged
from policies.kit.resource import ROOT, stack_of
from policies.kit.rule import Finding, Rule

FAIL: Final = "fail"
EXEMPT: Final = "exempt"
UNKNOWN: Final = "unknown"
PASS: Final = "pass"  # noqa: S105 - a verdict
VERDICTS: Final = (FAIL, EXEMPT, UNKNOWN, PASS)
ADVICE: Final = "advice"
OUTCOMES: Final = (FAIL, ADVICE, EXEMPT, UNKNOWN, PASS)
"""Verdicts for a reader: a failed check that stops nothing is advice."""


@dataclass(frozen=True)
class Told:
    """One finding on one resource. `exemption` is the entry that accepts it, if there is one."""

    id: str
    path: str
    message: str
    exemption: Exemption | None


@dataclass(frozen=True)
class Row:
    """The verdict of one rule on one resource: the gravest of its findings, else unknown or pass."""

    rule: Rule
    level: str
    urn: str
    token: str
    verdict: str
    findings: Sequence[Told] = ()

    @property
    def name(self) -> str:
        """The resource's logical name."""
        return self.urn.rpartition("::")[2]

    @property
    def stops(self) -> bool:
        """Whether it stops the run."""
        return self.verdict == FAIL and self.level in ("mandatory", "remediate")

    @property
    def outcome(self) -> str:
        """Its verdict, for a reader."""
        return ADVICE if self.verdict == FAIL and not self.stops else self.verdict


@dataclass(frozen=True)
class Group:
    """All failing rows of one rule."""

    rule: Rule
    level: str
    rows: Sequence[Row]

    @property
    def findings(self) -> int:
        """How many findings that nothing exempts."""
        return sum(told.exemption is None for row in self.rows for told in row.findings)

    @property
    def stops(self) -> bool:
        """Whether it stops the run."""
        return any(row.stops for row in self.rows)


@dataclass(frozen=True)
class Coverage:
    """What is known about one control: its rules, and how many of their rows have which outcome.

    `reason` says why it has no rule.
    """

    entry: Entry
    rules: Sequence[Rule]
    counts: Counter[str]
    reason: str = ""

    @property
    def status(self) -> str:
        """The worst outcome of the rows; `nothing to judge` without rows, `not covered` without a rule."""
        if not self.rules:
            return "not covered"
        return next((outcome for outcome in OUTCOMES if self.counts[outcome]), "nothing to judge")


@dataclass(frozen=True)
class Evidence:
    """Everything that the rules of a judge said about a plan. `levels` are those in force, by rule."""

    # Each row knows its plan: what shows one whole, as a failing test does, takes 20 GB.
    plan: Plan = field(repr=False)
    pack: str
    rules: Sequence[Rule] = field(repr=False)
    levels: Mapping[str, str] = field(repr=False)
    rows: Sequence[Row] = field(repr=False)
    exemptions: Sequence[Exemption] = ()
    problems: Sequence[str] = ()
    crashes: Sequence[str] = ()
    reasons: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def stops(self) -> bool:
        """Whether the plan may not be deployed: a mandatory finding, or an exemption that is not in order."""
        return bool(self.problems) or any(row.stops for row in self.rows)

    @cached_property
    def by_rule(self) -> Mapping[str, Mapping[str, Sequence[Row]]]:
        """Rule -> outcome -> rows."""
        found: defaultdict[str, defaultdict[str, list[Row]]] = defaultdict(lambda: defaultdict(list))
        for row in self.rows:
            found[row.rule.id][row.outcome].append(row)
        return found

    @cached_property
    def outcomes(self) -> Counter[str]:
        """How many rows have which outcome."""
        return self._outcomes(self.rules)

    def _outcomes(self, rules: Iterable[Rule]) -> Counter[str]:
        counts: Counter[str] = Counter()
        for rule in rules:
            counts.update({outcome: len(rows) for outcome, rows in self.by_rule.get(rule.id, {}).items()})
        return counts

    def count(self, verdict: str) -> int:
        """How many rows have this verdict."""
        return self.outcomes[verdict] + (self.outcomes[ADVICE] if verdict == FAIL else 0)

    @cached_property
    def groups(self) -> list[Group]:
        """The failing rows by rule: what stops the run first, then the gravest, then the most."""
        by_rule: defaultdict[str, list[Row]] = defaultdict(list)
        for row in self.rows:
            if row.verdict == FAIL:
                by_rule[row.rule.id].append(row)
        groups = [Group(rows[0].rule, rows[0].level, rows) for rows in by_rule.values()]
        return sorted(
            groups,
            key=lambda group: (not group.stops, -SEVERITIES.index(group.rule.severity), -group.findings, group.rule.name),
        )

    @cached_property
    def coverage(self) -> list[Coverage]:
        """Every entry of the catalogues that the rules name, in the catalogues' order."""
        rules: defaultdict[str, list[Rule]] = defaultdict(list)
        for rule in self.rules:
            for id_ in rule.controls:
                rules[id_].append(rule)
        catalogues = {rule.catalogue.name: rule.catalogue for rule in self.rules}
        return [
            Coverage(entry, rules[entry.id], self._outcomes(rules[entry.id]), self.reasons.get(entry.id, ""))
            for catalogue in catalogues.values()
            for entry in catalogue.entries.values()
        ]


def judge(plan: Plan, judge_: Judge, reasons: Mapping[str, str]) -> Evidence:
    """The evidence of one pack about the plan.

    Args:
        plan: What to judge.
        judge_: The pack, configured.
        reasons: Catalogue id -> why it has no rule.

    Raises:
        InvalidExemptionsError: if the exemptions file cannot be used.
    """
    judge_.production = plan.production
    rows: list[Row] = []
    undecided: defaultdict[str, list[str]] = defaultdict(list)
    crashes: list[str] = []
    for judged in judge_.verdicts(plan.resources):
        rows.append(_row(judged, judge_))
        if judged.verdict.unknown:
            undecided[judged.rule.id].append(judged.resource.urn)
        if judged.verdict.crash:
            crashes.append(f"{judged.rule.name} failed on {judged.resource.name}: {judged.verdict.crash}")
    stacks = {stack_of(resource.urn) for resource in plan.resources if resource.token == ROOT}
    return Evidence(
        plan=plan,
        pack=judge_.pack.name,
        rules=judge_.pack.rules,
        levels={rule.id: judge_.level(rule) for rule in judge_.pack.rules},
        rows=rows,
        exemptions=list(dict.fromkeys([*judge_.exemptions.of(stacks), *judge_.exemptions.used])),
        problems=judge_.exemptions.problems(stacks, undecided, {resource.token for resource in plan.resources}),
        crashes=crashes,
        reasons=reasons,
    )


def _row(judged: Judged, judge_: Judge) -> Row:
    if not judged.verdict.findings:
        verdict = UNKNOWN if judged.verdict.unknown else PASS
        return Row(judged.rule, judge_.level(judged.rule), judged.resource.urn, judged.resource.token, verdict)
    levels = {judge_.level_of(judged.rule, finding) for finding in judged.open_findings}
    level = "mandatory" if "mandatory" in levels else judge_.level(judged.rule)
    told = [_told(judged, finding) for finding in judged.verdict.findings]
    if any(each.exemption is None for each in told):
        verdict = FAIL
    elif judged.verdict.unknown:
        verdict = UNKNOWN
    else:
        verdict = EXEMPT if told else PASS
    return Row(judged.rule, level, judged.resource.urn, judged.resource.token, verdict, told)


def _told(judged: Judged, finding: Finding) -> Told:
    id_ = finding_id(judged.rule, finding)
    return Told(id_, finding.path, message(judged.rule, judged.resource, finding), judged.exempted.get(id_))


def names(rows: Iterable[Row]) -> list[str]:
    """The resources' names, each once, in order."""
    return list(dict.fromkeys(row.name for row in rows))
