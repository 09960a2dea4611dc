"""Functions run on a runtime that AWS still patches, with signed code, and are not told secrets in plain sight."""

from datetime import UTC, date, datetime
from typing import Final

from policies.kit.resource import Resource
from policies.kit.rule import NOT_JUDGED, Answers, Finding, Rules
from policies.kit.secrets import secret_in_variable
from policies.kit.values import UNKNOWN, given

rules: Final = Rules("workloads")

# Runtime -> the day AWS stopped, or will stop, to patch it: docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html.
# A runtime that is not here has no day near enough to be sure of.
_DEPRECATED: Final = {
    "nodejs": date(2016, 10, 31),
    "nodejs4.3": date(2020, 3, 5),
    "nodejs4.3-edge": date(2019, 4, 30),
    "nodejs6.10": date(2019, 8, 12),
    "nodejs8.10": date(2020, 3, 6),
    "nodejs10.x": date(2021, 7, 30),
    "nodejs12.x": date(2023, 3, 31),
    "nodejs14.x": date(2023, 12, 4),
    "nodejs16.x": date(2024, 6, 12),
    "nodejs18.x": date(2025, 9, 1),
    "nodejs20.x": date(2026, 4, 30),
    "nodejs22.x": date(2027, 4, 30),
    "python2.7": date(2021, 7, 15),
    "python3.6": date(2022, 7, 18),
    "python3.7": date(2023, 12, 4),
    "python3.8": date(2024, 10, 14),
    "python3.9": date(2025, 12, 15),
    "python3.10": date(2026, 10, 31),
    "ruby2.5": date(2021, 7, 30),
    "ruby2.7": date(2023, 12, 7),
    "ruby3.2": date(2026, 3, 31),
    "ruby3.3": date(2027, 3, 31),
    "java8": date(2024, 1, 8),
    "go1.x": date(2024, 1, 8),
    "dotnetcore1.0": date(2019, 6, 27),
    "dotnetcore2.0": date(2019, 5, 30),
    "dotnetcore2.1": date(2022, 1, 5),
    "dotnetcore3.1": date(2023, 4, 3),
    "dotnet5.0": date(2022, 5, 10),
    "dotnet6": date(2024, 12, 20),
    "dotnet7": date(2024, 5, 14),
    "dotnet8": date(2026, 11, 10),
    "provided": date(2024, 1, 8),
    "provided.al2": date(2026, 7, 31),
}


@rules.rule("lambda-runtime-supported", "C144", "lambda/function")
def _runtime_supported(function: Resource) -> Answers:
    """Functions run on a runtime that AWS has not deprecated.

    Set runtime to a newer one of the same language.
    """
    runtime = function.get("runtime")
    if runtime is UNKNOWN:
        yield NOT_JUDGED
    elif (since := _DEPRECATED.get(str(runtime))) and since <= datetime.now(UTC).date():
        yield Finding("runtime", runtime, f"a runtime that AWS supports ({runtime} is deprecated since {since})")


@rules.rule("lambda-no-plain-secrets", "C147", "lambda/function")
def _no_plain_secrets(function: Resource) -> Answers:
    """No environment variable of a function holds a literal secret.

    Keep the secret in Secrets Manager, name it in the variable, and read it with the function's role.
    """
    variables = function.get("environment.variables")
    for name, value in (variables or {}).items():
        path = f"environment.variables.{name}"
        if value is UNKNOWN:
            yield NOT_JUDGED
        elif value is not None and (what := secret_in_variable(name, str(value))):
            yield Finding(path, what, "the name or ARN of a secret")
        elif path in function.secrets and not str(value).startswith("arn:"):
            yield Finding(path, "a Pulumi secret", "the name or ARN of a secret")


@rules.rule("lambda-code-signing", "C151", "lambda/function")
def _code_signing(function: Resource) -> Answers:
    """Functions run signed code only.

    Set codeSigningConfigArn to a code signing configuration.
    """
    signing = function.get("codeSigningConfigArn")
    if not given(signing) and function.get("packageType") != "Image":  # images are signed in their registry
        yield Finding("codeSigningConfigArn", signing, "the ARN of a code signing configuration")
