"""The ECS cluster that services run in, on Fargate and Fargate Spot."""

from dataclasses import dataclass
from typing import Final

import pulumi
from pulumi_aws import ecs

from ..base.component import Component, tags
from ..base.event_alarm import tell_event
from ..base.here import Here
from ..base.log_group import create_log_group

# docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_service_events.html
NO_START_EVENTS: Final = ("SERVICE_TASK_CONFIGURATION_FAILURE", "SERVICE_TASK_PLACEMENT_FAILURE", "SERVICE_TASK_START_IMPAIRED")


@dataclass(frozen=True, kw_only=True)
class ClusterArgs:
    """A cluster.

    Attributes:
        here: Where it is, and who is told that a deployment failed or that tasks do not start. The key for logs encrypts
            Container Insights and ECS Exec logs, and ECS Exec sessions; the house's own serves CloudWatch Logs only, so that a
            session which somebody opens past the services' settings does not start.
    """

    here: Here


class Cluster(Component):
    """An ECS cluster with Container Insights, whose failed deployments and tasks that do not start are reported.

    Outputs: `arn` and `cluster_name`, known once Fargate and Fargate Spot may be used in it.
    """

    arn: pulumi.Output[str]
    cluster_name: pulumi.Output[str]

    def __init__(self, name: str, args: ClusterArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self.args = args
        here = args.here
        exec_log = create_log_group(self, f"{name}-exec", here=here, log_class="audit")
        cluster = ecs.Cluster(
            name,
            region=here.region,
            settings=[ecs.ClusterSettingArgs(name="containerInsights", value="enhanced")],
            configuration=ecs.ClusterConfigurationArgs(
                execute_command_configuration=ecs.ClusterConfigurationExecuteCommandConfigurationArgs(
                    kms_key_id=here.log_key(name),
                    logging="OVERRIDE",
                    log_configuration=ecs.ClusterConfigurationExecuteCommandConfigurationLogConfigurationArgs(
                        cloud_watch_encryption_enabled=True, cloud_watch_log_group_name=exec_log.name
                    ),
                )
            ),
            tags=tags(name),
            opts=self.child(),
        )
        providers = ecs.ClusterCapacityProviders(
            f"{name}-capacity-providers",
            region=here.region,
            cluster_name=cluster.name,
            capacity_providers=["FARGATE", "FARGATE_SPOT"],
            default_capacity_provider_strategies=[
                ecs.ClusterCapacityProvidersDefaultCapacityProviderStrategyArgs(capacity_provider="FARGATE", weight=1)
            ],
            opts=self.child(),
        )
        insights_log = create_log_group(
            self,
            f"{name}-insights",
            # Container Insights writes to a group of this name and would create it itself, unencrypted and for ever.
            physical_name=pulumi.Output.concat("/aws/ecs/containerinsights/", cluster.name, "/performance"),
            here=here,
            # Measurements, which are metrics already.
            shipped=False,
        )
        # Taken from all of them, so that a service waits for the capacity providers and for the log group.
        ready = pulumi.Output.all(cluster.arn, providers.cluster_name, insights_log.arn)
        self.arn = ready.apply(lambda parts: parts[0])
        self.cluster_name = ready.apply(lambda parts: parts[1])
        self._report_failures(cluster.arn)
        self.register_outputs({"arn": self.arn, "clusterName": self.cluster_name})

    def _report_failures(self, cluster_arn: pulumi.Output[str]) -> None:
        """Tell of deployments that were given up, and of tasks that do not start: those that never ran leave no metric."""
        services = cluster_arn.apply(lambda arn: arn.replace(":cluster/", ":service/") + "/")
        tell_event(
            self,
            "service-deployment-failed",
            here=self.args.here,
            description=f"Deployments of services of {self.name} that ECS gave up",
            pattern={
                "source": ["aws.ecs"],
                "detail-type": ["ECS Deployment State Change"],
                "resources": [{"prefix": services}],
                "detail": {"eventName": ["SERVICE_DEPLOYMENT_FAILED"]},
            },
            paths={"service": "$.resources[0]"},
            sentence="Deployment of <service> failed",
            said="$.detail.reason",
        )
        tell_event(
            self,
            "service-start-impaired",
            here=self.args.here,
            description=f"Services of {self.name} whose tasks do not start",
            pattern={
                "source": ["aws.ecs"],
                "detail-type": ["ECS Service Action"],
                "resources": [{"prefix": services}],
                "detail": {"eventName": [*NO_START_EVENTS]},
            },
            paths={"service": "$.resources[0]", "event": "$.detail.eventName"},
            sentence="Tasks of <service> do not start: <event>",
        )
