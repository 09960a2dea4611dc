"""What is asked of a rehearsal wrongly is told, with what would be right."""

import threading
from pathlib import Path

import pytest

from tests.rehearsal.asked import ENVIRONMENT, AskedError, obey, order, parsed, refuse_second


@pytest.fixture
def held(tmp_path: Path) -> Path:
    (tmp_path / ENVIRONMENT).touch()
    return tmp_path


@pytest.mark.parametrize("factor", ["0", "41", "fast", "nan"])
def test_a_factor_out_of_bounds_is_refused(factor: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        parsed(["--factor", factor], None)
    assert ended.value.code == 2
    assert f"--factor: '{factor}' is no number from 1 to 40" in capsys.readouterr().err


def test_time_goes_slower_for_people() -> None:
    assert parsed(["--hold"], None).factor < parsed([], None).factor
    assert parsed(["--hold", "--factor", "7"], None).factor == 7


def test_an_order_without_a_rehearsal_is_refused(tmp_path: Path) -> None:
    with pytest.raises(AskedError, match="--heal: no rehearsal is held; start one with `make rehearse HOLD=1`"):
        order(tmp_path, "heal")


def test_a_second_rehearsal_is_refused(held: Path, tmp_path: Path) -> None:
    with pytest.raises(AskedError, match="a rehearsal is held already"):
        refuse_second(held)
    (held / ENVIRONMENT).unlink()
    refuse_second(tmp_path)


def test_an_order_that_nobody_takes_is_told(held: Path) -> None:
    with pytest.raises(AskedError, match="--seed: the rehearsal that is held does not answer"):
        order(held, "seed", seconds=0)


def test_an_order_is_carried_out_once_and_its_refusal_is_told(held: Path) -> None:
    troubles, done, ended = ["not now"], list[str](), threading.Event()

    def hold() -> None:
        while not ended.is_set():
            if told := obey(held, lambda _: troubles.pop() if troubles else ""):
                done.append(told)

    thread = threading.Thread(target=hold)
    thread.start()
    try:
        with pytest.raises(AskedError, match="--seed: not now"):
            order(held, "seed")
        order(held, "seed")
    finally:
        ended.set()
        thread.join()
    assert done == ["seed: not now", "seed: done"]
