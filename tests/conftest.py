"""Real servers for the tests: those of `JISI_DATABASE_URL` and `JISI_KAFKA`, else embedded ones, once a session.

`pytest --servers=containers` has containers instead of embedded ones, and leaves out what uses no server: it would only
repeat what runs without containers.

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
    from tests.support.kafka import KafkaTestClient
    from tests.support.postgres import PostgresTestServer
    from tests.support.session_servers import SessionServers

_OPTIONS_OF_PLUGINS = {
    "pytest_asyncio": ("asyncio_mode", "asyncio_default_fixture_loop_scope"),
    "pytest_timeout": ("timeout",),
}
_GIVEN = {"kafka_server": "JISI_KAFKA", "postgres_server": "JISI_DATABASE_URL"}
_IN_CONTAINERS = Path(__file__).parent / "containers"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let the servers be chosen; know the options in pyproject.toml of plugins that are not installed, too."""
    parser.addoption(
        "--servers", choices=("embedded", "containers"), default="embedded", help="what Kafka and Postgres run in"
    )
    for plugin, options in _OPTIONS_OF_PLUGINS.items():
        for option in options if find_spec(plugin) is None else ():
            parser.addini(option, f"of {plugin}, which is not installed")


def pytest_configure(config: pytest.Config) -> None:
    """Let children be interrupted: in a shell's background job SIGINT is ignored, and they would inherit that.

    Where containers are asked for and no engine answers, nothing is run.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if _in_containers(config):
        from jisi.errors import InputError  # noqa: PLC0415 - see above

        from tests.support.docker import require_engine  # noqa: PLC0415

        try:
            require_engine()
        except InputError as error:
            raise pytest.UsageError(str(error)) from error


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Among containers, leave out the tests that use no server."""
    if _in_containers(config):
        chosen = [item for item in items if _IN_CONTAINERS in item.path.parents or _GIVEN.keys() & _fixtures(item)]
        config.hook.pytest_deselected(items=[item for item in items if item not in chosen])
        items[:] = chosen


def _in_containers(config: pytest.Config) -> bool:
    return bool(config.getoption("servers") == "containers")


def _fixtures(item: pytest.Item) -> set[str]:
    """Give all fixtures a test uses, directly or through others."""
    return set(getattr(item, "fixturenames", ()))


@pytest.fixture(scope="session")
def _servers(request: pytest.FixtureRequest) -> "Iterator[SessionServers]":
    """Start at once all servers any test of this session will ask for, so that their starts overlap."""
    needed = {name for item in request.session.items for name in _fixtures(item)}
    with tempfile.TemporaryDirectory(prefix="jisi-tests-") as folder, ExitStack() as cleanup:
        servers = _new_servers(request.config, Path(folder))
        cleanup.callback(servers.stop)
        for name, variable in _GIVEN.items():
            if name in needed and not os.environ.get(variable):
                servers.begin(name)
        yield servers


def _new_servers(config: pytest.Config, folder: Path) -> "SessionServers":
    if _in_containers(config):
        from tests.support.container_servers import ContainerServers  # noqa: PLC0415 - see above

        return ContainerServers()
    from tests.support.embedded_servers import embedded_servers  # noqa: PLC0415 - see above

    return embedded_servers(folder)


@pytest.fixture(scope="session")
def postgres_server(request: pytest.FixtureRequest) -> "PostgresTestServer":
    """Postgres with pgvector: the one given by `JISI_DATABASE_URL`, else one of this session's own."""
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
    """Address (host:port) of Kafka: the one given by `JISI_KAFKA`, else one of this session's own."""
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
