"""Create the topics with stated partitions, sizes and retention; nothing relies on auto-creation."""

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import InvalidReplicationFactorError, KafkaError, NoError, TopicAlreadyExistsError, for_code

from jisi.contracts.topics import DEAD_LETTER_SUFFIX, Topics
from jisi.errors import InputError, TransientError
from jisi.messaging.connection import KafkaConnection
from jisi.messaging.settings import PARTITIONS
from jisi.messaging.unreachable import why_unreachable

MAX_MESSAGE_BYTES = 8 * 1024 * 1024
"""Queries and answers hold whole texts."""
MAX_DEAD_LETTER_BYTES = MAX_MESSAGE_BYTES + 1024 * 1024
"""The largest record with its reason, which is longer than the rest of a small one: a letter refused for its size would
block the records behind it for ever."""
RETENTION_MS = 7 * 24 * 3600 * 1000
"""Of queries and answers; rows in Postgres are kept longer, for they make redelivery harmless."""
PROGRESS_RETENTION_MS = 3600 * 1000
MIN_INSYNC = "min.insync.replicas"
"""Kafka's name of the number of copies that must have a record before its producer is told so."""


class TopicsUnavailableError(TransientError):
    """The topics could not be created: check that Kafka runs and that JISI_KAFKA is right."""

    code = "kafka_unavailable"


async def create_topics(
    kafka: KafkaConnection,
    *,
    prefix: str = "",
    partitions: int = PARTITIONS,
    replication: int = 1,
    min_insync: int | None = None,
) -> None:
    """Create all topics that are missing, as `TopicSettings` says.

    Raises:
        TopicsUnavailableError: Kafka cannot be reached or refuses.
        InputError: there are too few brokers for so many copies.
    """
    topics = Topics(prefix)
    admin = AIOKafkaAdminClient(**kafka.options())
    try:
        try:
            await admin.start()
        except KafkaError as error:
            raise TopicsUnavailableError(await why_unreachable(kafka, error)) from error
        brokers = len((await admin.describe_cluster())["brokers"])
        response = await admin.create_topics(
            [
                _new_topic(topics, name, partitions=partitions, replication=replication, min_insync=min_insync)
                for name in topics.all
            ]
        )
    except KafkaError as error:
        raise TopicsUnavailableError(f"the topics could not be created at {kafka}: {error}") from error
    finally:
        await admin.close()
    for name, code, *message in response.topic_errors:
        match for_code(code)():
            case NoError() | TopicAlreadyExistsError():
                pass
            case InvalidReplicationFactorError():
                raise InputError(
                    f"Topic {name} cannot have {replication} copies: of Kafka's brokers {brokers} "
                    f"{'is' if brokers == 1 else 'are'} up. Start more, or lower JISI_TOPIC_REPLICATION."
                )
            case error:
                told = message or type(error).__name__
                raise TopicsUnavailableError(f"topic {name} could not be created: {told}")


def _new_topic(topics: Topics, name: str, *, partitions: int, replication: int, min_insync: int | None) -> NewTopic:
    retention = PROGRESS_RETENTION_MS if name == topics.progress else RETENTION_MS
    is_dead_letters = name.endswith(DEAD_LETTER_SUFFIX)
    largest = MAX_DEAD_LETTER_BYTES if is_dead_letters else MAX_MESSAGE_BYTES
    in_sync = {} if min_insync is None else {MIN_INSYNC: str(min_insync)}
    return NewTopic(
        name=name,
        num_partitions=1 if is_dead_letters else partitions,
        replication_factor=replication,
        topic_configs={"max.message.bytes": str(largest), "retention.ms": str(retention), **in_sync},
    )
