"""The raw bucket of the lake, as one tenant's session sees it, and where in it things lie."""

import re
from contextlib import closing
from dataclasses import dataclass
from typing import Any, Final

from botocore.exceptions import ClientError, IncompleteReadError

from .tenants import code_of

KEY: Final = re.compile(
    r"tenant=(t[a-z2-7]{15})/dataset=([a-z][a-z0-9_-]{0,39})/(date=[0-9]{4}-[0-9]{2}-[0-9]{2})/([A-Za-z0-9_-]{1,64})\.json",
    re.ASCII,
)
"""Of a message: tenant, dataset, folder of the day, message id."""
JSON: Final = "application/json"
CHECKSUM: Final = "CRC32"
"""S3 takes no object into a locked bucket without one, and the SDK that Lambda has may be one that sends none by itself."""
_TRIES: Final = 3


def folder_of(tenant: str, dataset: str, day: str) -> str:
    """Where a tenant's messages of a dataset lie that came on a day (YYYY-MM-DD)."""
    return f"tenant={tenant}/dataset={dataset}/date={day}/"


@dataclass(frozen=True)
class Raw:
    """The bucket.

    Attributes:
        s3: A client of the tenant's session.
        name: The bucket's.
    """

    s3: Any
    name: str

    def put_new(self, key: str, body: bytes) -> bool:
        """Write an object where there is none; False, and nothing is written, where there is one.

        Raises:
            ClientError: also when somebody else writes there again and again at the same moment.
        """
        for left in reversed(range(_TRIES)):
            try:
                self.s3.put_object(
                    Bucket=self.name, Key=key, Body=body, ContentType=JSON, ChecksumAlgorithm=CHECKSUM, IfNoneMatch="*"
                )
            except ClientError as error:
                if code_of(error) == "PreconditionFailed":
                    return False
                if code_of(error) != "ConditionalRequestConflict" or not left:
                    raise
            else:
                return True
        raise AssertionError

    def put(self, key: str, body: bytes, **condition: str) -> None:
        """Write an object, over what is there unless there is a condition."""
        told = {"ContentType": JSON, "ChecksumAlgorithm": CHECKSUM, **condition}
        self.s3.put_object(Bucket=self.name, Key=key, Body=body, **told)

    def read(self, key: str, *, most: int) -> bytes:
        """The first `most` bytes of an object.

        Raises:
            ClientError: also where there is none.
            IncompleteReadError: when reading broke off; half of an object must not be judged.
        """
        found = self.s3.get_object(Bucket=self.name, Key=key)
        with closing(found["Body"]) as body:
            read: bytes = body.read(most)
        expected = min(found["ContentLength"], most)
        if len(read) != expected:
            raise IncompleteReadError(actual_bytes=len(read), expected_bytes=expected)
        return read

    def size(self, key: str) -> int:
        """Bytes of an object.

        Raises:
            ClientError: also where there is none.
        """
        return int(self.s3.head_object(Bucket=self.name, Key=key)["ContentLength"])
