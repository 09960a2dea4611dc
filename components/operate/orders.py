"""What people order in Slack: a function behind the load balancer, which knows by Slack's signature whom it answers."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import pulumi
from pulumi_aws import cloudwatch, lambda_, secretsmanager

from ..base.alarms import Alarm, Metric, create_alarms
from ..base.component import Component, tags
from ..base.here import Here, Store
from ..base.statements import Statement
from ..base.telemetry import namespace
from ..compute.function_spec import FunctionSpec
from ..compute.function_triggers import forward_requests
from ..data.secret import RECOVERY_WINDOW_DAYS, read_secret
from ..edge.listener import Listener
from ..messaging.dead_letters import DeadLetters, DeadLettersArgs
from .notifier_table import NotifierTable
from .orders_spec import OrdersSpec
from .regional_function import RegionalFunction, RegionalFunctionArgs, arn_of

# Memory brings CPU: Slack waits for three seconds, the first time, too. The time is for a sleeper that is busy with two rounds.
SIZE: Final = FunctionSpec(memory_mib=1024, timeout_seconds=240, concurrency=5)
DOCUMENT: Final = "functions/orders/orders.json"
HANDED_ON_SECONDS: Final = 300
"""An order that waited for longer is not done any more: who gave it has gone on by then."""
MOST_REFUSED: Final = 20
"""In five minutes, twice in a row: Slack's own are none, and a passing scanner is fewer."""
REFUSED: Final = '{ $.service = "orders" && $.operation = "answer" && $.outcome = "refused" }'


@dataclass(frozen=True, kw_only=True)
class OrdersArgs:
    """The function of orders.

    Attributes:
        here: Where it is.
        spec: Who may order, and where.
        listener: The load balancer's, `ingress.listener`.
        table: The notifier's.
        sleeper: The name of the function that keeps the schedule; None where the stack never sleeps.
        keys: ARN of the region's key of the classes `messages` and `secrets`.
        source: Files of the function: path in the package -> text.
    """

    here: Here
    spec: OrdersSpec
    listener: Listener
    table: NotifierTable
    sleeper: str | None
    keys: Mapping[str, pulumi.Input[str]]
    source: Mapping[str, str]


class Orders(Component):
    """A function outside any VPC that takes Slack's requests: it verifies them, answers at once, and has another run do them.

    Outputs: `secret_arn`, of the secret that people put Slack's signing secret into; `function_name`.
    """

    secret_arn: pulumi.Output[str]
    function_name: str

    def __init__(self, name: str, args: OrdersArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self.args = args
        here = args.here
        self.function_name = f"dataconnect-{pulumi.get_stack()}-orders"
        self.secret_arn = self._secret()
        letters = DeadLetters(f"{name}-dead-letters", DeadLettersArgs(here=here, key_arn=args.keys["messages"]), self.child())
        function = RegionalFunction(
            name,
            RegionalFunctionArgs(
                # Its requests are the gate's, and people order in a stack that sleeps.
                here=replace(here, switched=False, sleeps=False),
                spec=SIZE,
                description="Takes what people order in Slack",
                source=args.source,
                documents={DOCUMENT: self._document()},
                handler="functions.orders.handler.handle",
                grants={"order": (*self._reads(), *args.table.words(), self._invokes(), *letters.send())},
                physical_name=self.function_name,
            ),
            self.child(),
        )
        lambda_.FunctionEventInvokeConfig(
            f"{name}-handed-on",
            region=here.region,
            function_name=function.function.name,
            # Whoever ordered hears that it was not done, and orders again.
            maximum_retry_attempts=0,
            maximum_event_age_in_seconds=HANDED_ON_SECONDS,
            destination_config=lambda_.FunctionEventInvokeConfigDestinationConfigArgs(
                on_failure=lambda_.FunctionEventInvokeConfigDestinationConfigOnFailureArgs(destination=letters.arn)
            ),
            # Lambda tries whether the role may send there.
            opts=self.child(depends_on=[*function.ready, letters.policy]),
        )
        forward_requests(
            function,
            here,
            function.function,
            args.listener,
            priority=args.spec.priority,
            paths=args.spec.paths,
            ready=function.ready,
        )
        described = "An order from Slack was not done, and whoever gave it may not know."
        refused = self._refused(function.log_group_name)
        create_alarms(self, [refused, letters.alarm("orders-dead-letters", described)], here, part=f"{name}-slack")
        self.register_outputs({"secretArn": self.secret_arn, "functionName": self.function_name})

    def _secret(self) -> pulumi.Output[str]:
        here, name = self.args.here, f"{self.name}-secret"
        secret = secretsmanager.Secret(
            name,
            region=here.region,
            description="By which the requests of the Slack app are verified: signingSecret (docs/alerts.md)",
            kms_key_id=self.args.keys["secrets"],
            recovery_window_in_days=RECOVERY_WINDOW_DAYS if here.features.keep_deleted else 0,
            tags=tags(name, data_classification="restricted", recovery="rebuilt"),
            opts=self.child(protect=here.protect),
        )
        loss = "nothing: the Slack app shows it"
        here.inventory.stores.append(Store(name=name, arn=secret.arn, recovery="rebuilt", loss=loss))
        return secret.arn

    def _reads(self) -> tuple[Statement, ...]:
        return read_secret(self.name, self.secret_arn, key_arn=self.args.keys["secrets"], region=self.args.here.region)

    def _invokes(self) -> Statement:
        """Itself, to go on after its answer, and the sleeper."""
        called = filter(None, (self.function_name, self.args.sleeper))
        resources = tuple(arn_of(each, self.args.here) for each in called)
        return Statement(sid="GoOn", actions=("lambda:InvokeFunction",), resources=resources)

    def _document(self) -> pulumi.Output[str]:
        """What functions/orders/handler.py reads."""
        args, spec = self.args, self.args.spec
        told: dict[str, Any] = {
            "stack": pulumi.get_stack(),
            "region": args.here.region,
            "function": self.function_name,
            "path": spec.path,
            "table": args.table.table_name,
            "secret": self.secret_arn,
            "sleeper": args.sleeper,
            "workspace": spec.workspace,
            "channels": [*spec.channels],
            "users": spec.users,
        }
        return pulumi.Output.json_dumps(told)

    def _refused(self, log_group_name: pulumi.Input[str]) -> Alarm:
        name = f"{self.name}-refused"
        cloudwatch.LogMetricFilter(
            name,
            region=self.args.here.region,
            log_group_name=log_group_name,
            pattern=REFUSED,
            metric_transformation=cloudwatch.LogMetricFilterMetricTransformationArgs(
                namespace=namespace(), name=name, value="1", unit="Count"
            ),
            opts=self.child(),
        )
        return Alarm(
            key="orders-refused",
            description=f"{MOST_REFUSED} requests in five minutes that Slack did not sign, or of people who may not order.",
            metric=Metric(namespace=namespace(), name=name, dimensions={}, statistic="Sum"),
            comparison="GreaterThanOrEqualToThreshold",
            threshold=MOST_REFUSED,
            period=300,
            evaluation_periods=2,
            missing_data="notBreaching",
        )
