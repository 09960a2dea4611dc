"""Names that AWS refuses: too long or too short, with characters it does not take, or reserved (`names.tsv`)."""

import csv
import re
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from policies.feasibility.data.failures import failures
from policies.feasibility.engine.joins import each_matches
from policies.feasibility.engine.leaves import Leaf, at, each_text
from policies.kit.resource import Resource
from policies.kit.rule import NOT_JUDGED, Answers, Check, Finding, Rules
from policies.kit.values import UNKNOWN, switch

rules: Final = Rules("feasibility", failures())

_RANDOM: Final = "-0123abc"
"""What autonaming puts behind the logical name where the program gives no name."""
_COMPLETED: Final = "0123456789"
"""Stands for what the provider puts behind a prefix."""


@dataclass(frozen=True)
class Name:
    """What AWS takes as a name.

    Attributes:
        path: The property that holds it.
        prefix: The property that holds the beginning of a name that the provider completes; empty if there is none.
        auto: How the provider makes a name where there is none: `as` the logical name, in `lower` case, or empty.
        least: Shortest length.
        most: Longest length.
        most_prefix: Longest prefix.
        pattern: What the whole name must match; None if any.
        wrong: What the whole name must not match; None if nothing.
        words: Both patterns in words.
        answer: What AWS says.
    """

    path: str
    prefix: str
    auto: str
    least: int
    most: int
    most_prefix: int | None
    pattern: re.Pattern[str] | None
    wrong: re.Pattern[str] | None
    words: str
    answer: str

    def length(self, name: str) -> str:
        """What length would be right, if `name` is too short or too long."""
        if self.least <= len(name) <= self.most:
            return ""
        return f"{self.least} to {self.most} characters (it has {len(name)})"

    def form(self, name: str) -> str:
        """What form would be right, if `name` has another."""
        wrong = (self.pattern and not self.pattern.fullmatch(name)) or (self.wrong and self.wrong.fullmatch(name))
        return self.words if wrong else ""


