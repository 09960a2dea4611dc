"""What the workloads of a stack may use: each section of its configuration whose spec has links."""

from collections.abc import Iterator, Mapping
from typing import cast, get_args, get_origin

from pydantic import BaseModel

from components.base.problems import annotations, models_in
from components.base.spec import LinkedSpec
from components.base.uses import LinkKind
from components.data.table_spec import TableSpec


def links_in(model: type[BaseModel], values: Mapping[str, object]) -> Iterator[tuple[str, LinkKind]]:
    """The name of each link that a stack of this role will offer, with its kind.

    `values` is the configuration as it stands: what is wrong in it names nothing here, and is told by its own check.
    """
    for spec, thing, _ in _offered(model, values):
        yield spec.link.link(thing), spec.link


def reached_by(model: type[BaseModel], values: Mapping[str, object]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The name of each such link, with the AWS services that a workload calls for it; see `LinkedSpec.reached_by`."""
    for spec, thing, section in _offered(model, values):
        yield spec.link.link(thing), spec.reached_by(thing, section)


def called(model: type[BaseModel], values: Mapping[str, object]) -> dict[str, tuple[str, ...]]:
    """Kind of what a stack of this role has -> the AWS services that a function of its deployment calls for it."""
    return {spec.link.name: spec.called for spec, _, _ in _offered(model, values) if spec.called}


def lacks_table(links: Mapping[str, LinkKind], name: str) -> bool:
    """Whether a stack has no table of that name; false where nothing is known of it. One under a misspelt key is there."""
    return bool(links) and TableSpec.link.link(name) not in links


def _offered(
    model: type[BaseModel], values: Mapping[str, object]
) -> Iterator[tuple[type[LinkedSpec], str, Mapping[str, object]]]:
    """Each thing that is offered: its spec, its name (empty for the only one), what the configuration says of it."""
    for key, annotation in annotations(model).items():
        for spec in models_in(annotation):
            if issubclass(spec, LinkedSpec):
                several, section = get_origin(annotation) is dict, values.get(key)
                if section is None and type(None) in get_args(annotation):
                    continue  # a section that a stack need not have
                for thing in _things(spec.link, section, several=several):
                    own = cast("dict[str, object]", section).get(thing) if several and isinstance(section, dict) else section
                    yield spec, thing, cast("dict[str, object]", own) if isinstance(own, dict) else {}


def _things(kind: LinkKind, section: object, *, several: bool) -> list[str]:
    if not several and not kind.named_in:
        return [""]  # the only one of the stack
    if kind.named_in:
        section = cast("dict[str, object]", section).get(kind.named_in) if isinstance(section, dict) else None
    return [str(thing) for thing in cast("list[object]", section)] if isinstance(section, list | dict) else []
