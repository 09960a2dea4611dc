"""Functions that AWS Lambda refuses to create or to run."""

import re
from typing import Final

from policies.feasibility.data.failures import failures
from policies.feasibility.engine.bounds import at_most_items, between, choice, wanted
from policies.feasibility.engine.joins import each_matches
from policies.feasibility.engine.relations import may, unless_so
from policies.feasibility.engine.shapes import (
    absent,
    each_block,
    exactly_one,
    forbids,
    given,
    inside,
    needs,
    of,
    present,
    requires,
    saying,
    unless,
    when,
    where_given,
    where_missing,
)
from policies.kit.checks import all_of
from policies.kit.references import target
from policies.kit.resource import Resource
from policies.kit.rule import NOT_JUDGED, Answers, Check, Finding, Rules
from policies.kit.values import UNKNOWN, Value

rules: Final = Rules("feasibility", failures())

_FUNCTION: Final = "lambda/function"
_IMAGE: Final = "because the package is an image"

rules.named("lambda-package", "F359", _FUNCTION).add(
    of(
        when(
            "packageType",
            ("Image",),
            present("imageUri", "because packageType is Image"),
            saying(
                "InvalidParameterValueException: Please don't provide Handler or Runtime or Layer when the intended function "
                "PackageType is Image.",
                absent("handler runtime layers code s3Bucket", _IMAGE),
            ),
        ),
        when(
            "packageType",
            ("Zip",),
            saying(
                "handler and runtime must be set when PackageType is Zip",
                present("handler runtime", "because packageType is Zip (the default)"),
            ),
            absent("imageConfig", "because the package is not an image"),
            default="Zip",
        ),
        saying("one of `filename,image_uri,s3_bucket` must be specified", exactly_one("code imageUri s3Bucket")),
        requires("s3Bucket", "s3Key"),
    ),
    description="A function has one package: an image without handler and runtime, or code with both.",
    remediation="Set packageType: Image with imageUri, or code (or s3Bucket and s3Key) with handler and runtime.",
)
rules.named("lambda-sizes", "F360", _FUNCTION).add(
    of(
        where_missing(
            "capacityProviderConfig",
            between("memorySize", 128, 10240, unit="MB"),
            between("timeout", 1, 900, unit="seconds"),
            inside("ephemeralStorage", between("size", 512, 10240, unit="MB")),
        ),
        between("reservedConcurrentExecutions", 0, 100000, also=(-1,)),
        at_most_items("layers", 5, "layers"),
        at_most_items("architectures", 1, "architecture"),
    ),
    description="Memory, time, storage and layers of a function are within what Lambda gives.",
    remediation="Set a value in the range.",
)

_SUPPORTED: Final = "a runtime that is supported"
_RETIRED: Final = (
    r"nodejs|nodejs4\.3|nodejs4\.3-edge|nodejs6\.10|nodejs8\.10|nodejs10\.x|nodejs12\.x|python2\.7|python3\.6|ruby2\.5|"
    r"dotnetcore1\.0|dotnetcore2\.[01]|dotnetcore3\.1"
)


def _not_retired(path: str) -> Check:
    return each_matches(
        path,
        rf"(?!({_RETIRED})$).*",
        _SUPPORTED,
        answer=(
            "InvalidParameterValueException: The runtime parameter of {value} is no longer supported for creating or updating "
            "AWS Lambda functions. We recommend you use a supported runtime while creating or updating functions."
        ),
    )


rules.named("lambda-runtime-retired", "F361", "lambda/function lambda/layerVersion").add(
    all_of(_not_retired("runtime"), _not_retired("compatibleRuntimes[]")),
    description="Functions use a runtime that Lambda still creates and updates.",
    remediation="Move to a current runtime of the same language.",
)
rules.named("lambda-runtime-deprecated", "F362", _FUNCTION).add(
    each_matches("runtime", r"(?!(nodejs14\.x|python3\.7|ruby2\.7|java8|go1\.x|provided)$).*", _SUPPORTED, detail=False),
    description="New functions do not use a runtime that Lambda has closed for them.",
    remediation="Move to a current runtime of the same language.",
)

_NO_SNAP: Final = "because SnapStart is on"

rules.named("lambda-settings", "F363", _FUNCTION).add(
    all_of(
        of(
            requires("fileSystemConfig", "vpcConfig"),
            when("packageType", ("Image",), absent("snapStart codeSigningConfigArn", _IMAGE)),
            when("snapStart.applyOn", ("PublishedVersions",), absent("fileSystemConfig", _NO_SNAP)),
            forbids("capacityProviderConfig", "vpcConfig"),
        ),
        each_block(
            "loggingConfig",
            unless(
                "logFormat",
                ("JSON",),
                absent("applicationLogLevel systemLogLevel", "because only the format JSON has levels"),
                default="JSON",
            ),
        ),
        each_block("snapStart", choice("applyOn", ("PublishedVersions", "None"))),
        each_block("tracingConfig", choice("mode", ("Active", "PassThrough"))),
    ),
    description="A function's settings go together: file systems are in a VPC, log levels are for JSON.",
    remediation="Remove the one that the other excludes, or add what it needs.",
)


