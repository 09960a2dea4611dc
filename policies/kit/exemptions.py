"""Exemptions from findings: one reviewed file, each entry narrow, owned, with a ticket and an end."""

import math
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from difflib import get_close_matches
from fnmatch import fnmatchcase
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Final

import yaml

from policies.kit.resource import stack_of

LONGEST: Final = timedelta(days=366)
"""How far ahead an entry may end: what is accepted for longer is a change of the rule, not an exemption."""

MOST_RESOURCES: Final = 20
"""How many resources of one stack an entry may cover before it counts as over-broad."""

PACKS: Final = Path(__file__).parents[1]
"""The folder that holds the packs: those of controls one level deeper."""

PLACEHOLDERS: Final = {
    "reason": "<why it is accepted>",
    "owner": "<who answers for it>",
    "ticket": "<where it is worked on>",
    "expires": f"<last day, within {LONGEST.days} days>",
}
"""What stands in an entry that is made to be filled in (`draft`)."""

_KEYS: Final = ("finding", "resource", *PLACEHOLDERS)
_FINDING: Final = re.compile(r"[a-z_]+/[a-z0-9-]+(\[.+\])?", re.DOTALL)
_STRING: Final = "tag:yaml.org,2002:str"


class InvalidExemptionsError(ValueError):
    """The exemptions file is not usable; the message names file, entry, key, value and what would be right."""


@dataclass(frozen=True, kw_only=True)
class Exemption:
    """One entry.

    Attributes:
        finding: `<pack>/<rule>` for all findings of a rule, or `<pack>/<rule>[<detail>]` for one.
        resource: A URN in which `*` stands for any text in the type's parents and in the name, and as `-*` at the end of the
            stack for what stands there: `dev-*` is every stack that is made from a template beside `dev`. Project and the
            resource's own type are written out.
        reason: Why the finding is accepted.
        owner: Who answers for it.
        ticket: Where it is being worked on.
        expires: The last day on which it counts.
        where: File, line and which entry of the file it is, from 1.
    """

    finding: str
    resource: str
    reason: str
    owner: str
    ticket: str
    expires: date
    where: str = field(default="", compare=False)

    @property
    def rule(self) -> str:
        """`<pack>/<rule>`."""
        return self.finding.partition("[")[0]

    @property
    def stack(self) -> str:
        """`urn:pulumi:<stack>::<project>`, the stack that it is about, or `<stack>-*` in place of its name."""
        return stack_of(self.resource)

    @property
    def type(self) -> str:
        """The type of the resource, without its parents'."""
        return self.resource.split("::")[2].rpartition("$")[2]

    @cached_property
    def _texts(self) -> list[str]:
        return self.resource.split("*")

    def covers(self, rule: str, finding: str, urn: str) -> bool:
        """Whether it is about this finding (its rule's id and its own) of this resource."""
        return self.finding in (rule, finding) and self._is_about(urn)

    def _is_about(self, urn: str) -> bool:
        # From left to right, each text at its first place: one walk, however many `*` there are.
        first, *others = self._texts
        if not others:
            return urn == first
        *between, last = others
        if not urn.startswith(first) or not urn.endswith(last):
            return False
        position, end = len(first), len(urn) - len(last)
        for text in between:
            found = urn.find(text, position, end)
            if found < 0:
                return False
            position = found + len(text)
        return position <= end


def draft(finding: str, urn: str) -> str:
    """An entry for this finding of this resource as one line of YAML, to be pasted and filled in.

    One line, because it is read off a terminal, where the engine indents every further one.
    """
    entry = {"finding": finding, "resource": urn, **PLACEHOLDERS}
    style = '"' if len(f"{finding}{urn}.".splitlines()) > 1 else None  # only these quotes keep a line break on the line
    text = yaml.safe_dump(entry, default_flow_style=True, default_style=style, width=math.inf, sort_keys=False)
    return f"- {text.strip()}"


def load(file: Path) -> tuple[Exemption, ...]:
    """The entries of the file.

    Raises:
        InvalidExemptionsError: if it cannot be read, or an entry is incomplete, over-broad or not understood.
    """
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidExemptionsError(f"{shown(file)} cannot be read: {error}") from error
    return _parse(text, shown(file))


