"""Exemptions: narrow, owned and with an end; the only way to silence a mandatory rule, and never a silent one."""

from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from pulumi.runtime.proto import analyzer_pb2 as proto

from policies.controls.encryption.pack import PACK as ENCRYPTION
from policies.controls.least_privilege.pack import PACK as LEAST_PRIVILEGE
from policies.controls.network.pack import PACK as NETWORK
from policies.kit.exemptions import LONGEST, MOST_RESOURCES, PLACEHOLDERS, Exemption, InvalidExemptionsError, Register, load
from policies.kit.pack import EXEMPTIONS, EXEMPTIONS_FILE, Pack
from policies.pack import PACK as ALL
from policies.pack import PACKS
from tests.policies.harness import UNKNOWN, Engine, Planned, RefusedError

QUEUE = "aws:sqs/queue:Queue"
ROOT = Planned(token="pulumi:pulumi:Stack", name="dataconnect-prod")
TODAY = date.today()
ENTRY = {
    "finding": "encryption/sqs-customer-key",
    "resource": "urn:pulumi:prod::dataconnect::aws:sqs/queue:Queue::legacy-*",
    "reason": "Its producer cannot use a key before it is rebuilt.",
    "owner": "platform@dataconnect.example",
    "ticket": "SEC-12",
    "expires": str(TODAY + timedelta(days=30)),
}


EXEMPTION = Exemption(finding=ENTRY["finding"], resource=ENTRY["resource"], reason="r", owner="o", ticket="t", expires=TODAY)


def write(folder: Path, *entries: dict[str, str]) -> str:
    lines = (f"{'- ' if key == next(iter(entry)) else '  '}{key}: {value}" for entry in entries for key, value in entry.items())
    file = folder / "exemptions.yaml"
    file.write_text("\n".join(lines))
    return str(file)


def preview(file: str, *resources: Planned, stack: str = "prod", pack: Pack = ENCRYPTION) -> tuple[list[Any], list[Any]]:
    """The mandatory and the other diagnostics that speak of the queue's key or of exemptions."""
    found = [
        each
        for each in Engine(pack, stack=stack, options={EXEMPTIONS: {"file": file}}).preview([ROOT, *resources])
        if each.policyName in ("sqs-customer-key", EXEMPTIONS)
    ]
    stops = [each for each in found if each.enforcementLevel == proto.MANDATORY]
    return stops, [each for each in found if each not in stops]


def test_an_exempted_finding_does_not_stop_the_run_and_its_use_is_told(tmp_path: Path) -> None:
    stops, told = preview(write(tmp_path, ENTRY), Planned(token=QUEUE, name="legacy-in"))
    assert stops == []
    [use] = told
    assert use.policyName == EXEMPTIONS
    for text in ("legacy-in", ENTRY["expires"], "SEC-12", "platform@dataconnect.example", "Its producer cannot"):
        assert text in use.message


def test_an_entry_for_the_stacks_beside_another_is_of_each_of_them_and_not_of_that_one() -> None:
    def queue(stack: str) -> str:
        return f"urn:pulumi:{stack}::dataconnect::{QUEUE}::legacy-in"

    entry = replace(EXEMPTION, resource=f"urn:pulumi:dev-*::dataconnect::{QUEUE}::legacy-*")
    register = Register((entry,), frozenset({entry.rule}), TODAY)
    for stack, expected in (("dev-x", True), ("dev-two-b", True), ("dev", False), ("prod", False), ("xdev-x", False)):
        assert (register.of([f"urn:pulumi:{stack}::dataconnect"]) == [entry]) is expected, stack
        assert entry.covers(entry.rule, entry.finding, queue(stack)) is expected, stack
    assert not entry.covers(entry.rule, entry.finding, queue("dev-x").replace("legacy", "modern"))


