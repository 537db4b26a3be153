"""How a process reaches Kafka, and how the topics are made."""

from typing import Self

from pydantic import Field, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from jisi.contracts.topics import Topics
from jisi.messaging.connection import KafkaConnection, KafkaSecurity, kafka_security

PARTITIONS = 6
"""Of each topic by default: the most replicas of one service that can share the work."""
RETRY_BACKOFF_MS = 300
"""Between tries to reach a broker that is down: at the default, 100, each process tries 80 times a second, and six of
them take half a processor from the very broker that is starting beside them."""


class KafkaSettings(BaseSettings):
    """Address and topics; read from `JISI_KAFKA`, `JISI_TOPIC_PREFIX`, ..."""

    model_config = SettingsConfigDict(env_prefix="JISI_", extra="ignore")

    kafka: str = "127.0.0.1:9092"
    """host:port of one or more brokers, separated by commas."""
    security: KafkaSecurity = Field(default_factory=kafka_security)
    topic_prefix: str = ""
    """Put before every topic and group, so that several systems can share a cluster."""
    instance: str | None = None
    """Name of this replica, unique and lasting: a restarted member takes its partitions over at once."""
    session_timeout_ms: int = Field(default=10_000, ge=6_000)
    """How long a dead member holds its partitions (ENGINEERING.md 8)."""
    max_records: int = Field(default=200, ge=1)
    """Largest batch handed to a handler."""

    @property
    def connection(self) -> KafkaConnection:
        """Where Kafka is and how it is reached."""
        return KafkaConnection(self.kafka, self.security)

    @property
    def topics(self) -> Topics:
        """Names of all topics under the prefix."""
        return Topics(self.topic_prefix)


class TopicSettings(BaseSettings):
    """How topics are made that are missing; what is there stays as it is. Read from `JISI_TOPIC_PARTITIONS`, ..."""

    model_config = SettingsConfigDict(env_prefix="JISI_TOPIC_", env_ignore_empty=True, extra="ignore")

    partitions: int = Field(default=PARTITIONS, ge=1)
    """Of each topic: the most replicas of one service that can share the work."""
    replication: int = Field(default=1, ge=1, le=32_767)
    """Copies of each topic, on as many brokers: 3 where nothing may be lost with a broker."""
    min_insync: int | None = Field(default=None, ge=1)
    """Copies that must have a record before it counts as published (`min.insync.replicas`), 2 of 3; unset: what the
    brokers have as default."""

    @model_validator(mode="after")
    def _enough_copies(self) -> Self:
        if self.min_insync is not None and self.min_insync > self.replication:
            raise ValueError(
                f"JISI_TOPIC_MIN_INSYNC is {self.min_insync}, but JISI_TOPIC_REPLICATION {self.replication}: there are "
                "never more copies in sync than there are copies"
            )
        return self