@cache
def names() -> Mapping[str, list[Name]]:
    """The rows of `names.tsv` by kind."""
    table: defaultdict[str, list[Name]] = defaultdict(list)
    with (Path(__file__).parents[2] / "data" / "names.tsv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            pattern, wrong = (re.compile(row[name], re.ASCII) if row[name] else None for name in ("pattern", "wrong"))
            lengths = int(row["least"]), int(row["most"]), int(row["most_prefix"]) if row["most_prefix"] else None
            texts = row["words"], row["answer"]
            name = Name(row["property"], row["prefix"], row["auto"], *lengths, pattern, wrong, *texts)
            for kind in row["kinds"].split():
                table[kind].append(name)
    return table


_KINDS: Final = " ".join(sorted(names()))


def _each_name(wrong: Callable[[Name, str], str]) -> Check:
    """Every name that a program gives is right."""

    def check(resource: Resource) -> Answers:
        for name in names()[resource.kind]:
            value = resource.get(name.path)
            if value is UNKNOWN:
                yield NOT_JUDGED
            elif isinstance(value, str) and value and (expected := wrong(name, value)):
                yield Finding(name.path, value, expected, name.path, name.answer)

    return check


rules.named("name-length", "F410", _KINDS).add(
    _each_name(lambda name, value: "" if value.startswith("arn:") else name.length(value)),
    description="Names are as long as AWS allows.",
    remediation="Shorten or lengthen the name.",
)
rules.named("name-form", "F411", _KINDS).add(
    _each_name(Name.form),
    description="Names have the characters that AWS takes and are not reserved.",
    remediation="Choose another name; if none is given, Pulumi makes one of the logical name.",
)


@rules.rule("name-prefix", "F412", " ".join(sorted(kind for kind, rows in names().items() if any(row.prefix for row in rows))))
def _prefix(resource: Resource) -> Answers:
    """A name's prefix leaves room for the 26 characters that the provider adds (6 characters for load balancers).

    Shorten the prefix, or give a whole name.
    """
    for name in names()[resource.kind]:
        value = resource.get(name.prefix) if name.prefix else None
        if value is UNKNOWN:
            yield NOT_JUDGED
        elif isinstance(value, str) and value:
            if name.most_prefix is not None and len(value) > name.most_prefix:
                yield Finding(name.prefix, value, f"at most {name.most_prefix} characters", "length", name.answer)
            elif expected := name.form(value + _COMPLETED):
                yield Finding(name.prefix, value, expected, "form", name.answer)


@rules.rule("name-generated", "F184 F448", _KINDS + " s3/bucket")
def _generated(resource: Resource) -> Answers:
    """A name made of the logical name and eight random characters is not too long for AWS.

    Shorten the logical name, or give a name.
    """
    for name in [BUCKET] if resource.kind == "s3/bucket" else names()[resource.kind]:
        if not name.auto or (name.prefix and resource.get(name.prefix) is not None) or resource.get(name.path) is not None:
            continue
        generated = (resource.name.lower() if name.auto == "lower" else resource.name) + _RANDOM
        if expected := name.length(generated):
            yield Finding("", None, f"a logical name that gives a {name.path} of {expected}", name.path, name.answer)


# buckets

BUCKET: Final = Name(
    path="bucket",
    prefix="bucketPrefix",
    auto="lower",
    least=3,
    most=63,
    most_prefix=37,
    pattern=re.compile(r"[a-z0-9][a-z0-9.-]*[a-z0-9]"),
    wrong=re.compile(
        r".*\.\..*|\d{1,3}(\.\d{1,3}){3}|(xn--|sthree-).*|.*(-s3alias|--ol-s3|\.mrap|--x-s3|--table-s3)",
    ),
    words="lower case letters, digits, hyphens and single periods, a letter or digit at either end; not like an IP address, "
    "and without the reserved beginnings xn-- and sthree- and endings -s3alias, --ol-s3, .mrap, --x-s3 and --table-s3",
    answer="InvalidBucketName: The specified bucket is not valid",
)


def _wrong_bucket(_: Resource, leaf: Leaf) -> str:
    whole = leaf.value if leaf.name == BUCKET.path else leaf.value + _COMPLETED
    too_long = "at most 37 characters" if leaf.name == BUCKET.prefix and len(leaf.value) > 37 else ""
    return too_long or BUCKET.length(whole) or BUCKET.form(whole)


rules.named("bucket-name", "F055 F447", "s3/bucket").add(
    each_text(at({"s3/bucket": (BUCKET.path, BUCKET.prefix)}), _wrong_bucket, answer=BUCKET.answer),
    description="Bucket names follow the rules of S3.",
    remediation="Use 3 to 63 lower case letters, digits and hyphens, and keep a bucketPrefix under 38.",
)


# FIFO queues and topics, secrets


@rules.rule("fifo-name", "F413", "sqs/queue sns/topic")
def _fifo(resource: Resource) -> Answers:
    """Names of FIFO queues and topics end in .fifo, and no others do.

    Set fifoQueue (queue) or fifoTopic (topic) to true, and let the name end in .fifo.
    """
    name = resource.get("name")
    setting = "fifoQueue" if resource.kind == "sqs/queue" else "fifoTopic"
    if name is not None and name.endswith(".fifo") != switch(resource.get(setting)):
        yield Finding("name", name, f".fifo at the end exactly where {setting} is true")


rules.named("secret-name-suffix", "F414", "secretsmanager/secret").add(
    each_matches(
        "name",
        r".*-[a-z]{6}|(?!.*-[A-Za-z0-9]{6}$).*",
        "no hyphen and six characters at the end: a partial ARN is then read as another secret's",
        detail=False,
    ),
    description="A secret's name does not end like the suffix of an ARN.",
    remediation="Drop the hyphen or change the number of characters behind it.",
)


@rules.rule("database-user-form", "F415", "rds/instance rds/cluster docdb/cluster redshift/cluster")
def _database_user(resource: Resource) -> Answers:
    """The master user name starts with a letter and is as long as the engine allows.

    Choose a name of letters, digits and underscores, up to 16 characters.
    """
    path = "username" if resource.kind == "rds/instance" else "masterUsername"
    user, engine = resource.get(path) or "any", resource.get("engine")
    if not re.match(r"[A-Za-z]", user) or re.search(r"[\s/@\"'`;]", user):
        yield Finding(path, user, "a name that starts with a letter, without spaces and punctuation", "form")
    most = _USER_LENGTHS.get(resource.kind) or next(
        (length for name, length in _ENGINE_USERS.items() if isinstance(engine, str) and name in engine.lower()), 128
    )
    if len(user) > most:
        yield Finding(path, user, f"at most {most} characters", "length")


_ENGINE_USERS: Final = {"postgres": 63, "mariadb": 32, "mysql": 32, "oracle": 30, "sqlserver": 128, "db2": 16}
_USER_LENGTHS: Final = {"docdb/cluster": 63, "redshift/cluster": 128}