def test_an_entry_for_the_stacks_beside_another_is_unused_only_where_there_is_something_of_its_type() -> None:
    entry = replace(EXEMPTION, resource=f"urn:pulumi:dev-*::dataconnect::dataconnect:index:Queue${QUEUE}::legacy-*")
    beside = Register((entry,), frozenset({entry.rule}), TODAY)
    own = Register((replace(entry, resource=entry.resource.replace("dev-*", "dev-x")),), frozenset({entry.rule}), TODAY)
    for register, types, expected in ((beside, {QUEUE}, 1), (beside, {"aws:kms/key:Key"}, 0), (own, {"aws:kms/key:Key"}, 1)):
        assert len(register.problems(["urn:pulumi:dev-x::dataconnect"], {}, types)) == expected


def test_other_resources_and_other_rules_are_not_exempted(tmp_path: Path) -> None:
    file = write(tmp_path, ENTRY)
    stops, _ = preview(file, Planned(token=QUEUE, name="legacy-in"), Planned(token=QUEUE, name="modern"))
    assert [stop.urn.rpartition("::")[2] for stop in stops] == ["modern"]
    everything = Engine(ENCRYPTION, options={EXEMPTIONS: {"file": file}}).preview([Planned(token=QUEUE, name="legacy-in")])
    assert "sqs-tls-only" in {each.policyName for each in everything}


def test_one_finding_of_a_rule_can_be_exempted_alone(tmp_path: Path) -> None:
    urn = "urn:pulumi:prod::dataconnect::aws:iam/policy:Policy::wide"
    file = write(tmp_path, {**ENTRY, "finding": "least_privilege/wildcard-action[s3:*]", "resource": urn})
    document = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ["s3:*", "sqs:*"], "Resource": "*"}]}'
    policy = Planned(token="aws:iam/policy:Policy", name="wide", inputs={"policy": document})
    found = Engine(LEAST_PRIVILEGE, options={EXEMPTIONS: {"file": file}}).preview([policy])
    text = "".join(each.message for each in found if each.policyName == "wildcard-action")
    assert "wildcard-action[sqs:*]" in text
    assert "wildcard-action[s3:*]" not in text


def test_an_expired_exemption_counts_no_more_and_is_told(tmp_path: Path) -> None:
    file = write(tmp_path, {**ENTRY, "expires": str(TODAY - timedelta(days=1))})
    stops, _ = preview(file, Planned(token=QUEUE, name="legacy-in"))
    assert {stop.policyName for stop in stops} == {"sqs-customer-key", EXEMPTIONS}
    assert "expired on" in next(stop.message for stop in stops if stop.policyName == EXEMPTIONS)


def test_the_last_day_counts(tmp_path: Path) -> None:
    stops, _ = preview(write(tmp_path, {**ENTRY, "expires": str(TODAY)}), Planned(token=QUEUE, name="legacy-in"))
    assert stops == []


@pytest.mark.parametrize(
    ("entry", "queues", "says"),
    [
        ({}, [], "is not used; remove it"),
        ({"expires": str(TODAY + LONGEST + timedelta(days=1))}, ["legacy-in"], f"within {LONGEST.days} days"),
        ({}, [f"legacy-{n}" for n in range(MOST_RESOURCES + 1)], f"covers {MOST_RESOURCES + 1} resources"),
    ],
)
def test_an_unused_or_over_broad_exemption_stops_the_run(
    tmp_path: Path, entry: dict[str, str], queues: list[str], says: str
) -> None:
    others = [Planned(token="aws:kms/key:Key", name="k")]
    stops, _ = preview(write(tmp_path, {**ENTRY, **entry}), *others, *(Planned(token=QUEUE, name=name) for name in queues))
    assert [stop.policyName for stop in stops] == [EXEMPTIONS]
    assert says in stops[0].message
    assert "SEC-12" in stops[0].message


def test_a_part_of_a_stack_does_not_tell_that_an_exemption_is_not_used(tmp_path: Path) -> None:
    engine = Engine(ENCRYPTION, options={EXEMPTIONS: {"file": write(tmp_path, ENTRY)}})
    assert EXEMPTIONS not in {each.policyName for each in engine.preview([Planned(token="aws:kms/key:Key", name="k")])}