def shown(file: Path) -> str:
    """The path of the file for a message, from the project's folder where it lies in it."""
    project = PACKS.parent
    return str(file.relative_to(project) if file.is_relative_to(project) else file)


@lru_cache(maxsize=8)
def _parse(text: str, name: str) -> tuple[Exemption, ...]:
    try:
        loader = _Loader(text, name)
    except yaml.reader.ReaderError as error:
        raise InvalidExemptionsError(f"{name} cannot be read: {' '.join(str(error).split())}") from error
    try:
        root = loader.get_single_node()
    except yaml.YAMLError as error:
        raise InvalidExemptionsError(f"{loader.where()} cannot be read: {_broken(error)}") from None
    if root is None:
        return ()
    if not isinstance(root, yaml.SequenceNode):
        raise InvalidExemptionsError(f"{name} holds {_kind(root) or 'text'}; expected a list of entries")
    return tuple(
        _entry(f"{name}:{raw.start_mark.line + 1}: entry {number}", raw) for number, raw in enumerate(root.value, start=1)
    )


class _Loader(yaml.SafeLoader):
    """Reads the file's nodes; nothing is repeated, and nothing is nested deeper than an entry's keys.

    An anchor and its aliases can stand for more text than a machine holds, and lists in lists for more than the reader's stack.
    """

    def __init__(self, text: str, name: str) -> None:
        super().__init__(text)
        self._name = name
        self._entry = 0
        self._line = 0
        self._depth = 0

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        """The next node.

        Raises:
            InvalidExemptionsError: if it is an alias, or lies too deep.
        """
        if self._depth == 1:
            self._entry += 1
            self._line = self.peek_event().start_mark.line + 1
        where = self.where()
        if self.check_event(yaml.AliasEvent):
            raise InvalidExemptionsError(f"{where} uses the alias *{self.peek_event().anchor}; expected the text itself")
        if self._depth > len(("list", "entry", "value")):
            raise InvalidExemptionsError(f"{where} is nested too deep; expected the keys {', '.join(_KEYS)} with a text each")
        self._depth += 1
        node = super().compose_node(parent, index)
        self._depth -= 1
        return node

    def where(self) -> str:
        """The entry that is being read."""
        return f"{self._name}:{self._line}: entry {self._entry}" if self._entry else self._name


def _entry(where: str, node: yaml.Node) -> Exemption:
    texts = _texts(where, node)
    for key in _KEYS:
        if not texts.get(key, "").strip():
            raise InvalidExemptionsError(f"{where}: {key} is {'empty' if key in texts else 'missing'}; expected text")
        if re.fullmatch(r"<.*>", texts[key]):
            raise InvalidExemptionsError(f"{where}: {key} is still the placeholder {texts[key]}; fill it in")
    expires = _day(where, texts["expires"])
    if not _FINDING.fullmatch(texts["finding"]):
        raise InvalidExemptionsError(
            f"{where}: finding is {texts['finding']!r}; expected a rule, <pack>/<rule>, or one finding, <pack>/<rule>[<detail>]"
        )
    _check_resource(where, texts["resource"])
    return Exemption(**{key: texts[key] for key in _KEYS[:-1]}, expires=expires, where=where)


def _day(where: str, text: str) -> date:
    wanted = "expected a day, e.g. 2027-01-31"
    if not re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        raise InvalidExemptionsError(f"{where}: expires is {text!r}; {wanted}")
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise InvalidExemptionsError(f"{where}: expires is {text}, which no calendar has; {wanted}") from error


