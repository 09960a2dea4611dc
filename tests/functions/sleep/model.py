"""AWS as far as sleep needs it: states in between, refusals, throttling, and a run that is cut off before any of its calls."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from botocore.exceptions import ClientError

from functions.sleep.calendar import Calendar
from functions.sleep.handler import Sleeper

SCALING = ("DynamicScalingInSuspended", "DynamicScalingOutSuspended", "ScheduledScalingSuspended")
CALENDAR = Calendar(
    zone=ZoneInfo("America/New_York"),
    hours=tuple((day, 7 * 60, 20 * 60) for day in range(5)),
    holidays=frozenset({date(2026, 12, 25)}),
    # Sunday, 08:30 to 10:30 UTC.
    windows=((6 * 1440 + 8 * 60 + 30, 6 * 1440 + 10 * 60 + 30),),
)
NOON = datetime(2026, 12, 1, 17, tzinfo=UTC).timestamp()
"""A Tuesday's noon in New York."""
NIGHT = NOON + 10 * 3600
TARGETS: list[dict[str, Any]] = [
    {"kind": "database", "name": "database", "facts": {"identifier": "dataconnect-dev"}},
    {"kind": "service", "name": "bi", "facts": {"cluster": "cluster", "service": "bi", "min": 1, "max": 4}},
    {"kind": "fleet", "name": "convert", "facts": {"group": "dev-convert", "min": 1, "max": 6}},
    {"kind": "batch", "name": "batch", "facts": {"queue": "queue", "environments": ["on-demand", "spot"]}},
    {"kind": "alarms", "name": "alarms", "facts": {"names": ["service-bi"]}},
    {"kind": "database-alarms", "name": "database-alarms", "facts": {"names": ["database-cpu"]}},
]


class CutOffError(BaseException):
    """The run ends here, as a function does that is killed."""


