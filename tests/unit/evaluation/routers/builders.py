"""Small made-up recordings, and what a router gets of them."""

from collections.abc import Sequence

import numpy as np
from jisi.evaluation.recordings.recordings import Recordings
from jisi.evaluation.recordings.vectors import ResponseVectors, VectorFile
from jisi.evaluation.routers.comparisons import Comparisons
from jisi.evaluation.routers.outcome import Outcome
from jisi.evaluation.routers.protocol import Evidence, Router, Rows
from jisi.routing.arrays import Floats
from jisi.routing.bank import Expert
from jisi.support.lines import ItemKey, Split
from numpy.typing import ArrayLike, NDArray

MODELS = ("able", "baker", "charlie", "dora", "emil", "frida")
NAN = float("nan")

Table = Sequence[Sequence[float]] | Floats | float
"""Numbers, a row for each item and a column for each model; or one for all."""


def recordings(
    scores: Table,
    *,
    queries: ArrayLike | None = None,
    datasets: Sequence[str] | None = None,
    models: Sequence[str] | None = None,
    prompt_tokens: Table = 10.0,
    completion_tokens: Table = 100.0,
    costs: Table = 0.001,
    usable: ArrayLike | None = None,
    empty: ArrayLike = False,
    answers: ArrayLike = -1,
    responses: ArrayLike | None = None,
    split: Split = "train",
) -> Recordings:
    """Give recordings of `scores`, (n, M); what is given as one number holds everywhere.

    Left out: queries (n, d) all alike, one dataset `numbers`, the first M of `MODELS`, a usable response wherever
    there is a score, and responses (n, M, d) all alike. Vectors are scaled to unit norm.
    """
    table = np.asarray(scores, np.float64)
    shape = items, columns = table.shape
    known_models = tuple(MODELS[:columns] if models is None else models)
    names = ["numbers"] * items if datasets is None else list(datasets)
    known = tuple(sorted(set(names)))
    vectors = _unit(np.ones((*shape, 2)) if responses is None else responses)
    return Recordings(
        keys=tuple(ItemKey(name, index, split) for index, name in enumerate(names)),
        dataset_names=known,
        datasets=np.array([known.index(name) for name in names], np.int32),
        models=known_models,
        queries=_unit(np.ones((items, 2)) if queries is None else queries),
        scores=table,
        prompt_tokens=_filled(prompt_tokens, shape),
        completion_tokens=_filled(completion_tokens, shape),
        costs=_filled(costs, shape),
        usable=~np.isnan(table) if usable is None else np.broadcast_to(np.asarray(usable, np.bool_), shape).copy(),
        empty=np.broadcast_to(np.asarray(empty, np.bool_), shape).copy(),
        answers=np.broadcast_to(np.asarray(answers, np.int32), shape).copy(),
        vectors=ResponseVectors(
            files=[
                VectorFile(
                    vectors=np.ascontiguousarray(vectors.transpose(1, 0, 2)),
                    models={model: place for place, model in enumerate(known_models)},
                )
            ],
            dimensions=vectors.shape[-1],
        ),
        rows=np.arange(items, dtype=np.int64),
    )


def evidence(train: Recordings, *, prices: Sequence[float] | None = None, seed: int = 0) -> Evidence:
    """Give what a router learns from; `prices` are of prompt and completion together, all 1 where left out."""
    asked = [1.0] * len(train.models) if prices is None else prices
    experts = [Expert(model, price / 2, price / 2) for model, price in zip(train.models, asked, strict=True)]
    return Evidence(train=train, experts=experts, seed=seed)


def rows(test: Recordings, train: Recordings) -> Rows:
    """Give test rows to route against their support set."""
    return Rows(test=test, comparisons=Comparisons(test, train, train.bank()))


def outcome(
    router: Router, train: Recordings, test: Recordings, *, prices: Sequence[float] | None = None, seed: int = 0
) -> Outcome:
    """Give what a router does with test rows once it knows the train rows."""
    return router.fit(evidence(train, prices=prices, seed=seed)).route(rows(test, train))


def chosen(outcome: Outcome, test: Recordings) -> list[str]:
    """Give the model that answers each row, of an outcome in which one does."""
    places = outcome.answers.argmax(axis=1)
    assert (outcome.answers[np.arange(len(test)), places] == 1.0).all()
    return [test.models[place] for place in places]


def _filled(values: ArrayLike, shape: tuple[int, ...]) -> Floats:
    return np.broadcast_to(np.asarray(values, np.float64), shape).copy()


def _unit(vectors: ArrayLike) -> NDArray[np.float32]:
    table = np.asarray(vectors, np.float64)
    scaled: NDArray[np.float32] = (table / np.linalg.norm(table, axis=-1, keepdims=True)).astype(np.float32)
    return scaled
