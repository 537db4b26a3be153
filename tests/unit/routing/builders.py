"""Small banks, plans and standings for tests that look at one formula."""

from collections.abc import Mapping, Sequence

import numpy as np
from jisi.routing.arrays import Embeddings, Floats
from jisi.routing.bank import Bank, Expert
from jisi.routing.standing import Standing
from jisi.routing.switch import Reply

UNKNOWN = float("nan")


def bank_of(
    embeddings: Embeddings | Sequence[Sequence[float]],
    scores: Mapping[str, Sequence[float]] | None = None,
    tokens: Mapping[str, Sequence[float]] | None = None,
) -> Bank:
    """A bank with a column for each model named in `scores`; ids are 100, 101, ... in item order."""
    rows = embeddings if isinstance(embeddings, np.ndarray) else np.array(embeddings, dtype=np.float64)
    columns = {"ash": [1.0] * len(rows)} if scores is None else scores
    unknown = [UNKNOWN] * len(rows)
    return Bank(
        item_ids=np.arange(100, 100 + len(rows), dtype=np.int64),
        embeddings=rows,
        scores=columns_of(list(columns.values())),
        tokens=columns_of([(tokens or {}).get(model, unknown) for model in columns]),
        models=tuple(columns),
    )


def columns_of(columns: Sequence[Sequence[float]]) -> Floats:
    """A matrix from its columns."""
    return np.array(columns, dtype=np.float64).T


def on_circle(*similarities: float) -> Floats:
    """Unit vectors in the plane with these similarities to QUERY."""
    return np.array([[s, np.sqrt(1.0 - s * s)] for s in similarities])


QUERY = np.array([1.0, 0.0])


def experts_of(*names: str, prices: Sequence[float] | None = None) -> list[Expert]:
    """Experts in pool order; each price is that of a prompt, completions are free."""
    return [Expert(name, price, 0.0) for name, price in zip(names, prices or [1.0] * len(names), strict=True)]


def standing_of(
    scores: Mapping[str, float],
    *,
    probes: Sequence[str],
    candidates: Sequence[str],
    reserve: Sequence[str] = (),
    alone: bool = False,
    degraded: Sequence[str] = (),
) -> Standing:
    """A standing whose ranking is the order of `scores`."""
    return Standing(
        ranking=tuple(scores),
        scores=tuple(scores.values()),
        probes=tuple(probes),
        candidates=tuple(candidates),
        reserve=tuple(reserve),
        group=1 if alone else 3,
        alone=alone,
        degraded=tuple(degraded),
    )


def replies_of(
    *usable: str, failed: Sequence[str] = (), cut_off: Sequence[str] = (), tokens: int = 0
) -> dict[str, Reply]:
    """How models replied: whole, not at all, or cut off."""
    whole = {model: Reply(usable=True, reference_tokens=tokens) for model in usable}
    cut = {model: Reply(usable=True, cut_off=True, reference_tokens=tokens) for model in cut_off}
    return whole | cut | {model: Reply(usable=False) for model in failed}


STANDING = standing_of(
    {"oak": 1.0, "ash": 0.9, "elm": 0.5, "fir": 0.1}, probes=["ash", "elm", "fir"], candidates=["oak", "ash", "elm"]
)
"""oak was no probe and is best; elm is below the threshold."""

HIDDEN = standing_of(
    {"ash": 1.0, "oak": 0.9, "yew": 0.5, "fir": 0.1}, probes=["ash", "fir"], candidates=["ash", "oak", "yew"]
)
"""Two candidates are still to be asked: oak near the best, yew not."""

FALLEN = standing_of(
    {"ash": 0.9, "elm": 0.8, "fir": 0.7, "oak": 0.6, "yew": 0.5, "bay": 0.1},
    probes=["ash", "elm"],
    candidates=["fir", "oak", "bay"],
    reserve=["yew"],
)
"""As where no probe was usable."""

ALONE = standing_of(
    {"ash": 0.9, "elm": 0.8}, probes=["ash"], candidates=["ash"], reserve=["elm"], alone=True, degraded=["budget"]
)
