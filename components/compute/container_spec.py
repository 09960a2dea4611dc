"""How large a container on Fargate is, which image it runs, and what it uses."""

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, ValidationInfo, field_validator

from ..base.problems import Problem, checked, duplicates, fail_on
from ..base.spec import Spec, Whole, context
from ..base.uses import expected_instead, parse, policy_size
from ..messaging.queue_spec import QueueSpec
from . import compute_checks

CpuArchitecture = Literal["ARM64", "X86_64"]


class ContainerSpec(Spec):
    """A container on Fargate."""

    cpu: Annotated[Whole, checked(compute_checks.fargate_cpu)] = Field(
        description="CPU units of a task, 1024 = 1 vCPU; one that Fargate sells, 256 to 32768"
    )
    memory: Whole = Field(description="memory of a task, MiB; one that Fargate sells with the CPU")
    cpu_architecture: CpuArchitecture = Field(
        default="ARM64", description="what the image is built for, ARM64 or X86_64; ARM64 by default, a fifth cheaper"
    )

    @field_validator("memory")
    @classmethod
    def _known_pair(cls, memory: int, info: ValidationInfo) -> int:
        cpu = info.data.get("cpu")
        if cpu and (expected := compute_checks.fargate_memory(cpu, memory)):
            fail_on([Problem(value=memory, expected=expected)])
        return memory


def _offered_and_once(uses: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
    links = context(info).links
    fail_on(
        Problem(value=text, expected=expected, path=(index,))
        for index, text in enumerate(uses)
        if (expected := expected_instead(text, links) if links else _form(text))
    )
    fail_on([*duplicates(uses, what="a use"), *_overlapping(uses)])
    if expected := policy_size(uses):
        fail_on([Problem(value=f"{len(uses)} uses", expected=expected)])
    return uses


def _form(text: str) -> str | None:
    """What is checked where nobody knows which links there are."""
    return None if parse(text) else "the name of a link, e.g. database:read, table/sessions:read+write, lake/raw/in/:read"


def _overlapping(uses: tuple[str, ...]) -> Iterator[Problem]:
    """Verbs that are listed for the same thing before, in other words than these."""
    taken: set[tuple[str, str]] = set()
    for text in dict.fromkeys(uses):
        use = parse(text)
        if use is None:  # which was refused already
            continue
        thing = "/".join(filter(None, (use.name, use.path)))
        for verb in use.verbs:
            if (thing, verb) in taken:
                expected = f"{verb} of {thing} not listed before"
                yield Problem(value=text, expected=expected, path=(uses.index(text),))
            taken.add((thing, verb))


Repository = Annotated[str, checked(compute_checks.ecr_repository)]
Digest = Annotated[str, checked(compute_checks.digest)]
Uses = Annotated[tuple[str, ...], AfterValidator(_offered_and_once)]


def besides_queue(uses: tuple[str, ...], queue: str | None) -> tuple[str, ...]:
    """`uses`, which do not consume the queue that the workload is named to work off: it does so by that."""
    own = QueueSpec.link.link(queue or "")
    fail_on(
        Problem(value=text, expected=f"no consume of {own}: what queue names, it consumes by that", path=(index,))
        for index, text in enumerate(uses)
        if (use := parse(text)) and use.name == own and "consume" in use.verbs
    )
    return uses
