"""The clients of recovery's functions are made as boto3 wants it."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import boto3
import pytest

from functions.recovery import aws


def test_lanes_that_need_clients_at_once_make_one_after_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    alone, met, begun = threading.Lock(), list[str](), threading.Barrier(4)

    def make(service: str, **_: Any) -> str:
        if not alone.acquire(blocking=False):
            met.append(service)
            return service
        threading.Event().wait(0.02)
        alone.release()
        return service

    def ask(service: str) -> str:
        begun.wait()
        return aws.RegionalAws().client(service, "us-west-2")

    monkeypatch.setattr(boto3, "client", make)
    aws._client.cache_clear()
    try:
        with ThreadPoolExecutor(4) as pool:
            made = list(pool.map(ask, ("rds", "ecs", "elbv2", "batch")))
    finally:
        aws._client.cache_clear()
    assert (made, met) == (["rds", "ecs", "elbv2", "batch"], [])
