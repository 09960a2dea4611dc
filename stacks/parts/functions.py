"""The Lambda functions of a region: their code, and what calls them."""

import ast
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

import pulumi

from components.base.errors import ComponentError
from components.base.telemetry import telling
from components.compute.function import Function, FunctionArgs
from components.edge.ingress import Ingress
from components.messaging.queue import Queue
from settings import PlatformSettings
from stacks.parts.region import Region

ROOT: Final = Path(__file__).parents[2]
ROOMS: Final = ("functions", "jobs")
"""Whose modules the code of a function may import: they run in AWS, and import nothing of the others."""


def declare_functions(
    settings: PlatformSettings, region: Region, ingress: Ingress, queues: Mapping[str, Queue]
) -> dict[str, Function]:
    """Declare the functions of the settings."""
    functions: dict[str, Function] = {}
    for name, spec in settings.functions.items():
        module = f"functions.{name}.handler"
        functions[name] = Function(
            name,
            FunctionArgs(
                here=region.here,
                spec=spec,
                # Not the code's own words: another description would be another security group.
                description=f"Function {name}",
                source=source_of(module),
                handler=f"{module}.handle",
                vpc_id=region.network.vpc_id,
                subnet_ids=region.network.application_subnet_ids,
                link=telling(region.links.of((*spec.uses, *spec.consumes), workload=name)),
                environment_key_arn=region.keys["secrets"],
                queue=queues[spec.queue] if spec.queue else None,
                listener=ingress.listener if spec.http else None,
                tokens=settings.ingress.tokens if spec.http else None,
                running=settings.running,
            ),
        )
    return functions


def tenant_roles_of(functions: Mapping[str, Function]) -> dict[str, pulumi.Output[str]]:
    """Function -> ARN of its tenant role, of those that have one."""
    return {name: function.tenant_role.arn for name, function in functions.items() if function.tenant_role}


def outputs_of_functions(settings: PlatformSettings, functions: Mapping[str, Function]) -> dict[str, pulumi.Input[Any]]:
    """What `dataconnect tenant` orders to erase a tenant's live counts, and in which logs it counts messages."""
    logs = {name: function.log_group_name for name, function in functions.items() if settings.functions[name].queue}
    return {**({"liveFunction": functions["live"].function_name} if "live" in functions else {}), "functionLogs": logs}


def source_of(module: str) -> dict[str, str]:
    """The files that `module` needs, path -> text: itself, and what it and they import of the rooms that run in AWS.

    They lie in the package as they lie in the repository, so that an import is the same in both; no folder has an __init__.py.

    Raises:
        ComponentError: when one of them is not there.
    """
    found: dict[str, str] = {}
    wanted = [module]
    while wanted:
        name = wanted.pop()
        if _file(name) in found:
            continue
        path = ROOT / _file(name)
        if not path.is_file():
            raise ComponentError(f"{_file(name)} is not there; expected a module that {module} imports")
        found[_file(name)] = path.read_text(encoding="utf-8")
        wanted += _imports(name, found[_file(name)])
    return dict(sorted(found.items()))


@cache  # functions share most of what they import
def _imports(module: str, text: str) -> tuple[str, ...]:
    """The modules of `ROOMS` that a module imports, wherever in it."""
    return tuple(name for name in _imported(module, text) if name.partition(".")[0] in ROOMS)


def _imported(module: str, text: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(text)):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            package = module.rsplit(".", node.level)[0] if node.level else ""
            base = ".".join(filter(None, (package, node.module)))
            # What is imported of a package is a module; of a module, a name in it.
            names = [base] if (ROOT / _file(base)).is_file() else [f"{base}.{alias.name}" for alias in node.names]
        yield from names


def _file(module: str) -> str:
    return f"{module.replace('.', '/')}.py"
