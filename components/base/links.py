"""Links: how a workload is handed a thing, with just the permissions, variables, secrets and the opening that its use takes."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

import pulumi

from .errors import ComponentError
from .statements import Statement, distinct
from .uses import LinkKind, expected_instead, parse

if TYPE_CHECKING:
    from ..network.security_group import SecurityGroup

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Opening:
    """A port that a workload may reach.

    Attributes:
        security_group: Of the thing that listens.
        port: TCP port.
        what: What the rules that open it say; `{workload}` stands for who connects, e.g. `PostgreSQL for {workload}`.
    """

    security_group: "SecurityGroup"
    port: int
    what: str

    def described_for(self, workload: str) -> str:
        """The description of the rules that let `workload` in."""
        return self.what.replace("{workload}", workload)


@dataclass(frozen=True, kw_only=True)
class Link:
    """What a workload gets for one use.

    Attributes:
        statements: What its code may do.
        tenant_statements: What it may do to the data of one tenant at a time, in a role of its own (`tenants.TenantRole`).
        environment: Plain variables.
        secrets: Variable -> ARN of a secret, read when the workload starts.
        start_statements: What reading those takes.
        openings: What it may connect to.
        needs: What must exist before the workload can start.
    """

    statements: tuple[Statement, ...] = ()
    tenant_statements: tuple[Statement, ...] = ()
    environment: Mapping[str, pulumi.Input[str]] = field(default_factory=dict[str, pulumi.Input[str]])
    secrets: Mapping[str, pulumi.Input[str]] = field(default_factory=dict[str, pulumi.Input[str]])
    start_statements: tuple[Statement, ...] = ()
    openings: tuple[Opening, ...] = ()
    needs: tuple[pulumi.Resource, ...] = ()


Offer = Callable[[str, str, str], Link]
"""Verb, path and workload -> what that use takes. The verb is empty where the thing is used in one way only, the path for all
of it; the workload is the name of who uses it, for what knows its users apart."""


class Links:
    """The things of a stack that workloads may use, by name.

    `always` is what every workload gets besides, e.g. the endpoints of AWS's services.

    Attributes:
        for_tenants: What every workload gets that touches tenants' data, besides; nothing by default.
    """

    def __init__(self, *, always: Link | None = None) -> None:
        self._offers: dict[str, tuple[LinkKind, Offer]] = {}
        self._always = [always] if always else []
        self.for_tenants = Link()

    def offer(self, kind: LinkKind, offer: Offer, thing: str = "") -> None:
        """Offer a thing as its kind names it: `TableSpec.link` and `sessions` are `table/sessions`.

        Raises:
            ComponentError: when the name is taken.
        """
        name = kind.link(thing)
        if name in self._offers:
            raise ComponentError(f"link {name} is offered twice; expected a name of its own")
        self._offers[name] = (kind, offer)

    def of(self, uses: Iterable[str], *, workload: str) -> Link:
        """All that `uses` of the workload called so take together.

        Raises:
            ComponentError: on a use of something that nobody offers, or by another verb (the message lists what there is), and
                on two things that tell different values by one variable.
        """
        known = {name: kind for name, (kind, _) in self._offers.items()}
        taken: list[Link] = [*self._always]
        for text in uses:
            if expected := expected_instead(text, known):
                raise ComponentError(f"uses has {text!r}; expected {expected}")
            use = parse(text)
            if use is not None:
                taken += [self._offers[use.name][1](verb, use.path, workload) for verb in use.verbs or ("",)]
        if any(link.tenant_statements for link in taken):
            taken.append(self.for_tenants)
        return Link(
            statements=distinct(_each(link.statements for link in taken)),
            tenant_statements=distinct(_each(link.tenant_statements for link in taken)),
            environment=_one_value_each(link.environment for link in taken),
            secrets=_one_value_each(link.secrets for link in taken),
            start_statements=distinct(_each(link.start_statements for link in taken)),
            openings=tuple(dict.fromkeys(_each(link.openings for link in taken))),
            needs=tuple(dict.fromkeys(_each(link.needs for link in taken))),
        )


def _one_value_each(parts: Iterable[Mapping[str, pulumi.Input[str]]]) -> dict[str, pulumi.Input[str]]:
    told: dict[str, pulumi.Input[str]] = {}
    for part in parts:
        for name, value in part.items():
            before = told.setdefault(name, value)
            if before is not value and before != value:
                raise ComponentError(f"variable {name} would tell two things; rename one of what is used")
    return told


def _each(parts: Iterable[Iterable[T]]) -> list[T]:
    return [item for part in parts for item in part]


def variable(*words: str) -> str:
    """The name of a variable: `variable("user-logins", "table")` is `USER_LOGINS_TABLE`."""
    return "_".join(word.upper().replace("-", "_") for word in words)
