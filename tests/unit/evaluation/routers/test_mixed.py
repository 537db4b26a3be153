"""JiSi on recordings: every decision is the slow oracle's, whatever the settings."""

from dataclasses import asdict, replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jisi.evaluation.recordings.recordings import Recordings
from jisi.evaluation.routers.agree import AgreeRouter
from jisi.evaluation.routers.mixed import MixedRouter
from jisi.evaluation.routers.outcome import NOBODY
from jisi.evaluation.routers.protocol import Evidence
from jisi.routing.settings import RoutingSettings

from tests.oracle.cases import oracle_case
from tests.unit.evaluation.routers.builders import chosen, evidence, outcome, recordings, rows
from tests.unit.routing.oracle import expected_of


def made(items: int, models: int, seed: int) -> Recordings:
    """Give random recordings: some scores, tokens and responses are missing."""
    lots = np.random.default_rng(seed)
    shape = (items, models)
    scores = lots.choice([0.0, 0.5, 1.0, np.nan], size=shape, p=[0.4, 0.1, 0.4, 0.1])
    return recordings(
        scores,
        queries=lots.normal(size=(items, 4)),
        completion_tokens=lots.choice([1.0, 10.0, 50.0, 400.0, np.nan], size=shape),
        responses=lots.normal(size=(*shape, 4)),
        usable=lots.random(shape) < 0.85,
    )


CHOICES = st.builds(
    RoutingSettings,
    support_size=st.integers(1, 12),
    support_threshold=st.sampled_from([0.0, 0.8, 0.95]),
    probe_experts=st.integers(1, 4),
    length_weight=st.sampled_from([0.0, 0.4, 1.0]),
    query_weight=st.sampled_from([0.0, 0.5]),
    filter_ratio=st.sampled_from([0.2, 0.5, 1.0]),
    candidates=st.integers(1, 4),
    second_wave=st.sampled_from(["needed", "all"]),
    expert_source=st.sampled_from(["query", "response"]),
    aggregator_source=st.sampled_from(["query", "response"]),
    switch_threshold=st.sampled_from([0.5, 0.8, 1.0]),
)


@given(st.integers(1, 14), st.integers(1, 5), st.integers(0, 10_000), CHOICES)
@settings(deadline=None, max_examples=150)
def test_every_decision_is_the_oracles(items: int, models: int, seed: int, choice: RoutingSettings) -> None:
    """Who is asked, who fuses what, and who answers."""
    train, test = made(items, models, seed), made(3, models, seed + 1)
    learnt = evidence(train, prices=[float(model % 3) for model in range(models)])

    got = MixedRouter(settings=choice).fit(learnt).route(rows(test, train))

    for row in range(len(test)):
        expected = expected_of(oracle_case(test, row, learnt, choice))
        said = expected["outcome"][choice.second_wave]
        names = np.array(test.models)
        probes = expected["probes"] or [test.models[0]]  # where nothing is known the first answers alone
        answers = said["references"][:1] if said["decision"] == "aggregate" else [said["answer"]]
        assert {*names[got.calls[row] > 0]} == {*probes, *said["asked"]}
        assert [*names[got.answers[row] > 0]] == [name for name in answers if name]
        assert {*names[got.references[row]]} == {*(said["references"] or ())}
        fuses = None if got.aggregators[row] == NOBODY else names[got.aggregators[row]]
        assert fuses == (expected["aggregator_candidates"][0] if said["decision"] == "aggregate" else None)


def _clear() -> tuple[Recordings, Evidence]:
    """Two experts nearly as good as each other, one far behind."""
    train = recordings([[1.0, 1.0, 0.0], [1.0, 0.0, 0.0], [1.0, 1.0, 1.0], [1.0, 1.0, 0.0]])
    return train, evidence(train)


def test_a_fusion_stands_for_its_first_reference() -> None:
    """The score of the best candidate is what recorded data can tell."""
    train, _ = _clear()
    test = recordings([[1.0, 0.0, 0.0]], split="test")

    got = outcome(MixedRouter(settings=RoutingSettings(switch_threshold=0.7, filter_ratio=1.0)), train, test)

    assert got.fused.tolist() == [True]
    assert got.references.tolist() == [[True, True, False]]
    assert chosen(got, test) == ["able"]
    assert got.quality == "first reference"
    assert got.scores(test).tolist() == [1.0]


def test_a_router_alone_never_fuses() -> None:
    """Mode `route`: the best candidate answers; all answers were recorded."""
    train, _ = _clear()

    got = outcome(MixedRouter(mode="route"), train, train)

    assert not got.fused.any()
    assert got.quality == "recorded"


def test_a_fixed_aggregator_fuses_whatever_the_scores() -> None:
    """Instead of the model with the best prior."""
    train, _ = _clear()

    got = outcome(MixedRouter(mode="aggregate", aggregator="charlie"), train, train)

    assert [train.models[place] for place in got.aggregators] == ["charlie"] * len(train)


def test_a_row_without_any_usable_response_has_no_answer() -> None:
    """Everybody is asked in vain, and the row scores 0."""
    train, _ = _clear()
    test = recordings([[1.0, 1.0, 1.0]], usable=False, split="test")

    got = outcome(MixedRouter(), train, test)

    assert got.answers.sum() == 0
    assert got.calls.tolist() == [[1.0, 1.0, 1.0]]
    assert got.scores(test).tolist() == [0.0]


@pytest.mark.parametrize("setting", sorted(asdict(RoutingSettings())))
def test_names_of_settings_are_those_of_the_oracle(setting: str) -> None:
    """So that a comparison leaves none out."""
    train, learnt = _clear()
    case: dict[str, Any] = oracle_case(train, 0, learnt, RoutingSettings())

    assert setting in case["settings"]


@given(st.integers(2, 14), st.integers(1, 5), st.integers(0, 10_000), st.integers(1, 5))
@settings(deadline=None, max_examples=100)
def test_by_vote_it_decides_as_the_router_that_asks_in_turn(items: int, models: int, seed: int, voters: int) -> None:
    """What the services do wave by wave, against all rows at once: the same calls, the same answers."""
    train, test = made(items, models, seed), made(3, models, seed + 1)
    answers = np.random.default_rng(seed).integers(-1, 3, size=(3, models)).astype(np.int32)
    test = replace(test, answers=answers)
    choice = RoutingSettings(method="agree", agreement_models=voters, agreement_support_size=5)

    got = outcome(MixedRouter(settings=choice), train, test)
    expected = outcome(AgreeRouter(agreement=choice.agreement), train, test)

    known = ~np.isnan(train.scores).all()
    if known:
        np.testing.assert_equal(got.calls, expected.calls)
        usable = test.usable.any(axis=1)
        np.testing.assert_equal(got.answers[usable], expected.answers[usable])
    assert not got.fused.any()
