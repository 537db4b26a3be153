"""Real servers for the tests: those of `JISI_DATABASE_URL` and `JISI_KAFKA`, or embedded ones, once a session.

What they need is imported only where it is asked for: the tests of the maths need numpy, pytest and hypothesis alone.
"""

import os
import signal
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.support.embedded_servers import EmbeddedServers
    from tests.support.kafka import KafkaTestClient
    from tests.support.postgres import PostgresTestServer

_OPTIONS_OF_PLUGINS = {
    "pytest_asyncio": ("asyncio_mode", "asyncio_default_fixture_loop_scope"),
    "pytest_timeout": ("timeout",),
}


def pytest_addoption(parser: pytest.Parser) -> None:
    """Know the options in pyproject.toml of plugins that are not installed: unknown ones are errors."""
    for plugin, options in _OPTIONS_OF_PLUGINS.items():
        for option in options if find_spec(plugin) is None else ():
            parser.addini(option, f"of {plugin}, which is not installed")


def pytest_configure() -> None:
    """Let children be interrupted: in a shell's background job SIGINT is ignored, and they would inherit that."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def _servers(request: pytest.FixtureRequest) -> "Iterator[EmbeddedServers]":
    """Start at once all servers any test of this session will ask for, so that their starts overlap."""
    from tests.support.embedded_servers import EmbeddedServers  # noqa: PLC0415 - see above

    given = {"kafka_server": "JISI_KAFKA", "postgres_server": "JISI_DATABASE_URL"}
    needed = {name for item in request.session.items for name in getattr(item, "fixturenames", ())}
    with tempfile.TemporaryDirectory(prefix="jisi-tests-") as folder, ExitStack() as cleanup:
        servers = EmbeddedServers(Path(folder))
        cleanup.callback(servers.stop)
        for name, variable in given.items():
            if name in needed and not os.environ.get(variable):
                servers.begin(name)
        yield servers


@pytest.fixture(scope="session")
def postgres_server(request: pytest.FixtureRequest) -> "PostgresTestServer":
    """Postgres with pgvector: the one given by `JISI_DATABASE_URL`, else an embedded one."""
    from tests.support.postgres import PostgresTestServer  # noqa: PLC0415 - see above

    url = os.environ.get("JISI_DATABASE_URL") or request.getfixturevalue("_servers").postgres()
    return PostgresTestServer(url)


@pytest.fixture(scope="session")
def _migrated_template(postgres_server: "PostgresTestServer") -> Iterator[str]:
    """Name of a database with all migrations applied, to be copied."""
    from jisi.database.migrations import upgrade  # noqa: PLC0415 - see above

    with postgres_server.database() as name:
        upgrade(postgres_server.url(name))
        yield name


@pytest.fixture
def database_url(postgres_server: "PostgresTestServer", _migrated_template: str) -> Iterator[str]:
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
    from tests.support.kafka import new_topic_prefix  # noqa: PLC0415 - see above

    return new_topic_prefix()


@pytest.fixture
def kafka_client(kafka_server: str) -> "KafkaTestClient":
    """Bare client for the side of the test: makes topics, publishes, reads all that is there."""
    from tests.support.kafka import KafkaTestClient  # noqa: PLC0415 - see above

    return KafkaTestClient(kafka_server)
