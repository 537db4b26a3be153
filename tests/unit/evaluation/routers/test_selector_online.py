"""The fitted selector row by row, as the services decide, against the router that decides all rows at once."""

from dataclasses import replace

import numpy as np
import pytest
from jisi.evaluation.recordings.recordings import Recordings
from jisi.evaluation.routers.outcome import Outcome
from jisi.evaluation.routers.selector import SelectorRouter
from jisi.evaluation.routers.selector_features import describe
from jisi.evaluation.routers.selector_learning import learn
from jisi.routing.arrays import Embeddings, Floats, Positions
from jisi.routing.offline import OfflineDecision, RecordedResponse, decide_offline
from jisi.routing.plan import plan_query, with_outlooks
from jisi.routing.selection import Selector, Training, describe_one
from jisi.routing.settings import RoutingSettings

from tests.unit.evaluation.routers.builders import NAN, chosen, evidence, outcome, recordings, rows

POOLS = (1, 2, 5)
TRAINING = Training(embedder="letters", datasets=("numbers",), models=(), rows=300, responses=900, seed=0)


def made(items: int, models: int, seed: int) -> Recordings:
    """Give random recordings in which scores, tokens and responses are missing here and there."""
    lots = np.random.default_rng(seed)
    shape = (items, models)
    answers = lots.integers(-1, 3, shape)
    scores = np.clip((answers == 1) + lots.normal(0.0, 0.3, shape), 0.0, 1.0).round(1)
    tokens = lots.integers(1, 900, shape).astype(np.float64)
    for table in (scores, tokens):
        table[lots.random(shape) < 0.1] = NAN
    return recordings(
        scores,
        queries=lots.normal((1.0, 0.0, 0.0, 0.0), 0.4, (items, 4)),
        answers=answers,
        completion_tokens=tokens,
        usable=lots.random(shape) < 0.85,
    )


class Row:
    """The recorded responses to one query, as the services know them."""

    def __init__(self, test: Recordings, row: int) -> None:
        self._test = test
        self._row = row

    def ask(self, model: str) -> RecordedResponse:
        """Give what was recorded."""
        column = self._test.column(model)
        tokens, answer = self._test.completion_tokens[self._row, column], self._test.answers[self._row, column]
        return RecordedResponse(
            usable=bool(self._test.usable[self._row, column]),
            completion_tokens=None if np.isnan(tokens) else float(tokens),
            answer=None if answer < 0 else str(answer),
        )

    def similarities(self, positions: Positions, model: str, response: Embeddings) -> Floats:
        """Nobody asks: nothing depends on it."""
        raise NotImplementedError


@pytest.mark.parametrize("models", POOLS)
def test_a_response_is_told_of_alike(models: int) -> None:
    """To the last bit: by the plan, the bank and the replies to one query, and of many rows at once."""
    train, test = made(300, models, 1), made(40, models, 2)
    selector, known = fitted(train), evidence(train)
    settings = selector.settings(RoutingSettings(method="selector"))
    told = describe(rows(test, train), known.experts, selector.models).features

    for row in range(len(test)):
        plan = plan_query(test.queries[row], train.bank(), known.experts, settings)
        (plan,) = with_outlooks([plan], test.queries[row][np.newaxis], train.bank(), settings)
        replies = {model: Row(test, row).ask(model).reply for model in plan.probes}
        columns = [test.column(model) for model in plan.probes]
        tokens = test.completion_tokens[row, columns]
        np.testing.assert_array_equal(
            describe_one(selector, plan, train.bank(), replies=replies, tokens=tokens), told[row]
        )


@pytest.mark.parametrize("models", POOLS)
def test_the_services_decide_as_the_router(models: int) -> None:
    """Wave by wave as all at once: the same calls, the same answers, and nothing is fused."""
    train, test = made(300, models, 3), made(60, models, 4)
    found = outcome(SelectorRouter(), train, test)

    decisions = decided(fitted(train), train, test)

    assert calls_of(found, test) == [sorted(one.asked) for one in decisions]
    usable = test.usable.any(axis=1)
    assert [one.decision.kind for one in decisions] == np.where(usable, "route", "fail").tolist()
    answers = [one.decision.answer for one in decisions]
    assert [model for model in answers if model] == np.array(chosen(found, test))[usable].tolist()


def test_a_model_without_evidence_gets_no_say() -> None:
    """Unless no other has a usable response: then the first of them, and nobody is said to have judged it."""
    train, test = made(300, 3, 5), made(200, 3, 6)
    scores = np.array([NAN, 1.0, 1.0]) * train.scores
    train = replace(train, scores=scores)
    found = outcome(SelectorRouter(), train, test)
    decisions = decided(fitted(train), train, test)

    answers = [one.decision.answer for one in decisions]
    expected = chosen(found, test)
    assert [one for one in answers if one] == [
        model for model, row in zip(expected, test.usable, strict=True) if row.any()
    ]
    alone = [one for one in decisions if one.decision.answer == "able"]
    assert alone
    assert all(one.decision.reason.startswith("the selector can judge none") for one in alone)
    assert not any(one.standing.verdict and "able" in dict(one.standing.verdict.chances) for one in decisions)


def fitted(train: Recordings) -> Selector:
    """Fit a selector as the router does."""
    learnt = learn(evidence(train), 3)
    assert learnt.trees is not None
    return Selector(trees=learnt.trees, nearest=learnt.nearest, training=TRAINING)


def decided(selector: Selector, train: Recordings, test: Recordings) -> list[OfflineDecision]:
    """Decide every row by the maths of the services."""
    settings = selector.settings(RoutingSettings(method="selector"))
    experts, bank = evidence(train).experts, train.bank()
    return [
        decide_offline(test.queries[row], bank, experts, Row(test, row), settings, selector=selector)
        for row in range(len(test))
    ]


def calls_of(found: Outcome, test: Recordings) -> list[list[str]]:
    """Give who was asked of each row, sorted."""
    return [sorted(np.array(test.models)[row > 0].tolist()) for row in found.calls]
