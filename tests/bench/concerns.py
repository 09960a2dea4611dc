"""How many resources of a stack belong to which concern: the folder of the component that they are made by."""

import importlib
import inspect
import re
from collections import Counter
from pathlib import Path

import components
from components.base.component import Component
from tests.stacks.estate import estate_of


def resources(stack: str) -> Counter[str]:
    """Concern -> resources of `stack`; a component within another counts for the outer one's."""
    concerns = _concerns()
    found: Counter[str] = Counter()
    for declared in estate_of(stack).resources.values():
        kind = re.search(r"dataconnect:index:(\w+)", declared.parent)
        found[concerns[kind[1]] if kind else "none"] += 1
    return found


def _concerns() -> dict[str, str]:
    """Class of a component -> its concern."""
    folder = Path(components.__path__[0])
    modules = [importlib.import_module(f"components.{file.parent.name}.{file.stem}") for file in folder.glob("*/*.py")]
    return {
        name: module.__name__.split(".")[1]
        for module in modules
        for name, found in inspect.getmembers(module, inspect.isclass)
        if issubclass(found, Component) and found.__module__ == module.__name__
    }
