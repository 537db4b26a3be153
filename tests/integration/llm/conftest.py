"""A client, closed after the test, and an engine on the test's own database."""

from collections.abc import AsyncIterator

import pytest
from jisi.database import create_engine
from jisi.llm.client import LLMClient
from sqlalchemy.ext.asyncio import AsyncEngine


@pytest.fixture
async def client() -> AsyncIterator[LLMClient]:
    """A client whose environment holds one key."""
    async with LLMClient(environment={"TEST_KEY": "very-secret-key", "EMPTY_KEY": " ", "BAD_KEY": "a\nb"}) as client:
        yield client


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    """An engine on a fresh, migrated database."""
    engine = create_engine(database_url, pool_size=20)
    yield engine
    await engine.dispose()
