"""What routers decide of the rows that are asked anew."""

from dataclasses import replace

import numpy as np
import pytest
from jisi.errors import InputError
from jisi.evaluation.live.routers import Decided, decided
from jisi.evaluation.recordings.candidates import Candidates
from jisi.evaluation.routers.fusing import MixtureOfAgentsRouter, SelfFusionRouter
from jisi.evaluation.routers.mixed import MixedRouter
from jisi.evaluation.routers.outcome import Fusion, Outcome
from jisi.evaluation.routers.protocol import Evidence, Router, Rows
from jisi.evaluation.routers.single import BestSingleRouter
from jisi.evaluation.running import Evaluation
from jisi.evaluation.splits import k_folds
from jisi.routing.bank import Expert
from jisi.routing.settings import RoutingSettings

from tests.unit.evaluation.routers.builders import MODELS, evidence, outcome, recordings, rows


class Silent:
    """Fuses, and does not say how."""

    name = "silent"

    def fit(self, evidence: Evidence) -> "Silent":
        """Learn nothing."""
        del evidence
        return self

    def route(self, rows: Rows) -> Outcome:
        """Let the first model fuse."""
        answers = np.zeros((len(rows.test), len(rows.test.models)))
        answers[:, 0] = 1.0
        return replace(Outcome.routed(answers, answers), aggregators=np.zeros(len(answers), np.int64))


def _evaluation() -> Evaluation:
    """Twelve rows of four models in three folds; able is best, then baker."""
    lots = np.random.default_rng(3)
    made = recordings(
        np.array([0.9, 0.8, 0.6, 0.1]) * np.ones((12, 1)),
        queries=lots.normal(size=(12, 4)),
        responses=lots.normal(size=(12, 4, 4)),
    )
    experts = [Expert(model, 1.0, 1.0) for model in MODELS[:4]]
    candidates = Candidates(experts=experts, references=())
    return Evaluation(recordings=made, candidates=candidates, folds=k_folds(made, 3, seed=5), seed=0)


def _decide(*routers: Router, anew: tuple[int, ...] = (7, 1, 4, 10)) -> list[Decided]:
    return decided(_evaluation(), routers, np.array(anew, np.int64))


def test_rows_stand_in_the_order_of_the_folds() -> None:
    """The same for all routers, and each row once."""
    moa, single = _decide(MixtureOfAgentsRouter(2), BestSingleRouter())

    order = [int(row) for fold in _evaluation().folds for row in fold.test if row in (7, 1, 4, 10)]
    assert [key.index for key in moa.recorded.keys] == order
    assert single.recorded.keys == moa.recorded.keys


def test_who_is_asked_and_who_fuses() -> None:
    """The best by prior propose and the best of them fuses; or one model several times."""
    moa, selfish = _decide(MixtureOfAgentsRouter(2), SelfFusionRouter(3))

    assert moa.fusions == [Fusion(asked={"able": 1, "baker": 1}, references=("able", "baker"), aggregator="able")] * 4
    assert selfish.fusions == [Fusion(asked={"able": 3}, references=("able",), aggregator="able")] * 4


def test_what_is_not_fused_is_answered_by_a_model() -> None:
    """Whose recorded response it is, is told."""
    (single,) = _decide(BestSingleRouter())

    assert single.fusions == [None] * 4
    assert single.answers == ["able"] * 4


@pytest.mark.parametrize("threshold", [0.0, 0.8, 0.95, 1.0])
def test_fusions_are_those_that_are_measured(threshold: float) -> None:
    """JiSi asks, fuses and leaves alone exactly whom its recorded outcome says."""
    lots = np.random.default_rng(8)
    train = recordings(lots.random((20, 4)), queries=lots.normal(size=(20, 4)), responses=lots.normal(size=(20, 4, 4)))
    test = recordings(lots.random((9, 4)), queries=lots.normal(size=(9, 4)), responses=lots.normal(size=(9, 4, 4)))
    router = MixedRouter(settings=RoutingSettings(support_size=6, switch_threshold=threshold))
    seen = outcome(router, train, test)
    fusions = router.fit(evidence(train)).fusions(rows(test, train))

    assert len(fusions) == len(test)
    for row, fusion in enumerate(fusions):
        assert (fusion is not None) == seen.fused[row]
        if fusion is None:
            continue
        columns = {model: column for column, model in enumerate(test.models)}
        assert {columns[model] for model in fusion.references} == set(np.flatnonzero(seen.references[row]))
        assert {columns[model] for model in fusion.asked} == set(np.flatnonzero(seen.calls[row]))
        assert columns[fusion.references[0]] == seen.answers[row].argmax()
        assert columns[fusion.aggregator] == seen.aggregators[row]


def test_a_router_that_does_not_say_how_it_fuses() -> None:
    """Its user is told what is missing."""
    with pytest.raises(InputError, match="silent fuses, but has no method `fusions`"):
        _decide(Silent())
