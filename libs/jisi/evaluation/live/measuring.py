"""What fusions that were really made came to, in the form that all routers are measured in."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from jisi.evaluation.live.fusing import Lost, Made, Result
from jisi.evaluation.live.items import Item
from jisi.evaluation.live.routers import Decided
from jisi.evaluation.metrics.measurement import Measurement
from jisi.routing.arrays import Positions

PREFIX = "live:"
"""Before the name of the router."""
_NAN = float("nan")


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class LiveMeasurement:
    """A router on the rows that were asked anew."""

    measurement: Measurement
    """Of the rows whose answer is there; `scored` tells which of them could be graded."""
    failures: Counter[str]
    """Rows lost for a failed call, by model and cause."""
    not_asked: int
    """Rows that a bound left unfinished."""
    fusions: int
    """Fusions that were made."""
    counted_calls: int
    """Calls whose tokens are our count, for their endpoint tells none."""

    @property
    def rows(self) -> int:
        """Rows that were to be answered."""
        return len(self.measurement) + self.failures.total() + self.not_asked

    @property
    def graded(self) -> Positions:
        """Rows of the measurement that could be graded."""
        return np.flatnonzero(self.measurement.scored)


def measure_live(
    decided: Decided, items: Sequence[Item], results: Sequence[Result | None], *, name: str | None = None
) -> LiveMeasurement:
    """Measure one router's results, a row each; None: the recorded response of the router's choice is the answer.

    Recorded responses are graded as live ones are, so that both can be compared.
    """
    recorded = decided.recorded
    rows = [
        _recorded_row(recorded, place, item, decided.answers[place])
        if result is None
        else _made_row(result, item, None if (fusion := decided.fusions[place]) is None else fusion.aggregator)
        for place, (item, result) in enumerate(zip(items, results, strict=True))
        if not isinstance(result, Lost)
    ]
    kept = [place for place, result in enumerate(results) if not isinstance(result, Lost)]
    made = [result for result in results if isinstance(result, Made)]
    lost = [result for result in results if isinstance(result, Lost)]
    table = np.array([list(row.figures()) for row in rows], np.float64).reshape(len(rows), _Row.WIDTH)
    scores, scored, calls, costs, prompt, completion, references, aggregators = table.T
    return LiveMeasurement(
        measurement=replace(
            recorded.take(np.array(kept, np.int64)),
            router=name or f"{PREFIX}{recorded.router}",
            quality="live",
            scores=scores,
            scored=scored,
            calls=calls,
            costs=costs,
            costed_calls=np.where(np.isnan(costs), 0.0, calls),
            fusion_costs=np.zeros(len(rows)),
            prompt_tokens=prompt,
            completion_tokens=completion,
            fused=np.array([row.fused for row in rows], np.bool_),
            best_references=references,
            aggregators=aggregators,
        ),
        failures=Counter(one.cause for one in lost if one.cause is not None),
        not_asked=sum(one.cause is None for one in lost),
        fusions=sum(one.fused is not None for one in made),
        counted_calls=sum(call.usage.counted for one in made for call in one.calls),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    WIDTH = 8

    grade: float | None
    calls: float
    cost: float
    prompt_tokens: float
    completion_tokens: float
    fused: bool
    best_reference: float = _NAN
    aggregator: float = _NAN

    def figures(self) -> Iterator[float]:
        """In the order of the columns."""
        yield self.grade or 0.0
        yield float(self.grade is not None)
        yield from (self.calls, self.cost, self.prompt_tokens, self.completion_tokens)
        yield from (self.best_reference, self.aggregator)


def _recorded_row(recorded: Measurement, place: int, item: Item, model: str | None) -> _Row:
    return _Row(
        grade=item.gold.grade(None if model is None else item.responses.get(model)),
        calls=recorded.calls[place],
        cost=recorded.costs[place],
        prompt_tokens=recorded.prompt_tokens[place],
        completion_tokens=recorded.completion_tokens[place],
        fused=False,
    )


def _made_row(made: Made, item: Item, aggregator: str | None) -> _Row:
    grades = [grade for one in made.references if (grade := item.gold.grade(one.text)) is not None]
    own = next((one.text for one in made.experts if one.model == aggregator), None)
    grade = None if own is None else item.gold.grade(own)
    return _Row(
        grade=item.gold.grade(None if made.fused is None else made.fused.text),
        calls=len(made.calls),
        cost=sum(call.cost for call in made.calls),
        prompt_tokens=sum(call.usage.prompt_tokens for call in made.calls),
        completion_tokens=sum(call.usage.completion_tokens for call in made.calls),
        fused=made.fused is not None,
        best_reference=max(grades, default=_NAN),
        aggregator=_NAN if grade is None else grade,
    )
