"""`python -m delivery.reconcile.build --stack STACK`: the image of this commit in the registry of the stack's region.

Prints its digest, which `delivery.deploy up --image` takes; nothing for a stack that has no such task. An image that is there
already is not built again.
"""

import argparse
import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import boto3
import yaml
from botocore.exceptions import ClientError

from delivery.deploy import DeliveryError, account_of, registering

ROOT: Final = Path(__file__).parents[2]
REPOSITORY: Final = "dataconnect/reconcile"
PINS: Final = Path(__file__).parent / "pins.env"
# As the task definition says: components/compute/container_spec.py, cpuArchitecture.
PLATFORM: Final = "linux/arm64"


def pins(text: str) -> dict[str, str]:
    """What the image is made from, by name.

    Raises:
        DeliveryError: one is not pinned by a digest.
    """
    found = dict(line.split("=", 1) for line in text.splitlines() if line and not line.startswith("#"))
    if loose := [name for name, value in found.items() if not re.search(r"(^|@sha256:)[0-9a-f]{64}$", value)]:
        raise DeliveryError(f"{PINS.name}: {', '.join(loose)} is pinned by no digest; {PINS.name} says how to resolve one")
    return found


def command(image: str, commit: str, made_from: Mapping[str, str], metadata: Path) -> list[str]:
    """The command that builds and pushes `image`, and writes its digest to `metadata`."""
    given = {**made_from, "COMMIT": commit}
    arguments = [part for name, value in given.items() for part in ("--build-arg", f"{name}={value}")]
    build = ["docker", "buildx", "build", "--file", "delivery/reconcile/Dockerfile", "--platform", PLATFORM]
    # Without attestations it is one manifest, whose digest is the image's.
    return [*build, "--provenance=false", "--tag", image, "--push", "--metadata-file", str(metadata), *arguments, "."]


def checked_out() -> str:
    """The commit that is checked out.

    Raises:
        DeliveryError: files differ from it: the image would not be of that commit.
    """

    def git(*arguments: str) -> str:
        return subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()  # noqa: S603, S607

    if changed := git("status", "--porcelain", "--untracked-files=no"):
        raise DeliveryError(f"the image is of a commit, and these files differ from it:\n{changed}")
    return git("rev-parse", "HEAD")


def digest_of(ecr: Any, commit: str) -> str | None:
    """The digest of the image of a commit in a registry; None where there is none.

    Raises:
        ClientError: the registry has no such repository (the first `up` makes it), or refuses.
    """
    try:
        found = ecr.describe_images(repositoryName=REPOSITORY, imageIds=[{"imageTag": commit}])
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") == "ImageNotFoundException":
            return None
        raise
    return found["imageDetails"][0]["imageDigest"]


def main(arguments: list[str]) -> int:
    """Print the digest; the exit code is 1 if there is no image."""
    parser = argparse.ArgumentParser(prog="python -m delivery.reconcile.build", description=__doc__)
    parser.add_argument("--stack", required=True)
    stack = parser.parse_args(arguments).stack
    stack_file = ROOT / f"Pulumi.{stack}.yaml"
    try:
        if registering(stack, stack_file) is None:
            # Links between two regions: nothing fails over to such a stack.
            return 0
        commit, region = checked_out(), str(yaml.safe_load(stack_file.read_text())["config"]["aws:region"])
        boto: Any = boto3
        ecr = boto.client("ecr", region_name=region)
        if not (digest := digest_of(ecr, commit)):
            image = f"{account_of(stack_file)}.dkr.ecr.{region}.amazonaws.com/{REPOSITORY}:{commit}"
            with tempfile.TemporaryDirectory() as folder:
                metadata = Path(folder, "metadata.json")
                build = command(image, commit, pins(PINS.read_text()), metadata)
                subprocess.run(build, cwd=ROOT, stdout=sys.stderr, check=True)  # noqa: S603
                digest = json.loads(metadata.read_text())["containerimage.digest"]
    except (DeliveryError, ClientError, OSError, subprocess.CalledProcessError) as error:
        sys.stderr.write(f"no image: {error}\n")
        return 1
    print(digest)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
