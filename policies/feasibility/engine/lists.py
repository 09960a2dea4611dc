"""Rows about the elements of a list among themselves."""

from policies.kit.resource import Resource
from policies.kit.rows import row
from policies.kit.rule import NOT_JUDGED, Answers, Check, Finding
from policies.kit.values import UNKNOWN


@row
def each_once(path: str, expected: str, *, detail: str = "{value}", answer: str = "") -> Check:
    """Every value at `path` (`name[]` stands for a list's elements) is there once; absent ones do not count.

    In the texts stand `{value}` and, for the path where it is first, `{first}`.
    """

    def check(resource: Resource) -> Answers:
        seen: dict[str, str] = {}
        for where, value in resource.each(path):
            if value is UNKNOWN:
                yield NOT_JUDGED
            elif value is not None:
                known = {"value": value, "first": seen.setdefault(str(value), where)}
                if known["first"] != where:
                    yield Finding(where, value, expected.format(**known), detail.format(**known), answer.format(**known))

    return check
