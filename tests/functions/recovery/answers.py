"""What AWS answers where moto does not: clients that say what a test says."""

from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError

from tests.functions.recovery.aws import PRIMARY

DIGEST = f"sha256:{'1' * 64}"
REGISTRY = "222222222222.dkr.ecr.us-west-2.amazonaws.com/dataconnect"
Call = Callable[..., Any]


class Answers:
    """A client that answers what a test says, and moto's for the rest."""

    def __init__(self, answers: dict[str, Any], real: Any = None) -> None:
        self.answers, self.real = answers, real

    def __getattr__(self, name: str) -> Call:
        if name not in self.answers:
            return getattr(self.real, name)
        told = self.answers[name]

        def call(**asked: Any) -> Any:
            if isinstance(told, Exception):
                raise told
            return told(**asked) if callable(told) else told

        return call


def refused(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "no"}}, "Asked")  # pyright: ignore[reportArgumentType]


def image(digest: str) -> Call:
    """The service `web` runs an image of this digest; reconcile has the one that it should have."""

    def described(**asked: str) -> dict[str, Any]:
        told = f"{REGISTRY}/reconcile@{DIGEST}" if asked["taskDefinition"] == "reconcile" else f"{REGISTRY}/web@{digest}"
        return {"taskDefinition": {"cpu": "512", "containerDefinitions": [{"image": told}]}}

    return described


def without(repository: str) -> Call:
    """A registry in which this repository has no image."""

    def described(**asked: Any) -> dict[str, Any]:
        if asked["repositoryName"] == repository:
            raise refused("ImageNotFoundException")
        return {}

    return described


def table(here: str, there: str) -> dict[str, Any]:
    return {"Table": {"TableStatus": here, "Replicas": [{"RegionName": PRIMARY, "ReplicaStatus": there}]}}


def copied_to(bucket: str, status: str = "Enabled") -> dict[str, Any]:
    return {"ReplicationConfiguration": {"Rules": [{"Status": status, "Destination": {"Bucket": bucket}}]}}


def registry(*regions: str) -> dict[str, Any]:
    rules = [{"destinations": [{"region": region, "registryId": "222222222222"}]} for region in regions]
    return {"replicationConfiguration": {"rules": rules}}
