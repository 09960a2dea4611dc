"""A few random changes of the settings, the same ones each time; `make fuzz` tries many (see `fuzz.py`)."""

import subprocess
import sys
from collections.abc import Sequence

import pytest

from tests.settings import fuzz
from tests.settings.stack_files import ROOT


def test_broken_settings_end_in_a_named_error_or_a_right_stack() -> None:
    seen = fuzz.run(150, seed=1, compose=False)
    assert seen["named"] > seen["right"] > 0


def test_what_is_accepted_can_be_declared() -> None:
    assert fuzz.run(20, seed=2, compose=True)["right"]


def test_a_seed_makes_the_same_examples_in_any_process() -> None:
    program = "from tests.settings import fuzz; print([fuzz.example(1, number) for number in range(150)])"
    alone = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert alone.stdout.rstrip("\n") == str([fuzz.example(1, number) for number in range(150)])


def test_a_fault_of_each_kind_is_told_once_with_the_changes_that_cause_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def outcome(_stack: str, made: Sequence[fuzz.Change], *, compose: bool) -> str:
        if any(change.how == "drop" for change in made):
            raise KeyError("x")
        return str(compose)

    monkeypatch.setattr(fuzz, "outcome", outcome)
    with pytest.raises(AssertionError, match=r"^example \d+ of seed 3: [a-z-]+ ends in KeyError: 'x'\n  \S+ \S+: drop 'None'$"):
        fuzz.run(50, seed=3, compose=False)