def test_an_exemption_of_what_cannot_be_judged_yet_is_not_unused(tmp_path: Path) -> None:
    stops, _ = preview(write(tmp_path, ENTRY), Planned(token=QUEUE, name="legacy-in", inputs={"kmsMasterKeyId": UNKNOWN}))
    assert stops == []


@pytest.mark.parametrize(("stack", "pack"), [("dev", "encryption"), ("prod", "tagging")])
def test_exemptions_of_other_stacks_and_packs_are_left_aside(tmp_path: Path, stack: str, pack: str) -> None:
    entry = {**ENTRY, "resource": ENTRY["resource"].replace("prod", stack)}
    chosen = next(each for each in PACKS if each.name == pack)
    stops, told = preview(write(tmp_path, entry), Planned(token="aws:kms/key:Key", name="k"), pack=chosen)
    assert [each for each in [*stops, *told] if each.policyName == EXEMPTIONS] == []


@pytest.mark.parametrize(
    ("entry", "says"),
    [
        ({"finding": "encryption/sqs-costumer-key"}, "did you mean 'encryption/sqs-customer-key'"),
        ({"finding": "encrypton/sqs-customer-key"}, "did you mean 'encryption/sqs-customer-key'"),
    ],
)
def test_an_exemption_of_a_rule_that_does_not_exist_ends_the_run(tmp_path: Path, entry: dict[str, str], says: str) -> None:
    with pytest.raises(RefusedError, match=says):
        Engine(ALL, options={EXEMPTIONS: {"file": write(tmp_path, {**ENTRY, **entry})}})


def test_every_word_about_an_entry_names_file_and_line(tmp_path: Path) -> None:
    file = write(tmp_path, ENTRY, {**ENTRY, "finding": "encryption/sqs-costumer-key"})
    with pytest.raises(RefusedError, match=rf"{file}:7: entry 2 names the rule 'encryption/sqs-costumer-key'"):
        Engine(ALL, options={EXEMPTIONS: {"file": file}})
    file = write(tmp_path, ENTRY, {**ENTRY, "resource": ENTRY["resource"].replace("legacy-*", "gone"), "ticket": "SEC-13"})
    [stop], _ = preview(file, Planned(token=QUEUE, name="legacy-in"))
    assert f"{file}:7: entry 2, the exemption of encryption/sqs-customer-key" in stop.message
    file = write(tmp_path, ENTRY, {**ENTRY, "owner": "*x"})
    with pytest.raises(InvalidExemptionsError, match=rf"{file}:7: entry 2 uses the alias"):
        load(Path(file))


def test_a_finding_that_stops_the_run_names_the_project_s_file() -> None:
    found = Engine(ENCRYPTION).preview([ROOT, Planned(token=QUEUE, name="modern")])
    [told] = [each.message for each in found if each.policyName == "sqs-customer-key"]
    assert "\nOr, for a time, in policies/exemptions.yaml: - {finding: encryption/sqs-customer-key" in told


def test_a_finding_of_a_rule_with_options_names_them_and_where_they_stand() -> None:
    load_balancer = Planned(token="aws:lb/loadBalancer:LoadBalancer", name="front", inputs={"internal": False})
    found = Engine(NETWORK).preview([ROOT, load_balancer])
    [told] = [each.message for each in found if each.policyName == "load-balancer-internal"]
    assert "\nIts option public: in the configuration, a JSON file (make preview CONFIG=<file>, policies/README.md)." in told


