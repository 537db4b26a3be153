"""What live answers came to."""

from collections.abc import Sequence

import pytest
from jisi.evaluation.live.asking import Said
from jisi.evaluation.live.fusing import Lost, Made, Result
from jisi.evaluation.live.grading import Gold
from jisi.evaluation.live.items import Item
from jisi.evaluation.live.measuring import LiveMeasurement, measure_live
from jisi.evaluation.live.routers import Decided
from jisi.evaluation.routers.outcome import Fusion
from jisi.llm.usage import Usage
from jisi.support.lines import ItemKey

from tests.unit.evaluation.metrics.builders import NAN, measurement

FUSION = Fusion(asked={"able": 1, "baker": 1}, references=("able", "baker"), aggregator="baker")


def item(place: int, *, right: str | None = "4", **responses: str) -> Item:
    """Give a row whose right answer is 4."""
    query = "What is 2 + 2?"
    return Item(
        key=ItemKey("numbers", place, "test"), messages=(), gold=Gold.of(query, right), responses=responses, scores={}
    )


def said(model: str, text: str, *, counted: bool = False) -> Said:
    """Give an answer that took 10 and 20 tokens and cost a tenth of a dollar."""
    usage = Usage(prompt_tokens=10, completion_tokens=20, counted=counted)
    return Said(model=model, text=text, cut_off=False, usage=usage, cost=0.1, seconds=0.0)


def made(able: str, baker: str, fused: str | None, *, counted: bool = False) -> Made:
    """Give a fusion of two answers."""
    experts = [said("able", able), said("baker", baker, counted=counted)]
    return Made(experts=experts, references=experts, fused=None if fused is None else said("baker", fused))


def measured(items: Sequence[Item], results: Sequence[Result | None]) -> LiveMeasurement:
    """Measure what `moa` made; where it fuses nothing, able's recorded response is the answer."""
    recorded = measurement([1.0] * len(items), router="moa", calls=1.0, costs=0.5, prompt_tokens=7, completion_tokens=8)
    fusions = [None if result is None else FUSION for result in results]
    decided = Decided(recorded=recorded, fusions=fusions, answers=["able"] * len(items))
    return measure_live(decided, items, results)


def test_a_fusion_is_measured() -> None:
    """By its own text; with all calls, tokens and costs; what it was made of is graded too."""
    live = measured([item(0)], [made("The answer is 5.", "The answer is 4.", "The answer is 5.")])
    row = live.measurement

    assert (row.router, row.quality) == ("live:moa", "live")
    assert (row.scores.tolist(), row.scored.tolist()) == ([0.0], [1.0])
    assert (row.calls.tolist(), row.costs.tolist()) == ([3.0], [pytest.approx(0.3)])
    assert (row.prompt_tokens.tolist(), row.completion_tokens.tolist()) == ([30.0], [60.0])
    assert (row.best_references.tolist(), row.aggregators.tolist()) == ([1.0], [1.0])
    assert (row.fusion_costs.tolist(), row.fused.tolist(), live.fusions) == ([0.0], [True], 1)


def test_nothing_to_fuse_is_no_answer() -> None:
    """Where no expert said anything usable, the answer is wrong, and no fusion was paid for."""
    nothing = Made(experts=[said("able", ""), said("baker", "")], references=(), fused=None)
    live = measured([item(0)], [nothing])

    assert live.measurement.scores.tolist() == [0.0]
    assert live.measurement.calls.tolist() == [2.0]
    assert (live.fusions, live.graded.tolist()) == (0, [0])


def test_a_recorded_answer_is_graded_alike() -> None:
    """What nobody was asked for costs what was recorded, and counts by the same grades, not by its recorded score."""
    live = measured([item(0, able="The answer is 4."), item(1, able="The answer is 5.")], [None, None])
    row = live.measurement

    assert row.scores.tolist() == [1.0, 0.0]
    assert (row.calls.tolist(), row.costs.tolist()) == ([1.0, 1.0], [0.5, 0.5])
    assert (row.prompt_tokens.tolist(), row.completion_tokens.tolist()) == ([7.0, 7.0], [8.0, 8.0])
    assert (row.fused.tolist(), live.fusions) == ([False, False], 0)


def test_failures_are_no_wrong_answers() -> None:
    """Rows that were lost are left out and counted, by cause; those that a bound kept from being asked apart."""
    results: list[Result | None] = [
        Lost("able: endpoint_error"),
        made("4", "4", "4"),
        Lost(None),
        Lost("able: endpoint_error"),
    ]
    live = measured([item(place) for place in range(4)], results)

    assert [key.index for key in live.measurement.keys] == [1]
    assert live.measurement.scores.tolist() == [1.0]
    assert (dict(live.failures), live.not_asked, live.rows) == ({"able: endpoint_error": 2}, 1, 4)


def test_what_cannot_be_graded_is_measured_all_the_same() -> None:
    """Calls and costs are; quality is of the other rows."""
    live = measured([item(0, right=None), item(1)], [made("4", "4", "4"), made("4", "4", "4", counted=True)])

    assert (live.measurement.scored.tolist(), live.graded.tolist()) == ([0.0, 1.0], [1])
    assert live.measurement.calls.tolist() == [3.0, 3.0]
    assert live.measurement.best_references.tolist() == [pytest.approx(NAN, nan_ok=True), 1.0]
    assert live.counted_calls == 1


def test_all_lost() -> None:
    """Nothing is measured then."""
    live = measured([item(0)], [Lost(None)])

    assert (len(live.measurement), live.graded.tolist(), live.rows) == (0, [], 1)
