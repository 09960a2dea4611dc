"""What the page on costs says is what the program costs now."""

from docs.generate import costs


def test_the_sums_of_the_page_are_those_of_the_stacks() -> None:
    written = costs.FILE.read_text(encoding="utf-8")
    assert written == costs.page(written), "docs/cost.md is out of date: run `make docs`"


def test_a_sum_that_is_out_of_date_is_written_anew() -> None:
    written = costs.FILE.read_text(encoding="utf-8")
    changed = written.replace("awake all month", "awake for ever")
    assert changed != written
    assert costs.page(changed) == costs.page(written)