def test_a_file_that_is_named_and_absent_ends_the_run(tmp_path: Path) -> None:
    with pytest.raises(RefusedError, match=r"absent.yaml cannot be read"):
        Engine(ENCRYPTION, options={EXEMPTIONS: {"file": str(tmp_path / "absent.yaml")}})


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"finding": "encryption/*"}, "entry 1: finding is 'encryption/\\*'; expected a rule"),
        ({"finding": "everything"}, "entry 1: finding is 'everything'"),
        ({"resource": "'*'"}, r"entry 1: resource is '\*'; expected urn:pulumi:<stack>::<project>"),
        ({"resource": "urn:pulumi:*::dataconnect::aws:sqs/queue:Queue::a"}, "over-broad"),
        ({"resource": "urn:pulumi:dev*::dataconnect::aws:sqs/queue:Queue::a"}, "over-broad"),
        ({"resource": "urn:pulumi:d*-*::dataconnect::aws:sqs/queue:Queue::a"}, "over-broad"),
        ({"resource": "urn:pulumi:-*::dataconnect::aws:sqs/queue:Queue::a"}, "over-broad"),
        ({"resource": "urn:pulumi:prod::*::aws:sqs/queue:Queue::a"}, "over-broad"),
        ({"resource": "urn:pulumi:prod::dataconnect::aws:sqs/*:Queue::a"}, "over-broad"),
        ({"resource": "urn:pulumi:prod::dataconnect::aws:sqs/queue:Queue::*"}, "covers every name"),
        ({"resource": "'urn:pulumi:prod::dataconnect::aws:sqs/queue:Queue::*-*'"}, "covers every name"),
        ({"expires": "soon"}, "expires is 'soon'; expected a day, e.g. 2027-01-31"),
        ({"expires": "2027-01-31T10:00:00"}, "expires is '2027-01-31T10:00:00'; expected a day"),
        ({"expires": "2026-02-30"}, "entry 1: expires is 2026-02-30, which no calendar has; expected a day, e.g. 2027-01-31"),
        ({"expires": "0000-01-01"}, "entry 1: expires is 0000-01-01, which no calendar has"),
        ({"expires": "20270131"}, "expires is '20270131'; expected a day"),
        ({"expires": "[2027-01-31]"}, "expires is a list; expected text"),
        ({"reason": "''"}, "reason is empty; expected text"),
        ({"ticket": "12"}, "ticket is 12; expected text in quotes"),
        ({"ticket": "{a: b}"}, "ticket is a mapping; expected text"),
        ({"owner": ""}, "owner is missing; expected text"),
        ({"owner": "<who answers for it>"}, "owner is still the placeholder <who answers for it>; fill it in"),
        ({"onwer": "me"}, "the key 'onwer'; did you mean 'owner'"),
        ({"xyz": "me"}, "the key 'xyz'; expected finding, resource, reason"),
    ],
)
def test_an_entry_that_is_incomplete_over_broad_or_misspelt_is_refused(
    tmp_path: Path, changes: dict[str, str], says: str
) -> None:
    with pytest.raises(InvalidExemptionsError, match=says):
        load(Path(write(tmp_path, {**ENTRY, **changes})))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a: b", "holds a mapping; expected a list of entries"),
        ("- just text", "entry 1 is text; expected the keys"),
        ("- {", "entry 1 cannot be read: expected the node content, but found '<stream end>' in line 1$"),
        ("- a: b\n- &x c: d\n- *x", r"entry 3 uses the alias \*x; expected the text itself"),
        (
            "- &a [" + "x, " * 9 + "]\n" + "".join(f"- &{b} [{f'*{a}, ' * 9}]\n" for a, b in pairwise("abcdefghij")),
            "entry 2 uses the alias",
        ),
        ("- finding: " + "[" * 100_000, "entry 1 is nested too deep; expected the keys"),
        ("- " * 100_000, "entry 1 is nested too deep"),
        ("- owner: a\n  owner: b", "entry 1 has the key 'owner' twice; expected it once"),
        ("- <<: {owner: a}", "entry 1 has the key '<<'; expected finding"),
        ("- owner: !!python/name:os.system a", "owner is a; expected text in quotes"),
        ("- owner: \x07", "cannot be read: unacceptable character"),
        ("\\xff", "cannot be read"),
    ],
)
def test_a_file_of_another_shape_is_refused(tmp_path: Path, text: str, says: str) -> None:
    file = tmp_path / "exemptions.yaml"
    file.write_bytes(text.encode() if text != "\\xff" else b"\xff")
    with pytest.raises(InvalidExemptionsError, match=says):
        load(file)


