"""The image's recipe agrees with the task that runs it, and with what the tests run; nothing here builds it."""

import json
import re
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from components.compute.container import USER
from components.operate.reconcile import ENTRY_POINT
from components.operate.reconcile_spec import ReconcileSpec
from delivery.deploy import DeliveryError
from delivery.reconcile.build import PINS, PLATFORM, REPOSITORY, command, digest_of, pins
from delivery.reconcile.locks import OWN_USER

ROOT = Path(__file__).parents[3]
FOLDER = ROOT / "delivery" / "reconcile"
DOCKERFILE = (FOLDER / "Dockerfile").read_text()
PINNED = {"PULUMI_IMAGE": f"docker.io/pulumi@sha256:{'a' * 64}", "PROVIDER_SHA256": "b" * 64}


def test_it_runs_as_the_user_of_tasks_who_signs_its_locks_with_nothing_writable_but_tmp() -> None:
    assert f"\nUSER {USER}\n" in DOCKERFILE and f"chown {USER} /tmp" in DOCKERFILE and "\nVOLUME /tmp\n" in DOCKERFILE
    assert f"--home-dir /tmp {OWN_USER} " in DOCKERFILE and f"USER={OWN_USER} " in DOCKERFILE and "HOME=/tmp " in DOCKERFILE


def test_its_entry_point_is_the_task_s() -> None:
    told = re.search(r"^ENTRYPOINT \[(.*)\]$", DOCKERFILE, re.MULTILINE)
    assert told and tuple(re.findall(r'"([^"]+)"', told[1])) == ENTRY_POINT


def test_it_is_made_from_digests_only() -> None:
    named = re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE)
    assert named == ["${PULUMI_IMAGE}", "${PYTHON_IMAGE}"]
    # No default: a build that is not told what to start from starts from nothing.
    assert set(re.findall(r"^ARG (.*)$", DOCKERFILE, re.MULTILINE)) == {
        "PULUMI_IMAGE",
        "PYTHON_IMAGE",
        "PROVIDER_SHA256",
        "COMMIT",
    }
    assert "--require-hashes" in DOCKERFILE and "--checksum" in DOCKERFILE
    assert {line.partition("=")[0] for line in PINS.read_text().splitlines() if line[:1] != "#"} == {
        *("PULUMI_IMAGE", "PYTHON_IMAGE", "PROVIDER_SHA256")
    }


def test_what_is_pinned_by_no_digest_is_refused_by_name() -> None:
    text = "".join(f"{name}={value}\n" for name, value in PINNED.items())
    assert pins(f"# why\n{text}") == PINNED
    with pytest.raises(DeliveryError, match="PYTHON_IMAGE is pinned by no digest"):
        pins(f"{text}PYTHON_IMAGE=python:3.11-slim\n")


def test_it_has_the_versions_that_the_tests_run_with_and_the_engine_of_the_sdk() -> None:
    pinned = r"^([a-z0-9-]+)==([^ ;]+)"
    tested = dict(re.findall(pinned, (ROOT / "requirements.lock").read_text(), re.MULTILINE))
    shipped = dict(re.findall(pinned, (FOLDER / "requirements.txt").read_text(), re.MULTILINE))
    assert {
        "pulumi",
        "pulumi-aws",
        "pulumi-policy",
        "pydantic",
        "boto3",
    } <= shipped.keys() and shipped.items() <= tested.items()
    assert f"pulumi-python:{shipped['pulumi']}@" in PINS.read_text()
    assert f"pulumi-resource-aws-v{shipped['pulumi-aws']}-" in PINS.read_text()


def test_the_build_gives_the_commit_and_is_for_the_machine_that_the_task_asks_for(tmp_path: Path) -> None:
    built = command("registry/image:c0ffee", "c0ffee", PINNED, tmp_path)
    assert {f"PULUMI_IMAGE={PINNED['PULUMI_IMAGE']}", "COMMIT=c0ffee"} <= {*built}
    assert built[built.index("--platform") + 1] == PLATFORM
    spec = ReconcileSpec.model_fields
    assert PLATFORM.removeprefix("linux/") == str(spec["cpu_architecture"].default).lower()
    assert spec["repository"].default == REPOSITORY


@mock_aws
def test_an_image_that_is_there_is_not_built_again() -> None:
    boto: Any = boto3
    ecr = boto.client("ecr", region_name="us-west-2")
    ecr.create_repository(repositoryName=REPOSITORY)
    assert digest_of(ecr, "c0ffee") is None
    manifest = json.dumps({"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json", "layers": []})
    pushed = ecr.put_image(repositoryName=REPOSITORY, imageManifest=manifest, imageTag="c0ffee")["image"]
    assert digest_of(ecr, "c0ffee") == pushed["imageId"]["imageDigest"]
