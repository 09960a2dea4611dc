"""The reference says what the code says."""

import gc
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from docs.generate.packs import MARKER, packs, readme
from docs.generate.packs import page as pack_page
from docs.generate.reference import reference
from docs.generate.source import ROOT, Code
from policies.kit.pack import Pack
from tests.found import some


@pytest.fixture(scope="module")
def page() -> str:
    gc.collect()  # Python 3.11 fails to parse when the rest of earlier tests in this process is finalised meanwhile
    return reference()


def undocumented(code: Code) -> Iterator[str]:
    """`Class.field` for every argument without a line in its class's docstring."""
    for each in code.classes.values():
        if each.is_dataclass and each.name.endswith("Args"):
            yield from (f"{each.name}.{field.name}" for field in each.arguments if not field.meaning)


def test_the_committed_reference_is_what_the_code_gives_now(page: str) -> None:
    committed = (ROOT / "docs/reference.md").read_text(encoding="utf-8")
    assert committed == page, "docs/reference.md is out of date: run `make docs`"


@pytest.mark.parametrize("pack", packs(), ids=lambda pack: pack.name)
def test_the_committed_page_of_a_pack_is_what_the_code_gives_now(pack: Pack) -> None:
    committed = readme(pack).read_text(encoding="utf-8")
    assert committed.partition(MARKER)[0].startswith("# ")
    assert committed == pack_page(pack, committed), f"{readme(pack)} is out of date: run `make docs`"
    for target in re.findall(r"\]\(([^)\s#]+)\)", committed):
        assert target.startswith("https://") or (readme(pack).parent / target).exists(), target


def test_every_argument_of_every_component_has_a_line_in_its_docstring() -> None:
    assert list(undocumented(Code(ROOT / "components"))) == []


def test_every_component_has_a_chapter_with_its_arguments(page: str) -> None:
    code = Code(ROOT / "components")
    assert {"Network", "Database", "Service"} <= {component.name for component in code.components}
    for component in code.components:
        chapter = page.partition(f"\n### {component.name}\n")[2].partition("\n### ")[0]
        for argument in code.arguments_of(component).arguments:
            assert f"| `{argument.name}` |" in chapter


def test_a_key_of_the_stack_file_is_shown_as_error_messages_write_it(page: str) -> None:
    for key in (
        "aws:allowedAccountIds",
        "dataconnect:network",
        "services.<name>.schedule.downTasks",
        "aws:defaultTags.tags.Owner",
    ):
        assert f"| `{key}` |" in page


def test_every_link_leads_somewhere(page: str) -> None:
    headings = re.findall(r"^#+ (.*)$", page, re.MULTILINE)
    anchors = [re.sub(r"[^\w-]", "", heading.lower().replace(" ", "-")) for heading in headings]
    assert len(anchors) == len(set(anchors))
    for target in re.findall(r"\]\(([^)\s]+)\)", page):
        if target.startswith("#"):
            assert target[1:] in anchors
        else:
            assert (ROOT / "docs" / target).exists(), target


def test_every_row_of_a_table_has_as_many_cells_as_its_head(page: str) -> None:
    for table in some(re.findall(r"(?:^\|.*\|$\n?)+", page, re.MULTILINE)):
        cells = [len(re.findall(r"(?<!\\)\|", row)) for row in table.splitlines()]
        assert set(cells) == {cells[0]}, table


class TestSource:
    SOURCE = '''
from typing import Literal

Size = Literal["small", "large"]

@dataclass(frozen=True, kw_only=True)
class BaseArgs:
    """Base.

    Attributes:
        region: AWS region,
            e.g. `us-east-2`.
    """

    region: str

@dataclass(frozen=True, kw_only=True)
class ThingArgs(BaseArgs):
    """A thing.

    Attributes:
        size: How large; small by default.
    """

    size: Size = "small"
    forgotten: pulumi.Input[str]

class Thing(Component):
    """A thing. It does things.

    Outputs: `arn`,
    nothing else.
    """

    def allow(self, other: str, *, port: int = 443) -> None:
        """Allow `other`.

        More.
        """
'''

    @pytest.fixture
    def code(self, tmp_path: Path) -> Code:
        (tmp_path / "thing.py").write_text(self.SOURCE)
        return Code(tmp_path)

    def test_arguments_are_inherited_and_required_ones_come_first(self, code: Code) -> None:
        arguments = code.arguments_of(code.components[0]).arguments
        assert [(each.name, each.type, each.default, each.meaning) for each in arguments] == [
            ("region", "str", None, "AWS region, e.g. `us-east-2`."),
            ("forgotten", "Input[str]", None, ""),
            ("size", '"small" | "large"', '"small"', "How large; small by default."),
        ]

    def test_an_argument_without_a_line_is_found(self, code: Code) -> None:
        assert list(undocumented(code)) == ["ThingArgs.forgotten"]

    def test_code_that_lambda_runs_is_no_component(self, code: Code, tmp_path: Path) -> None:
        (tmp_path / "thing_function").mkdir()
        (tmp_path / "thing_function" / "thing.py").write_text("class Thing:\n    pass\n")
        assert [thing.summary for thing in Code(tmp_path).components] == [thing.summary for thing in code.components]

    def test_a_component_is_told_by_its_docstring(self, code: Code) -> None:
        (thing,) = code.components
        assert thing.summary == "A thing"
        assert thing.outputs == [("Thing", "`arn`, nothing else.")]
        assert [(method.signature, method.summary) for method in thing.methods] == [
            ("allow(other, *, port=443)", "Allow `other`.")
        ]
