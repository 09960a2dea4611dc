"""Which environment a stack is of: its tag, account and name must agree, or one wrong word would drop prod's guards."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, get_args

from components.base.problems import Line
from components.base.spec import Environment
from settings import layers
from settings.files import FileProblemError, read

ENVIRONMENTS: Final[tuple[str, ...]] = get_args(Environment)


@dataclass(frozen=True, kw_only=True)
class Belonging:
    """What tells a stack's environment.

    Attributes:
        tag: The tag Environment.
        account: The account id.
        stack: The stack's name.
        accounts: Environment -> the account that its defaults are for.
    """

    tag: str | None
    account: str | None
    stack: str
    accounts: dict[str, str]

    @property
    def by_account(self) -> str | None:
        """The environment whose account this is."""
        named = [name for name, account in self.accounts.items() if account == self.account]
        # Where two environments claim it, one of them has a wrong boundary, which its own stacks tell.
        return next((name for name in (self.tag, self.by_name) if name in named), next(iter(named), None))

    @property
    def by_name(self) -> str | None:
        """The environment that the stack's name begins with, e.g. prod for prod-recovery."""
        first = self.stack.partition("-")[0]
        return first if first in ENVIRONMENTS else None

    @property
    def environment(self) -> str:
        """What most of the three say; the tag where each says another, or the smallest where none says any."""
        told = [name for name in (self.tag, self.by_account, self.by_name) if name in ENVIRONMENTS]
        return Counter(told).most_common(1)[0][0] if told else "dev"

    @property
    def account_id(self) -> str | None:
        """The account to judge others by: not one that is wrong itself."""
        wrong = self.by_account not in (None, self.environment)
        return self.accounts.get(self.environment) if wrong else self.account

    def disagreements(self) -> Iterator[Line]:
        """A line for each of the three that contradicts the others."""
        environment = self.environment
        if self.tag in ENVIRONMENTS and self.tag != environment:
            because = f"account {self.account}" if self.by_account == environment else f"the stack's name, {self.stack},"
            yield Line(
                path=("aws:defaultTags", "tags", "Environment"),
                says=f"is {self.tag!r}",
                advice=f"expected {environment}: {because} is {environment}'s",
            )
        if self.by_account not in (None, environment):
            own = self.accounts.get(environment, f"an account of {environment}'s")
            file = layers.DEFAULTS / f"{self.by_account}.yaml"
            yield Line(
                path=("aws:allowedAccountIds", 0),
                says=f"is {self.account!r}",
                advice=f"expected {own}, not the account of {self.by_account} ({file})",
            )

    def name_problem(self) -> str | None:
        """What is wrong with the stack's name, if it alone says another environment."""
        if self.by_name in (None, self.environment):
            return None
        told = self.environment
        return f"begins with {self.by_name}, but its tag and its account are {told}'s; expected a name of {told}"


def accounts() -> dict[str, str]:
    """Environment -> the account that its defaults are for, which their permissions boundary names."""
    found: dict[str, str] = {}
    for name in ENVIRONMENTS:
        file = layers.ROOT / layers.DEFAULTS / f"{name}.yaml"
        try:
            arn = str(read(file).get(f"{layers.NAMESPACE}permissionsBoundary")) if file.is_file() else ""
        except FileProblemError:  # which is told with the defaults
            arn = ""
        if owner := re.match(r"arn:aws:iam::([0-9]{12}):", arn):
            found[name] = owner[1]
    return found
