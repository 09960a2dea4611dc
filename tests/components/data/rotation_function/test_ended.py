"""The function, ended at each call that it makes, before that has an effect and after: who reads the secret always gets in."""

from collections.abc import Iterator

import pytest

from tests.components.data.rotation_function.world import ARN, STEPS, Fuse, Fused, GoneError, World, fused
from tests.postgres import Server, server
from tests.secrets_manager import CURRENT


@pytest.fixture(scope="module")
def running() -> Iterator[Server]:
    """One server: where the function ends does not depend on the major."""
    with server(18) as started:
        yield started


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_whoever_reads_gets_in_wherever_the_function_is_ended_and_the_next_try_goes_on(
    world: World, monkeypatch: pytest.MonkeyPatch, after: bool
) -> None:
    ended: list[str] = []
    while True:
        fuse = Fuse(at=len(ended), after=after)
        token, at = world.manager.begin(), 0
        with monkeypatch.context() as patch:
            fused(patch, fuse)
            try:
                while at < len(STEPS):
                    world.rotation(Fused(world.manager, fuse)).step(STEPS[at], ARN, token)
                    at += 1
            except GoneError:
                fuse.close()
        world.read()
        # Secrets Manager begins at the first step again, with the same version.
        for name in STEPS:
            world.rotation().step(name, ARN, token)
        assert world.manager.stages[CURRENT] == token and world.opens(world.password())
        if fuse.at >= len(fuse.calls):
            break
        ended.append(fuse.calls[fuse.at])
    # Each call of each step was the one at which it ended, those with an effect among them.
    assert {"put_secret_value", "connect", "run", "update_secret_version_stage"} <= {*ended}
    assert len(ended) > 15
