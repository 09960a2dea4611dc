"""The only reader of a stack's configuration: typed, complete, immutable, checked before any resource exists."""

import difflib
import json
import re
from collections.abc import Iterator, Mapping
from typing import Final, cast, get_args

import pulumi
from pulumi.runtime import config as runtime_config
from pydantic import ValidationError

from components.base.problems import Line, keys, lines
from components.base.spec import Environment, StackContext
from settings.credentials import credentials
from settings.layers import PROJECT, layered
from settings.links import links_in
from settings.roles import (
    ROLES,
    PlatformSettings,
    PrimarySettings,
    RecoverySettings,
    ReplicationSettings,
    Settings,
    StackSettings,
)

__all__ = [
    "PlatformSettings",
    "PrimarySettings",
    "RecoverySettings",
    "ReplicationSettings",
    "Settings",
    "SettingsError",
    "StackSettings",
    "load",
    "parse",
]


# RDS allows 63 characters for `dataconnect-<stack>-<generation>`, and no two hyphens in a row.
STACK_NAME: Final = r"(?=.{1,40}$)[a-z][a-z0-9]*(-[a-z0-9]+)*"


class SettingsError(pulumi.RunError):
    """Everything that is wrong with a stack's configuration, one problem per line."""


def load() -> Settings:
    """Read and check the configuration of the stack being run.

    Raises:
        SettingsError: Something is wrong; the message lists everything that is.
    """
    values = {**runtime_config.get_config_env(), **runtime_config.CONFIG.get()}
    secrets = {*runtime_config.get_config_secret_keys_env(), *filter(runtime_config.is_config_secret, values)}
    return parse({key: _decoded(value) for key, value in values.items()}, stack=pulumi.get_stack(), secrets=frozenset(secrets))


def parse(raw: Mapping[str, object], *, stack: str, secrets: frozenset[str] = frozenset()) -> Settings:
    """Check a stack's configuration, laid over the defaults of its environment and the files of its services.

    Args:
        raw: What stands under `config:` in the stack's file, keys with their namespace.
        stack: Name of the stack, for messages.
        secrets: The keys of `raw` that hold a secret.

    Raises:
        SettingsError: Something is wrong; the message lists everything that is.
    """
    role = raw.get("dataconnect:role")
    model = ROLES.get(role) if isinstance(role, str) else None
    known = keys(StackSettings)
    ours = {key: value for key, value in raw.items() if key in known or (model and key.startswith("dataconnect:"))}
    environment = _text(raw, "aws:defaultTags", "tags", "Environment")
    layers = layered(
        ours,
        stack=stack,
        model=model or StackSettings,
        roles=tuple(ROLES.values()),
        # A wrong one is told; with the smallest environment's defaults it is told alone.
        environment=environment if environment and environment in get_args(Environment) else "dev",
        recovery=role == "recovery",
    )
    merged = {**raw, **layers.values}
    found = [*credentials(merged, secrets)]
    hidden = {line.path for line in found}
    if model is None:
        advice = f"expected one of {', '.join(ROLES)}"
        shown = "is missing" if role is None else "is [hidden]" if "dataconnect:role" in secrets else f"is {role!r}"
        found.append(Line(path=("dataconnect:role",), says=shown, advice=advice))
    found += _foreign(raw)
    try:
        # What is secret is nobody's neighbour: it would show in what other lines expect.
        context = _context(model or StackSettings, {key: value for key, value in merged.items() if key not in secrets}, secrets)
        settings = (model or StackSettings).model_validate(layers.values, context=context, by_alias=True, by_name=False)
    except ValidationError as error:
        settings = None
        others = {key: _roles_with(key) for other in ROLES.values() for key in keys(other)}
        unusable = {*(line.path for line in layers.problems), *layers.broken}
        found += (
            line
            for line in lines(error, model or StackSettings, secrets, others)
            # A service without a file that can be used lacks everything: that is one problem.
            if line.path not in hidden and not any(line.path[:-1][: len(path)] == path for path in unusable)
        )
    found += layers.problems
    told = [*map(layers.told, found), *layers.files]
    if not re.fullmatch(STACK_NAME, stack):
        expected = "up to 40 lower-case letters, digits and single hyphens, a letter first: its database is named after it"
        told.insert(0, f"Pulumi.{stack}.yaml: the stack's name is {stack!r}; expected {expected}")
    if told or settings is None:
        raise SettingsError("\n".join(told))
    return cast("Settings", settings)


def _foreign(raw: Mapping[str, object]) -> Iterator[Line]:
    """A line for each key whose namespace is nearly this project's: nobody would read it."""
    for key in raw:
        namespace = key.partition(":")[0]
        if namespace != PROJECT and difflib.get_close_matches(namespace.lower(), [PROJECT], n=1, cutoff=0.8):
            advice = f"did you mean {PROJECT}:{key.partition(':')[2]}?"
            yield Line(path=(key,), says="is an unknown key", advice=advice)


def _context(model: type[StackSettings], values: Mapping[str, object], secrets: frozenset[str]) -> StackContext:
    """What checks may know of the rest of the configuration, taken as it stands: a wrong value never hides a second one."""
    services = values.get("dataconnect:services")
    return StackContext(
        secrets=secrets,
        region=_text(values, "aws:region"),
        account_id=_text(values, "aws:allowedAccountIds", 0),
        environment=_text(values, "aws:defaultTags", "tags", "Environment"),
        zone=_text(values, "dataconnect:dns", "zone"),
        domain=_text(values, "dataconnect:ingress", "domain"),
        fails_over="dataconnect:recoveryRegion" in values or values.get("dataconnect:role") == "recovery",
        master=_text(values, "dataconnect:database", "username"),
        services={
            name: cast("dict[str, object]", service)
            for name, service in (cast("dict[str, object]", services) if isinstance(services, dict) else {}).items()
            if isinstance(service, dict)
        },
        links=dict(links_in(model, values)),
    )


def _roles_with(key: str) -> str:
    return " or ".join(name for name, model in ROLES.items() if key in keys(model))


def _text(value: object, *path: str | int) -> str | None:
    for part in path:
        if isinstance(value, dict) and part in value:
            value = cast("dict[object, object]", value)[part]
        elif isinstance(value, list) and isinstance(part, int) and part < len(cast("list[object]", value)):
            value = cast("list[object]", value)[part]
        else:
            return None
    return str(value) if isinstance(value, str | int) else None


def _decoded(value: object) -> object:
    # the engine hands over objects and lists as JSON, everything else as text
    if isinstance(value, str) and value.startswith(("{", "[")):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value
