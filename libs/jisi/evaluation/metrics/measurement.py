"""What a router's decisions came to, row by row."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, Self

import numpy as np

from jisi.evaluation.recordings.recordings import Numbers, Recordings
from jisi.evaluation.routers.outcome import Outcome, Quality
from jisi.routing.arrays import Flags, Floats, Positions
from jisi.routing.bank import Expert
from jisi.support.lines import ItemKey

RIGHT = 0.5
"""An answer with at least this score is called right, where scores are graded."""
PER_MILLION = 1e-6
_LEAST_KNOWN_FIRST: Sequence[Quality] = ("not recorded", "first reference", "recorded", "live")


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Measurement:
    """n rows that a router answered; NaN marks what was not recorded.

    The cost of asking an expert is what was recorded. A fusion was never recorded: its cost and tokens are an estimate,
    its quality is what `quality` says. Where it is `live`, fusions were really made: nothing of them is estimated.
    """

    router: str
    quality: Quality
    keys: tuple[ItemKey, ...]
    """(n,) which rows."""
    dataset_names: tuple[str, ...]
    datasets: Numbers
    """(n,) each row's place in `dataset_names`."""
    scores: Floats
    """(n,) of the answers; 0 where there is none, or none was recorded."""
    scored: Floats
    """(n,) share of the answer whose score was recorded: 0 where there is no answer."""
    calls: Floats
    """(n,) experts asked, and one more for a fusion."""
    costs: Floats
    """(n,) USD of all calls; NaN where that of any is not known."""
    costed_calls: Floats
    """(n,) calls whose cost is known."""
    fusion_costs: Floats
    """(n,) USD, the estimated part of `costs`; 0 where nothing is fused."""
    prompt_tokens: Floats
    """(n,) of all calls; those of a fusion are estimated."""
    completion_tokens: Floats
    """(n,) of all calls; those of a fusion are estimated."""
    fused: Flags
    """(n,) whether the answer is a fusion."""
    best_references: Floats
    """(n,) the best score among the references of a fusion; NaN where nothing is fused."""
    aggregators: Floats
    """(n,) the recorded score of the fusing model's own response to the query; NaN where nothing is fused."""

    def __len__(self) -> int:
        return len(self.keys)

    def take(self, rows: Positions) -> Self:
        """Give these rows, in this order."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        arrays: dict[str, Any] = {name: value[rows] for name, value in values.items() if isinstance(value, np.ndarray)}
        return replace(self, keys=tuple(self.keys[row] for row in rows), **arrays)

    @property
    def references_hit(self) -> Floats:
        """(n,) 1 where a reference of the fusion is right (score >= 0.5), 0 where none is, NaN without a fusion."""
        return _right(self.best_references)

    @property
    def aggregators_right(self) -> Floats:
        """(n,) 1 where the fusing model's own response is right (score >= 0.5), 0 where not, NaN without a fusion."""
        return _right(self.aggregators)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Fusions:
    """Estimates of the fusions' calls: (n,), 0 where nothing is fused."""

    prompt_tokens: Floats
    completion_tokens: Floats
    costs: Floats


def measure(router: str, outcome: Outcome, test: Recordings, experts: Sequence[Expert]) -> Measurement:
    """Measure an outcome on the rows it is of; `experts` are the columns of `test`, with their prices."""
    fusions = _estimate_fusions(outcome, test, experts)
    calls = outcome.calls.sum(axis=1) + outcome.fused
    known = (outcome.calls * ~np.isnan(test.costs)).sum(axis=1)
    return Measurement(
        router=router,
        quality=outcome.quality,
        keys=test.keys,
        dataset_names=test.dataset_names,
        datasets=test.datasets,
        scores=outcome.scores(test),
        scored=(outcome.answers * ~np.isnan(test.scores)).sum(axis=1),
        calls=calls,
        costs=_weighted(outcome.calls, test.costs) + fusions.costs,
        costed_calls=known + (outcome.fused & ~np.isnan(fusions.costs)),
        fusion_costs=fusions.costs,
        prompt_tokens=_weighted(outcome.calls, test.prompt_tokens) + fusions.prompt_tokens,
        completion_tokens=_weighted(outcome.calls, test.completion_tokens) + fusions.completion_tokens,
        fused=outcome.fused,
        best_references=_largest(np.where(outcome.references & outcome.fused[:, None], test.scores, np.nan)),
        aggregators=_of_aggregators(outcome, test.scores),
    )


