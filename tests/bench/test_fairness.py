"""The models of fairness can say no: what makes a queue fair is what they find it fair by."""

import statistics

import pytest

from components.compute.job_spec import BatchSpec
from tests.bench import fair_queue, fair_requests, fair_share

SPEC = BatchSpec(spot_vcpus=256, on_demand_vcpus=64)


def ratio(alone: list[float], flooded: list[float]) -> float:
    assert len(alone) == len(flooded) > 100  # none is lost
    return statistics.mean(flooded) / statistics.mean(alone)


def test_a_flood_delays_a_quiet_tenant_in_a_queue_of_message_groups_and_stops_it_in_another() -> None:
    alone = fair_queue.delays(flooded=False)
    assert ratio(alone, fair_queue.delays(flooded=True)) < 2
    assert ratio(alone, fair_queue.delays(flooded=True, fair=False)) > 100


def test_too_few_in_flight_are_never_found_noisy() -> None:
    few = fair_queue.Times(consumers=5, batch=5)
    alone = fair_queue.delays(flooded=False, times=few)
    assert ratio(alone, fair_queue.delays(flooded=True, times=few)) > 100


@pytest.mark.parametrize(
    ("concurrency", "records", "addresses", "is_fair"),
    [(40, 100, 1, True), (20, 100, 1, False), (40, 500, 1, False), (40, 100, 3, False)],
)
def test_a_flood_of_requests_needs_room_beside_it(concurrency: int, records: int, addresses: int, is_fair: bool) -> None:
    alone = fair_requests.delays(concurrency=concurrency, flooded=False)
    flooded = fair_requests.delays(concurrency=concurrency, flooded=True, records=records, addresses=addresses, seconds=120)
    assert (ratio(alone, flooded) < 2) is is_fair


@pytest.mark.parametrize(("flooding", "moments"), [(1, (1, 60, 600, 1_800)), (2, (1, 60, 600, 1_800)), (20, (600, 1_800))])
def test_one_job_among_thousands_waits_little_longer_than_alone(flooding: int, moments: tuple[int, ...]) -> None:
    alone = fair_share.wait(SPEC, jobs=0, flooding=0, at=600)
    assert alone == fair_share.START_SECONDS
    for at in moments:
        assert fair_share.wait(SPEC, jobs=3_000, flooding=flooding, at=at) < 2 * alone
    assert fair_share.wait(SPEC, jobs=3_000, flooding=flooding, at=600, fair=False) > 10 * alone


def test_what_is_reserved_is_there_before_the_newcomer_comes() -> None:
    """At the beginning nothing has ended yet: only what one tenant alone leaves free can start another's job."""
    alone = fair_share.wait(SPEC, jobs=0, flooding=0, at=1)
    assert fair_share.wait(SPEC, jobs=3_000, flooding=1, at=1) == alone
    # Five at once leave less than a vCPU: the newcomer waits for the first job that ends.
    assert fair_share.wait(SPEC, jobs=3_000, flooding=5, at=1) > 3 * alone
    unreserved = SPEC.model_copy(update={"reserved_percent": 0})
    assert fair_share.wait(unreserved, jobs=3_000, flooding=1, at=1) > 3 * alone
