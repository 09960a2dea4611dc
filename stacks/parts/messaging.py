"""The queues of a region."""

from components.messaging.queue import Queue, QueueArgs
from components.messaging.queue_spec import QueueSpec
from settings import PlatformSettings
from stacks.parts.region import Region


def declare_queues(settings: PlatformSettings, region: Region) -> None:
    """Declare the queues, each to be sent to and consumed as `queue/<name>`."""
    for name, spec in settings.queues.items():
        queue = Queue(name, QueueArgs(here=region.here, spec=spec, key_arn=region.keys["messages"]))
        region.links.offer(QueueSpec.link, queue.link, name)
