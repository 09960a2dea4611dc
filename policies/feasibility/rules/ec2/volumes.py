"""EBS volumes, wherever they are declared, that Amazon EC2 refuses: type, size, IOPS and throughput."""

from typing import Final

from policies.feasibility.data.failures import failures
from policies.feasibility.engine.shapes import blocks, given, needs, of, where_missing
from policies.kit.references import target
from policies.kit.resource import Resource
from policies.kit.rows import Block
from policies.kit.rule import NOT_JUDGED, Answers, Finding, Rules
from policies.kit.values import UNKNOWN, as_bool, as_number

rules: Final = Rules("feasibility", failures())

_PLACES: Final = {
    "ebs/volume": ("", "type"),
    "ec2/instance": ("rootBlockDevice ebsBlockDevices[]", "volumeType"),
    "ec2/launchTemplate": ("blockDeviceMappings[].ebs", "volumeType"),
    "ec2/launchConfiguration": ("rootBlockDevice ebsBlockDevices[]", "volumeType"),
    "ec2/spotInstanceRequest": ("rootBlockDevice ebsBlockDevices[]", "volumeType"),
    "ec2/ami": ("ebsBlockDevices[]", "volumeType"),
}
_SIZES: Final = {
    "gp2": (1, 16384),
    "gp3": (1, 65536),
    "io1": (4, 16384),
    "io2": (4, 65536),
    "st1": (125, 16384),
    "sc1": (125, 16384),
    "standard": (1, 1024),
}
"""GiB. https://docs.aws.amazon.com/ebs/latest/userguide/ebs-volume-types.html"""

_IOPS: Final = {"gp3": (3000, 80000, 500), "io1": (100, 64000, 50), "io2": (100, 256000, 1000)}
"""Lowest and highest number, and the most per GiB."""

_THROUGHPUT: Final = (125, 2000)
_NOT_BOOTABLE: Final = ("st1", "sc1")


@rules.rule("ebs-volume", "F385", " ".join(_PLACES))
def _volume(resource: Resource) -> Answers:
    """A volume's size, IOPS and throughput are those that its type has.

    Choose size, iops and throughput from the table of volume types; leave iops out for gp2, st1, sc1 and standard.
    """
    paths, name = _PLACES[resource.kind]
    if not paths:
        yield from _check("", name, resource.properties, root=False)
    for path in paths.split():
        for where, block in blocks(resource, path):
            yield from _check(f"{where}.", name, block, root=path == "rootBlockDevice")


def _check(head: str, name: str, block: Block, *, root: bool) -> Answers:
    size_name = "size" if name == "type" else "volumeSize"
    kind, size, iops, throughput = (block.get(prop) for prop in (name, size_name, "iops", "throughput"))
    told = given(size) or given(iops) or given(throughput)
    if kind is UNKNOWN:
        if told:
            yield NOT_JUDGED
        return
    kind = kind or ("gp2" if told else None)
    if kind not in _SIZES:
        return
    detail = str(block.get("deviceName") or head)
    if any(value is UNKNOWN for value in (size, iops, throughput)):
        yield NOT_JUDGED
    gib = None if size is UNKNOWN else as_number(size)
    low, high = _SIZES[kind]
    if gib is not None and not low <= gib <= high:
        few = f"Volume of {gib:g}GiB is too small for volume type {kind}; minimum is {low}GiB."
        many = f"Volume size for {kind} cannot be larger than {high} GiB"
        answer = f"InvalidParameterValue: {few if min(gib, low) == gib else many}"
        yield Finding(f"{head}{size_name}", size, f"{low} to {high} GiB for {kind}", detail=f"size {detail}", answer=answer)
    yield from _iops(head, kind, gib, None if iops is UNKNOWN else iops, detail, known=iops is not UNKNOWN)
    if throughput is not UNKNOWN and throughput is not None:
        yield from _throughput(head, kind, as_number(throughput), None if iops is UNKNOWN else as_number(iops), detail)
    if root and kind in _NOT_BOOTABLE:
        answer = f"InvalidParameterValue: Volume type {kind} cannot be used as a boot volume"
        yield Finding(f"{head}{name}", kind, "gp3, gp2, io1, io2 or standard for the root", detail="root", answer=answer)
    if given(block.get("kmsKeyId")) and block.get("encrypted") is not UNKNOWN and as_bool(block.get("encrypted")) is not True:
        answer = "InvalidParameterDependency: The parameter KmsKeyId requires the parameter Encrypted to be set."
        expected = "true, because kmsKeyId is set"
        yield Finding(f"{head}encrypted", block.get("encrypted"), expected, detail=f"key {detail}", answer=answer)
    if as_bool(block.get("multiAttachEnabled")) is True and kind not in ("io1", "io2"):
        yield Finding(f"{head}multiAttachEnabled", True, f"false, because the type is {kind}", detail="multi-attach")