def refusal(code: str, operation: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": code}}, operation)


class Aws:
    """A world of one of each; `now` is its clock, which may jump."""

    def __init__(self, targets: list[dict[str, Any]] | None = None) -> None:
        self.targets = targets or TARGETS
        self.environment = "dev"
        self.now = NOON
        self.database: dict[str, Any] = {"DBInstanceStatus": "available"}
        self.service: dict[str, Any] = {
            "desired": 2,
            "running": 2,
            "min": 1,
            "max": 4,
            "suspended": dict.fromkeys(SCALING, False),
        }
        self.fleet: dict[str, Any] = {"min": 1, "max": 6, "desired": 3, "there": 3}
        self.environments = {"on-demand": "ENABLED", "spot": "ENABLED"}
        self.jobs = 0
        self.alarms: dict[str, list[Any]] = {"database-cpu": [True, "OK"], "service-bi": [True, "OK"]}
        self.items: dict[str, dict[str, Any]] = {}
        self.metrics: dict[str, float] = {}
        self.calls: list[str] = []
        self.told: list[tuple[str, str]] = []
        self.before: Callable[[int, str], None] = lambda _index, _name: None

    def document(self) -> str:
        return json.dumps({"stack": "dev", "environment": self.environment, "table": "schedule", "targets": self.targets})

    def round(self, event: dict[str, Any] | None = None) -> dict[str, Any]:
        made = Sleeper(self.document(), Calls(self).client, CALENDAR, now=lambda: self.now)
        return made.handle(event or {})

    def rounds(self, count: int = 12, minutes: int = 5) -> dict[str, Any]:
        """Undisturbed ones, with what AWS does meanwhile."""
        told: dict[str, Any] = {}
        for _ in range(count):
            told = self.round()
            self.pass_by()
            self.now += minutes * 60
        return told

    def pass_by(self) -> None:
        """What was begun comes to its end."""
        status = self.database["DBInstanceStatus"]
        ends = {"stopping": "stopped", "starting": "available", "backing-up": "available"}
        self.database["DBInstanceStatus"] = ends.get(status, status)
        self.service["running"] = self.service["desired"]
        self.fleet["there"] = self.fleet["desired"]
        self.jobs = 0

    def sizes(self) -> tuple[Any, ...]:
        return ({**self.service}, {**self.fleet}, {**self.environments}, [each[0] for each in self.alarms.values()])


class Calls:
    """The clients of one run."""

    def __init__(self, aws: Aws) -> None:
        self.aws, self.index = aws, 0

    def client(self, service: str) -> "Client":
        return Client(self, service)


class Client:
    def __init__(self, calls: Calls, service: str) -> None:
        self._calls, self._service = calls, service

    def __getattr__(self, method: str) -> Callable[..., Any]:
        def call(**arguments: Any) -> Any:
            name = f"{self._service}.{method}"
            self._calls.aws.before(self._calls.index, name)
            self._calls.index += 1
            if not method.startswith(("describe", "list", "get", "put", "query")):
                self._calls.aws.calls.append(name)
            return getattr(Answers, method)(self._calls.aws, arguments)

        return call


class Answers:
    """What AWS answers, by the name of the call."""

    @staticmethod
    def describe_db_instances(aws: Aws, given: dict[str, Any]) -> Any:
        assert given == {"DBInstanceIdentifier": "dataconnect-dev"}
        return {"DBInstances": [aws.database]}

    @staticmethod
    def stop_db_instance(aws: Aws, _given: dict[str, Any]) -> Any:
        if aws.database["DBInstanceStatus"] != "available" or aws.service["running"] or aws.fleet["there"] or aws.jobs:
            raise refusal("InvalidDBInstanceState", "StopDBInstance")
        aws.database["DBInstanceStatus"] = "stopping"

    @staticmethod
    def start_db_instance(aws: Aws, _given: dict[str, Any]) -> Any:
        if aws.database["DBInstanceStatus"] != "stopped":
            raise refusal("InvalidDBInstanceState", "StartDBInstance")
        aws.database["DBInstanceStatus"] = "starting"

    @staticmethod
    def describe_services(aws: Aws, given: dict[str, Any]) -> Any:
        assert given == {"cluster": "cluster", "services": ["bi"]}
        return {"services": [{"desiredCount": aws.service["desired"], "runningCount": aws.service["running"]}]}

    @staticmethod
    def describe_scalable_targets(aws: Aws, given: dict[str, Any]) -> Any:
        assert given["ResourceIds"] == ["service/cluster/bi"]
        service = aws.service
        suspended = {**service["suspended"]}
        return {
            "ScalableTargets": [{"MinCapacity": service["min"], "MaxCapacity": service["max"], "SuspendedState": suspended}]
        }

    @staticmethod
    def update_service(aws: Aws, given: dict[str, Any]) -> Any:
        if given["desiredCount"] and aws.database["DBInstanceStatus"] not in ("available", "backing-up"):
            raise AssertionError("tasks were started without their database")
        aws.service["desired"] = given["desiredCount"]

    @staticmethod
    def register_scalable_target(aws: Aws, given: dict[str, Any]) -> Any:
        least, most = given["MinCapacity"], given["MaxCapacity"]
        aws.service |= {"min": least, "max": most, "suspended": given["SuspendedState"]}
        aws.service["desired"] = min(max(aws.service["desired"], least), most)

    @staticmethod
    def describe_auto_scaling_groups(aws: Aws, given: dict[str, Any]) -> Any:
        assert given == {"AutoScalingGroupNames": ["dev-convert"]}
        fleet = aws.fleet
        there = [{"LifecycleState": "InService"} for _ in range(fleet["there"])]
        sizes = {"MinSize": fleet["min"], "MaxSize": fleet["max"], "DesiredCapacity": fleet["desired"]}
        return {"AutoScalingGroups": [{**sizes, "Instances": there}]}

    @staticmethod
    def update_auto_scaling_group(aws: Aws, given: dict[str, Any]) -> Any:
        least, most, desired = given["MinSize"], given["MaxSize"], given["DesiredCapacity"]
        if not least <= desired <= most:
            raise refusal("ValidationError", "UpdateAutoScalingGroup")
        aws.fleet |= {"min": least, "max": most, "desired": desired}

    @staticmethod
    def describe_compute_environments(aws: Aws, given: dict[str, Any]) -> Any:
        told = [(name, aws.environments[name]) for name in given["computeEnvironments"] if name in aws.environments]
        return {"computeEnvironments": [{"computeEnvironmentName": name, "state": state} for name, state in told]}

    @staticmethod
    def list_jobs(aws: Aws, given: dict[str, Any]) -> Any:
        return {"jobSummaryList": [{}] * aws.jobs if given["jobStatus"] == "RUNNING" else []}

    @staticmethod
    def update_compute_environment(aws: Aws, given: dict[str, Any]) -> Any:
        aws.environments[given["computeEnvironment"]] = given["state"]

    @staticmethod
    def describe_alarms(aws: Aws, given: dict[str, Any]) -> Any:
        told = [(name, *aws.alarms[name]) for name in given["AlarmNames"]]
        return {"MetricAlarms": [{"AlarmName": name, "ActionsEnabled": on, "StateValue": state} for name, on, state in told]}

    @staticmethod
    def disable_alarm_actions(aws: Aws, given: dict[str, Any]) -> Any:
        for name in given["AlarmNames"]:
            aws.alarms[name][0] = False

    @staticmethod
    def enable_alarm_actions(aws: Aws, given: dict[str, Any]) -> Any:
        for name in given["AlarmNames"]:
            aws.alarms[name][0] = True

    @staticmethod
    def set_alarm_state(aws: Aws, given: dict[str, Any]) -> Any:
        on, before = aws.alarms[given["AlarmName"]]
        if on and before != given["StateValue"]:
            aws.told.append((given["AlarmName"], given["StateValue"]))
        aws.alarms[given["AlarmName"]][1] = given["StateValue"]

    @staticmethod
    def put_metric_data(aws: Aws, given: dict[str, Any]) -> Any:
        (stack,) = {each["Dimensions"][0]["Value"] for each in given["MetricData"]}
        assert given["Namespace"] == f"DataConnect/{stack}/Schedule"
        aws.metrics = {each["MetricName"]: each["Value"] for each in given["MetricData"]}

    @staticmethod
    def get_item(aws: Aws, given: dict[str, Any]) -> Any:
        found = aws.items.get(given["Key"]["item"]["S"])
        return {"Item": found} if found else {}

    @staticmethod
    def put_item(aws: Aws, given: dict[str, Any]) -> Any:
        name = given["Item"]["item"]["S"]
        found, values = aws.items.get(name, {}), given.get("ExpressionAttributeValues", {})
        fits = "ConditionExpression" not in given or found.get("version") == values.get(":before")
        if ":at" in values:
            asked, at, now = (int(each["N"]) for each in (found.get("asked", values[":at"]), values[":at"], values[":now"]))
            fits = asked <= at or asked > now
        if not fits:
            raise refusal("ConditionalCheckFailedException", "PutItem")
        aws.items[name] = given["Item"]

    @staticmethod
    def query(aws: Aws, given: dict[str, Any]) -> Any:
        prefix = given["ExpressionAttributeValues"][":prefix"]["S"]
        return {"Items": [each for name, each in aws.items.items() if name.startswith(prefix)]}
