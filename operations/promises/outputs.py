"""What a stack's outputs tell of its promises."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from operations.errors import Code, OperationError
from operations.pulumi_outputs import Reader, read_outputs


@dataclass(frozen=True, kw_only=True)
class Promise:
    """One promise of a service.

    Attributes:
        service: Whose.
        kind: `availability`, `latency` or `freshness`.
        says: In words.
        target: Percent that must be good.
        window_days: Days over which it is judged.
        tier: Of the tenants that it is made to; None where it is made to all.
        metrics: `requests`, and either `within` or `bad`, with `refused` where that counts not all: as CloudWatch's MetricStat
            has them, without a period.
    """

    service: str
    kind: str
    says: str
    target: float
    window_days: int
    tier: str | None
    metrics: Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, kw_only=True)
class Promised:
    """The promises of a stack, primary or recovery.

    Attributes:
        name: Of the stack.
        account: Its AWS account.
        region: Its AWS region.
        promises: In the order of the services.
        logs: Log group of each workload that tells its requests, by its name.
        failures: The query of Logs Insights that lists what failed, as it is saved in the account, too.
    """

    name: str
    account: str
    region: str
    promises: Sequence[Promise]
    logs: Mapping[str, str]
    failures: str


def load_promised(stack: str, outputs: Path | None) -> Promised:
    """The promises of a stack.

    Raises:
        OperationError: on outputs that are none, or of a stack of before there were promises.
    """
    name, told, source = read_outputs(stack, outputs)
    return promised_of(name, Reader(told, source))


def promised_of(name: str, reader: Reader) -> Promised:
    """The same of outputs that are read."""
    region, account = reader.place("sns", "the ARN of an SNS topic", "alertTopicArn")
    services = reader.names("objectives")
    return Promised(
        name=name,
        account=account,
        region=region,
        promises=[each for service in services for each in _of_service(service, reader)],
        logs=reader.text_by_name("errorLogs"),
        failures=reader.text("errorQuery"),
    )


def _of_service(service: str, reader: Reader) -> list[Promise]:
    told = reader.mapping("objectives", service)
    window_days = reader.number("objectives", service, "windowDays")
    try:
        return [
            Promise(
                service=service,
                kind=str(each["kind"]),
                says=str(each["promise"]),
                target=float(each["target"]),
                window_days=window_days,
                tier=each.get("tier"),
                metrics={name: _metric(metric) for name, metric in each["metrics"].items()},
            )
            for each in cast("Sequence[Mapping[str, Any]]", told["indicators"])
        ]
    except (AttributeError, KeyError, TypeError, ValueError):
        expected = "what it is measured by (deploy the stack with this release first)"
        raise OperationError(f"output objectives.{service} is not as expected; expected {expected}", Code.USAGE) from None


def _metric(told: Mapping[str, Any]) -> dict[str, Any]:
    dimensions = [{"Name": name, "Value": value} for name, value in sorted(told["dimensions"].items())]
    metric = {"Namespace": told["namespace"], "MetricName": told["name"], "Dimensions": dimensions}
    return {"Metric": metric, "Stat": told["statistic"]}
