"""Database storage: size, type, IOPS and throughput go together as AWS takes them."""

import math
from typing import Final

from policies.feasibility.data.failures import failures
from policies.feasibility.engine.faults import is_one, is_other, like, off, on, said, unsaid, where_all
from policies.feasibility.engine.shapes import given, of, where_missing
from policies.feasibility.rules.rds.families import ORIGINS, engine_of, family_of, made_from, text_of
from policies.kit.resource import Resource
from policies.kit.rule import Answers, Check, Finding, Rules
from policies.kit.values import UNKNOWN, UnknownValueError, as_number

rules: Final = Rules("feasibility", failures())

_STRIPED_FROM: Final = {"postgres": 400, "mysql": 400, "mariadb": 400, "db2": 400, "oracle": 200}
"""GiB from which gp3 volumes are striped and take settings of their own; SQL Server takes them at any size."""

_SIZES: Final = {
    "": {"": (5, 65536), "oracle": (10, 65536), "sqlserver": (20, 16384)},
    "gp2": {"": (5, 65536), "oracle": (10, 65536), "sqlserver": (20, 16384)},
    "gp3": {"": (20, 65536), "sqlserver": (20, 16384)},
    "io1": {"": (100, 65536), "sqlserver": (100, 16384)},
    "io2": {"": (100, 65536), "sqlserver": (100, 16384)},
    "standard": {"": (5, 3072), "oracle": (10, 3072), "sqlserver": (20, 1024)},
}
_RATIOS: Final = {"io1": 50, "io2": 1000}


@rules.rule("rds-gp3-performance", "F014", "rds/instance")
def _gp3(instance: Resource) -> Answers:
    """gp3 volumes of databases have IOPS and throughput of their own only from the size at which AWS takes them.

    Leave iops and storageThroughput unset below 400 GiB (Oracle: 200); above, give at least 12000 IOPS and 500 MiB/s.
    """
    settings = [(name, instance.get(name)) for name in ("iops", "storageThroughput") if given(instance.get(name))]
    if not settings or text_of(instance.get("storageType")) != "gp3":
        return
    threshold = _STRIPED_FROM.get(family_of(engine_of(instance)))
    size = as_number(instance.get("allocatedStorage"))
    if threshold is None and not made_from(instance):
        return
    if threshold is None or size is None:
        raise UnknownValueError
    for name, value in settings:
        least = {"iops": 12000, "storageThroughput": 500}[name]
        if size < threshold:
            expected = f"nothing below {threshold} GiB (allocatedStorage is {size:g}): the baseline applies"
            yield Finding(name, value, expected, detail=name)
        elif value is not UNKNOWN and (as_number(value) or least) < least:
            yield Finding(name, value, f"at least {least} from {threshold} GiB on", detail=name)


rules.named("rds-storage-type-settings", "F201", "rds/instance").add(
    of(
        where_all(is_one("storageType", "gp2", "standard"), said("iops"))
        .wrong("nothing with storageType {storageType}")
        .says("InvalidParameterCombination: Invalid iops value for engine name {engine} and storage type {storageType}"),
        where_all(unsaid(" ".join(ORIGINS)), is_one("storageType", "io1", "io2"), unsaid("iops")).wrong(
            "a number, because storageType is {storageType}"
        ),
        where_all(is_other("storageType", None, "", "gp3"), said("storageThroughput")).wrong(
            "nothing with storageType {storageType}", "throughput"
        ),
    ),
    description="IOPS and throughput of a database belong to a storage type that takes them.",
    remediation="Set storageType: io1, io2 or gp3 with iops, gp3 with storageThroughput; give iops with io1 and io2.",
)


@rules.rule("rds-storage-size", "F202", "rds/instance")
def _storage_size(instance: Resource) -> Answers:
    """The size of a database's storage is one that its engine and storage type can have.

    Set allocatedStorage in the range of the storage type.
    """
    engine = family_of(engine_of(instance))
    kind = text_of(instance.get("storageType")) or ("io1" if given(instance.get("iops")) else "")
    size = as_number(instance.get("allocatedStorage"))
    if engine in ("aurora", "custom", "") or size is None or kind not in _SIZES or made_from(instance):
        return
    low, high = _SIZES[kind].get(engine, _SIZES[kind][""])
    if not low <= size <= high:
        expected = f"{low} to {high} GiB for {kind or 'storage'} of {engine}"
        yield Finding("allocatedStorage", instance.get("allocatedStorage"), expected)


@rules.rule("rds-iops-ratio", "F203", "rds/instance rds/cluster")
def _iops_ratio(instance: Resource) -> Answers:
    """Provisioned IOPS of a database stand in the ratio to its size that AWS takes.

    Set iops between half and 50 times allocatedStorage (io2: 1000 times).
    """
    iops, size = as_number(instance.get("iops")), as_number(instance.get("allocatedStorage"))
    kind = text_of(instance.get("storageType")) or "io1"
    if iops is None or kind not in _RATIOS or size is None or iops == 0:
        return
    least = 1 if engine_of(instance).startswith("sqlserver") else 0.5
    most = _RATIOS[kind]
    if not least * size <= iops <= most * size:
        expected = f"{math.ceil(least * size)} to {math.floor(most * size)} for {size:g} GiB of {kind}"
        yield Finding("iops", instance.get("iops"), expected)


def _growth(*, near: bool) -> Check:
    def check(instance: Resource) -> Answers:
        most, size = as_number(instance.get("maxAllocatedStorage")), as_number(instance.get("allocatedStorage"))
        if most is None or size is None:
            return
        # Equal is no autoscaling at all; 10 * most, because a tenth is not exact in binary.
        if 0 < most < size if not near else most > size and 10 * most < 11 * size:
            expected = f"at least {math.ceil(1.1 * size)}" if near else f"more than allocatedStorage, which is {size:g}, or 0"
            yield Finding("maxAllocatedStorage", instance.get("maxAllocatedStorage"), expected)

    return check


rules.named("rds-max-storage-below-size", "F204", "rds/instance").add(
    _growth(near=False),
    description="Storage of a database grows from its size upwards.",
    remediation="Set maxAllocatedStorage above allocatedStorage, or 0 to switch storage autoscaling off.",
)
rules.named("rds-max-storage-headroom", "F022", "rds/instance").add(
    _growth(near=True),
    description="Storage autoscaling has at least a tenth of the size to grow.",
    remediation="Set maxAllocatedStorage to at least 1.26 times allocatedStorage.",
)
rules.named("rds-class-encrypts", "F205", "rds/instance").add(
    of(
        where_all(on("storageEncrypted"), like("instanceClass", r"db\.((m1|m2|t1)\.|t2\.micro).*"))
        .wrong("a class that supports encryption at rest")
        .says("InvalidParameterCombination: DB Instance class {instanceClass} does not support encryption at rest")
    ),
    description="Encrypted databases have an instance class that can encrypt.",
    remediation="Choose a current class, such as db.t4g.micro.",
)

rules.named("rds-key-needs-encryption", "F206", "rds/instance rds/cluster docdb/cluster neptune/cluster").add(
    of(
        where_missing(
            (*ORIGINS, "replicationSourceIdentifier", "globalClusterIdentifier"),
            *(
                where_all(said(key), is_other("engineMode", "serverless"), off("storageEncrypted")).wrong(
                    f"true, because {key} is set"
                )
                for key in ("kmsKeyId", "kmsKeyArn")
            ),
        )
    ),
    description="A database that names a key is encrypted.",
    remediation="Set storageEncrypted: true beside the key.",
)
