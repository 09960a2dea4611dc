"""One mistake is one line: what only follows from it is not told, and no line names a file that is right."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from settings import SettingsError, parse
from tests.settings.stack_files import OWN, dumped, refused

Edit = Callable[[dict[str, Any]], object]
ALL = "settings/defaults/all.yaml"
TAGS = "aws:defaultTags.tags"


def lines(own: dict[str, Any], stack: str) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        parse(own, stack=stack)
    return str(caught.value).splitlines()


def renamed(old: str, new: str, *above: str) -> Edit:
    def rename(content: dict[str, Any]) -> None:
        for key in above:
            content = content[key]
        content[new] = content.pop(old)

    return rename


@pytest.mark.parametrize(
    ("file", "change", "key", "meant"),
    [
        ("Pulumi.dev.yaml", renamed("dataconnect:ingress", "dataconnect:ingres"), "dataconnect:ingres", "dataconnect:ingress"),
        ("Pulumi.dev.yaml", renamed("dataconnect:ingress", "dataconect:ingress"), "dataconect:ingress", "dataconnect:ingress"),
        ("Pulumi.dev.yaml", renamed("dataconnect:network", "dataconnect:netwrk"), "dataconnect:netwrk", "dataconnect:network"),
        ("Pulumi.dev.yaml", renamed("dataconnect:dns", "dataconnect:dnss"), "dataconnect:dnss", "dataconnect:dns"),
        (
            *("Pulumi.dev.yaml", renamed("dataconnect:services", "dataconnect:service")),
            *("dataconnect:service", "dataconnect:services"),
        ),
        ("Pulumi.dev.yaml", renamed("aws:defaultTags", "aws:defaultTag"), "aws:defaultTag", "aws:defaultTags"),
        ("Pulumi.dev.yaml", renamed("cidr", "cdir", "dataconnect:network"), "dataconnect:network.cdir", "cidr"),
        (ALL, renamed("dataconnect:tables", "dataconnect:tabels"), "dataconnect:tabels", "dataconnect:tables"),
        (ALL, renamed("buckets", "bucktes", "dataconnect:lake"), "dataconnect:lake.bucktes", "buckets"),
        (
            *(ALL, renamed("hashKey", "haskKey", "dataconnect:tables", "sessions")),
            *("dataconnect:tables.sessions.haskKey", "hashKey"),
        ),
        ("services/search.yaml", renamed("paths", "pathes"), "pathes", "paths"),
    ],
)
def test_a_misspelt_key_is_one_line_whatever_else_lacks_it(
    project: Path, file: str, change: Edit, key: str, meant: str
) -> None:
    content = yaml.safe_load((project / file).read_text())
    change(content.get("config", content))
    (project / file).write_text(dumped(content))
    own = yaml.safe_load((project / "Pulumi.dev.yaml").read_text())["config"]
    assert lines(own, "dev") == [f"{file}: {key} is an unknown key; did you mean {meant}?"]


def test_what_a_misspelt_section_lacks_is_told_beside_it() -> None:
    own = {key: value for key, value in OWN["dev"].items() if key != "dataconnect:ingress"}
    assert lines({**own, "dataconnect:ingres": {}}, "dev") == [
        "Pulumi.dev.yaml: dataconnect:ingress.domain is missing; "
        "expected name that users open; inside dns.zone, up to 64 characters",
        "Pulumi.dev.yaml: dataconnect:ingres is an unknown key; did you mean dataconnect:ingress?",
    ]


def test_a_key_of_another_namespace_means_none_of_ours() -> None:
    own = {**OWN["dev"], "gcp:network": OWN["dev"]["dataconnect:network"]}
    del own["dataconnect:network"]
    told = [line.partition(": ")[2] for line in lines(own, "dev")]
    assert any(line.startswith("dataconnect:network.cidr is missing") for line in told)


def test_what_is_missing_of_a_section_is_missing_from_the_stack_s_own_file() -> None:
    own = {key: value for key, value in OWN["dev"].items() if key != "dataconnect:ingress"}
    (line,) = lines(own, "dev")
    assert line.startswith("Pulumi.dev.yaml: dataconnect:ingress.domain is missing; expected name that users open")


def test_a_service_without_a_file_makes_no_other_value_wrong() -> None:
    own = {**OWN["dev"], "dataconnect:services": {"serch": {}, "data-products": {}}}
    assert lines(own, "dev") == [
        "Pulumi.dev.yaml: dataconnect:services.serch has no file services/serch.yaml; did you mean search?"
    ]


@pytest.mark.parametrize(
    ("stack", "edits", "key"),
    [
        ("dev", {"services.search.paths": "/search/*"}, "dataconnect:services.search.paths"),
        ("dev", {"services.search.paths": ["search/*"]}, "dataconnect:services.search.paths[0]"),
        ("dev", {"services.search.paths": [7]}, "dataconnect:services.search.paths[0]"),
        ("prod", {"services.search.hosts": "x"}, "dataconnect:services.search.hosts"),
        ("dev", {"services.search": None}, "dataconnect:services.search"),
        ("dev", {"dns.zone": "Dev"}, "dataconnect:dns.zone"),
        (
            "prod",
            {"ingress.domain": "App", "services.bi.hosts": ["bi.app.prod.dataconnect.example"]},
            "dataconnect:ingress.domain",
        ),
        ("prod-replication", {"aws:region": "us-moon-1"}, "aws:region"),
    ],
)
def test_a_wrong_value_makes_no_other_one_wrong(stack: str, edits: dict[str, object], key: str) -> None:
    (line,) = refused(stack, edits)
    assert line.startswith(f"{key} is ")


@pytest.mark.parametrize(
    ("key", "other", "expected"),
    [
        ("CostCenter", "CostCentre", "cost centre, CC- and four digits"),
        ("Owner", "Owners", "e-mail address of the owning team"),
    ],
)
def test_a_tag_that_is_missing_is_told_with_the_one_that_may_be_meant(key: str, other: str, expected: str) -> None:
    tags = {(other if each == key else each): value for each, value in OWN["prod"]["aws:defaultTags"]["tags"].items()}
    assert refused("prod", {TAGS: tags}) == [f"{TAGS}.{key} is missing; expected {expected}; {other} is another key"]
