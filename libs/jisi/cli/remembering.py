"""The embedder of the settings, with the vectors that the user's cache holds already."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from jisi.artefacts import cache_folder
from jisi.embedding import EmbedderSettings, create_embedder
from jisi.embedding.cached import CachedEmbedder


@asynccontextmanager
async def remembering_embedder() -> AsyncIterator[CachedEmbedder]:
    """Open it until the block ends; what it embeds is kept, so an interrupted command goes on where it stopped."""
    embedder = await asyncio.to_thread(create_embedder, EmbedderSettings())
    try:
        yield CachedEmbedder(embedder=embedder, folder=cache_folder() / "embeddings")
    finally:
        await embedder.close()
