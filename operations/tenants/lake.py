"""A tenant's objects: under `tenant=<id>/` in every bucket of the lake and of products, and their replicas, in all versions."""

import base64
import hashlib
import json
import re
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any, Final

from boto3.s3.transfer import TransferConfig
from botocore.exceptions import ClientError

from operations.aws import code_of
from operations.errors import Code, OperationError
from operations.stack import Silo, Stack

CONFIG: Final = "config"
EXPORTED: Final = ("curated", "dumps")
MARKER: Final = "_tenant.json"
SHARED: Final = "products (shared)"
_BUCKET: Final = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", re.ASCII)
"""docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html"""
_WHOLE: Final = TransferConfig(multipart_threshold=5 * 1024**3)
"""A copy in one request, up to what S3 takes so: of one in parts S3 keeps a checksum of checksums
(docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html)."""
_OF: Final = "copy-of"
"""What a copy says of the object that it was made of: its ETag, which another object under the same key does not have."""
_PAGE: Final = 1000  # docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html


@dataclass(frozen=True)
class _Copy:
    """What S3 says of a copy: bytes, SHA-256 (base64; None of one without), and the ETag of what it was made of."""

    size: int = 0
    sha256: str | None = None
    of: str | None = None


@dataclass(frozen=True, kw_only=True)
class Kept:
    """A version, or an upload that was not completed, that S3 does not delete.

    Attributes:
        why: `retained until <time>`, `legal hold`, or that S3 refused it without either.
    """

    bucket: str
    region: str
    key: str
    version: str
    why: str


def prefix(tenant: str) -> str:
    """Where a tenant's objects lie. The slash ends the id: no other tenant's objects begin so."""
    return f"tenant={tenant}/"


def is_bucket(name: str) -> bool:
    """Whether a bucket may be called so."""
    return _BUCKET.fullmatch(name) is not None


