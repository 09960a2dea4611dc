"""The sentences that a pack says: of one finding, of all advice, of what could not be judged."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches

from policies.kit.resource import Resource
from policies.kit.rule import BROKEN, Finding, Rule, show

_RULES_NAMED = 3


def message(rule: Rule, resource: Resource, finding: Finding) -> str:
    """The sentence about one finding: what is there, what would be right, how to put it right, its id and controls."""
    secret = any(finding.path.startswith(path) or path.startswith(finding.path) for path in resource.secrets)
    if finding.detail == BROKEN:
        return (
            f"expected {finding.expected}. What it judges is not known here. Correct its options in the configuration, if any, "
            f"else the rule. [{finding_id(rule, finding)} {' '.join(rule.controls)}]"
        )
    what = f"expected {finding.expected}"
    if finding.path:
        what = f"{finding.path} is {show(finding.value, secret=secret)}; {what}"
    entries = [rule.catalogue.entries[id_] for id_ in rule.controls]
    answer = finding.answer or next((entry.answer for entry in entries if entry.answer), "")
    source = next((entry.source for entry in entries if entry.source), "")
    return (
        f"{what}. {answer and f'AWS: {answer}. '}{rule.remediation} {source and f'See {source} '}"
        f"[{finding_id(rule, finding)} {' '.join(rule.controls)}]"
    )


def finding_id(rule: Rule, finding: Finding) -> str:
    """The stable id of a finding: `least_privilege/wildcard-action[s3:*]`."""
    return rule.id + (f"[{finding.detail}]" if finding.detail else "")


def times(names: Counter[str]) -> str:
    """Names, each once, with how often it was given."""
    return ", ".join(name if times == 1 else f"{name} x{times}" for name, times in names.items())


def advice(times: Counter[str]) -> str:
    """One sentence for all findings that stop nothing."""
    return (
        f"{count(times.total(), 'finding')} of {count(len(times), 'rule')} {'advise' if times.total() > 1 else 'advises'} "
        f"and stop nothing: {_most(times)}. What each asks for: the evidence (policies/README.md)."
    )


def count(number: int, what: str) -> str:
    """A number with its noun."""
    return f"{number} {what}{'' if number == 1 else 's'}"


def summary(unknown: Mapping[str, Sequence[str]], asked: int, crashes: Sequence[str], *, preview: bool) -> str:
    """What could not be judged, and the rules that broke."""
    times = Counter({rule.rpartition("/")[2]: len(urns) for rule, urns in unknown.items()})
    broken = "".join(f"\n{crash}" for crash in crashes)
    if preview:
        return (
            f"{times.total()} of {asked} checks cannot be judged before deployment: they read values that do not exist yet. "
            f"The update judges those whose values it learns, and counts the rest.{broken}"
        )
    return (
        f"{times.total()} of {asked} checks could not be judged: they read values that neither the program nor the state tells "
        f"({_most(times)}).{broken}"
    )


def _most(times: Counter[str]) -> str:
    """The rules with the most, each with how many."""
    named = ", ".join(f"{name} {number}" for name, number in times.most_common(_RULES_NAMED))
    rest = len(times) - _RULES_NAMED
    return f"{named} and {count(rest, 'more rule')}" if rest > 0 else named


def hint(name: str, known: Iterable[str]) -> str:
    """What may stand in the place of a name that is none of `known`."""
    names = sorted(known)
    close = get_close_matches(name, names, n=1)
    if close:
        return f"; did you mean {close[0]!r}?"
    # All of them would be more than the engine takes in an error.
    shown = ", ".join(names[:10]) + (f" and {len(names) - 10} more" if len(names) > 10 else "")
    return f"; expected one of {shown or 'none'}"
