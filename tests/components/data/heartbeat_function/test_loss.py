from components.data.heartbeat_function.loss import known


def test_what_is_not_known_is_not_zero() -> None:
    assert known(None, 5) is None
    assert known(5, None) is None


def test_loss_is_what_was_acknowledged_over_there_and_is_not_here() -> None:
    assert known(105, 100) == 5
    # The table may be behind the database.
    assert known(99, 100) == 0
