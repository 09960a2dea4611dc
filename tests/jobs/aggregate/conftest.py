"""One platform for the tests of a module; empty for each of them."""

from collections.abc import Iterator

import pytest

from tests.jobs.aggregate.platform import Platform, platform
from tests.postgres import MAJORS

# What moto's client is given; nothing leaves this process.
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing", "AWS_REGION": "us-east-2"}


@pytest.fixture(scope="module")
def whole() -> Iterator[Platform]:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in CREDENTIALS.items():
            patch.setenv(name, value)
        with platform(max(MAJORS)) as made:
            yield made


@pytest.fixture
def lake(whole: Platform) -> Platform:
    whole.empty()
    return whole
