"""What can go wrong between a client and JiSi.

TransientError
├── KafkaUnreachableError   no broker answers, or none lets us in
└── NoAnswerError           no answer came in the time given; one may still come
PermanentError
└── TopicMissingError       Kafka answers, but holds none of JiSi's topics
    InputError
    └── QueryTooLargeError  larger than the queries topic takes
"""

from typing import ClassVar

from jisi.errors import InputError, PermanentError, TransientError
from jisi.messaging.connection import KafkaConnection


class KafkaUnreachableError(TransientError):
    """No broker answers, or none lets us in; says why and what to check."""

    code: ClassVar[str] = "kafka_unavailable"


class NoAnswerError(TransientError):
    """No answer came in time; what was asked goes on, and the same id asked again gets its answer."""

    code: ClassVar[str] = "no_answer"


class TopicMissingError(PermanentError):
    """Kafka answers, but holds no such topic: JiSi never ran there, or under another prefix (JISI_TOPIC_PREFIX)."""

    code: ClassVar[str] = "topic_missing"

    def __init__(self, kafka: KafkaConnection, topic: str) -> None:
        super().__init__(
            f"Kafka at {kafka} holds no topic {topic}: JiSi never ran there, or with another prefix: see "
            "JISI_TOPIC_PREFIX"
        )


class QueryTooLargeError(InputError):
    """The query is larger than the queries topic takes."""

    code: ClassVar[str] = "query_too_large"
