"""Real servers for the tests: those of `JISI_DATABASE_URL` and `JISI_KAFKA`, or embedded ones, once a session."""

import os
import signal
import tempfile
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest
from jisi.stack.kafka import EmbeddedKafka
from jisi.stack.postgres import EmbeddedPostgres

from tests.support.kafka import KafkaTestClient, new_topic_prefix
from tests.support.postgres import PostgresTestServer


def pytest_configure() -> None:
    """Let children be interrupted: in a shell's background job SIGINT is ignored, and they would inherit that."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


class _Servers:
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


@pytest.fixture(scope="session")
def _servers(request: pytest.FixtureRequest) -> Iterator[_Servers]:
    """Start at once all servers any test of this session will ask for, so that their starts overlap."""
    given = {"kafka_server": "JISI_KAFKA", "postgres_server": "JISI_DATABASE_URL"}
    needed = {name for item in request.session.items for name in getattr(item, "fixturenames", ())}
    with tempfile.TemporaryDirectory(prefix="jisi-tests-") as folder, ExitStack() as cleanup:
        servers = _Servers(Path(folder))
        cleanup.callback(servers.stop)
        for name, variable in given.items():
            if name in needed and not os.environ.get(variable):
                servers.begin(name)
        yield servers


@pytest.fixture(scope="session")
def postgres_server(request: pytest.FixtureRequest) -> PostgresTestServer:
    """Postgres with pgvector: the one given by `JISI_DATABASE_URL`, else an embedded one."""
    url = os.environ.get("JISI_DATABASE_URL") or request.getfixturevalue("_servers").postgres()
    return PostgresTestServer(url)


@pytest.fixture(scope="session")
def _migrated_template(postgres_server: PostgresTestServer) -> Iterator[str]:
    """Name of a database with all migrations applied, to be copied."""
    from jisi.database.migrations import upgrade  # noqa: PLC0415 - only where a database is needed

    with postgres_server.database() as name:
        upgrade(postgres_server.url(name))
        yield name


@pytest.fixture
def database_url(postgres_server: PostgresTestServer, _migrated_template: str) -> Iterator[str]:
    """Address of a fresh, migrated database of the test's own, dropped afterwards."""
    with postgres_server.database(template=_migrated_template) as name:
        yield postgres_server.url(name)


@pytest.fixture(scope="session")
def kafka_server(request: pytest.FixtureRequest) -> str:
    """Address (host:port) of Kafka: the one given by `JISI_KAFKA`, else an embedded one."""
    return os.environ.get("JISI_KAFKA") or str(request.getfixturevalue("_servers").kafka())


@pytest.fixture
def topic_prefix() -> str:
    """Prefix for the topics of one test, such as `test-1a2b3c4d.`: put it before every topic's and group's name."""
    return new_topic_prefix()


@pytest.fixture
def kafka_client(kafka_server: str) -> KafkaTestClient:
    """Bare client for the side of the test: makes topics, publishes, reads all that is there."""
    return KafkaTestClient(kafka_server)
