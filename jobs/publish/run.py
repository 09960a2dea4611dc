"""One run: every share of a tenant that stands is written anew, whole; what is over is written no more."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from ..aggregate.curated import parquet_bytes
from ..aggregate.failures import BAD_CONFIGURATION, DEFECT, DONE, TRANSIENT, BadConfigurationError, judge
from ..aggregate.lake import CHECKSUM, Bucket
from .content import Table, newest, of_product
from .order import Order, Product
from .shares import Share, read_shares

OBJECT: Final = "data.parquet"
"""The one object of a share: written over, it is the old or the new to who reads, and never half of both."""
MOST_BYTES: Final = 5 * 1024**3
"""What S3 takes at once: docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html"""


@dataclass
class Summary:
    """What one run did; numbers only.

    Attributes:
        published: Share -> rows and bytes.
        over: Share -> why nothing was written.
        failed: Share -> what S3 or KMS answered, or why its rows could not be made.
        exit_code: What the failures mean together: a defect before what must be changed before what may be over.
    """

    published: dict[str, dict[str, int]] = field(default_factory=dict[str, dict[str, int]])
    over: dict[str, str] = field(default_factory=dict[str, str])
    failed: dict[str, str] = field(default_factory=dict[str, str])
    exit_code: int = DONE

    def fail(self, share: str, error: Exception) -> None:
        """Enter that a share could not be written."""
        code, self.failed[share] = judge(error)
        self.exit_code = min({self.exit_code, code} - {DONE}, key=(DEFECT, BAD_CONFIGURATION, TRANSIENT).index)


def publish(order: Order, session: Mapping[str, Any], today: date) -> Summary:
    """Write the tenant's shares of the order's products; `session` has clients of `s3` and `dynamodb`.

    A share that cannot be written does not keep the others.
    """
    summary = Summary()
    standing: list[tuple[Share, Product]] = []
    for share in read_shares(session["dynamodb"], order.registry, order.tenant, order.region):
        if why := share.over(today):
            summary.over[share.name] = why
        elif product := order.products.get(share.product):
            standing.append((share, product))
    if not standing:
        return summary
    fields = [name for _, product in standing for name in (*product.columns, *(product.sums or ()))]
    records = newest(_parts(order, session["s3"]), order.dataset, dict.fromkeys(fields))
    if records is None:
        return summary
    for share, product in standing:
        try:
            summary.published[share.name] = _write(order, session["s3"], share, of_product(records, product))
        except Exception as error:  # each for itself: those of others would stay old
            summary.fail(share.name, error)
    return summary


def _parts(order: Order, s3: Any) -> Iterator[bytes]:
    curated = Bucket(s3, order.curated)
    for stored in curated.objects(f"tenant={order.tenant}/dataset={order.dataset}/"):
        if stored.key.endswith(".parquet") and (body := curated.read(stored.key, most=stored.size)) is not None:
            yield body


def _write(order: Order, s3: Any, share: Share, rows: Table) -> dict[str, int]:
    body = parquet_bytes(rows)
    if len(body) > MOST_BYTES:
        raise BadConfigurationError(f"share {share.name} has {len(body)} bytes; expected at most {MOST_BYTES}")
    s3.put_object(
        Bucket=order.bucket,
        Key=f"{share.prefix}{OBJECT}",
        Body=body,
        ContentType="application/vnd.apache.parquet",
        ChecksumAlgorithm=CHECKSUM,
        ServerSideEncryption="aws:kms",
        SSEKMSKeyId=share.key_arn,
        # With a key of the bucket's in between, S3 would go on reading for a while after the share's was disabled.
        BucketKeyEnabled=False,
    )
    return {"rows": rows.num_rows, "bytes": len(body)}
