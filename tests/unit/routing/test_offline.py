"""The driver: who is asked, in which order, and how calls are spent."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pytest
from jisi.routing.arrays import Embeddings, Floats, Positions
from jisi.routing.offline import OfflineDecision, RecordedResponse, decide_offline
from jisi.routing.settings import Mode, RoutingSettings

from tests.unit.routing.builders import QUERY, bank_of, experts_of, on_circle

SCORES = {"ash": [0.9, 0.9], "elm": [0.8, 0.8], "fir": [0.7, 0.7], "oak": [0.0, 1.0], "yew": [0.1, 0.95]}
BANK = bank_of(on_circle(0.9, 0.9), SCORES)


@dataclass(eq=False)
class Responses:
    """Responses that resemble the second item, except of models that fail; keeps what was asked."""

    failing: Sequence[str] = ()
    asked: list[str] = field(default_factory=list)

    def ask(self, model: str) -> RecordedResponse:
        """Each model may be asked once only."""
        assert model not in self.asked
        self.asked.append(model)
        if model in self.failing:
            return RecordedResponse(usable=False)
        return RecordedResponse(usable=True, embedding=QUERY, completion_tokens=10.0, reference_tokens=100)

    def similarities(self, positions: Positions, model: str, response: Embeddings) -> Floats:
        """Only of usable probes."""
        assert model not in self.failing
        assert response is QUERY
        return np.where(positions == 1, 0.9, 0.1)


def decided(
    *failing: str, max_calls: int | None = None, mode: Mode = "auto", settings: RoutingSettings | None = None
) -> OfflineDecision:
    """The decision for QUERY where these models fail."""
    source = Responses(failing)
    found = decide_offline(
        QUERY, BANK, experts_of(*SCORES), source, settings or RoutingSettings(), max_calls=max_calls, mode=mode
    )
    assert found.asked == tuple(source.asked)
    return found


def test_calls_are_made_in_waves() -> None:
    """Probes by p, then the candidates by p' that are not among them."""
    found = decided()

    assert found.plan.probes == ("ash", "elm", "fir")
    assert found.standing.candidates == ("oak", "yew", "ash")
    assert found.waves == (("oak", "yew"),)
    assert found.asked == ("ash", "elm", "fir", "oak", "yew")
    assert found.decision.references == ("oak", "yew", "ash")
    assert found.aggregator_candidates == ("ash", "elm", "fir", "yew", "oak")


@pytest.mark.parametrize(
    ("max_calls", "asked", "kind", "degraded"),
    [
        (2, ("ash",), "route", ("budget",)),
        (3, ("ash", "elm", "fir"), "route", ("budget",)),
        (4, ("ash", "elm", "fir", "oak"), "route", ("budget",)),
        (5, ("ash", "elm", "fir", "oak", "yew"), "route", ("budget",)),
        (6, ("ash", "elm", "fir", "oak", "yew"), "aggregate", ()),
    ],
)
def test_calls_are_spent_on_probes_then_candidates_then_the_aggregation(
    max_calls: int, asked: tuple[str, ...], kind: str, degraded: tuple[str, ...]
) -> None:
    """Best first; never more than allowed."""
    found = decided(max_calls=max_calls)

    assert found.asked == asked
    assert found.decision.kind == kind
    assert found.decision.degraded == degraded
    assert len(found.asked) + (kind == "aggregate") <= max_calls


def test_waves_go_on_while_nothing_is_usable() -> None:
    """Until one answers."""
    found = decided("ash", "elm", "fir", "yew")

    assert found.waves == (("yew", "oak"),)
    assert found.response_similarities.shape == (2, 3)
    assert np.isnan(found.response_similarities).all()
    assert (found.decision.kind, found.decision.answer) == ("route", "oak")


def test_all_failing_is_a_failure_after_all_were_asked() -> None:
    """And not before."""
    found = decided(*SCORES, settings=RoutingSettings(candidates=1))

    assert found.waves == (("yew",), ("oak",))
    assert found.decision.kind == "fail"


def test_a_failing_model_alone_is_replaced_as_calls_allow() -> None:
    """One at a time, by p."""
    found = decided("ash", max_calls=2)

    assert found.asked == ("ash", "elm")
    assert (found.decision.answer, found.decision.degraded) == ("elm", ("budget",))
    assert decided("ash", "elm", max_calls=2).decision.kind == "fail"


def test_routing_mode_asks_no_more_than_the_best_candidate() -> None:
    """Its answer is verbatim."""
    found = decided(mode="route")

    assert found.waves == (("oak",),)
    assert (found.decision.kind, found.decision.answer) == ("route", "oak")


def test_with_both_rankings_from_the_query_no_similarity_is_asked_for() -> None:
    """The bank's responses are not touched."""
    found = decided(settings=RoutingSettings(expert_source="query"))

    assert np.isnan(found.response_similarities).all()
    assert found.asked == found.plan.probes
