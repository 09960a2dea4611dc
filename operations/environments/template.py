"""From a template and what an environment is, to its stack file."""

import copy
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast

import yaml

from operations.environments.items import Environment
from operations.environments.outputs import Dev
from operations.errors import Code, OperationError
from operations.pulumi_outputs import ROOT

TEMPLATES: Final = ROOT / "environments"
STACK_TAG: Final = "Stack"
"""The tag by which what is left of an environment is found."""
_TAGS: Final = ("aws:defaultTags", "tags")
_ACCOUNTS: Final = "aws:allowedAccountIds"


@dataclass(frozen=True, kw_only=True)
class Template:
    """A template: a stack file without what is of one environment.

    Attributes:
        name: Its name.
        content: What it says.
    """

    name: str
    content: Mapping[str, Any]

    @property
    def secrets_provider(self) -> str:
        """What encrypts the secrets of its state; empty where it says nothing."""
        return str(self.content.get("secretsprovider") or "")

    @property
    def nat_zones(self) -> tuple[str, ...]:
        """The zones with a NAT gateway of an environment's; each takes an Elastic IP address."""
        network = cast("Mapping[str, Any]", self.content["config"].get("dataconnect:network") or {})
        zones = tuple(str(each) for each in network.get("zones") or ())
        return {"none": (), "per-zone": zones}.get(str(network.get("nat", "single")), zones[:1])


def load_template(name: str, dev: Dev, folder: Path = TEMPLATES, root: Path = ROOT) -> Template:
    """The template called `name`, of dev's account.

    Raises:
        OperationError: when there is none, it is no stack file, or it would touch production or another account.
    """
    known = sorted(file.stem for file in folder.glob("*.yaml"))
    if name not in known:
        raise OperationError(f"--template is {name!r}; expected one of {', '.join(known) or 'environments/*.yaml'}", Code.USAGE)
    file = folder / f"{name}.yaml"
    template = Template(name=name, content=_read(file))
    refuse_production(template, dev, file.name, root)
    return template


def refuse_production(template: Template, dev: Dev, file: str, root: Path = ROOT) -> None:
    """See that a template, and the stack beside which it is brought up, are of dev's account and of no production.

    Raises:
        OperationError: when one of them is; the message names it.
    """
    config = cast("Mapping[str, Any]", template.content["config"])
    accounts = [str(each) for each in config.get(_ACCOUNTS) or ()]
    if of_production(config):
        raise OperationError(f"{file}: the tag Environment is prod; environments on demand never touch production", Code.USAGE)
    if named := str(cast("Mapping[str, Any]", config.get("dataconnect:environment") or {}).get("of") or ""):
        _refuse_stack(named, f"{file}: dataconnect:environment.of", root)
    _refuse_stack(dev.name, "--stack", root)
    if dev.account in (theirs := production(root)):
        raise OperationError(
            f"account {dev.account} of {dev.name} is that of {theirs[dev.account]}, which is production; environments on demand"
            " never touch it",
            Code.USAGE,
        )
    if accounts != [dev.account]:
        told = f"{file}: {_ACCOUNTS} is {accounts}; expected [{dev.account!r}], the account of {dev.name}"
        whose = [production(root)[each] for each in accounts if each in production(root)]
        raise OperationError(f"{told}{f': this is that of {whose[0]}, which is production' if whose else ''}", Code.USAGE)


def of_production(config: Mapping[str, Any]) -> bool:
    """Whether settings are of the environment prod."""
    tags = cast("Mapping[str, Any]", config.get(_TAGS[0]) or {}).get(_TAGS[1])
    return bool(tags) and str(cast("Mapping[str, Any]", tags).get("Environment", "")).lower().startswith("prod")


def production(root: Path = ROOT) -> dict[str, str]:
    """Accounts of production -> a stack that is in each."""
    found: dict[str, str] = {}
    for file in sorted(root.glob("Pulumi.*.yaml")):
        config = cast("Mapping[str, Any]", _read(file)["config"])
        if of_production(config):
            for account in config.get(_ACCOUNTS) or ():
                found.setdefault(str(account), file.name.split(".")[1])
    return found


def _refuse_stack(stack: str, where: str, root: Path) -> None:
    file = root / f"Pulumi.{stack}.yaml"
    if file.is_file() and of_production(_read(file)["config"]):
        raise OperationError(f"{where} is {stack}, which is production; expected a stack of dev's account", Code.USAGE)


def render(template: Template, dev: Dev, wanted: Environment, secrets_provider: str = "") -> str:
    """The text of the stack file: the template with what is of this environment alone.

    `secrets_provider`: in place of the template's.
    """
    content = copy.deepcopy(dict(template.content))
    if secrets_provider:
        content["secretsprovider"] = secrets_provider
    config = content["config"]
    _put(config, ("dataconnect:network", "cidr"), wanted.range)
    _put(config, ("dataconnect:ingress", "domain"), f"{wanted.name}.{dev.zone}")
    _put(config, ("dataconnect:environment",), {"of": wanted.of, "data": wanted.data})
    _put(config, (*_TAGS, "Owner"), wanted.email)
    _put(config, (*_TAGS, STACK_TAG), wanted.stack)
    heading = f"# Of `dataconnect environment`: the template {template.name} for {wanted.name}. It is written anew each time.\n"
    return heading + yaml.safe_dump(content, sort_keys=False)


def _put(config: dict[str, Any], path: tuple[str, ...], value: Any) -> None:
    for key in path[:-1]:
        config = config.setdefault(key, {})
    config[path[-1]] = value


def _read(file: Path) -> dict[str, Any]:
    """The content of a stack file.

    Raises:
        OperationError: when it is none.
    """
    try:
        found = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, yaml.YAMLError) as error:
        # Not in YAML's words, which show the line: it may hold a secret.
        raise OperationError(f"{file.name} cannot be read as a stack file ({type(error).__name__})", Code.USAGE) from None
    if not isinstance(found, dict) or not isinstance(found.get("config"), dict):
        raise OperationError(f"{file.name} is no stack file; expected settings below config:", Code.USAGE)
    return found


EMAIL: Final = re.compile(r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
