"""How a workload names what it uses: `database:read`, `table/sessions:read+write`, `lake/curated/products/:write`."""

import difflib
import fnmatch
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from . import limits

# A segment of a path in a bucket: characters that mean only themselves to S3 and to IAM, and is not `.` or `..`.
SEGMENT: Final = r"(?!\.{1,2}/)[A-Za-z0-9!_.'()=-]+/"
PATH_LENGTH: Final = 200
_FORM: Final = re.compile(
    rf"(?P<name>[a-z][a-z0-9-]*(/[a-z0-9-]+)?)(/(?P<path>({SEGMENT})+))?(:(?P<verbs>[a-z]+(\+[a-z]+)*))?", re.ASCII
)


@dataclass(frozen=True)
class LinkKind:
    """How things of a kind are named in a workload's `uses`. Its spec says it once; settings and stacks read it there.

    Attributes:
        name: What the links begin with, e.g. `table` in `table/sessions`.
        verbs: What may be done with such a thing, e.g. `("read", "write")`; none where there is only one way to use it.
        paths: Whether a part of it may be used, which a path names.
        named_in: Key of the spec that lists the names, for a spec of several things at once; empty for a spec of one.
    """

    name: str
    verbs: tuple[str, ...] = ()
    paths: bool = False
    named_in: str = ""

    def link(self, thing: str = "") -> str:
        """The name of the link to `thing`; the kind's own where a stack has one of it."""
        return f"{self.name}/{thing}" if thing else self.name


@dataclass(frozen=True)
class Use:
    """One thing that a workload uses.

    Attributes:
        name: Name of the thing, e.g. `table/sessions`.
        path: Part of it, each segment ending in `/`; empty for all of it.
        verbs: What is done with it, e.g. `("read", "write")`; empty where there is only one way.
    """

    name: str
    path: str
    verbs: tuple[str, ...]


def parse(text: str) -> Use | None:
    """The use that `text` names; None if it has another form."""
    found = _FORM.fullmatch(text)
    if found is None or len(found["path"] or "") > PATH_LENGTH:
        return None
    return Use(found["name"], found["path"] or "", tuple(found["verbs"].split("+")) if found["verbs"] else ())


def verbs_of(uses: Iterable[str], name: str) -> frozenset[str]:
    """All that `uses` do with the thing called `name`; nothing where they do not name it."""
    return frozenset(verb for text in uses if (use := parse(text)) and use.name == name for verb in use.verbs)


def expected_instead(text: str, known: Mapping[str, LinkKind]) -> str | None:
    """What would be right in place of `text`, or None if it names a link of `known`."""
    use = parse(text)
    listed = ", ".join(_spelled(name, known[name]) for name in sorted(known))
    named = next((each for each in known if use is None and re.match(rf"{re.escape(each)}[/:]", text)), None)
    if named and known[named].paths:
        path = f"segments that each end with /, of letters, digits and ! _ . ' ( ) = -, at most {PATH_LENGTH} characters"
        return f"{named}:{'|'.join(known[named].verbs)}, or a path ({path}) between the two"
    if "*" in text:
        meant = [named] if named else fnmatch.filter(sorted(known), text.partition(":")[0])
        return f"each thing by its name, no wildcard: {', '.join(_spelled(name, known[name]) for name in meant) or listed}"
    if named:
        return _spelled(named, known[named])
    if use is None or use.name not in known:
        close = difflib.get_close_matches(use.name if use else text, known, n=1)
        # First what was meant: the list may be longer than what a reader is shown.
        return f"{f'{_spelled(close[0], known[close[0]])}, which is nearest, or ' if close else ''}one of {listed}"
    kind = known[use.name]
    verbs = kind.verbs
    if not verbs:
        return f"{use.name} alone" if use.verbs or use.path else None
    if not use.verbs or not set(use.verbs) <= set(verbs):
        return f"{use.name}: and one or more of {', '.join(verbs)}, joined by +"
    return f"{use.name} without a path: only buckets have one" if use.path and not kind.paths else None


# What one verb on one thing takes of a policy at the most, with names as long as they may be. No figure of AWS: a test measures
# each verb, without blanks, as IAM counts (limits.INLINE_POLICY_CHARACTERS).
GRANT_CHARACTERS: Final = 950
# How often a path stands in a grant.
PATH_REPEATED: Final = 6
# What a role for tenants' data holds besides, once: where its tenant is, and the use of that tenant's own key.
BESIDES_CHARACTERS: Final = 1_600


def policy_size(uses: Sequence[str], *, besides: int = 0) -> str | None:
    """Uses whose permissions fit into the inline policies of one role, which have `besides` characters of others."""
    parsed = [use for text in uses if (use := parse(text))]
    characters = sum((GRANT_CHARACTERS + PATH_REPEATED * len(use.path)) * max(1, len(use.verbs)) for use in parsed)
    most = limits.INLINE_POLICY_CHARACTERS - BESIDES_CHARACTERS - besides
    fits = characters <= most
    return (
        None
        if fits
        else f"at most {most // GRANT_CHARACTERS} verbs, fewer with paths: a role's policies hold {most} characters of them"
    )


def _spelled(name: str, kind: LinkKind) -> str:
    return f"{name}:{'|'.join(kind.verbs)}" if kind.verbs else name
