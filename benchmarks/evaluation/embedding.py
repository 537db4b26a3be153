"""How fast `jisi eval` embeds the files it is given, against the embedder alone on the same texts."""

import json
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from jisi.embedding import EmbedderSettings, create_embedder
from jisi.embedding.cached import CachedEmbedder
from jisi.embedding.protocol import Embedder
from jisi.evaluation.recordings.preparing import Preparation
from jisi.evaluation.recordings.reading import lines_of, texts_of

GOAL = 1.0
"""Least share of the embedder's own rate that issue 9 asks for."""
BATCH = 200
"""Texts handed to the embedder alone at once, as in `benchmarks.pipeline`."""
MODELS = tuple(f"model-{number}" for number in range(10))
CHARACTERS = (200, 2_000)
"""A response has so many: on the recorded families most lie between."""
WORDS = """the of and a to in is that for it as was with on be by this are or from an which so we have number sum then
answer question since therefore first next value equal total each both water energy law cell market price time because
gives result option correct wrong hence thus let assume given find divide multiply 2 3 7 12 40 125 = + ."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbeddingShare:
    """What was measured, medians over the rounds."""

    texts: int
    """Of each round, all different."""
    alone_per_second: float
    prepared_per_second: float
    share: float
    """Of the embedder's own rate, a median over the rounds: both sides of a round ran one after the other."""


async def embedding_share(folder: Path, *, lines: int, rounds: int, done: Callable[[int], None]) -> EmbeddingShare:
    """Prepare a file of so many lines and embed its texts alone, in turn, each round with new texts."""
    embedder = create_embedder(EmbedderSettings())
    alone: list[float] = []
    prepared: list[float] = []
    try:
        for number in range(rounds):
            file = write_lines(folder / f"round-{number}.jsonl", lines, seed=number)
            texts = [text for line in lines_of(file) for text in texts_of(line, MODELS) if text is not None]
            await embedder.embed(texts[:BATCH])
            works = [(alone, _alone(embedder, texts)), (prepared, _prepared(embedder, folder / str(number), file))]
            for times, work in works if number % 2 else reversed(works):
                start = time.perf_counter()
                await work
                times.append(time.perf_counter() - start)
                done(1)
    finally:
        await embedder.close()
    return EmbeddingShare(
        texts=len(texts),
        alone_per_second=len(texts) / median(alone),
        prepared_per_second=len(texts) / median(prepared),
        share=median(one / other for one, other in zip(alone, prepared, strict=True)),
    )


async def _alone(embedder: Embedder, texts: Sequence[str]) -> None:
    for first in range(0, len(texts), BATCH):
        await embedder.embed(texts[first : first + BATCH])


async def _prepared(embedder: Embedder, folder: Path, file: Path) -> None:
    """Do what `jisi eval` does before it can route: read, embed, keep the vectors."""
    cached = CachedEmbedder(embedder=embedder, folder=folder / "embeddings")
    preparation = Preparation(embedder=cached, folder=folder / "vectors", embedded=lambda _done, _total: None)
    await preparation.prepare([file], MODELS, MODELS)


def write_lines(file: Path, lines: int, *, seed: int) -> Path:
    """Write a bank file of made-up texts, as long as recorded ones."""
    lots, words = random.Random(seed), WORDS.split()

    def text(characters: int) -> str:
        return f"{seed} " + " ".join(lots.choices(words, k=characters // 5))

    with file.open("w", encoding="utf-8") as written:
        for index in range(lines):
            responses = {model: text(lots.randint(*CHARACTERS)) for model in MODELS}
            content = {
                "query": text(lots.randint(100, 600)),
                "dataset": "made up",
                "index": index,
                "split": "train",
                "records": {model: float(lots.random() < 0.5) for model in MODELS},
                "usages": {model: {"completion_tokens": len(responses[model]) // 4} for model in MODELS},
                "raw_output": responses,
            }
            written.write(json.dumps(content) + "\n")
    return file
