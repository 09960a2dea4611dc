"""The only reader of a stack's configuration: typed, complete, immutable, checked before any resource exists."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any, cast

import pulumi
from pulumi.runtime import config as runtime_config
from pydantic import ValidationError

from components.base import checks
from components.base.problems import Line, Path, keys, lines
from components.base.spec import StackContext
from settings import account, layers, on_demand
from settings.credentials import credentials
from settings.environments import Belonging, accounts
from settings.files import AsWritten, FileProblemError, odd_values, read_stack
from settings.foreign import foreign
from settings.links import called, links_in, reached_by
from settings.misspelt import as_meant, misspelt, says
from settings.neighbours import conflicts
from settings.partners import disagreements, networks
from settings.provider import provider_problems
from settings.roles import (
    ROLES,
    AccountSettings,
    PlatformSettings,
    PrimarySettings,
    RecoverySettings,
    ReplicationSettings,
    Settings,
)
from settings.stack import StackSettings
from settings.unread import unlisted, unread

__all__ = [
    "AccountSettings",
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


class SettingsError(pulumi.RunError):
    """Everything that is wrong with a stack's configuration, one problem per line."""


def load() -> Settings:
    """Read and check the configuration of the stack being run.

    The engine has read the stack's file before, but not always as it is written (`010000` is 4096 to it): what the file in the
    project says is compared.

    Raises:
        SettingsError: Something is wrong; the message lists everything that is.
    """
    stack = pulumi.get_stack()
    values = {**runtime_config.get_config_env(), **runtime_config.CONFIG.get()}
    secrets = {*runtime_config.get_config_secret_keys_env(), *filter(runtime_config.is_config_secret, values)}
    raw = {key: _decoded(value) for key, value in values.items()}
    file = layers.ROOT / f"Pulumi.{stack}.yaml"
    if file.is_file():
        try:
            for path, written in odd_values(read_stack(file)):
                _put(raw, path, written)
        except FileProblemError as problem:
            raise SettingsError(f"{file.name}: {problem}") from None
    elif lost := [*unread()]:  # the stack's own, most likely, without which all the rest is missing
        raise SettingsError("\n".join(lost))
    return parse(raw, stack=stack, secrets=frozenset(secrets))


def parse(
    raw: Mapping[str, object],
    *,
    stack: str,
    secrets: frozenset[str] = frozenset(),
    others: Mapping[str, Mapping[str, object]] | None = None,
) -> Settings:
    """Check a stack's configuration, laid over the defaults of its environment and the files of its services.

    Args:
        raw: What stands under `config:` in the stack's file, keys with their namespace.
        stack: Name of the stack, for messages.
        secrets: The keys of `raw` that hold a secret.
        others: The same of the other stacks; by default what their files in the project say.

    Raises:
        SettingsError: Something is wrong; the message lists everything that is.
    """
    role = raw.get("dataconnect:role")
    model = ROLES.get(role) if isinstance(role, str) else None
    belonging = _belonging({key: value for key, value in raw.items() if key not in secrets}, stack, accounts())
    layered = _layered(raw, stack, model, belonging)
    merged = {**raw, **layered.values}

    def encrypted(path: Path) -> bool:
        return path[0] in secrets and layered.origin(path).file == layered.stack_file

    found = [*credentials(merged, encrypted), *_plain_webhooks(layered)]
    if model is None:
        advice = f"expected one of {', '.join(ROLES)}"
        shown = "is missing" if role is None else "is [hidden]" if "dataconnect:role" in secrets else f"is {role!r}"
        found.append(Line(path=("dataconnect:role",), says=shown, advice=advice))
    hidden = {line.path for line in found}
    found += (line for line in foreign(raw) if line.path not in hidden)
    found += belonging.disagreements()
    found += (
        Line(
            path=path, says="is [hidden]" if path[0] in secrets else f"is written {value}", advice=f"expected {value.expected}"
        )
        for path, value in odd_values(layered.values)
    )
    hidden = {line.path for line in found}
    meant = [*misspelt(merged, model or StackSettings), *layered.misspelt]
    settings: StackSettings | None = None
    try:
        # What is secret is nobody's neighbour: it would show in what other lines expect.
        known = {key: value for key, value in as_meant(merged, meant).items() if key not in secrets}
        context = _context(model or StackSettings, known, secrets, belonging)
        settings = (model or StackSettings).model_validate(layered.values, context=context, by_alias=True, by_name=False)
    except ValidationError as error:
        roles = {key: _roles_with(key) for other in ROLES.values() for key in keys(other)}
        unusable = {*(line.path for line in layered.problems), *layered.broken}
        found += (
            line
            for line in lines(error, model or StackSettings, secrets, roles)
            # A service without a file that can be used lacks everything: that is one problem. So is a misspelt key.
            if line.path not in hidden
            and not any(line.path[:-1][: len(path)] == path for path in unusable)
            and not (line.says == "is missing" and says(meant, line.path))
        )
    found += layered.problems
    told = [*unread(), *map(layered.told, found), *layered.files]
    if (file := layers.ROOT / layered.stack_file).is_file():
        told += provider_problems(file, belonging.environment)
    expected = _name_problem(stack, belonging)
    if settings is not None and not told and not expected:
        told += _disagreements(belonging, layered, others)
    if expected:
        told.insert(0, f"Pulumi.{stack}.yaml: {expected}")
    if told or settings is None:
        raise SettingsError("\n".join(told))
    return cast("Settings", settings)


