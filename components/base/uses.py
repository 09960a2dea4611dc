"""How a workload names what it uses: `database`, `table/sessions:read+write`, `lake/curated/products/:write`."""

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

_FORM: Final = re.compile(r"(?P<name>[a-z][a-z0-9-]*(/[a-z0-9-]+)?)(/(?P<path>([^/*?:]+/)+))?(:(?P<verbs>[a-z]+(\+[a-z]+)*))?")

# Kinds of things that a workload may use in part; the path is the part.
KINDS_WITH_PATHS: Final = ("lake",)


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
    if found is None:
        return None
    return Use(found["name"], found["path"] or "", tuple(found["verbs"].split("+")) if found["verbs"] else ())


def expected_instead(text: str, known: Mapping[str, tuple[str, ...]]) -> str | None:
    """What would be right in place of `text`, or None if it names a link of `known` (name -> verbs)."""
    use = parse(text)
    spelled = [f"{name}:{'|'.join(verbs)}" if verbs else name for name, verbs in sorted(known.items())]
    if use is None or use.name not in known:
        close = difflib.get_close_matches(use.name if use else text, known, n=1)
        return f"one of {', '.join(spelled)}" + (f" (did you mean {close[0]}?)" if close else "")
    verbs = known[use.name]
    if not verbs:
        return f"{use.name} alone" if use.verbs or use.path else None
    if not use.verbs or not set(use.verbs) <= set(verbs):
        return f"{use.name}: and one or more of {', '.join(verbs)}, joined by +"
    has_parts = use.name.partition("/")[0] in KINDS_WITH_PATHS
    return f"{use.name} without a path: only buckets have one" if use.path and not has_parts else None
