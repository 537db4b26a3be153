"""What an outcome came to, row by row."""

from dataclasses import fields, replace

import numpy as np
import pytest
from jisi.evaluation.metrics.accuracy import by_dataset, macro
from jisi.evaluation.metrics.measurement import Measurement, concatenate, measure
from jisi.evaluation.routers.outcome import NOBODY, Outcome
from jisi.routing.bank import Expert

from tests.unit.evaluation.metrics.builders import NAN, measurement
from tests.unit.evaluation.routers.builders import MODELS, recordings

EXPERTS = [
    Expert(name, prompt, completion) for name, prompt, completion in zip(MODELS[:3], (1, 2, 4), (3, 5, 7), strict=True)
]
"""Prices of prompt and completion, USD a million tokens."""


def _singles(*columns: int) -> Outcome:
    return Outcome.of_single(np.array(columns), 3)


def _fusion(answer: int | None, calls: list[float], aggregator: int, references: list[int]) -> Outcome:
    """One row, fused."""
    answers, flags = np.zeros((1, 3)), np.zeros((1, 3), np.bool_)
    if answer is not None:
        answers[0, answer] = 1.0
    flags[0, references] = True
    return Outcome(
        answers=answers,
        calls=np.array([calls]),
        aggregators=np.array([aggregator]),
        references=flags,
        quality="first reference",
    )


def test_a_single_answer() -> None:
    """What answers gives score, cost and tokens; nobody else counts, and no answer scores and costs nothing."""
    test = recordings(
        [[1.0, 0.0, 0.5]] * 3,
        costs=[[0.1, 0.2, 0.4]] * 3,
        prompt_tokens=[[10, 20, 30]] * 3,
        completion_tokens=[[100, 200, 300]] * 3,
    )
    found = measure("mine", _singles(2, 0, NOBODY), test, EXPERTS)

    assert found.scores.tolist() == [0.5, 1.0, 0.0]
    assert found.scored.tolist() == [1.0, 1.0, 0.0]
    assert found.costs.tolist() == [0.4, 0.1, 0.0]
    assert found.calls.tolist() == found.costed_calls.tolist() == [1.0, 1.0, 0.0]
    assert found.prompt_tokens.tolist() == [30, 10, 0]
    assert found.completion_tokens.tolist() == [300, 100, 0]
    assert found.fused.tolist() == [False] * 3
    assert np.isnan([found.best_references, found.references_hit, found.aggregators, found.aggregators_right]).all()


def test_lots_are_measured_by_their_expectation() -> None:
    """A router that draws lots has the mean over what it may draw."""
    test = recordings([[1.0, 0.0, 0.5]], costs=[[0.1, 0.2, 0.6]])
    thirds = np.full((1, 3), 1 / 3)
    found = measure("random", Outcome.routed(thirds, thirds), test, EXPERTS)

    assert found.scores[0] == pytest.approx(0.5)
    assert found.costs[0] == pytest.approx(0.3)
    assert found.calls[0] == pytest.approx(1.0)


def test_a_fusion() -> None:
    """A fusion is one more call, whose cost is estimated by the aggregator's prices; the references are its prompt."""
    test = recordings(
        [[0.0, 1.0, 0.25]], costs=[[0.1, 0.2, 0.4]], prompt_tokens=[[10, 20, 30]], completion_tokens=[[100, 200, 300]]
    )
    found = measure("mine", _fusion(0, [1, 1, 1], 2, [0, 1]), test, EXPERTS)
    estimate = (4 * (30 + 100 + 200) + 7 * 100) / 1e6

    assert found.fusion_costs[0] == pytest.approx(estimate)
    assert found.costs[0] == pytest.approx(0.7 + estimate)
    assert (found.calls[0], found.costed_calls[0]) == (4, 4)
    assert found.prompt_tokens[0] == 60 + 330
    assert found.completion_tokens[0] == 600 + 100
    assert found.fused[0]
    assert (found.scores[0], found.best_references[0], found.aggregators[0]) == (0.0, 1.0, 0.25)
    assert (found.references_hit[0], found.aggregators_right[0]) == (1.0, 0.0)


def test_a_fusion_that_nothing_stands_for() -> None:
    """Without a first reference a fusion is taken to be as long as the references are on the mean, and scores 0."""
    test = recordings([[1.0, 1.0, 1.0]], prompt_tokens=10, completion_tokens=[[100, 200, 300]])
    found = measure("mine", _fusion(None, [1, 0, 1], 1, [0, 2]), test, EXPERTS)

    assert found.completion_tokens[0] == 400 + 200
    assert (found.scores[0], found.scored[0]) == (0, 0)


