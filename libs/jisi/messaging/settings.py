"""How a process reaches Kafka."""

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from jisi.contracts.topics import Topics

RETRY_BACKOFF_MS = 300
"""Between tries to reach a broker that is down: at the default, 100, each process tries 80 times a second, and six of
them take half a processor from the very broker that is starting beside them."""


class KafkaSettings(BaseSettings):
    """Address and topics; read from `JISI_KAFKA`, `JISI_TOPIC_PREFIX`, ..."""

    model_config = SettingsConfigDict(env_prefix="JISI_", extra="ignore")

    kafka: str = "127.0.0.1:9092"
    """host:port of one or more brokers, separated by commas."""
    topic_prefix: str = ""
    """Put before every topic and group, so that several systems can share a cluster."""
    instance: str | None = None
    """Name of this replica, unique and lasting: a restarted member takes its partitions over at once."""
    session_timeout_ms: int = Field(default=10_000, ge=6_000)
    """How long a dead member holds its partitions (ENGINEERING.md 8)."""
    max_records: int = Field(default=200, ge=1)
    """Largest batch handed to a handler."""

    @property
    def topics(self) -> Topics:
        """Names of all topics under the prefix."""
        return Topics(self.topic_prefix)
