"""How a resource pattern of a policy meets the ARN patterns of AWS's resource types; in both, `*` stands for any text."""

import re
from functools import lru_cache
from typing import Final

from policies.kit.document import covers_everything, glob

_MADE_UP: Final = "zq7-made-up"
"""A name that no pattern spells out: what matches it matches any name."""

_BUCKET: Final = "arn:*:s3:::*"  # of all types the one whose name cannot hold a slash: objects follow there


def _example(pattern: str, template: str) -> str:
    """An ARN of the type `template` with a made-up name, in the partition, region and account that `pattern` names."""
    parts, named = template.split(":", 5), pattern.split(":", 5)
    for place, otherwise in ((1, "aws"), (3, "any-region"), (4, "000000000000")):
        if parts[place] == "*":
            given = named[place] if len(named) == 6 else ""
            parts[place] = given if given and not re.search(r"[*?$]", given) else otherwise
    return ":".join(parts).replace("*", _MADE_UP)


@lru_cache(maxsize=4096)
def covers_type(pattern: str, template: str) -> bool:
    """Whether `pattern` covers all resources of a type, at least those of one account and region."""
    return bool(glob(pattern).fullmatch(_example(pattern, template)))


@lru_cache(maxsize=4096)
def covers_service(pattern: str) -> bool:
    """Whether `pattern` covers whatever a service has (`arn:aws:s3:::*`), at least in one account and region."""
    parts = pattern.split(":", 5)
    if covers_everything([pattern]):
        return True
    if len(parts) < 3 or parts[0] != "arn" or not parts[2].strip("*"):
        return False
    prefix = parts[2].rstrip("*")
    return any(covers_type(pattern, f"arn:*:{prefix}:{where}:*/*") for where in ("*:*", ":"))


@lru_cache(maxsize=8192)
def overlaps(pattern: str, template: str) -> bool:
    """Whether some ARN matches both, field by field; policy variables (`${aws:username}`) and missing fields are any text."""
    pattern = re.sub(r"\$\{[^}]*\}", "*", pattern).lower()
    if not pattern.startswith("arn:"):
        return True
    fields = pattern.split(":", 5)
    fields += ["*"] * (6 - len(fields))
    if template == _BUCKET and "/" in fields[5]:
        return False
    wanted = template.lower().split(":", 5)
    if fields[3:5] == ["", ""] and wanted[3:5] == ["*", "*"]:  # a type that has a region and an account
        return False
    return all(_meet(*pair) for pair in zip(fields, wanted, strict=True))


def concerns(pattern: str, service: str) -> bool:
    """Whether a resource pattern may name something of a service (as in the third field of its ARNs)."""
    fields = pattern.lower().split(":", 3)
    return len(fields) < 3 or _meet(fields[2], service)


def names_something(pattern: str) -> bool:
    """Whether `pattern` names one resource, or a part of one type's: more than a service, an account or a type."""
    name = pattern.split(":", 5)[5] if pattern.count(":") >= 5 else ""
    return bool(re.sub(r"^[\w.-]*[:/]", "", name).strip("*/:"))


def _meet(first: str, second: str) -> bool:
    """Whether two patterns have a text in common. Reads `second` with all the places in `first` that are reachable so far."""
    if first == second or "*" in (first, second):
        return True
    reachable = _skip(first, {0})
    for letter in second:
        if letter == "*":
            reachable = set(range(min(reachable), len(first) + 1))
            continue
        following: set[int] = set()
        for place in reachable:
            if place < len(first) and first[place] == "*":
                following.add(place)
            elif place < len(first) and (first[place] in (letter, "?") or letter == "?"):
                following.add(place + 1)
        reachable = _skip(first, following)
        if not reachable:
            return False
    return len(first) in reachable


def _skip(text: str, places: set[int]) -> set[int]:
    """`places`, and those behind stars that may stand for nothing."""
    found = set(places)
    for place in places:
        while place < len(text) and text[place] == "*":
            place += 1
            found.add(place)
    return found
