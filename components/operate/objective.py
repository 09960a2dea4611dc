"""The promises of a service, and the two alarms that tell when they are about to be broken."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
from pulumi_aws import cloudwatch

from ..base.alarms import Alarm, create_alarms
from ..base.component import Component, tags
from ..base.errors import InvalidArgumentError
from ..base.here import Here
from .burn import DAY, LEAST_BAD, PAIRS, Pair, Speed, threshold
from .indicators import Indicator

_SAYS: Final[dict[Speed, str]] = {
    "fast": "would be spent in days: people meet this now",
    "slow": "would be spent before its time: nobody need get up for it",
}


@dataclass(frozen=True, kw_only=True)
class ObjectiveArgs:
    """The promises of one service.

    Attributes:
        here: Where it runs, and who hears of it.
        service: Its name, for people.
        window_days: Days over which they are judged.
        indicators: What they are measured by, each under a name of its own; one or more.

    Raises:
        InvalidArgumentError: on no indicator, or two of a name.
    """

    here: Here
    service: str
    window_days: int
    indicators: Sequence[Indicator]

    def __post_init__(self) -> None:
        names = [each.name for each in self.indicators]
        if not names or len(set(names)) < len(names):
            raise InvalidArgumentError(self, "indicators", names, "one or more, each kind once for each tier")


class Objective(Component):
    """Six quiet alarms for each promise, two for each pair of windows; and two loud ones, of which one speaks at a time:
    `fast-burn` and `slow-burn`.

    CloudWatch lets all metrics of one alarm have one period only, so that two windows are two alarms; a composite alarm says
    whether both speak. Where nobody asks anything of the service, none of them does.
    """

    def __init__(self, name: str, args: ObjectiveArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        here, rules = args.here, dict[Speed, list[pulumi.Output[str]]]()
        for indicator in args.indicators:
            for pair in PAIRS:
                long, short = create_alarms(self, windows(indicator, pair, args), here, quiet=True)
                both = pulumi.Output.concat('(ALARM("', long.name, '") AND ALARM("', short.name, '"))')
                rules.setdefault(pair.speed, []).append(both)
        fast = self._tell("fast", pulumi.Output.all(*rules["fast"]).apply(" OR ".join), args)
        # What the fast one tells is no news twice.
        slow = pulumi.Output.all(*rules["slow"]).apply(" OR ".join)
        self._tell("slow", pulumi.Output.concat("(", slow, ') AND NOT ALARM("', fast.alarm_name, '")'), args)
        self.register_outputs({})

    def _tell(self, speed: Speed, rule: pulumi.Output[str], args: ObjectiveArgs) -> cloudwatch.CompositeAlarm:
        here, name = args.here, f"{self.name}-objective-{speed}-burn"
        promises = "; ".join(f"{each.promise}{f' ({each.tier})' if each.tier else ''}" for each in args.indicators)
        alarm = cloudwatch.CompositeAlarm(
            name,
            region=here.region,
            # It has no automatic name; the account's alarms of a region share their names.
            alarm_name=f"{name}-{pulumi.get_stack()}",
            alarm_description=here.alarms.described(
                f"objective-{speed}-burn",
                f"{args.service} fails so often, or is so slow, that its budget of {args.window_days} days {_SAYS[speed]}. "
                f"Promised: {promises}.",
            ),
            alarm_rule=rule,
            actions_enabled=True,
            alarm_actions=[here.alarms.topic_arn],
            ok_actions=[here.alarms.topic_arn],
            tags=tags(name),
            opts=self.child(),
        )
        here.inventory.loud.append(alarm.arn)
        return alarm


def windows(indicator: Indicator, pair: Pair, args: ObjectiveArgs) -> tuple[Alarm, Alarm]:
    """The alarm of the long window, which also wants some bad requests, and of the short one, which says whether it goes on."""

    def window(seconds: int, label: str, least: int) -> Alarm:
        expression = indicator.burn(least=least)
        return Alarm(
            key=f"objective-{pair.speed}-burn",
            label=f"{indicator.name}-{label}",
            description=f"{args.service}: {indicator.promise}, over {written(seconds)}.",
            metric={name: metric for name, metric in indicator.metrics.items() if name in expression},
            expression=expression,
            comparison="GreaterThanOrEqualToThreshold",
            threshold=threshold(pair, target=indicator.target, window_days=args.window_days),
            period=seconds,
            evaluation_periods=1,
            missing_data="notBreaching",
        )

    long = written(pair.long)
    return window(pair.long, long, LEAST_BAD), window(pair.short, f"{long}-{written(pair.short)}", 0)


def written(seconds: int) -> str:
    """Seconds as people write them: `5m`, `6h`, `3d`."""
    size, unit = next((size, unit) for size, unit in ((DAY, "d"), (3600, "h"), (60, "m")) if seconds % size == 0)
    return f"{seconds // size}{unit}"
