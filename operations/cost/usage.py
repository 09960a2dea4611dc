"""How much a stack is used: `usage.toml`, a profile for each kind of stack, three estimates for each number."""

import tomllib
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from operations.cost.amounts import Amount
from operations.cost.prices import HERE
from operations.errors import Code, OperationError

NAMES: Final = ("low", "typical", "high")


class Usage:
    """The numbers of one profile."""

    def __init__(self, profile: str, numbers: Mapping[str, Amount]) -> None:
        self.profile = profile
        self._numbers = numbers

    def __getitem__(self, name: str) -> Amount:
        """The number called so.

        Raises:
            KeyError: when there is none: a mistake of whoever prices, not of whoever asks.
        """
        return self._numbers[name]


def load(profile: str, file: Path = HERE / "usage.toml", *, exactly: bool = True) -> Usage:
    """A profile; what it does not say is as in `common`.

    Without `exactly` it is the profile that a stack called so has: `dev-x` is used as `dev` is.

    Raises:
        OperationError: when there is no such profile, or an estimate in it is none.
    """
    told: dict[str, Any] = tomllib.loads(file.read_text(encoding="utf-8"))
    units, common, profiles = told.pop("units"), told.pop("common"), told
    if not exactly:
        profile = max((each for each in profiles if profile.startswith(f"{each}-")), key=len, default=profile)
    if profile not in profiles:
        known = f"expected one of {', '.join(profiles)}"
        if exactly:
            raise OperationError(f"--profile is {profile!r}; {known} ({file.name})", Code.USAGE)
        hint = f"for a stack of another name say with --profile how it is used ({file.name})"
        raise OperationError(f"there is no stack or profile {profile!r}; {known}; {hint}", Code.USAGE)
    found = {**common, **profiles[profile]}
    wrong = next((name for name in found if name not in units), None) or next((n for n in units if n not in found), None)
    if wrong:
        raise OperationError(f"{file.name}: {wrong} has no unit, or profile {profile} no number of it", Code.USAGE)
    numbers = {name: _amount(f"{file.name}: {profile}.{name}", value) for name, value in found.items()}
    return Usage(profile, numbers)


def _amount(where: str, value: object) -> Amount:
    listed = value if isinstance(value, list) else [value] * 3
    numbers = [each for each in listed if isinstance(each, int | float) and not isinstance(each, bool)]
    if len(numbers) != len(NAMES) or sorted(numbers) != numbers or numbers[0] < 0:
        raise OperationError(f"{where} is {value!r}; expected [low, typical, high], none below the one before", Code.USAGE)
    return Amount(*(Decimal(str(each)) for each in numbers))