class Lake:
    """The lake's buckets of a stack, and the buckets that they are replicated to.

    Attributes:
        config: The bucket that keeps certificates.
        data: Where a tenant's objects lie: its silo's buckets, or those that all other tenants share.
    """

    def __init__(self, client: Callable[[str], Any], stack: Stack, silo: Silo | None = None) -> None:
        """The lake of `stack`, with the buckets of one tenant's `silo`; `client` makes S3's client for a region."""
        self._client: Final = cache(client)
        self._s3: Final = self._client(stack.region)
        own = {f"{name} (silo)": bucket for name, bucket in silo.buckets.items()} if silo else {}
        # What lies there of shares that are in no output any more is the tenant's all the same.
        shared = {SHARED: stack.sharing.bucket} if stack.sharing else {}
        self._all: Final = {**stack.buckets, **own, **shared}
        self._copied: Final = {*stack.replicated, *(f"{name} (silo)" for name in stack.replicated)}
        self._silos: Final = [bucket for each in stack.silos.values() for bucket in each.buckets.values()]
        self._regions: Final = dict.fromkeys(self._all.values(), stack.region)
        self._locked: Final = dict[str, bool]()
        pool = {name: stack.buckets[name] for name in stack.tenant_buckets}
        self.config: Final = stack.buckets[CONFIG]
        self.data: Final = dict(silo.buckets) if silo else pool
        self._exported: Final = self.data if silo is None else {**self.data, **{f"pool/{name}": pool[name] for name in pool}}

    def region_of(self, bucket: str) -> str:
        """Where a bucket is."""
        if bucket not in self._regions:
            # docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketLocation.html: us-east-1 has no name there
            self._regions[bucket] = self._s3.get_bucket_location(Bucket=bucket).get("LocationConstraint") or "us-east-1"
        return self._regions[bucket]

    def _at(self, bucket: str) -> Any:
        """The client of the region that a bucket is in."""
        return self._client(self.region_of(bucket))

    def is_locked(self, bucket: str) -> bool:
        """Whether a bucket has object lock, so that some version in it may be retained."""
        if bucket not in self._locked:
            try:
                found = self._at(bucket).get_object_lock_configuration(Bucket=bucket)["ObjectLockConfiguration"]
            except ClientError as error:
                if code_of(error) != "ObjectLockConfigurationNotFoundError":
                    raise
                found = {}
            self._locked[bucket] = found.get("ObjectLockEnabled") == "Enabled"
        return self._locked[bucket]

    def _replicas(self, buckets: Mapping[str, str]) -> dict[str, str]:
        """Bucket that a bucket is replicated to, by what it is a replica of.

        Raises:
            OperationError: where the stack says that a bucket is replicated, and S3 knows no rule: copies may be there.
        """
        found: dict[str, str] = {}
        for name, bucket in buckets.items():
            targets = self._targets(bucket)
            if not targets and name in self._copied:
                raise OperationError(
                    f"bucket {bucket} is replicated, says output lakeClasses.{name.partition(' ')[0]}.replicated, but S3 has no"
                    " replication rule of it, so that copies in another region would not be found. Deploy the stack's"
                    " replication, and run the same command again; where nothing is to be copied any more, erase what was,"
                    " and write `replicated: false` into the bucket's settings",
                    Code.INCOMPLETE,
                )
            for number, target in enumerate(targets):
                found[f"{name} (replica{'' if number == 0 else f' {number + 1}'})"] = target
        return found

    def _targets(self, bucket: str) -> list[str]:
        """The buckets that a bucket is replicated to, as S3 knows it now."""
        try:
            rules = self._s3.get_bucket_replication(Bucket=bucket)["ReplicationConfiguration"]["Rules"]
        except ClientError as error:
            if code_of(error) != "ReplicationConfigurationNotFoundError":
                raise
            return []
        return sorted({rule["Destination"]["Bucket"].rpartition(":::")[2] for rule in rules})

    def everywhere(self) -> dict[str, str]:
        """Every bucket that may have objects of tenants, those first that are copied to others.

        `config` is one of them: what is set up for a tenant lies under its prefix there, too.
        """
        return {**self._all, **self._replicas(self._all)}

    def has_marker(self, bucket: str, tenant: str) -> bool:
        """Whether the tenant's folder exists."""
        return self.size_of(bucket, f"{prefix(tenant)}{MARKER}") is not None

    def put_marker(self, bucket: str, tenant: str) -> None:
        """Make the tenant's folder: an object that tells whose it is, and by which isolation is tried."""
        self.write_marker(self._s3, bucket, tenant)

    @staticmethod
    def write_marker(client: Any, bucket: str, tenant: str) -> None:
        """Write that object with any client."""
        body = json.dumps({"tenant": tenant}).encode()
        client.put_object(Bucket=bucket, Key=f"{prefix(tenant)}{MARKER}", Body=body, ContentType="application/json")

    def stored(self, tenant: str) -> dict[str, dict[str, dict[str, int]]]:
        """Bucket of the lake -> storage class -> bytes and versions that the tenant has there now, noncurrent ones included.

        Copies in another region are not counted.
        """
        found: dict[str, dict[str, dict[str, int]]] = {}
        for name, bucket in self.data.items():
            pages = self._at(bucket).get_paginator("list_object_versions").paginate(Bucket=bucket, Prefix=prefix(tenant))
            for each in (version for page in pages for version in page.get("Versions", ())):
                sums = found.setdefault(name, {}).setdefault(each.get("StorageClass", "STANDARD"), {"versions": 0, "bytes": 0})
                sums["versions"] += 1
                sums["bytes"] += each["Size"]
        return found

    def versions(self, bucket: str, tenant: str) -> Iterator[dict[str, Any]]:
        """All versions and delete markers of a tenant's objects: `key`, `version`, `marker`, `bytes`, `etag`."""
        pages = self._at(bucket).get_paginator("list_object_versions").paginate(Bucket=bucket, Prefix=prefix(tenant))
        for page in pages:
            for kind in ("Versions", "DeleteMarkers"):
                for each in page.get(kind, ()):
                    yield {
                        "key": each["Key"],
                        "version": each["VersionId"],
                        "marker": kind == "DeleteMarkers",
                        "bytes": each.get("Size", 0),
                        "etag": each.get("ETag", "").strip('"'),
                    }

    def uploads(self, bucket: str, tenant: str) -> Iterator[dict[str, str]]:
        """The tenant's uploads that were not completed, whose parts no list of objects has: `key`, `upload`."""
        pages = self._at(bucket).get_paginator("list_multipart_uploads").paginate(Bucket=bucket, Prefix=prefix(tenant))
        for page in pages:
            for each in page.get("Uploads", ()):
                yield {"key": each["Key"], "upload": each["UploadId"]}

    def is_empty(self, bucket: str, tenant: str) -> bool:
        """Whether not one version is left, and no upload."""
        return next(self.versions(bucket, tenant), None) is None and next(self.uploads(bucket, tenant), None) is None

    def erase(self, bucket: str, tenant: str) -> list[Kept]:
        """Drop every upload and delete every version and delete marker of the tenant; what S3 keeps, and why."""
        for each in list(self.uploads(bucket, tenant)):
            self._abort(bucket, each)
        left = 0
        # Again where something is left of more: a list goes on behind a version that is deleted by then.
        while (found := self._erase_once(bucket, tenant)) and found != left:
            left = found
        return self.kept(bucket, tenant)

    def _erase_once(self, bucket: str, tenant: str) -> int:
        """Delete what one list of versions tells; how many it told."""
        count, page = 0, list[dict[str, str]]()
        for each in self.versions(bucket, tenant):
            count += 1
            page.append({"Key": each["key"], "VersionId": each["version"]})
            if len(page) == _PAGE:
                self._delete(bucket, page)
                page = []
        if page:
            self._delete(bucket, page)
        return count

    def _abort(self, bucket: str, each: Mapping[str, str]) -> None:
        try:
            self._at(bucket).abort_multipart_upload(Bucket=bucket, Key=each["key"], UploadId=each["upload"])
        except ClientError as error:
            if code_of(error) != "NoSuchUpload":  # a lifecycle rule, or who uploads, was faster
                raise

    def _delete(self, bucket: str, page: list[dict[str, str]]) -> None:
        # Past a lock of governance mode only here, and only where there is one: it takes a permission of its own.
        bypass = {"BypassGovernanceRetention": True} if self.is_locked(bucket) else {}
        # What it refuses is found afterwards, by what is left: an answer says less than the bucket.
        self._at(bucket).delete_objects(Bucket=bucket, Delete={"Objects": page, "Quiet": True}, **bypass)

    def kept(self, bucket: str, tenant: str) -> list[Kept]:
        """What is there of the tenant, and why S3 keeps it."""
        region = self.region_of(bucket)
        uploads = [
            Kept(
                bucket=bucket,
                region=region,
                key=each["key"],
                version=f"upload {each['upload']}",
                why="begun during the removal",
            )
            for each in self.uploads(bucket, tenant)
        ]
        return [*(self._kept(bucket, each) for each in self.versions(bucket, tenant)), *uploads]

    def _kept(self, bucket: str, each: Mapping[str, Any]) -> Kept:
        where = {"Bucket": bucket, "Key": each["key"], "VersionId": each["version"]}
        why: list[str] = []
        if not each["marker"]:
            found = self._at(bucket).head_object(**where)
            until: datetime | None = found.get("ObjectLockRetainUntilDate")
            if until:
                why.append(f"retained until {until.isoformat()} ({found.get('ObjectLockMode', '').lower()})")
            if found.get("ObjectLockLegalHoldStatus") == "ON":
                why.append("legal hold")
        refused = "S3 did not delete it, and names no lock: does a bucket policy refuse it?"
        told = " and ".join(why) or refused
        return Kept(bucket=bucket, region=self.region_of(bucket), key=each["key"], version=each["version"], why=told)

    def size_of(self, bucket: str, key: str) -> int | None:
        """Bytes of an object of the stack's region, or of one for handing over; None where there is none."""
        try:
            return int(self._s3.head_object(Bucket=bucket, Key=key)["ContentLength"])
        except ClientError as error:
            if code_of(error) not in ("404", "NoSuchKey"):
                raise
            return None

    def read(self, key: str) -> bytes:
        """An object of the bucket `config`."""
        return self._s3.get_object(Bucket=self.config, Key=key)["Body"].read()

    def write(self, key: str, body: bytes, content_type: str) -> None:
        """Write an object of the bucket `config`, once: what is there already and is the same stays one version."""
        if self.size_of(self.config, key) != len(body) or self.read(key) != body:
            self._s3.put_object(Bucket=self.config, Key=key, Body=body, ContentType=content_type)

    def write_manifest(self, tenant: str, key: str, *, unless: Callable[[], bool]) -> dict[str, Any] | None:
        """List every version of the tenant in every bucket into one object, a JSON text a line; tell sums and its SHA-256.

        None, and nothing is written, where `unless` is true once all is listed.
        """
        digest, counts = hashlib.sha256(), dict[str, dict[str, Any]]()
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder, "manifest.jsonl")
            with file.open("wb") as output:
                for name, bucket in self.everywhere().items():
                    where = {"bucket": bucket, "region": self.region_of(bucket)}
                    sums = {"versions": 0, "delete_markers": 0, "uploads": 0, "bytes": 0}
                    for each in chain[Mapping[str, Any]](self.uploads(bucket, tenant), self.versions(bucket, tenant)):
                        line = json.dumps({**where, **each}, sort_keys=True).encode() + b"\n"
                        digest.update(line)
                        output.write(line)
                        sums["uploads" if "upload" in each else "delete_markers" if each["marker"] else "versions"] += 1
                        sums["bytes"] += each.get("bytes", 0)
                    counts[name] = {**where, "locked": self.is_locked(bucket), **sums}
            if unless():
                return None
            sha256 = digest.hexdigest()
            if self._digest_of(key) != sha256:
                extra = {"ContentType": "application/x-ndjson", "Metadata": {"sha256": sha256}}
                self._s3.upload_file(str(file), self.config, key, ExtraArgs=extra)
        return {"manifest": f"s3://{self.config}/{key}", "sha256": sha256, "objects": counts}

    def _digest_of(self, key: str) -> str | None:
        if self.size_of(self.config, key) is None:
            return None
        return self._s3.head_object(Bucket=self.config, Key=key)["Metadata"].get("sha256")

    def exports(self, tenant: str) -> Iterator[tuple[str, str, str, str]]:
        """What an export holds, the current objects of the buckets `curated` and `dumps`: bucket, key, key there, ETag.

        Of a silo, too, what lies in the pool, where nothing should, under `pool/`.
        """
        for name, bucket in self._exported.items():
            if name.rpartition("/")[2] not in EXPORTED:
                continue
            for page in self._s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix(tenant)):
                for each in page.get("Contents", ()):
                    yield bucket, each["Key"], f"export/{name}/{each['Key']}", each["ETag"]

    def is_exported(self, tenant: str, target: str) -> bool:
        """Whether all that is there of the tenant is in the target, as it is now."""
        return all(self._copy(target, there).of == etag for _, _, there, etag in self.exports(tenant))

    def export(self, tenant: str, target: str) -> dict[str, Any]:
        """Copy what the target lacks, within S3: nothing passes this machine. Tell what it then holds.

        S3 makes the SHA-256 of each copy as it writes it; beside them lies a list of all, which has them.
        """
        lines: list[str] = []
        total = 0
        for bucket, key, there, etag in self.exports(tenant):
            copy = self._copy(target, there)
            if copy.of != etag or copy.sha256 is None:
                # What is written over meanwhile under its key is another object: it is refused here, and copied the next time.
                extra = {"ChecksumAlgorithm": "SHA256", "CopySourceIfMatch": etag}
                extra |= {"MetadataDirective": "REPLACE", "Metadata": {_OF: etag}}
                self._s3.copy({"Bucket": bucket, "Key": key}, target, there, ExtraArgs=extra, Config=_WHOLE)
                copy = self._copy(target, there)
            lines.append(json.dumps({"key": there, "bytes": copy.size, "sha256": copy.sha256}))
            total += copy.size
        manifest = "".join(f"{line}\n" for line in lines).encode()
        name = f"export/{tenant}.jsonl"
        digest = hashlib.sha256(manifest)
        if self._copy(target, name).sha256 != base64.b64encode(digest.digest()).decode():
            self._s3.put_object(
                Bucket=target, Key=name, Body=manifest, ContentType="application/x-ndjson", ChecksumAlgorithm="SHA256"
            )
        told = {"manifest": f"s3://{target}/{name}", "sha256": digest.hexdigest()}
        return {"target": f"s3://{target}/export/", "objects": len(lines), "bytes": total, **told}

    def export_faults(self, tenant: str, target: str) -> list[str]:
        """How an export is not what its list says, or not all that is there of the tenant; nothing where all is right."""
        try:
            text = self._s3.get_object(Bucket=target, Key=f"export/{tenant}.jsonl")["Body"].read().decode()
        except ClientError as error:
            if code_of(error) != "NoSuchKey":
                raise
            return [f"there is no list of it, export/{tenant}.jsonl"]
        listed = {each["key"]: each for each in map(json.loads, text.splitlines())}
        copies = {key: self._copy(target, key) for key in listed}
        wrong = [key for key, each in listed.items() if copies[key].sha256 is None or copies[key].sha256 != each["sha256"]]
        faults = [f"{key} is not as listed" for key in wrong]
        for _, _, there, etag in self.exports(tenant):
            if there not in listed:
                faults.append(f"{there} is not listed")
            elif there not in wrong and copies[there].of != etag:
                faults.append(f"{there} is of what was written over since")
        return faults

    def _copy(self, target: str, key: str) -> _Copy:
        """What S3 says of a copy; nothing where there is none."""
        try:
            found = self._s3.head_object(Bucket=target, Key=key, ChecksumMode="ENABLED")
        except ClientError as error:
            if code_of(error) not in ("404", "NoSuchKey"):
                raise
            return _Copy()
        return _Copy(int(found["ContentLength"]), found.get("ChecksumSHA256"), found["Metadata"].get(_OF))

    def check_target(self, target: str, option: str = "--export-to") -> None:
        """Refuse a bucket for exports that is the stack's own, or cannot be reached.

        Raises:
            OperationError: on such a bucket.
        """
        if not is_bucket(target):
            # Also an access point's ARN: behind it could be a bucket of the lake.
            raise OperationError(f"{option} is {target!r}; expected the name of a bucket", Code.USAGE)
        lake = {*self._all.values(), *self._silos}
        if target in lake.union(*map(self._targets, lake)):
            raise OperationError(f"{option} is {target}, a bucket of the stack; expected one for handing over", Code.USAGE)
        try:
            self._s3.head_bucket(Bucket=target)
        except ClientError as error:
            raise OperationError(
                f"{option} is {target}, which S3 answers with {code_of(error)}; expected a bucket that you may write to",
                Code.USAGE,
            ) from error