def _iops(head: str, kind: str, gib: float | None, iops: object, detail: str, *, known: bool) -> Answers:
    number = as_number(iops)
    if kind not in _IOPS:
        if number:
            answer = f"InvalidParameterCombination: The parameter iops is not supported for {kind} volumes."
            yield Finding(f"{head}iops", iops, f"nothing, because the type is {kind}", detail=f"iops {detail}", answer=answer)
        return
    low, high, ratio = _IOPS[kind]
    if not number:
        if kind != "gp3" and known:
            answer = f"MissingParameter: The parameter iops must be specified for {kind} volumes."
            expected = f"{low} to {high}, because the type is {kind}"
            yield Finding(f"{head}iops", iops, expected, detail=f"iops {detail}", answer=answer)
        return
    if not low <= number <= high:
        bound = f"low; minimum is {low}" if min(number, low) == number else f"high; maximum is {high}"
        answer = f"InvalidParameterValue: Volume iops of {number:g} is too {bound}."
        yield Finding(f"{head}iops", iops, f"{low} to {high} for {kind}", detail=f"iops {detail}", answer=answer)
    elif gib and number / gib > ratio and number > (3000 if kind == "gp3" else 0):
        answer = f"InvalidParameterValue: Iops to volume size ratio of {number / gib:g} is too high; maximum is {ratio}."
        yield Finding(f"{head}iops", iops, f"at most {ratio * gib:g}, {ratio} per GiB", detail=f"ratio {detail}", answer=answer)


def _throughput(head: str, kind: str, throughput: float | None, iops: float | None, detail: str) -> Answers:
    if not throughput:
        return
    if kind != "gp3":
        answer = f"InvalidParameterCombination: The parameter throughput is not supported for {kind} volumes."
        expected = f"nothing, because the type is {kind}"
        yield Finding(f"{head}throughput", throughput, expected, detail=f"t {detail}", answer=answer)
        return
    low, high = _THROUGHPUT
    ratio = throughput / (iops or 3000)
    if not low <= throughput <= high:
        yield Finding(f"{head}throughput", throughput, f"{low} to {high} MiB/s", detail=f"throughput {detail}")
    elif ratio > 0.25:
        limit = f"ratio of {ratio:.6f} is too high; maximum is 0.250000 MiBps per iops."
        answer = f"InvalidParameterValue: Throughput (MiBps) to iops {limit}"
        expected = f"at most {(iops or 3000) * 0.25:g} MiB/s with {iops or 3000:g} IOPS"
        yield Finding(f"{head}throughput", throughput, expected, detail=f"throughput {detail}", answer=answer)


@rules.rule("volume-attachment-zone", "F386", "ec2/volumeAttachment", needs_stack=True)
def _zone(attachment: Resource) -> Answers:
    """A volume is attached to an instance of its own zone.

    Create volume and instance in the same zone.
    """
    volume, instance = target(attachment, "volumeId", "ebs/volume"), target(attachment, "instanceId", "ec2/instance")
    if volume is None or instance is None:
        return
    own, place = volume.get("availabilityZone"), instance.get("availabilityZone")
    if place is None:
        subnet = target(instance, "subnetId", "ec2/subnet")
        place = None if subnet is None else subnet.get("availabilityZone")
    if own is UNKNOWN or place is UNKNOWN:
        if not set(volume.sources("availabilityZone") or ()) & {"ec2/instance", "ec2/subnet"}:
            yield NOT_JUDGED
    elif own is not None and place is not None and own != place:
        answer = "InvalidVolume.ZoneMismatch: The volume is not in the same availability zone as instance"
        yield Finding("volumeId", volume.name, f"a volume in {place}, not in {own}", answer=answer)


rules.named("ebs-volume-origin", "F385", "ebs/volume").add(
    of(
        where_missing(
            "snapshotId",
            needs(
                "size",
                "a number of GiB, or snapshotId",
                answer="MissingParameter: The request must contain the parameter size/snapshot",
            ),
        )
    ),
    description="A volume has a size, a snapshot, or both.",
    remediation="Set size or snapshotId.",
)
