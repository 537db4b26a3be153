"""The servers of a test session that are not given by address, whatever they run in."""

from concurrent.futures import Future, ThreadPoolExecutor
from typing import Protocol


class KafkaToStart(Protocol):
    """A broker that is not started yet."""

    @property
    def address(self) -> str:
        """Host and port, once it is started."""

    def start(self) -> None:
        """Start it and wait until clients can use it."""

    def stop(self) -> None:
        """End it, also if it was never started."""


class PostgresToStart(Protocol):
    """A server that is not started yet."""

    def url(self) -> str:
        """Give the address of one of its databases, once it is started; its user may make others."""

    def start(self) -> None:
        """Start it and wait until clients can use it."""

    def stop(self) -> None:
        """End it, also if it was never started."""


class SessionServers:
    """Both servers, each started in a thread of its own as soon as it is known to be needed."""

    def __init__(self, *, kafka: KafkaToStart, postgres: PostgresToStart) -> None:
        self._pool = ThreadPoolExecutor(2)
        self._kafka = kafka
        self._postgres = postgres
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
