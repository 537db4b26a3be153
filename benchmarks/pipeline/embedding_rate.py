"""How many queries a second the embedder alone would allow, on the very texts the router has embedded."""

import random
import time
from dataclasses import dataclass

from jisi.database import driver_connection
from jisi.embedding import EmbedderSettings, create_embedder
from sqlalchemy.ext.asyncio import AsyncEngine

SAMPLE = 400
"""Queries whose texts are taken."""
BATCH = 200
"""Texts handed over at once, as in the router's largest batch."""

_TEXTS = """
select q.chat->0->>'content', array(select text from expert_response r where r.query_uid = q.uid and r.wave = 1
                                    and r.usable and r.embedding is not null)
from query q where q.state = 'answered' order by q.accepted_at desc limit %s"""


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbeddingRate:
    """What was measured."""

    texts_a_query: float
    characters_a_text: float
    texts_per_second: float

    @property
    def queries_per_second(self) -> float:
        """The bound that embedding sets."""
        return self.texts_per_second / self.texts_a_query


async def texts_embedded(engine: AsyncEngine) -> list[list[str]]:
    """Give the texts of the latest queries: the query and the responses of its first wave."""
    async with driver_connection(engine, autocommit=True) as connection:
        cursor = await connection.execute(_TEXTS, [SAMPLE])
        return [[query, *responses] for query, responses in await cursor.fetchall()]


async def embedding_rate(queries: list[list[str]], seconds: float) -> EmbeddingRate:
    """Embed them in large batches for so long, in this process, with the settings the router has."""
    texts = [text for query in queries for text in query]
    random.Random(5).shuffle(texts)
    embedder = create_embedder(EmbedderSettings())
    try:
        await embedder.embed(texts[:16])
        done, began = 0, time.perf_counter()
        while time.perf_counter() - began < seconds:
            first = done % len(texts)
            done += len(await embedder.embed(texts[first : first + BATCH]))
        taken = time.perf_counter() - began
    finally:
        await embedder.close()
    return EmbeddingRate(
        texts_a_query=len(texts) / len(queries),
        characters_a_text=sum(map(len, texts)) / len(texts),
        texts_per_second=done / taken,
    )