def _layered(raw: Mapping[str, object], stack: str, model: type[StackSettings] | None, belonging: Belonging) -> layers.Layers:
    known = keys(StackSettings)
    ours = {key: value for key, value in raw.items() if key in known or (model and key.startswith(layers.NAMESPACE))}
    return layers.layered(
        ours,
        stack=stack,
        model=model or StackSettings,
        roles=tuple(ROLES.values()),
        environment=belonging.environment,
        recovery=raw.get("dataconnect:role") == "recovery",
    )


def _belonging(raw: Mapping[str, object], stack: str, known: dict[str, str]) -> Belonging:
    account = _text(raw, "aws:allowedAccountIds", 0)
    return Belonging(tag=_text(raw, "aws:defaultTags", "tags", "Environment"), account=account, stack=stack, accounts=known)


def _disagreements(own_place: Belonging, own: layers.Layers, others: Mapping[str, Mapping[str, object]] | None) -> list[str]:
    """What contradicts the files of other stacks, a line each: of those that this one names, and of all."""
    broken: list[str] = []

    @cache
    def file_of(name: str) -> Mapping[str, Any] | None:
        file = layers.ROOT / f"Pulumi.{name}.yaml"
        try:
            raw = read_stack(file) if others is None and file.is_file() else (others or {}).get(name)
        except FileProblemError as problem:
            broken.append(f"{file.name}: {problem}")
            return None
        if raw is None:
            return None
        return merged(raw, name)

    def merged(raw: Mapping[str, object], name: str) -> Mapping[str, Any]:
        model = ROLES.get(str(raw.get("dataconnect:role")))
        return _layered(raw, name, model, _belonging(raw, name, own_place.accounts)).values

    found = [f"{own.stack_file}: {line}" for line in disagreements(own_place.stack, own.values, file_of)]
    if beside := on_demand.of(own.values):
        found += (f"{own.stack_file}: {line}" for line in on_demand.beside(own.values, file_of(beside)))
    # What is wrong with the file of a stack that this one does not name is told where that one is run.
    told = [*broken]
    names = [file.name.split(".")[1] for file in sorted(layers.ROOT.glob("Pulumi.*.yaml"))] if others is None else [*others]
    known = {name: values for name in names if name != own_place.stack and (values := file_of(name)) is not None}
    found += (f"{own.stack_file}: {line}" for line in conflicts(own_place.stack, own.values, known))
    found += (f"{own.stack_file}: {line}" for line in account.disagreements(own.values, known))
    found += networks(own.values, own.stack_file, {f"Pulumi.{name}.yaml": values for name, values in sorted(known.items())})
    if others is None and not broken and (layers.ROOT / own.stack_file).is_file():
        found += unlisted(
            {name for values in (own.values, *known.values()) for name in values.get("dataconnect:services") or ()}
        )
    return [*told, *found]