def _texts(where: str, node: yaml.Node) -> dict[str, str]:
    """The texts of an entry by key; a key without a value is left out."""
    if not isinstance(node, yaml.MappingNode):
        raise InvalidExemptionsError(f"{where} is {_kind(node) or 'text'}; expected the keys {', '.join(_KEYS)}")
    texts: dict[str, str] = {}
    told: set[str] = set()
    for key_node, value in node.value:
        key = _shown(key_node)
        if key not in _KEYS:
            close = get_close_matches(key, _KEYS, n=1)
            hint = f"did you mean {close[0]!r}?" if close else f"expected {', '.join(_KEYS)}"
            raise InvalidExemptionsError(f"{where} has the key {key!r}; {hint}")
        if key in told:
            raise InvalidExemptionsError(f"{where} has the key {key!r} twice; expected it once")
        told.add(key)
        if value.tag == "tag:yaml.org,2002:null":
            continue
        # A day is told from other texts by its form alone, in quotes or not.
        if not isinstance(value, yaml.ScalarNode) or (value.tag != _STRING and key != "expires"):
            quotes = " in quotes" if isinstance(value, yaml.ScalarNode) else ""
            raise InvalidExemptionsError(f"{where}: {key} is {_shown(value)}; expected text{quotes}")
        texts[key] = value.value
    return texts


def _broken(error: yaml.YAMLError) -> str:
    """What YAML says, without the lines that it shows: any file may be named in the place of this one."""
    mark = error.problem_mark if isinstance(error, yaml.MarkedYAMLError) else None
    return f"{error.problem} in line {mark.line + 1}" if isinstance(error, yaml.MarkedYAMLError) and mark else "it is not YAML"


def _kind(node: yaml.Node) -> str:
    """What a node is that is no text; empty for text."""
    return "a list" if isinstance(node, yaml.SequenceNode) else "a mapping" if isinstance(node, yaml.MappingNode) else ""


def _shown(node: yaml.Node) -> str:
    """A node of an entry for a message."""
    text = _kind(node) or str(node.value)
    return text if len(text) <= 80 else f"{text[:77]}..."


def _check_resource(where: str, urn: str) -> None:
    parts = urn.split("::", 3)
    wanted = "expected urn:pulumi:<stack>::<project>::[<parents>$]<type>::<name> with * only in parents and name"
    if len(parts) != 4 or not parts[0].startswith("urn:pulumi:"):
        raise InvalidExemptionsError(f"{where}: resource is {urn!r}; {wanted}")
    stack, project, types, name = parts
    closed = re.sub(r"(?<=\w)-\*$", "", stack)
    if "*" in closed + project + types.rpartition("$")[2] or not all((stack.removeprefix("urn:pulumi:"), project, types)):
        raise InvalidExemptionsError(f"{where}: resource is {urn!r}, which is over-broad; {wanted}")
    if re.fullmatch(r"([*\W]*\*[*\W]*)?", name):
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
                raise InvalidExemptionsError(f"{entry.where} names the rule {entry.rule!r}, which does not exist; {hint}")

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
        return [
            entry
            for entry in self.entries
            if entry.rule in self.rules and any(fnmatchcase(stack, entry.stack) for stack in known)
        ]

    def problems(self, stacks: Iterable[str], undecided: Mapping[str, Iterable[str]], types: Collection[str]) -> list[str]:
        """What is wrong with the entries of these stacks.

        `undecided` maps a rule's id to the URNs on which it could not be judged: an entry about one of those may be needed yet.
        `types` are those of the stacks' resources: an entry for all stacks beside another (`dev-*`) is not unused where
        there is nothing of its type, as in `dev-account`.
        """
        found: list[str] = []
        for entry in self.of(stacks):
            name = f"{entry.where}, the exemption of {entry.finding} for {entry.resource} ({entry.ticket}, {entry.owner})"
            if entry.expires < self.today:
                found.append(f"{name} expired on {entry.expires}; end the finding or have the exemption reviewed again")
            elif entry.expires > self.today + LONGEST:
                found.append(f"{name} ends on {entry.expires}; expected an end within {LONGEST.days} days")
            elif len(self.used.get(entry, ())) > MOST_RESOURCES:
                found.append(f"{name} covers {len(self.used[entry])} resources; expected at most {MOST_RESOURCES}")
            elif (
                entry not in self.used
                and not ("-*::" in entry.stack and entry.type not in types)
                and not any(entry.covers(entry.rule, entry.finding, urn) for urn in undecided.get(entry.rule, ()))
            ):
                found.append(f"{name} is not used; remove it")
        return found
