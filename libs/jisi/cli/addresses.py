"""Where Kafka and Postgres are: where `JISI_...` variables say, else where the running `jisi up` has them."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from jisi.errors import InputError
from jisi.messaging.connection import KafkaConnection, KafkaSecurity
from jisi.stack.folder import DataFolder, StackState
from jisi.stack.settings import StackSettings

if TYPE_CHECKING:
    from jisi.client import JisiClient
    from jisi.database import DatabaseAddress


class NothingRunsError(InputError):
    """No address is given, and no `jisi up` runs."""

    code = "nothing_runs"

    def __init__(self, what: str, variable: str, settings: StackSettings) -> None:
        super().__init__(
            f"No {what} is known: nothing runs on the data folder {settings.data}. Start `jisi up` in another "
            f"terminal, or give an address with {variable}."
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class KafkaAddress:
    """A Kafka and the prefix of JiSi's topics there."""

    kafka: KafkaConnection
    prefix: str

    def client(self) -> "JisiClient":
        """Give a client, to be entered."""
        from jisi.client import JisiClient  # noqa: PLC0415 - loads aiokafka, which most commands do without

        return JisiClient(self.kafka.servers, self.prefix, security=self.kafka.security)


def find_kafka() -> KafkaAddress:
    """Give the Kafka that is meant.

    Raises:
        NothingRunsError: none is.
        InputError: one runs, but how it is reached is not told here.
    """
    settings = StackSettings()
    if settings.kafka is not None:
        return KafkaAddress(kafka=KafkaConnection(settings.kafka, settings.security), prefix=settings.topic_prefix)
    running = running_stack(settings)
    if running is None:
        raise NothingRunsError("Kafka", "JISI_KAFKA", settings)
    security = KafkaSecurity() if running.kafka_protocol == "plaintext" else settings.security
    if security.protocol != running.kafka_protocol:
        raise InputError(
            f"The running `jisi up` reaches Kafka by {running.kafka_protocol}, whose secrets it does not hand on: give "
            "the same JISI_KAFKA_... variables here."
        )
    return KafkaAddress(kafka=KafkaConnection(running.kafka, security), prefix=running.topic_prefix)


def find_database() -> "DatabaseAddress":
    """Give the address of the Postgres that is meant, without a pooler where that is possible: one command is few.

    Raises:
        NothingRunsError: none is.
    """
    from jisi.database import DatabaseAddress  # noqa: PLC0415 - loads SQLAlchemy, as above

    settings = StackSettings()
    if settings.database_direct_url is not None:
        return DatabaseAddress(settings.database_direct_url)
    if settings.database_url is not None:
        return DatabaseAddress(settings.database_url, settings.database_pooled)
    running = running_stack(settings)
    if running is None:
        raise NothingRunsError("Postgres", "JISI_DATABASE_URL", settings)
    return DatabaseAddress(running.database_url)


def running_stack(settings: StackSettings) -> StackState | None:
    """Give what runs on the data folder, once its servers have addresses; None when nothing does."""
    running = DataFolder(settings.data).running()
    return running if running is not None and running.kafka and running.database_url else None