@pytest.mark.parametrize(
    "text",
    [
        "root:x:0:0:hunter2:/root:/bin/bash\n",
        "- hunter2\n",
        "hunter2\nx: 1: 2\n",
        "password: hunter2\n",
        "- {password hunter2\n",
    ],
)
def test_no_word_of_a_file_that_holds_no_entries_is_shown(tmp_path: Path, text: str) -> None:
    file = tmp_path / "passwd"
    file.write_text(text)
    with pytest.raises(InvalidExemptionsError) as caught:
        load(file)
    assert "hunter2" not in str(caught.value)
    assert str(caught.value).startswith(str(file))


def test_a_wrong_entry_is_named_by_its_number(tmp_path: Path) -> None:
    file = write(tmp_path, ENTRY, {**ENTRY, "ticket": ""})
    with pytest.raises(InvalidExemptionsError, match=r"exemptions\.yaml:7: entry 2: ticket is missing; expected text"):
        load(Path(file))


@pytest.mark.parametrize(
    ("pattern", "name", "covered"),
    [
        ("legacy-*", "legacy-in", True),
        ("legacy-*", "modern", False),
        ("*-in", "legacy-in", True),
        ("a*b*a", "aba", True),
        ("ab*ba", "aba", False),
        ("a**b", "ab", True),
        ("a*b*c", "axxbyyc", True),
        ("a*b*c", "axxcyyb", False),
        ("legacy", "legacy-in", False),
        ("*a" * 5_000 + "b", "a" * 20_000, False),
    ],
)
def test_a_star_stands_for_any_text(pattern: str, name: str, *, covered: bool) -> None:
    where = "urn:pulumi:prod::dataconnect::aws:sqs/queue:Queue::"
    entry = replace(EXEMPTION, resource=where + pattern)
    assert entry.covers(entry.rule, entry.finding, where + name) is covered


# The entry to paste


NAMES = ["plain", "it's", 'a "quoted" name', "a: b #c", "a\nb", "[x]", "ü\U0001f600", "\u202e", "- x", "trailing "]


@pytest.mark.parametrize("name", NAMES)
def test_the_entry_that_a_finding_prints_is_one_line_of_the_file_for_just_this_finding(tmp_path: Path, name: str) -> None:
    queue = Planned(token=QUEUE, name=name)
    stops, _ = preview(write(tmp_path), ROOT, queue)
    [told] = stops
    entry = next(line for line in told.message.splitlines() if "for a time" in line).partition("exemptions.yaml: ")[2]
    file = tmp_path / "exemptions.yaml"
    for placeholder, value in zip(PLACEHOLDERS.values(), ("Its producer", "me", "SEC-1", str(TODAY)), strict=True):
        file.write_text(f"# Accepted.\n{entry}\n")
        with pytest.raises(InvalidExemptionsError, match=f"is still the placeholder {placeholder}; fill it in"):
            load(file)
        assert placeholder in entry
        entry = entry.replace(placeholder, value)
    file.write_text(f"# Accepted.\n{entry}\n")
    stops, [use] = preview(str(file), ROOT, queue)
    assert stops == []
    assert "1 used" in use.message


def test_the_entry_of_one_finding_of_a_rule_names_that_finding(tmp_path: Path) -> None:
    document = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ["s3:*", "sqs:*"], "Resource": "*"}]}'
    policy = Planned(token="aws:iam/policy:Policy", name="wide", inputs={"policy": document})
    found = Engine(LEAST_PRIVILEGE, options={EXEMPTIONS: {"file": write(tmp_path)}}).preview([policy])
    assert any("- {finding: 'least_privilege/wildcard-action[sqs:*]', resource: 'urn:" in each.message for each in found)


def test_an_empty_file_exempts_nothing(tmp_path: Path) -> None:
    file = tmp_path / "exemptions.yaml"
    file.write_text("# nothing\n")
    assert load(file) == ()


def test_the_project_s_own_file_is_usable_and_none_has_expired() -> None:
    """An entry about to expire shows here first, in the tests of whoever changes something next."""
    for entry in load(EXEMPTIONS_FILE) if EXEMPTIONS_FILE.exists() else ():
        assert entry.expires >= TODAY, entry
