"""The recipes of docs/changing.md, and a way to follow them in a project whatever is there already."""

import re
from collections.abc import Iterator
from ipaddress import IPv4Network
from itertools import count
from pathlib import Path
from typing import Any, Final

import yaml

from tests.engine import CLONE

PAGE: Final = (CLONE / "docs" / "changing.md").read_text()
_PLACE: Final = r"(?:, (under|one more in the list|at the end)(?: ([^\n]+))?)?"
BLOCKS: Final[list[tuple[str, str, str, str]]] = re.findall(
    rf"^```\w+\n# (\S+?){_PLACE}\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL
)
"""File, how the text gets in, where, text."""

_NAMES: Final = ("conversions", "convert", "documents", "loans", "mail", "notices", "report", "reports", "training")
_RANGE: Final = "10.40.0.0/16"
_PRIORITY: Final = "700"
_ADDRESSES: Final = r"\d+\.\d+\.\d+\.\d+/\d+"


def apply(project: Path) -> dict[str, str]:
    """Change the files as the recipes say; answers what is called otherwise than on the page, because its name is taken."""
    files = [*project.glob("Pulumi.*.yaml"), *project.glob("services/*.yaml"), *project.glob("settings/defaults/*.yaml")]
    there = "\n".join(re.sub(r"(?m)(^| )#.*$", "", file.read_text()) for file in files)
    ranges = [IPv4Network(each, strict=False) for each in re.findall(_ADDRESSES, there)]
    free = next(each for each in _ranges() if not any(each.overlaps(taken) for taken in ranges if taken.prefixlen))
    priorities = re.findall(r"priority: (\d+)", there)
    called = {name: next(each for each in _numbered(name) if not re.search(rf"\b{each}\b", there)) for name in _NAMES}
    called |= {_RANGE: str(free), _PRIORITY: next(each for each in map(str, count(int(_PRIORITY))) if each not in priorities)}

    def here(text: str) -> str:
        return re.sub(rf"\b({'|'.join(map(re.escape, called))})\b", lambda found: called[found[1]], text)

    config = {file: yaml.safe_load(file.read_text())["config"] for file in project.glob("Pulumi.*.yaml")}
    networks = {
        file: str(each["dataconnect:network"]["cidr"]) for file, each in config.items() if "dataconnect:network" in each
    }
    pools = [each["dataconnect:environments"]["pool"] for each in config.values() if "dataconnect:environments" in each]
    for name, how, where, text in BLOCKS:
        file = project / here(name)
        if not how:
            assert not file.exists(), f"{file.name} is there already"
            file.parent.mkdir(exist_ok=True)
            # The page can only know the ranges of its day.
            file.write_text(re.sub(r"(?<=reservedCidrs: ).*", f"[{', '.join([*networks.values(), *pools])}]", here(text)))
        elif how == "at the end":
            file.write_text(f"{file.read_text()}\n{here(text)}")
        else:
            for each in networks if "*" in name else [file]:
                content = each.read_text()
                insert = in_yaml if each.suffix == ".yaml" else _in_list
                each.write_text(insert(content, where, here(text).rstrip()))
    return called


def _numbered(name: str) -> Iterator[str]:
    yield name
    yield from (f"{name}-{number}" for number in count(2))


def _ranges() -> Iterator[IPv4Network]:
    yield from (IPv4Network(f"10.{number}.0.0/16") for number in range(int(_RANGE.split(".")[1]), 256))


def _in_list(content: str, where: str, text: str) -> str:
    found = re.search(rf"{where}: \[[^]]*(?=\])", content)
    assert found, f"there is no list {where}"
    return f"{content[: found.end()]}, {text}{content[found.end() :]}"


def in_yaml(content: str, where: str, text: str) -> str:
    """`content` with `text` in the list or object at `where`, be it written in lines or in brackets, or not at all."""
    node: Any = yaml.compose(content, Loader=yaml.SafeLoader)
    path = where.split(".")
    stack_file = "config" in {key.value for key, _ in node.value}
    column = 0
    for key in ["config", *path] if stack_file else path:
        held = {name.value: (name, value) for name, value in node.value}
        if key not in held:
            assert key == where, f"there is no {where}"
            indent = "  " if stack_file else ""
            return f"{content.rstrip()}\n{indent}{key}:\n{_indented(text, indent + '  ')}\n"
        name, node = held[key]
        column = name.start_mark.column
    start, end, inside = node.start_mark.index, node.end_mark.index, " " * node.start_mark.column
    if isinstance(node, yaml.SequenceNode):
        if node.flow_style:
            return f"{content[: end - 1]}{', ' if node.value else ''}{text}{content[end - 1 :]}"
        return f"{content[:start]}- {text}\n{inside}{content[start:]}"
    if isinstance(node, yaml.MappingNode) and not node.flow_style:
        return f"{content[:start]}{_indented(text, inside).lstrip()}\n{inside}{content[start:]}"
    there = yaml.safe_load(content[start:end]) or {}
    kept = yaml.safe_dump(there) if there else ""
    return f"{content[:start]}\n{_indented(f'{kept}{text}', ' ' * (column + 2))}{content[end:]}"


def _indented(text: str, indent: str) -> str:
    return "\n".join(f"{indent}{line}" if line else line for line in text.splitlines())
