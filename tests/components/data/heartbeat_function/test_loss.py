from components.data.heartbeat_function.loss import at_most, known


def test_what_is_not_known_is_not_zero() -> None:
    assert known(None, 5) is None
    assert known(5, None) is None
    assert at_most(100.0, None) is None


def test_loss_is_what_was_acknowledged_over_there_and_is_not_here() -> None:
    assert known(105, 100) == 5
    # The table may be behind the database.
    assert known(99, 100) == 0


def test_a_number_from_the_future_says_nothing_about_the_time() -> None:
    assert at_most(100.9, 95) == 5
    assert at_most(100.0, 102) == 0
    assert at_most(100.0, 103) is None
