"""Exemptions from findings: one reviewed file, each entry narrow, owned, with a ticket and an end."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from difflib import get_close_matches
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Final, cast

import yaml

from policies.kit.resource import stack_of

LONGEST: Final = timedelta(days=366)
"""How far ahead an entry may end: what is accepted for longer is a change of the rule, not an exemption."""

MOST_RESOURCES: Final = 20
"""How many resources of one stack an entry may cover before it counts as over-broad."""

PACKS: Final = Path(__file__).parents[1]
"""The folder that holds the packs: those of controls one level deeper."""

_KEYS: Final = ("finding", "resource", "reason", "owner", "ticket", "expires")
_FINDING: Final = re.compile(r"[a-z_]+/[a-z0-9-]+(\[.+\])?")


class InvalidExemptionsError(ValueError):
    """The exemptions file is not usable; the message names file, entry, key, value and what would be right."""


@dataclass(frozen=True, kw_only=True)
class Exemption:
    """One entry.

    Attributes:
        finding: `<pack>/<rule>` for all findings of a rule, or `<pack>/<rule>[<detail>]` for one.
        resource: A URN in which `*` stands for any text in the type's parents and in the name. Stack, project and the
            resource's own type are written out.
        reason: Why the finding is accepted.
        owner: Who answers for it.
        ticket: Where it is being worked on.
        expires: The last day on which it counts.
    """

    finding: str
    resource: str
    reason: str
    owner: str
    ticket: str
    expires: date

    @property
    def rule(self) -> str:
        """`<pack>/<rule>`."""
        return self.finding.partition("[")[0]

    @property
    def stack(self) -> str:
        """`urn:pulumi:<stack>::<project>`, the stack that it is about."""
        return stack_of(self.resource)

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        return re.compile("".join(".*" if part == "*" else re.escape(part) for part in re.split(r"(\*)", self.resource)))

    def covers(self, rule: str, finding: str, urn: str) -> bool:
        """Whether it is about this finding (its rule's id and its own) of this resource."""
        return self.finding in (rule, finding) and bool(self._pattern.fullmatch(urn))


def load(file: Path) -> tuple[Exemption, ...]:
    """The entries of the file.

    Raises:
        InvalidExemptionsError: if it cannot be read, or an entry is incomplete, over-broad or not understood.
    """
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidExemptionsError(f"{file.name} cannot be read: {error}") from error
    return _parse(text, file.name)


@lru_cache(maxsize=8)
def _parse(text: str, name: str) -> tuple[Exemption, ...]:
    try:
        found: Any = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise InvalidExemptionsError(f"{name} cannot be read: {' '.join(str(error).split())}") from error
    if found is None:
        return ()
    if not isinstance(found, list):
        raise InvalidExemptionsError(f"{name} holds {type(found).__name__}; expected a list of entries")
    return tuple(_entry(f"{name}: entry {number}", raw) for number, raw in enumerate(cast(list[object], found), start=1))


def _entry(where: str, raw: object) -> Exemption:
    if not isinstance(raw, Mapping):
        raise InvalidExemptionsError(f"{where} is {raw!r}; expected the keys {', '.join(_KEYS)}")
    fields = cast(Mapping[str, object], raw)
    for key in fields:
        if key not in _KEYS:
            close = get_close_matches(str(key), _KEYS, n=1)
            hint = f"did you mean {close[0]!r}?" if close else f"expected {', '.join(_KEYS)}"
            raise InvalidExemptionsError(f"{where} has the key {key!r}; {hint}")
    for key in _KEYS[:-1]:
        value = fields.get(key)
        if not isinstance(value, str) or not value.strip():
            raise InvalidExemptionsError(f"{where}: {key} is {value!r}; expected text")
    texts = {key: str(fields[key]).strip() for key in _KEYS[:-1]}
    expires = fields.get("expires")
    if type(expires) is not date:
        raise InvalidExemptionsError(f"{where}: expires is {expires!r}; expected a day, e.g. 2027-01-31")
    if not _FINDING.fullmatch(texts["finding"]):
        raise InvalidExemptionsError(
            f"{where}: finding is {texts['finding']!r}; expected a rule, <pack>/<rule>, or one finding, <pack>/<rule>[<detail>]"
        )
    _check_resource(where, texts["resource"])
    return Exemption(**texts, expires=expires)


def _check_resource(where: str, urn: str) -> None:
    parts = urn.split("::", 3)
    wanted = "expected urn:pulumi:<stack>::<project>::[<parents>$]<type>::<name> with * only in parents and name"
    if len(parts) != 4 or not parts[0].startswith("urn:pulumi:"):
        raise InvalidExemptionsError(f"{where}: resource is {urn!r}; {wanted}")
    stack, project, types, name = parts
    if "*" in stack + project + types.rpartition("$")[2] or not all((stack.removeprefix("urn:pulumi:"), project, types)):
        raise InvalidExemptionsError(f"{where}: resource is {urn!r}, which is over-broad; {wanted}")
    if not name.strip("*"):
        raise InvalidExemptionsError(f"{where}: resource is {urn!r}, which covers every name; expected a part of the name")


@dataclass
class Register:
    """The exemptions in force for one stack, and what was made of them.

    Entries of other stacks and of packs that are not loaded are left aside. `whole` says that the loaded packs have all their
    rules.

    Raises:
        InvalidExemptionsError: if an entry names a rule that does not exist.
    """

    entries: tuple[Exemption, ...]
    rules: frozenset[str]
    today: date
    whole: bool = True
    used: dict[Exemption, dict[str, None]] = field(default_factory=dict[Exemption, dict[str, None]])

    def __post_init__(self) -> None:
        packs = {rule.partition("/")[0] for rule in self.rules}
        for entry in self.entries:
            pack = entry.rule.partition("/")[0]
            exists = entry.rule in self.rules if pack in packs else any(PACKS.glob(f"**/{pack}/PulumiPolicy.yaml"))
            if self.whole and not exists:
                close = get_close_matches(entry.rule, self.rules, n=1)
                hint = f"did you mean {close[0]!r}?" if close else "expected a rule of the packs"
                raise InvalidExemptionsError(f"an exemption names the rule {entry.rule!r}, which does not exist; {hint}")

    def find(self, rule: str, finding: str, urn: str) -> Exemption | None:
        """The entry that covers this finding, if it has not expired; its use is noted."""
        for entry in self.entries:
            if entry.expires >= self.today and entry.covers(rule, finding, urn):
                self.used.setdefault(entry, {})[urn] = None
                return entry
        return None

    def of(self, stacks: Iterable[str]) -> list[Exemption]:
        """The entries about rules that are loaded and one of these stacks (`urn:pulumi:<stack>::<project>`)."""
        known = set(stacks)
        return [entry for entry in self.entries if entry.stack in known and entry.rule in self.rules]

    def problems(self, stacks: Iterable[str], undecided: Mapping[str, Iterable[str]]) -> list[str]:
        """What is wrong with the entries of these stacks.

        `undecided` maps a rule's id to the URNs on which it could not be judged: an entry about one of those may be needed yet.
        """
        found: list[str] = []
        for entry in self.of(stacks):
            name = f"the exemption of {entry.finding} for {entry.resource} ({entry.ticket}, {entry.owner})"
            if entry.expires < self.today:
                found.append(f"{name} expired on {entry.expires}; end the finding or have the exemption reviewed again")
            elif entry.expires > self.today + LONGEST:
                found.append(f"{name} ends on {entry.expires}; expected an end within {LONGEST.days} days")
            elif len(self.used.get(entry, ())) > MOST_RESOURCES:
                found.append(f"{name} covers {len(self.used[entry])} resources; expected at most {MOST_RESOURCES}")
            elif entry not in self.used and not any(
                entry.covers(entry.rule, entry.finding, urn) for urn in undecided.get(entry.rule, ())
            ):
                found.append(f"{name} is not used; remove it")
        return found
