"""Where Kafka and Postgres are: where `JISI_...` variables say, else where the running `jisi up` has them."""

from dataclasses import dataclass

from jisi.errors import InputError
from jisi.stack.folder import DataFolder, StackState
from jisi.stack.settings import StackSettings


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

    kafka: str
    prefix: str


def find_kafka() -> KafkaAddress:
    """Give the Kafka that is meant.

    Raises:
        NothingRunsError: none is.
    """
    settings = StackSettings()
    if settings.kafka is not None:
        return KafkaAddress(kafka=settings.kafka, prefix=settings.topic_prefix)
    running = running_stack(settings)
    if running is None:
        raise NothingRunsError("Kafka", "JISI_KAFKA", settings)
    return KafkaAddress(kafka=running.kafka, prefix=running.topic_prefix)


def find_database() -> str:
    """Give the address of the Postgres that is meant.

    Raises:
        NothingRunsError: none is.
    """
    settings = StackSettings()
    if settings.database_url is not None:
        return settings.database_url
    running = running_stack(settings)
    if running is None:
        raise NothingRunsError("Postgres", "JISI_DATABASE_URL", settings)
    return running.database_url


def running_stack(settings: StackSettings) -> StackState | None:
    """Give what runs on the data folder, once its servers have addresses; None when nothing does."""
    running = DataFolder(settings.data).running()
    return running if running is not None and running.kafka and running.database_url else None
