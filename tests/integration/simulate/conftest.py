"""A simulated endpoint for each test, in its own event loop, on a port of its own."""

from collections.abc import AsyncIterator

import pytest
from jisi.simulate.endpoint.application import EndpointServer
from jisi.simulate.endpoint.serving import listening
from jisi.simulate.models import AT_ONCE, MODELS, Pace
from jisi.simulate.simulated import SimulatedPool

from tests.integration.simulate.endpoint_client import EndpointClient


@pytest.fixture
async def endpoint() -> AsyncIterator[EndpointClient]:
    """A client of ten simulated models that answer at once."""
    pool = SimulatedPool(paces={model.name: AT_ONCE for model in MODELS})
    async with listening(EndpointServer(pool).application()) as url, EndpointClient(url) as client:
        yield client


@pytest.fixture
async def unhurried_endpoint() -> AsyncIterator[EndpointClient]:
    """A client of ten simulated models that speak piece by piece."""
    pool = SimulatedPool(paces={model.name: Pace(first_token_seconds=0.02, tokens_per_second=300) for model in MODELS})
    async with listening(EndpointServer(pool).application()) as url, EndpointClient(url) as client:
        yield client
