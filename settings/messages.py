"""What topics, queues and delivery streams of a stack must agree on: who subscribes to what, and whose names are taken."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Final

from components.base.problems import Problem
from components.messaging.delivery_stream_spec import DeliveryStreamSpec
from components.messaging.queue_spec import WHY_ALIKE, QueueSpec
from components.messaging.topic_spec import TopicSpec
from jobs.aggregate.records import SCHEMAS

# docs.aws.amazon.com/sns/latest/dg/sns-firehose-as-subscriber.html: delivery streams of one topic
STREAMS_PER_TOPIC: Final = 5
Topics = Mapping[str, TopicSpec]
DEAD_LETTERS: Final = "-dead-letters"


def subscriptions(queues: Mapping[str, QueueSpec], topics: Topics | None) -> Iterator[Problem]:
    """A problem for each queue that subscribes to what is not there or of another kind, or is called as a topic is.

    `topics` is None where what is wrong with them is told elsewhere.
    """
    if topics is None:
        return
    for name, queue in queues.items():
        if name in topics:
            yield Problem(
                value=name, expected="another name: a topic is called so, and its dead letters as the queue's", path=(name,)
            )
        elif name.removesuffix(DEAD_LETTERS) in topics and name.endswith(DEAD_LETTERS):
            of = name.removesuffix(DEAD_LETTERS)
            yield Problem(value=name, expected=f"another name: the dead letters of {of} are called so", path=(name,))
        yield from unknown_topic(queue.topic, topics, path=(name, "topic"))
        topic = topics.get(queue.topic or "")
        if topic and topic.fifo != queue.fifo:
            expected = f"{str(topic.fifo).lower()}, as topics.{queue.topic}: {WHY_ALIKE}"
            yield Problem(value=queue.fifo, expected=expected, path=(name, "fifo"))


def streams(found: Mapping[str, DeliveryStreamSpec], topics: Topics | None) -> Iterator[Problem]:
    """A problem for each delivery stream of what has no schema, or of a topic that is not there, is FIFO, or has too many."""
    of_topic: Counter[str] = Counter()
    for name, stream in found.items():
        if name not in SCHEMAS:
            expected = f"a dataset whose record has a schema (jobs/aggregate/records.py): {', '.join(SCHEMAS)}"
            yield Problem(value=name, expected=expected, path=(name,))
        if topics is None:
            continue
        path = (name, "topic")
        yield from unknown_topic(stream.topic, topics, path=path)
        if (topic := topics.get(stream.topic)) and topic.fifo:
            yield Problem(value=stream.topic, expected="a standard topic: a FIFO one delivers to queues only", path=path)
        of_topic[stream.topic] += 1
        if of_topic[stream.topic] > STREAMS_PER_TOPIC:
            expected = f"a topic with at most {STREAMS_PER_TOPIC} streams (SNS's limit)"
            yield Problem(value=stream.topic, expected=expected, path=path)


def unknown_topic(name: str | None, topics: Topics, *, path: tuple[str, ...]) -> Iterator[Problem]:
    """A problem if `name` is no topic of the stack."""
    if name is not None and name not in topics:
        listed = f"one of topics: {', '.join(topics)}" if topics else "none: the stack has no topics"
        yield Problem(value=name, expected=listed, path=path)
