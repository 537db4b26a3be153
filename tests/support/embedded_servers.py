"""The servers of a test session that are not given by address."""

from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from jisi.stack.kafka import EmbeddedKafka
from jisi.stack.postgres import EmbeddedPostgres


class EmbeddedServers:
    """The embedded servers of a session, each started in a thread of its own as soon as it is known to be needed."""

    def __init__(self, folder: Path) -> None:
        self._pool = ThreadPoolExecutor(2)
        self._kafka = EmbeddedKafka(folder=folder / "kafka", short_lived=True)
        self._postgres = EmbeddedPostgres(folder=folder / "postgres")
        self._starts: dict[str, Future[None]] = {}

    def begin(self, name: str) -> None:
        """Begin to start the server, unless that was done before."""
        if name not in self._starts:
            server = self._kafka if name == "kafka_server" else self._postgres
            self._starts[name] = self._pool.submit(server.start)

    def kafka(self) -> str:
        """Give the address of Kafka, once it is up."""
        self.begin("kafka_server")
        self._starts["kafka_server"].result()
        return self._kafka.address

    def postgres(self) -> str:
        """Give the address of Postgres, once it is up."""
        self.begin("postgres_server")
        self._starts["postgres_server"].result()
        return self._postgres.url()

    def stop(self) -> None:
        """End both; they may still be starting."""
        self._pool.shutdown()
        self._kafka.stop()
        self._postgres.stop()
