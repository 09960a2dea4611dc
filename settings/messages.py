"""What topics, queues and delivery streams of a stack must agree on: who subscribes to what, and whose names are taken."""

from collections.abc import Iterator, Mapping
from typing import Final

from components.base.problems import Problem
from components.messaging.queue_spec import WHY_ALIKE, QueueSpec
from components.messaging.topic_spec import TopicSpec

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


def unknown_topic(name: str | None, topics: Topics, *, path: tuple[str, ...]) -> Iterator[Problem]:
    """A problem if `name` is no topic of the stack."""
    if name is not None and name not in topics:
        listed = f"one of topics: {', '.join(topics)}" if topics else "none: the stack has no topics"
        yield Problem(value=name, expected=listed, path=path)
