"""How a workload names what it uses: `database`, `table/sessions:read+write`, `lake/curated/products/:write`."""

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

# A segment of a path in a bucket: characters that mean only themselves to S3 and to IAM, and is not `.` or `..`.
SEGMENT: Final = r"(?!\.{1,2}/)[A-Za-z0-9!_.'()=-]+/"
PATH_LENGTH: Final = 200
_FORM: Final = re.compile(
    rf"(?P<name>[a-z][a-z0-9-]*(/[a-z0-9-]+)?)(/(?P<path>({SEGMENT})+))?(:(?P<verbs>[a-z]+(\+[a-z]+)*))?", re.ASCII
)

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
    if found is None or len(found["path"] or "") > PATH_LENGTH:
        return None
    return Use(found["name"], found["path"] or "", tuple(found["verbs"].split("+")) if found["verbs"] else ())


def expected_instead(text: str, known: Mapping[str, tuple[str, ...]]) -> str | None:
    """What would be right in place of `text`, or None if it names a link of `known` (name -> verbs)."""
    use = parse(text)
    spelled = [f"{name}:{'|'.join(verbs)}" if verbs else name for name, verbs in sorted(known.items())]
    if use is None and (name := next((each for each in known if re.match(rf"{re.escape(each)}[/:]", text)), None)):
        path = f"segments that each end with /, of letters, digits and ! _ . ' ( ) = -, at most {PATH_LENGTH} characters"
        return f"{name}:{'|'.join(known[name])}, or a path ({path}) between the two"
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
