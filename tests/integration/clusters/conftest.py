"""Servers as a real cluster has them, started once for this folder, whose tests share a loop and one system."""

import tempfile
from collections.abc import AsyncIterator, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio
from jisi.artefacts import weights_folder
from jisi.database import create_engine
from jisi.database.migrations import upgrade_async
from jisi.embedding.minilm import MiniLmEmbedder
from pydantic import SecretStr

from tests.support import pooler, tls_postgres
from tests.support.certificates import Certificates, make_certificates
from tests.support.command_line import CommandLine, command_line
from tests.support.kafka import KafkaTestClient, new_topic_prefix
from tests.support.pooler import Pooler
from tests.support.postgres import PostgresTestServer
from tests.support.scripted_models import KEY, KEY_VARIABLE, ModelEndpoint, model_endpoint
from tests.support.secured_kafka import PASSWORD, USER, SecuredKafka
from tests.support.small_bank import MODELS, bank_lines, import_lines, say
from tests.support.system import ALL, System, system
from tests.support.tls_postgres import TlsPostgres


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Have all tests of this folder run in one loop, in which the shared system lives."""
    for item in items:
        if Path(__file__).parent in item.path.parents and pytest_asyncio.is_async_test(item):
            item.add_marker(pytest.mark.asyncio(loop_scope="package"), append=False)


@dataclass(frozen=True, slots=True)
class Servers:
    """What was started; what this machine cannot run is missing, and `why` says why."""

    certificates: Certificates
    kafka: SecuredKafka
    postgres: TlsPostgres | None
    pooler: Pooler | None
    why: str | None


@pytest.fixture(scope="package")
def servers() -> Iterator[Servers]:
    """All servers of this folder."""
    with tempfile.TemporaryDirectory(prefix="jisi-tests-") as name, ExitStack() as running:
        folder = Path(name)
        starts = running.enter_context(ThreadPoolExecutor(2))
        certificates = make_certificates(folder)
        kafka = SecuredKafka(folder=folder / "kafka", certificates=certificates)
        running.callback(kafka.stop)
        starting = starts.submit(kafka.start)
        why_no_postgres = tls_postgres.why_not_here()
        postgres = None if why_no_postgres else TlsPostgres(folder=folder / "postgres", certificates=certificates)
        before = None
        if postgres is not None:
            running.callback(postgres.stop)
            postgres.start()
            if pooler.why_not_here() is None:
                before = Pooler(folder=folder / "pooler", behind=postgres.url(), certificates=certificates)
                running.callback(before.stop)
                before.start()
        starting.result()
        yield Servers(certificates, kafka, postgres, before, why_no_postgres or pooler.why_not_here())


@pytest.fixture(scope="package")
def certificates(servers: Servers) -> Certificates:
    """Files of the certificates that servers and users have."""
    return servers.certificates


@pytest.fixture(scope="package")
def kafka(servers: Servers) -> SecuredKafka:
    """A broker with TLS and users."""
    return servers.kafka


@pytest.fixture
def kafka_client(kafka: SecuredKafka) -> KafkaTestClient:
    """Bare client for the side of the test."""
    return KafkaTestClient(kafka.address, kafka.security)


@pytest.fixture(scope="package")
def postgres(servers: Servers) -> TlsPostgres:
    """A Postgres with TLS."""
    return servers.postgres or pytest.skip(str(servers.why))


@pytest.fixture(scope="package")
def before_postgres(servers: Servers) -> Pooler:
    """A pooler before it."""
    return servers.pooler or pytest.skip(str(servers.why))


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def models() -> AsyncIterator[ModelEndpoint]:
    """The models' endpoint."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(KEY_VARIABLE, KEY)
        async with model_endpoint(MODELS, say) as endpoint:
            yield endpoint


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def database(postgres: TlsPostgres, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    """Name of a migrated database that holds the small bank."""
    server = PostgresTestServer(postgres.url())
    with server.database() as name:
        await upgrade_async(postgres.url(name))
        engine = create_engine(postgres.url(name))
        embedder = MiniLmEmbedder(folder=weights_folder())
        await import_lines(engine, embedder, bank_lines(), tmp_path_factory.mktemp("bank"))
        await embedder.close()
        await engine.dispose()
        yield name


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def jisi(
    kafka: SecuredKafka, postgres: TlsPostgres, before_postgres: Pooler, database: str, models: ModelEndpoint
) -> AsyncIterator[System]:
    """The four services and a client on all of them, the response vectors left in Postgres."""
    direct = postgres.url(database)
    async with system(kafka.address, direct, new_topic_prefix(), models.pool(), security=kafka.security) as made:
        await made.start(
            *ALL,
            database_url=SecretStr(before_postgres.url(database)),
            database_pooled=True,
            database_direct_url=SecretStr(direct),
            response_vectors_mb=0,
        )
        yield made


@pytest.fixture
def topic_prefix() -> str:
    """Prefix for the topics of one test."""
    return new_topic_prefix()


@pytest.fixture
def of_kafka(kafka: SecuredKafka, certificates: Certificates, topic_prefix: str) -> Mapping[str, str]:
    """Variables, named without their `JISI_`, that say how Kafka is reached."""
    return {
        "kafka": kafka.address,
        "kafka_protocol": "SASL_SSL",
        "kafka_mechanism": "scram-sha-512",
        "kafka_username": USER,
        "kafka_password": PASSWORD,
        "kafka_ca_file": str(certificates.authority),
        "topic_prefix": topic_prefix,
    }


@pytest.fixture
def cli(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[CommandLine]:
    """`cli(...)` runs a command in an environment that says nothing yet."""
    with command_line(capsys, monkeypatch, tmp_path / "data") as run:
        yield run
