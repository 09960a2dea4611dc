"""What is planned in several cases of the feasibility pack: s3."""

from collections.abc import Sequence
from typing import Any

from tests.policies.harness import UNKNOWN, Planned, planned, ref

BUCKET = "aws:s3/bucket:Bucket"
LIFECYCLE = "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"
VERSIONING = "aws:s3/bucketVersioning:BucketVersioning"
REPLICATION = "aws:s3/bucketReplicationConfig:BucketReplicationConfig"
SSE = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"


def of(bucket: str, token: str, name: str = "it", *, depends: Sequence[tuple[str, str]] = (), **inputs: Any) -> Planned:
    """A resource that is about a bucket of the plan."""
    return planned(token, name, bucket=ref(BUCKET, bucket), **inputs).after(*depends)


def bucket(name: str = "lake", **inputs: Any) -> Planned:
    return planned(BUCKET, name, **inputs)


def versioned(name: str, status: Any = "Enabled") -> Planned:
    return of(name, VERSIONING, f"{name}-versioning", versioningConfiguration={"status": status})


def rule(**parts: Any) -> dict[str, Any]:
    return {"id": "all", "status": "Enabled", "destination": {"bucket": UNKNOWN}, **parts}


def encrypted(algorithm: Any, **default: Any) -> dict[str, Any]:
    return {"rules": [{"applyServerSideEncryptionByDefault": {"sseAlgorithm": algorithm, **default}}]}