@rules.rule("lambda-snap-start-runtime", "F363", _FUNCTION)
def _snap_start(function: Resource) -> Answers:
    """SnapStart is on for runtimes that have it, with the usual storage.

    Use Java 11, Python 3.12 or .NET 8 or later, or remove snapStart.
    """
    if function.get("snapStart.applyOn") != "PublishedVersions":
        return
    yield from _STORAGE("", function.properties)
    runtime = function.get("runtime")
    if runtime and not _snaps(runtime):
        answer = f"InvalidParameterValueException: {runtime} is not supported for SnapStart enabled functions."
        yield Finding("snapStart.applyOn", "PublishedVersions", f"nothing, because the runtime is {runtime}", answer=answer)


def _snaps(runtime: str) -> bool:
    match = re.fullmatch(r"(java|python3\.|dotnet)(\d+)", runtime)
    return match is not None and int(match[2]) >= {"java": 11, "python3.": 12, "dotnet": 8}[match[1]]


_STORAGE: Final = wanted("ephemeralStorage.size", (512,), "512 with SnapStart", default=512, detail="storage")

_COEXIST: Final = "InvalidParameterValueException: SecurityGroupIds and SubnetIds must coexist or be both empty list."

rules.named("lambda-vpc-config", "F363", _FUNCTION).add(
    all_of(
        each_block(
            "vpcConfig",
            where_given("subnetIds", needs("securityGroupIds", "at least one", answer=_COEXIST)),
            where_given("securityGroupIds", needs("subnetIds", "at least one", answer=_COEXIST)),
        ),
        each_matches("fileSystemConfig.localMountPath", r"/mnt/[a-zA-Z0-9\-_.]+", "a path such as /mnt/data", detail=False),
    ),
    description="A function in a VPC names subnets and security groups.",
    remediation="Set both vpcConfig.subnetIds and vpcConfig.securityGroupIds.",
)


@rules.rule("lambda-vpc-permissions", "F096", _FUNCTION, needs_stack=True)
def _vpc_permissions(function: Resource) -> Answers:
    """The role of a function in a VPC may make network interfaces.

    Attach AWSLambdaVPCAccessExecutionRole to the role.
    """
    role = target(function, "role", "iam/role") if given(function.get("vpcConfig.subnetIds")) else None
    if role is not None:
        expected = "a role whose policies allow ec2:CreateNetworkInterface"
        yield from unless_so(may(role, "ec2:CreateNetworkInterface"), Finding("role", role.name, expected))


_RESERVED: Final = (
    "_HANDLER _X_AMZN_TRACE_ID AWS_DEFAULT_REGION AWS_REGION AWS_EXECUTION_ENV AWS_LAMBDA_FUNCTION_NAME "
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE AWS_LAMBDA_FUNCTION_VERSION AWS_LAMBDA_INITIALIZATION_TYPE AWS_LAMBDA_LOG_GROUP_NAME "
    "AWS_LAMBDA_LOG_STREAM_NAME AWS_ACCESS_KEY AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN "
    "AWS_LAMBDA_RUNTIME_API LAMBDA_TASK_ROOT LAMBDA_RUNTIME_DIR"
)


@rules.rule("lambda-environment", "F101", _FUNCTION)
def _environment(function: Resource) -> Answers:
    """A function's environment is at most 4 KB, and sets nothing that Lambda sets itself.

    Rename the variable; move large values to Parameter Store or Secrets Manager.
    """
    values: dict[str, Value] = function.get("environment.variables") or {}
    total = 0
    for key, value in values.items():
        total += len(key)
        if key in _RESERVED.split():
            answer = (
                "InvalidParameterValueException: Lambda was unable to configure your environment variables because the "
                "environment variables you have provided contains reserved keys that are currently not supported for "
                f"modification. Reserved keys used in this request: {key}"
            )
            yield Finding("environment.variables", key, "another name: Lambda sets this one itself", detail=key, answer=answer)
        elif not re.fullmatch(r"[a-zA-Z][a-zA-Z0-9_]+", key):
            answer = "ValidationException: Member must satisfy regular expression pattern: [a-zA-Z]([a-zA-Z0-9_])+"
            expected = "a name of two or more letters, digits and _, the first a letter"
            yield Finding("environment.variables", key, expected, detail=key, answer=answer)
        if value is UNKNOWN:
            yield NOT_JUDGED
        else:
            total += len(str(value).encode())
    if total > 4096:
        answer = (
            "InvalidParameterValueException: Lambda was unable to configure your environment variables because the "
            "environment variables you have provided exceeded the 4KB limit."
        )
        yield Finding("environment.variables", f"{total} bytes", "at most 4096 bytes in all", detail="size", answer=answer)
