"""Recordings of the shape of real ones, made up: numbers drawn by lot, vectors in files as `jisi eval` keeps them."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jisi.evaluation.recordings.candidates import Candidates
from jisi.evaluation.recordings.preparing import QUERIES, RESPONSES
from jisi.evaluation.recordings.recordings import Recordings
from jisi.evaluation.recordings.vectors import ResponseVectors, VectorFile
from jisi.evaluation.running import Evaluation
from jisi.evaluation.splits import own_split
from jisi.routing.bank import Expert
from jisi.support.lines import ItemKey
from numpy.typing import NDArray

from benchmarks.synthetic_bank import near, random_unit_vectors

TOPICS_A_DATASET = 4
"""Kinds of question within a dataset; models differ from kind to kind."""
MISSING = 0.02
"""Share of the records that are missing."""
UNREAD = 0.1
"""Share of the responses whose final answer cannot be read."""
WRONG_ANSWERS = 3
"""Answers that those who are wrong choose from, so that some of them agree."""
PROMPT_TOKENS = 200.0
ROWS_AT_ONCE = 2_000
"""Items whose vectors are made together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How much is recorded; train rows come first."""

    train: int
    test: int
    models: int = 10
    dimensions: int = 384
    datasets: int = 14

    @property
    def rows(self) -> int:
        """All of them."""
        return self.train + self.test

    @property
    def names(self) -> tuple[str, ...]:
        """Of the models."""
        return tuple(f"model-{number}" for number in range(self.models))

    @property
    def topics(self) -> NDArray[np.int64]:
        """(rows,) each item's topic: they go round, so that topics are alike in size."""
        return np.arange(self.rows) % (self.datasets * TOPICS_A_DATASET)


def write_vectors(folder: Path, size: Size, *, seed: int = 1) -> None:
    """Write the vectors of queries and responses, all near their topic's; a part of the rows at a time."""
    random = np.random.default_rng(seed)
    centres = random_unit_vectors(random, size.datasets * TOPICS_A_DATASET, size.dimensions)
    queries = _create(folder / QUERIES, (size.rows, size.dimensions))
    responses = _create(folder / RESPONSES, (size.models, size.rows, size.dimensions))
    for first in range(0, size.rows, ROWS_AT_ONCE):
        rows = slice(first, first + ROWS_AT_ONCE)
        about = centres[size.topics[rows]]
        queries[rows] = near(random, about, noise=1.0)
        for model in range(size.models):
            responses[model, rows] = near(random, about, noise=1.0)
    queries.flush()
    responses.flush()


def evaluation(folder: Path, size: Size, *, seed: int = 2) -> Evaluation:
    """Give an evaluation on these vectors, which stay mapped, and on numbers drawn by lot."""
    prices = np.geomspace(0.1, 5.0, size.models)
    experts = [Expert(name, price, 4 * price) for name, price in zip(size.names, prices.tolist(), strict=True)]
    recordings = _recordings(folder, size, prices, np.random.default_rng(seed))
    return Evaluation(
        recordings=recordings,
        candidates=Candidates(experts=experts, references=()),
        folds=own_split(recordings),
        seed=seed,
    )


def _recordings(folder: Path, size: Size, prices: NDArray[np.float64], random: np.random.Generator) -> Recordings:
    shape = (size.rows, size.models)
    chances = random.uniform(0.2, 0.9, (size.datasets * TOPICS_A_DATASET, size.models))
    right = random.random(shape) < chances[size.topics]
    there = random.random(shape) >= MISSING
    answers = np.where(right, 0, random.integers(1, WRONG_ANSWERS + 1, shape))
    read = there & (random.random(shape) >= UNREAD)
    tokens = np.where(there, np.round(random.lognormal(5.5, 1.0, shape)), np.nan)
    prompt_tokens = np.where(there, PROMPT_TOKENS, np.nan)
    names = tuple(f"dataset-{number:02}" for number in range(size.datasets))
    datasets = (size.topics % size.datasets).astype(np.int32)
    vectors = VectorFile(
        np.load(folder / RESPONSES, mmap_mode="r"), {name: place for place, name in enumerate(size.names)}
    )
    return Recordings(
        keys=tuple(
            ItemKey(names[dataset], row, "train" if row < size.train else "test")
            for row, dataset in enumerate(datasets.tolist())
        ),
        dataset_names=names,
        datasets=datasets,
        models=size.names,
        queries=np.load(folder / QUERIES),
        scores=np.where(there, right.astype(np.float64), np.nan),
        prompt_tokens=prompt_tokens,
        completion_tokens=tokens,
        costs=(prompt_tokens * prices + tokens * 4 * prices) / 1e6,
        usable=there,
        empty=np.zeros(shape, np.bool_),
        answers=np.where(read, answers, -1).astype(np.int32),
        vectors=ResponseVectors([vectors], size.dimensions),
        rows=np.arange(size.rows, dtype=np.int64),
    )


def _create(file: Path, shape: tuple[int, ...]) -> Any:  # noqa: ANN401 - numpy's memory map has no precise type
    return np.lib.format.open_memmap(file, mode="w+", dtype=np.float32, shape=shape)
