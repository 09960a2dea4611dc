"""The topics of a region, and the queues that subscribe to them."""

from collections.abc import Mapping

import pulumi

from components.messaging.queue import Queue, QueueArgs
from components.messaging.queue_spec import QueueSpec
from components.messaging.topic import Topic, TopicArgs
from components.messaging.topic_spec import TopicSpec
from settings import PlatformSettings
from stacks.parts.region import Region


def declare_topics(settings: PlatformSettings, region: Region) -> dict[str, Topic]:
    """Declare the topics, each to be published to as `topic/<name>`."""
    topics = {
        name: Topic(name, TopicArgs(here=region.here, spec=spec, key_arn=region.keys["messages"]))
        for name, spec in settings.topics.items()
    }
    for name, topic in topics.items():
        region.links.offer(TopicSpec.link, topic.link, name)
    return topics


def declare_queues(settings: PlatformSettings, region: Region, topics: Mapping[str, Topic]) -> dict[str, Queue]:
    """Declare the queues, each to be sent to and consumed as `queue/<name>`."""
    queues = {
        name: Queue(
            name,
            QueueArgs(
                here=region.here,
                spec=spec,
                key_arn=region.keys["messages"],
                topic=topics[spec.topic] if spec.topic else None,
            ),
        )
        for name, spec in settings.queues.items()
    }
    for name, queue in queues.items():
        region.links.offer(QueueSpec.link, queue.link, name)
    return queues


def outputs_of_queues(queues: Mapping[str, Queue]) -> dict[str, dict[str, pulumi.Output[str]]]:
    """Name -> addresses of each queue and of its dead letters: what `dataconnect queue` reads."""
    return {name: {"url": queue.url, "deadLettersUrl": queue.dead_letters_url} for name, queue in queues.items()}