def _name_problem(stack: str, belonging: Belonging) -> str | None:
    if not re.fullmatch(layers.STACK_NAME, stack):
        return f"the stack's name is {stack!r}; expected {layers.STACK_NAMES}: its database is named after it"
    return f"the stack's name {problem}" if (problem := belonging.name_problem()) else None


def _plain_webhooks(layered: layers.Layers) -> Iterator[Line]:
    """A line for a webhook in a file that cannot hold secrets: only a stack's own can."""
    path = ("dataconnect:alerts", "webhook")
    section = layered.values.get(path[0])
    if isinstance(section, dict) and "webhook" in section and layered.origin(path).file != layered.stack_file:
        advice = (
            f"expected it in {layered.stack_file}, as a secret: `pulumi config set --secret --path dataconnect:alerts.webhook`"
        )
        yield Line(path=path, says="is [hidden]", advice=advice)


def _put(raw: dict[str, object], path: Path, value: object) -> None:
    """Put `value` where `path` leads in `raw`, if something is there."""
    at: Any = raw
    for part in path[:-1]:
        at = at[part] if _holds(at, part) else None
    if _holds(at, path[-1]):
        at[path[-1]] = value


def _holds(value: object, part: str | int) -> bool:
    if isinstance(value, list):
        return isinstance(part, int) and part < len(cast("list[object]", value))
    return isinstance(value, dict) and part in value


def _context(
    model: type[StackSettings], values: Mapping[str, object], secrets: frozenset[str], belonging: Belonging
) -> StackContext:
    """What checks may know of the rest of the configuration: a wrong value never hides a second one, nor makes one."""

    def right(check: Callable[[str], str | None], *path: str) -> str | None:
        """What is itself wrong is told as that, and nothing is measured by it."""
        text = _text(values, *path)
        return text if text is not None and check(text) is None else None

    return StackContext(
        stack=belonging.stack,
        secrets=secrets,
        region=right(checks.region, "aws:region"),
        account_id=belonging.account_id,
        environment=belonging.environment,
        zone=right(checks.domain_name, "dataconnect:dns", "zone"),
        domain=right(checks.domain_name, "dataconnect:ingress", "domain"),
        fails_over=values.get("dataconnect:recoveryRegion") is not None or values.get("dataconnect:role") == "recovery",
        master=_text(values, "dataconnect:database", "username"),
        services=_sections(values.get("dataconnect:services")),
        jobs=_sections(values.get("dataconnect:jobs")),
        functions=_sections(values.get("dataconnect:functions")),
        fleets=_sections(values.get("dataconnect:fleets")),
        batch=_sections({"batch": values.get("dataconnect:batch")})["batch"],
        links=dict(links_in(model, values)),
        reached_by=dict(reached_by(model, values)),
        called=called(model, values),
    )


def _sections(value: object) -> dict[str, Mapping[str, object]]:
    """What is said of each workload by name; of one that is none, nothing."""
    found = cast("dict[str, object]", value) if isinstance(value, dict) else {}
    return {name: cast("dict[str, object]", each) if isinstance(each, dict) else {} for name, each in found.items()}


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
    return str(value) if isinstance(value, str | int) and not isinstance(value, AsWritten) else None


def _decoded(value: object) -> object:
    # the engine hands over objects and lists as JSON, everything else as text
    if isinstance(value, str) and value.startswith(("{", "[")):
        try:
            return json.loads(value, parse_constant=str)
        except (ValueError, RecursionError):
            return value
    return value
