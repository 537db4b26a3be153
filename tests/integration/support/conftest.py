"""What the tests of the support set share: an engine on a fresh database, and the real embedder."""

from collections.abc import AsyncIterator, Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest
from jisi.artefacts import weights_folder
from jisi.database import create_engine
from jisi.embedding.minilm import MiniLmEmbedder
from jisi.embedding.protocol import Embedder
from jisi.support.importing import ImportBank, ImportReport
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.integration.support.banks import QuietProgress, write

Fill = Callable[..., Coroutine[Any, Any, ImportReport]]


@pytest.fixture(scope="session")
def embedder() -> Embedder:
    """Give the default embedder, loaded once."""
    return MiniLmEmbedder(folder=weights_folder())


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    """Give an engine on the test's own database."""
    engine = create_engine(database_url)
    yield engine
    await engine.dispose()


@pytest.fixture
def fill(engine: AsyncEngine, embedder: Embedder, tmp_path: Path) -> Fill:
    """Give a function that imports these lines, with the options of the importer, and gives its report."""

    async def import_lines(
        lines: list[dict[str, Any]], *, using: Embedder | None = None, **options: Any
    ) -> ImportReport:
        file = write(tmp_path / "bank.jsonl", lines)
        importer = ImportBank(engine=engine, embedder=using or embedder, progress=QuietProgress())
        return await importer.run([file], **options)

    return import_lines
