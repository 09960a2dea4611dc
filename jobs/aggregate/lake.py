"""The buckets of the lake, as one tenant sees them."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import IO, Any, Final, NamedTuple

import boto3
import botocore.session
from botocore.config import Config
from botocore.credentials import RefreshableCredentials
from botocore.exceptions import ClientError

from .failures import TransientError

CONNECTIONS: Final = 16
"""Objects that are read or written at once."""
_CONFIG: Final = Config(
    max_pool_connections=CONNECTIONS,
    connect_timeout=10,
    read_timeout=30,
    retries={"mode": "standard", "total_max_attempts": 5},
)
CHECKSUM: Final = "CRC32"
"""S3 takes no object into a locked bucket without one."""
_MISSING: Final = ("NoSuchKey", "404", "AccessDenied", "403")


class Stored(NamedTuple):
    """An object: its key, and its size in bytes."""

    key: str
    size: int


@dataclass(frozen=True)
class Bucket:
    """One bucket.

    Attributes:
        client: boto3's client of S3.
        name: The bucket's.
    """

    client: Any
    name: str

    def objects(self, prefix: str) -> Iterator[Stored]:
        """What lies under a prefix, in the order of the keys."""
        for page in self.client.get_paginator("list_objects_v2").paginate(Bucket=self.name, Prefix=prefix):
            for found in page.get("Contents", ()):
                yield Stored(found["Key"], found["Size"])

    def read(self, key: str, *, most: int) -> bytes | None:
        """The first `most` bytes of an object; None where it is gone."""
        try:
            found = self.client.get_object(Bucket=self.name, Key=key)
            with closing(found["Body"]) as body:
                read: bytes = body.read(most)
            if len(read) != min(found["ContentLength"], most):
                raise TransientError(f"reading from {self.name} broke off")
            return read
        except ClientError as error:
            # A role that may list some prefixes only is told 403 of an object that is not there.
            if error.response["Error"]["Code"] in _MISSING and self.version(key) is None:
                return None
            raise

    def version(self, key: str) -> str | None:
        """The entity tag of an object; None where there is none. By listing: see `read`."""
        found = self.client.list_objects_v2(Bucket=self.name, Prefix=key, MaxKeys=1).get("Contents", ())
        return next((each["ETag"] for each in found if each["Key"] == key), None)

    def write(self, key: str, body: bytes, content_type: str, **condition: str) -> None:
        """Write an object, over what is there unless there is a condition."""
        told = {"ContentType": content_type, "ChecksumAlgorithm": CHECKSUM, **condition}
        self.client.put_object(Bucket=self.name, Key=key, Body=body, **told)

    def write_over(self, key: str, body: bytes, content_type: str, *, version: str | None) -> None:
        """Write an object if it is still `version` (None: not there); what somebody else wrote meanwhile is an error."""
        condition = {"IfMatch": version} if version else {"IfNoneMatch": "*"}
        self.client.put_object(
            Bucket=self.name, Key=key, Body=body, ContentType=content_type, ChecksumAlgorithm=CHECKSUM, **condition
        )

    def upload(self, key: str, file: IO[bytes], content_type: str) -> None:
        """Write an object of any size from a file, over what is there."""
        self.client.upload_fileobj(file, self.name, key, ExtraArgs={"ContentType": content_type, "ChecksumAlgorithm": CHECKSUM})


def tenant_session(*, role: str, tenant: str, region: str) -> boto3.Session:
    """A session that may touch the data of one tenant, and takes its role again before that ends (an hour, AWS's limit)."""
    sts: Any = boto3.client("sts", region_name=region)

    def take_role() -> dict[str, str]:
        tags = [{"Key": "tenant", "Value": tenant}]
        taken = sts.assume_role(RoleArn=role, RoleSessionName=f"aggregate-{tenant}", Tags=tags)["Credentials"]
        return {
            "access_key": taken["AccessKeyId"],
            "secret_key": taken["SecretAccessKey"],
            "token": taken["SessionToken"],
            "expiry_time": taken["Expiration"].isoformat(),
        }

    session = botocore.session.get_session()
    # There is no public way to give a session credentials that renew themselves; botocore's own providers do it so.
    credentials = RefreshableCredentials.create_from_metadata(take_role(), take_role, "sts-assume-role")
    session._credentials = credentials
    return boto3.Session(botocore_session=session, region_name=region)


def client(session: Any, service: str) -> Any:
    """A client of a service, which waits and tries again as the job wants it."""
    return session.client(service, config=_CONFIG)