def test_a_fusion_with_itself() -> None:
    """Of a lone reference that was asked several times, all responses are read."""
    test = recordings([[1.0, 0.0, 0.0]], prompt_tokens=10, completion_tokens=100)
    found = measure("self", _fusion(0, [3, 0, 0], 0, [0]), test, EXPERTS)

    assert found.prompt_tokens[0] == 3 * 10 + 10 + 3 * 100
    assert found.calls[0] == 4


def test_what_was_not_recorded() -> None:
    """A cost that is unknown makes its row's unknown, and is missed in the count of known ones; scores count 0."""
    test = recordings(
        [[NAN, 1.0, 0.0]] * 2, costs=[[NAN, 0.2, 0.4]] * 2, completion_tokens=[[NAN, 1, 1]] * 2, usable=True
    )
    found = measure("mine", _singles(0, 1), test, EXPERTS)

    assert np.isnan(found.costs).tolist() == [True, False]
    assert np.isnan(found.completion_tokens).tolist() == [True, False]
    assert found.costed_calls.tolist() == [0.0, 1.0]
    assert (found.scores.tolist(), found.scored.tolist()) == ([0.0, 1.0], [0.0, 1.0])


def test_an_estimate_without_its_parts() -> None:
    """An unknown query length is that of the other models; an unknown reference makes the estimate unknown."""
    lengths = recordings([[1.0, 0.0, 0.0]], prompt_tokens=[[10, 30, NAN]], completion_tokens=100.0)
    unknown = recordings([[1.0, 0.0, 0.0]], completion_tokens=[[100, NAN, 100]])
    fusion = _fusion(0, [1, 1, 0], 2, [0, 1])

    assert measure("mine", fusion, lengths, EXPERTS).prompt_tokens[0] == 40 + 20 + 200
    assert np.isnan(measure("mine", fusion, unknown, EXPERTS).costs[0])
    assert measure("mine", fusion, unknown, EXPERTS).costed_calls[0] == 2


def test_references_whose_score_is_unknown() -> None:
    """The best reference is the best known one; of none known, nothing is known."""
    some = recordings([[NAN, 0.25, 1.0]], usable=True)
    none = recordings([[NAN, NAN, 1.0]], usable=True)

    assert measure("mine", _fusion(0, [1, 1, 0], 2, [0, 1]), some, EXPERTS).best_references[0] == 0.25
    assert np.isnan(measure("mine", _fusion(0, [1, 1, 0], 2, [0, 1]), none, EXPERTS).references_hit[0])


def test_concatenate() -> None:
    """Chunks become one measurement, in their order; a dataset keeps its name where the files differ."""
    first = measurement([1.0, 0.0], datasets=["gsm", "crux"], calls=[1.0, 2.0])
    second = measurement([0.5], datasets=["arc"], quality="first reference", best_references=[1.0])
    whole = concatenate([first, second])

    assert [whole.dataset_names[place] for place in whole.datasets] == ["gsm", "crux", "arc"]
    assert whole.keys == (*first.keys, *second.keys)
    assert whole.quality == "first reference"
    assert whole.fused.tolist() == [False, False, True]
    assert by_dataset(whole, whole.scores) == {"arc": 0.5, "crux": 0.0, "gsm": 1.0}
    assert macro(whole) == 0.5


def test_concatenating_loses_nothing() -> None:
    """Measuring chunks is measuring the whole, in every field."""
    test = recordings(np.arange(12).reshape(4, 3) / 12, datasets=["a", "b", "a", "b"], costs=[[0.1, 0.2, 0.3]] * 4)
    columns = np.array([0, 2, 1, 0])
    whole = measure("mine", Outcome.of_single(columns, 3), test, EXPERTS)
    chunks = [
        measure("mine", Outcome.of_single(columns[rows], 3), test.take(rows), EXPERTS)
        for rows in (np.array([0, 1]), np.array([2]), np.array([3]))
    ]
    joined = concatenate(chunks)

    for one in fields(Measurement):
        np.testing.assert_array_equal(getattr(joined, one.name), getattr(whole, one.name), one.name)


def test_concatenating_different_routers() -> None:
    """Two routers are not one."""
    with pytest.raises(ValueError, match="baker"):
        concatenate([measurement([1.0], router="able"), measurement([1.0], router="baker")])
    with pytest.raises(ValueError, match="one router"):
        concatenate([])


@pytest.mark.parametrize(("best", "hit"), [(0.5, 1.0), (0.49, 0.0), (1.0, 1.0)])
def test_right_is_half_the_score(best: float, hit: float) -> None:
    """A graded answer is right from a half on."""
    one = replace(measurement([0.0]), best_references=np.array([best]), aggregators=np.array([best]))

    assert one.references_hit[0] == one.aggregators_right[0] == hit
