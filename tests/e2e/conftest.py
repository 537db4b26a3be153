"""One system for all tests of this folder, which share a loop; each test asks under ids of its own.

A test that needs other settings, another bank or another number of replicas makes a system of its own.
"""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from pydantic import HttpUrl

from tests.integration.telemetry.receiver import OtlpReceiver, otlp_receiver
from tests.support.kafka import new_topic_prefix
from tests.support.postgres import PostgresTestServer
from tests.support.scripted_models import KEY, KEY_VARIABLE, ModelEndpoint, model_endpoint
from tests.support.small_bank import MODELS, import_small_bank, say
from tests.support.system import ALL, System, system


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Have all tests of this folder run in one loop, in which the shared system lives."""
    for item in items:
        if Path(__file__).parent in item.path.parents and pytest_asyncio.is_async_test(item):
            item.add_marker(pytest.mark.asyncio(loop_scope="package"), append=False)


@pytest.fixture(scope="package", autouse=True)
def _key() -> Iterator[None]:
    """Put the endpoint's key where the pool says it is."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(KEY_VARIABLE, KEY)
        yield


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def _bank_template(
    postgres_server: PostgresTestServer, _migrated_template: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[str]:
    """Name of a database that holds the small bank, to be copied."""
    with postgres_server.database(template=_migrated_template) as name:
        await import_small_bank(postgres_server.url(name), tmp_path_factory.mktemp("bank"))
        yield name


@pytest.fixture
def bank_database_url(postgres_server: PostgresTestServer, _bank_template: str) -> Iterator[str]:
    """Address of a database of the test's own that holds the small bank."""
    with postgres_server.database(template=_bank_template) as name:
        yield postgres_server.url(name)


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def _endpoint() -> AsyncIterator[ModelEndpoint]:
    async with model_endpoint(MODELS, say) as endpoint:
        yield endpoint


@pytest_asyncio.fixture(loop_scope="package")
async def models(_endpoint: ModelEndpoint) -> AsyncIterator[ModelEndpoint]:
    """The models' endpoint, without faults and with an empty journal."""
    await _endpoint.reset()
    yield _endpoint
    _endpoint.models.say = say
    await _endpoint.reset()


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def receiver() -> AsyncIterator[OtlpReceiver]:
    """A receiver of OTLP that the shared system sends its spans to."""
    async with otlp_receiver() as made:
        yield made


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def _shared(
    kafka_server: str,
    postgres_server: PostgresTestServer,
    _bank_template: str,
    _endpoint: ModelEndpoint,
    receiver: OtlpReceiver,
) -> AsyncIterator[System]:
    with postgres_server.database(template=_bank_template) as name:
        async with system(kafka_server, postgres_server.url(name), new_topic_prefix(), _endpoint.pool()) as made:
            await made.start(*ALL, otlp_endpoint=HttpUrl(receiver.endpoint))
            yield made


@pytest_asyncio.fixture(loop_scope="package")
async def jisi(_shared: System, models: ModelEndpoint) -> AsyncIterator[System]:
    """The shared system, at rest before and after."""
    yield _shared
    await models.reset()
    await _shared.comes_to_rest()
