"""Support-set selection (ALGORITHM.md 1): which items of the bank are near enough to the query to speak for it.

The similarities that a decision hangs on are float64, whatever the bank holds. A float32 bank is screened with the
fast float32 product first; only the items that its rounding error leaves possible are computed again. So the support
set does not depend on the BLAS, the number of threads, or on how many queries were worked together.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from jisi.routing.arrays import Embeddings, Floats, Positions
from jisi.routing.bank import Bank
from jisi.routing.settings import RoutingSettings

NEGLIGIBLE_WEIGHT = 1e-9
"""Weights that sum to less say nothing of the items: all count the same then (section 1)."""

FLOAT32_ROUNDOFF = 2.0**-24
"""Largest relative error of one float32 operation."""

EXACT_CHUNK_ROWS = 8192
"""Rows converted to float64 at once: bounds the memory that a very large support set takes."""

FOLD = 16
"""Rows an array is folded into to find its k-th largest value: few enough that the columns outnumber k."""

SCREEN_ELEMENTS = 32_000_000
"""Float32 similarities held at once when many queries are screened together (128 MB)."""


@dataclass(frozen=True, slots=True, eq=False)
class SupportSet:
    """S: the items that speak for a query, in item order."""

    positions: Positions
    """(|S|,) rows of the bank."""
    item_ids: Positions
    """(|S|,) ids of those items."""
    similarity: Floats
    """s: (|S|,) cosine similarity of each item's query to the new one."""
    weight: Floats
    """w: (|S|,) as used, max(s, 0) or all 1."""
    bar: float
    """`support_threshold` * s_(k): what an item had to exceed."""

    def __len__(self) -> int:
        return len(self.positions)


def support_set(query: Embeddings, bank: Bank, settings: RoutingSettings) -> SupportSet | None:
    """S = {i : s_i > `support_threshold` * s_(k)} for one query embedding q of shape (d,); None if the bank is empty.

    Raises:
        ValueError: the embedding has not the bank's length, or is not finite.
    """
    return support_sets(query[np.newaxis, :], bank, settings)[0]


def support_sets(queries: Embeddings, bank: Bank, settings: RoutingSettings) -> list[SupportSet | None]:
    """The support set of each of many queries, shape (B, d), each exactly what `support_set` gives for it alone.

    One matrix product screens all of them, which is several times faster a query than one at a time.

    Raises:
        ValueError: an embedding has not the bank's length, or is not finite.
    """
    exact_queries = np.ascontiguousarray(queries, dtype=np.float64)
    if exact_queries.ndim != 2 or exact_queries.shape[1] != bank.dimensions:  # noqa: PLR2004 - a matrix
        raise ValueError(f"a query embedding must have {bank.dimensions} numbers, not shape {queries.shape[1:]}")
    if not np.isfinite(exact_queries).all():
        raise ValueError("a query embedding must be finite")
    if len(bank) == 0:
        return [None] * len(exact_queries)
    return [
        _select(query, bank, near, settings)
        for query, near in zip(exact_queries, _near_enough(exact_queries, bank, settings), strict=True)
    ]


def weights(similarity: Floats) -> Floats:
    """w_i = max(s_i, 0); all 1 if they sum to less than 1e-9 (section 1, and over S' in section 3)."""
    positive = np.maximum(similarity, 0.0)
    return np.ones_like(positive) if positive.sum() < NEGLIGIBLE_WEIGHT else positive


def similarities(rows: Embeddings, vector: Floats) -> Floats:
    """Inner products in float64 of rows (n, d) with a vector (d,), each the same whatever rows are beside it."""
    products = np.empty(len(rows))
    for start in range(0, len(rows), EXACT_CHUNK_ROWS):
        chunk = rows[start : start + EXACT_CHUNK_ROWS].astype(np.float64, copy=False)
        products[start : start + EXACT_CHUNK_ROWS] = np.einsum("ij,j->i", chunk, vector)
    return products


def _select(query: Floats, bank: Bank, near: Positions | None, settings: RoutingSettings) -> SupportSet:
    """S among the items that can be in it or set its bar; `near` None means all."""
    similarity = similarities(bank.embeddings if near is None else bank.embeddings[near], query)
    k = min(settings.neighbours, len(bank))
    bar = settings.support_threshold * _kth_largest(similarity, k)
    chosen = np.flatnonzero(similarity > bar)
    if len(chosen) == 0:
        chosen = np.array([similarity.argmax()])
    positions = (chosen if near is None else near[chosen]).astype(np.int64, copy=False)
    return SupportSet(
        positions=positions,
        item_ids=bank.item_ids[positions],
        similarity=similarity[chosen],
        weight=weights(similarity[chosen]),
        bar=bar,
    )


def _near_enough(queries: Floats, bank: Bank, settings: RoutingSettings) -> Iterator[Positions | None]:
    """For each query the items that may be among its k nearest or above its bar, in item order; None: all.

    With e a bound on the error of a float32 similarity (twice the textbook one for a sum of d products, to be free of
    its own rounding), and x the k-th largest of those, the exact s_(k) lies between x - e and x + e. Hence the k
    nearest have a float32 similarity of at least x - 2e, and an item above the bar more than `support_threshold` *
    (x - e) - e.
    """
    if bank.embeddings.dtype == np.float64:
        yield from [None] * len(queries)
        return
    k = min(settings.neighbours, len(bank))
    errors = 2 * (bank.dimensions + 4) * FLOAT32_ROUNDOFF * bank.largest_norm * np.linalg.norm(queries, axis=1)
    batch = max(1, SCREEN_ELEMENTS // len(bank))
    for start in range(0, len(queries), batch):
        screened = _screen(queries[start : start + batch].astype(np.float32), bank)
        for row, error in zip(screened, errors[start : start + batch], strict=True):
            kth = _kth_largest(row, k)
            lowest = min(kth - 2 * error, settings.support_threshold * (kth - error) - error)
            yield np.flatnonzero(row >= np.float32(lowest))


def _screen(queries: NDArray[np.float32], bank: Bank) -> NDArray[np.float32]:
    """Float32 similarities (B, N) of a few queries to the whole bank: the one product that reads all of it."""
    if len(queries) == 1:
        product: NDArray[np.float32] = (bank.embeddings @ queries[0])[np.newaxis, :]
        return product
    return queries @ bank.embeddings.T  # type: ignore[return-value] # the bank is float32 here


def _kth_largest(values: Embeddings, k: int) -> float:
    """s_(k), without sorting the rest.

    A large array is folded first: the k-th largest of the maxima of its columns has k values at or above it, so only
    values of at least that can be the k-th largest of all. That is five times faster than a partition of everything.
    """
    if len(values) > FOLD * k:
        columns = len(values) // FOLD
        maxima = values[: FOLD * columns].reshape(FOLD, columns).max(axis=0)
        values = values[values >= np.partition(maxima, columns - k)[columns - k]]
    place = len(values) - k
    return float(np.partition(values, place)[place])
