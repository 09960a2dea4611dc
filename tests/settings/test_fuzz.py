"""A few random changes of the settings, the same ones each time; `make fuzz` tries many (see `fuzz.py`)."""

from tests.settings import fuzz


def test_broken_settings_end_in_a_named_error_or_a_right_stack() -> None:
    seen = fuzz.run(150, seed=1, compose=False)
    assert seen["named"] > seen["right"] > 0


def test_what_is_accepted_can_be_declared() -> None:
    assert fuzz.run(20, seed=2, compose=True)["right"]
