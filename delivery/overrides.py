"""Reads the configuration overrides that a person typed for one run of the deployment job."""

import re

_KEY = re.compile(r"dataconnect:([A-Za-z]\w*)(?:\.[A-Za-z][\w-]*|\[\d+\])*", re.ASCII)

# What says which stack it is. Another value would turn the stack into a different one and remove what it has.
IDENTITY = frozenset({"primaryRegion", "primaryStack", "recoveryRegion", "role"})


class OverridesError(ValueError):
    """Everything that is wrong with the overrides, one problem per line."""


def parse(text: str) -> list[str]:
    """Return the overrides in `text` as `key=value` strings, in the order given; none by default.

    One override per line, its key a path in the stack file: `dataconnect:services.search.cpu=2048`. Empty lines and lines that
    begin with `#` are skipped. No `aws:` key: the account, its guard and the default tags do not change for one run.
    Raises OverridesError.
    """
    seen: dict[str, str] = {}
    problems: list[str] = []
    for number, line in enumerate(text.replace("\r\n", "\n").split("\n"), start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        key, equals, value = (part.strip() for part in line.partition("="))
        if problem := _problem(key, equals, value, seen):
            problems.append(f"line {number}: {problem}")
        seen[key] = value
    if problems:
        raise OverridesError("\n".join(problems))
    return [f"{key}={value}" for key, value in seen.items()]


def _problem(key: str, equals: str, value: str, seen: dict[str, str]) -> str | None:
    if not equals or not value:
        return "expected key=value, as in dataconnect:database.instanceClass=db.r7g.large"
    if not (match := _KEY.fullmatch(key)):
        return f"{key!r} is not a key: expected a path below dataconnect:, as in dataconnect:services.search.cpu"
    if match[1] in IDENTITY:
        return f"{key} says which stack this is: change it in the stack file"
    if key in seen:
        return f"{key} is given twice"
    if not value.isprintable():
        return f"the value of {key} has a character that cannot be printed"
    return None