def concatenate(parts: Sequence[Measurement]) -> Measurement:
    """Put measurements of one router on different rows one after the other; of `quality` the least known holds.

    Raises:
        ValueError: there is none, or they are of different routers.
    """
    if not parts or len({part.router for part in parts}) != 1:
        raise ValueError(f"one router is needed, not {sorted({part.router for part in parts})}")
    first, names = parts[0], parts[0].dataset_names
    if any(part.dataset_names != names for part in parts):
        names = tuple(sorted({name for part in parts for name in part.dataset_names}))
    places = {name: place for place, name in enumerate(names)}
    return Measurement(
        router=first.router,
        quality=min((part.quality for part in parts), key=_LEAST_KNOWN_FIRST.index),
        keys=tuple(key for part in parts for key in part.keys),
        dataset_names=names,
        datasets=np.concatenate([_renumbered(part, places) for part in parts]),
        scores=np.concatenate([part.scores for part in parts]),
        scored=np.concatenate([part.scored for part in parts]),
        calls=np.concatenate([part.calls for part in parts]),
        costs=np.concatenate([part.costs for part in parts]),
        costed_calls=np.concatenate([part.costed_calls for part in parts]),
        fusion_costs=np.concatenate([part.fusion_costs for part in parts]),
        prompt_tokens=np.concatenate([part.prompt_tokens for part in parts]),
        completion_tokens=np.concatenate([part.completion_tokens for part in parts]),
        fused=np.concatenate([part.fused for part in parts]),
        best_references=np.concatenate([part.best_references for part in parts]),
        aggregators=np.concatenate([part.aggregators for part in parts]),
    )


def _estimate_fusions(outcome: Outcome, test: Recordings, experts: Sequence[Expert]) -> _Fusions:
    """Estimate what a fusion takes.

    Its prompt: the query's (as the aggregator's own was counted, else the mean over models) and all references. Its
    completion: as long as the first reference; where no response stands for it, the mean of the references. A lone
    reference that was asked several times is fused with itself: all its responses are read.
    """
    copies = np.where(outcome.references.sum(axis=1, keepdims=True) == 1, np.maximum(outcome.calls, 1.0), 1.0)
    own = _of_aggregators(outcome, test.prompt_tokens)
    read = _weighted(np.where(outcome.references, copies, 0.0), test.completion_tokens)
    prompt = np.where(np.isnan(own), _mean_known(test.prompt_tokens), own) + read
    shares = np.where(outcome.answers.any(axis=1, keepdims=True), outcome.answers, outcome.references)
    totals = shares.sum(axis=1)
    completion = np.divide(
        _weighted(shares, test.completion_tokens), totals, out=np.full(len(test), np.nan), where=totals > 0
    )
    prompt_prices = np.array([expert.prompt_price for expert in experts]) * PER_MILLION
    completion_prices = np.array([expert.completion_price for expert in experts]) * PER_MILLION
    costs = prompt_prices[outcome.aggregators] * prompt + completion_prices[outcome.aggregators] * completion
    return _Fusions(
        prompt_tokens=np.where(outcome.fused, prompt, 0.0),
        completion_tokens=np.where(outcome.fused, completion, 0.0),
        costs=np.where(outcome.fused, costs, 0.0),
    )


def _weighted(weights: Floats, values: Floats) -> Floats:
    """Sum values by weight within each row; NaN where one with a weight is not known."""
    sums: Floats = np.where(weights > 0, weights * values, 0.0).sum(axis=1)
    return sums


def _of_aggregators(outcome: Outcome, values: Floats) -> Floats:
    """(n,) each fusing model's value; NaN where nothing is fused."""
    return np.where(outcome.fused, values[np.arange(len(values)), outcome.aggregators], np.nan)


def _largest(values: Floats) -> Floats:
    """(n,) largest known value of each row; NaN where none is known."""
    largest = np.where(np.isnan(values), -np.inf, values).max(axis=1, initial=-np.inf)
    return np.where(np.isneginf(largest), np.nan, largest)


def _mean_known(values: Floats) -> Floats:
    """(n,) mean of the known values of each row; NaN where none is known."""
    known = (~np.isnan(values)).sum(axis=1)
    means: Floats = np.divide(np.nansum(values, axis=1), known, out=np.full(len(values), np.nan), where=known > 0)
    return means


def _right(scores: Floats) -> Floats:
    return np.where(np.isnan(scores), np.nan, scores >= RIGHT)


def _renumbered(part: Measurement, places: dict[str, int]) -> Numbers:
    numbers = np.array([places[name] for name in part.dataset_names], np.int32)
    return numbers[part.datasets]
