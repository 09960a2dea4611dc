"""What tells people of a region's alarms."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pulumi

from components.base.severity import URGENCY
from components.operate.notifier import Notifier, NotifierArgs
from settings import PlatformSettings
from stacks.parts.functions import source_of
from stacks.parts.region import Ground, declare_alerts

RUNBOOKS: Final = Path(__file__).parents[2] / "docs" / "runbooks"
# What only looks, and is whole: nobody is handed what changes something by a message.
_COMMAND: Final = re.compile(
    r"`((?:dataconnect \w+ (?:show|list|readiness)|aws [a-z0-9]+ (?:describe|get|list|head|tail)\b)[^`…]*)`"
)
# A message knows whose alarm it is, and fills this in: an environment on demand has no notifier of its own.
_STACK: Final = re.compile(r"(?<=--stack )(?:prod|dev)\b|<stack>")


def declare_notifier(settings: PlatformSettings, ground: Ground, *, buttons: bool = False) -> Notifier:
    """Declare the region's notifier, and the topic by which people hear that it fails; `buttons` need `declare_orders`."""
    direct = declare_alerts(settings, ground.here, "alerts-direct", ground.keys["alerts"], direct=True)
    return Notifier(
        "notifier",
        NotifierArgs(
            here=ground.here,
            direct=direct.target,
            spec=settings.alerts,
            environment=settings.environment,
            topic_arn=ground.alerts.topic_arn,
            keys={data_class: ground.keys[data_class] for data_class in ("alerts", "messages", "secrets", "tables")},
            source=source_of("functions.notify.handler"),
            commands=first_commands(),
            workloads=[*settings.services, *settings.functions],
            searched=bool(settings.logs and settings.logs.search),
            buttons=buttons,
        ),
    )


def outputs_of_alerts(notifier: Notifier) -> dict[str, pulumi.Input[Any]]:
    """What `dataconnect alerts` reads of a stack."""
    return {"alerts": {"table": notifier.table_name, "secret": notifier.secret_arn, "kinds": dict(URGENCY)}}


def first_commands() -> Mapping[str, str]:
    """Kind of alarm -> the first command of its runbook that only looks, with `STACK` for the stack; of those that have one."""
    pages = {f"{page.parent.name}-{page.stem}": page.read_text(encoding="utf-8") for page in sorted(RUNBOOKS.glob("*/*.md"))}
    found = {key: _COMMAND.search(text) for key, text in pages.items()}
    return {key: _STACK.sub("STACK", " ".join(command[1].split())) for key, command in found.items() if command}
