"""Create the topics with stated partitions, sizes and retention; nothing relies on auto-creation."""

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError, TopicAlreadyExistsError, for_code

from jisi.contracts.topics import DEAD_LETTER_SUFFIX, Topics
from jisi.errors import TransientError

PARTITIONS = 6
"""Of each topic by default: the most replicas of one service that can share the work."""
MAX_MESSAGE_BYTES = 8 * 1024 * 1024
"""Queries and answers hold whole texts."""
MAX_DEAD_LETTER_BYTES = MAX_MESSAGE_BYTES + 1024 * 1024
"""The largest record with its reason, which is longer than the rest of a small one: a letter refused for its size would
block the records behind it for ever."""
RETENTION_MS = 7 * 24 * 3600 * 1000
"""Of queries and answers; rows in Postgres are kept longer, for they make redelivery harmless."""
PROGRESS_RETENTION_MS = 3600 * 1000


class TopicsUnavailableError(TransientError):
    """The topics could not be created: check that Kafka runs and that JISI_KAFKA is right."""

    code = "kafka_unavailable"


async def create_topics(kafka: str, *, prefix: str = "", partitions: int = PARTITIONS, replication: int = 1) -> None:
    """Create all topics that are missing.

    Raises:
        TopicsUnavailableError: Kafka cannot be reached or refuses.
    """
    topics = Topics(prefix)
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    try:
        try:
            await admin.start()
            response = await admin.create_topics(
                [_new_topic(topics, name, partitions=partitions, replication=replication) for name in topics.all]
            )
        finally:
            await admin.close()
    except KafkaError as error:
        raise TopicsUnavailableError(f"the topics could not be created at {kafka}: {error}") from error
    for name, code, *message in response.topic_errors:
        if code and for_code(code) is not TopicAlreadyExistsError:
            raise TopicsUnavailableError(f"topic {name} could not be created: {message or for_code(code).__name__}")


def _new_topic(topics: Topics, name: str, *, partitions: int, replication: int) -> NewTopic:
    retention = PROGRESS_RETENTION_MS if name == topics.progress else RETENTION_MS
    is_dead_letters = name.endswith(DEAD_LETTER_SUFFIX)
    largest = MAX_DEAD_LETTER_BYTES if is_dead_letters else MAX_MESSAGE_BYTES
    return NewTopic(
        name=name,
        num_partitions=1 if is_dead_letters else partitions,
        replication_factor=replication,
        topic_configs={"max.message.bytes": str(largest), "retention.ms": str(retention)},
    )
