"""Margins: how near a decision was to being another."""

from dataclasses import dataclass, replace

import numpy as np
import pytest
from hypothesis import assume, given, settings
from jisi.routing.arrays import Embeddings, Floats, Positions
from jisi.routing.bank import Bank
from jisi.routing.margins import Margin, margins, smallest_margin
from jisi.routing.offline import OfflineDecision, RecordedResponse, ResponseSource, decide_offline
from jisi.routing.settings import RoutingSettings

from tests.golden.cases import Case, read_case
from tests.unit.routing.builders import QUERY, bank_of, experts_of, on_circle
from tests.unit.routing.strategies import Document, cases
from tests.unit.routing.test_offline import Responses

BY_QUERY = RoutingSettings(expert_source="query", support_size=1)


def named(found: list[Margin], part: str) -> list[float]:
    """The distances of the margins whose name has this in it."""
    return [margin.distance for margin in found if part in margin.name]


def margins_of(bank: Bank, routing: RoutingSettings) -> list[Margin]:
    """All margins of the decision for QUERY where nobody fails."""
    decided = decide_offline(QUERY, bank, experts_of(*bank.models), Responses(), routing)
    return margins(QUERY, bank, decided, routing)


def test_an_item_near_the_bar_is_a_margin() -> None:
    """In S or not."""
    bar = 0.95 * 0.9
    inside = bank_of(on_circle(0.9, bar + 1e-8, 0.1))
    outside = bank_of(on_circle(0.9, bar - 1e-8, 0.1))

    for bank in (inside, outside):
        assert named(margins_of(bank, BY_QUERY), "bar of the support set")[0] == pytest.approx(1e-8, rel=1e-4)


def test_the_item_that_sets_the_bar_is_no_margin() -> None:
    """At a threshold of 1 it lies on the bar whatever the rounding."""
    routing = RoutingSettings(expert_source="query", support_size=2, support_threshold=1)

    assert named(margins_of(bank_of(on_circle(0.9, 0.5, 0.3)), routing), "bar")[0] == pytest.approx(0.2)


def test_a_nearest_item_alone_hangs_on_the_second_nearest() -> None:
    """There it is the rank, not the bar, that decides."""
    bank = bank_of(on_circle(-0.5, -0.4))

    assert named(margins_of(bank, BY_QUERY), "nearest item")[0] == pytest.approx(0.1)


def test_ranks_at_the_cut_between_probes_and_others_are_margins() -> None:
    """So are the candidates' own ranks and their shares of the best score."""
    scores = {"ash": [0.9], "elm": [0.8], "fir": [0.5 + 1e-7], "oak": [0.5]}

    found = margins_of(bank_of(on_circle(0.9), scores), BY_QUERY)

    assert named(found, "fir before oak")[0] == pytest.approx(1e-7, rel=1e-4)
    assert named(found, "ash before elm")[0] == pytest.approx(0.1)
    assert named(found, "switch: elm at the threshold")[0] == pytest.approx(8 / 9 - 0.8)
    assert found[0].distance == pytest.approx(1e-7, rel=1e-4)


def test_models_with_the_same_records_cannot_be_parted() -> None:
    """Their tie is settled by price, whatever the rounding."""
    scores = {"ash": [0.9], "elm": [0.5], "fir": [0.5], "oak": [0.5]}

    assert named(margins_of(bank_of(on_circle(0.9), scores), BY_QUERY), "prior rank: fir before oak") == [float("inf")]


def test_equal_mixed_similarities_at_the_cut_are_an_exact_tie() -> None:
    """The distance is 0."""
    found = margins_of(bank_of(on_circle(0.9, 0.9, 0.9, 0.9)), RoutingSettings(length_weight=0.0))

    assert named(found, "cut of the filtered set") == [0.0]


@pytest.mark.parametrize(("nearest", "distance"), [(3e-9, 2e-9), (-0.2, 0.2 + 1e-9)])
def test_weights_near_nothing_are_a_margin(nearest: float, distance: float) -> None:
    """Below 1e-9 together all items would count the same; negative similarities are far from counting."""
    bank = bank_of(np.array([[nearest, 1.0], [-0.5, 1.0]]))

    assert named(margins_of(bank, BY_QUERY), "weights of the support set") == [pytest.approx(distance, rel=1e-6)]


def test_an_empty_bank_hangs_on_nothing() -> None:
    """The default model answers."""
    bank = bank_of(np.zeros((0, 2)), {"ash": []})
    decided = decide_offline(QUERY, bank, experts_of("ash"), Responses(), RoutingSettings())

    assert smallest_margin(QUERY, bank, decided, RoutingSettings()).distance == float("inf")


def disturbed(case: Case, size: float) -> OfflineDecision:
    """The decision where every response similarity and the query are a little off, as by another arithmetic."""
    random = np.random.default_rng(1)

    source = Disturbed(case.source, random, size)
    query = case.query + random.uniform(-size, size, case.query.shape) / len(case.query)
    return replace(case, query=query, source=source).decide()


@dataclass(frozen=True, eq=False)
class Disturbed:
    """Responses with noise on what pgvector would compute."""

    source: ResponseSource
    random: np.random.Generator
    size: float

    def ask(self, model: str) -> RecordedResponse:
        """As recorded."""
        return self.source.ask(model)

    def similarities(self, positions: Positions, model: str, response: Embeddings) -> Floats:
        """As recorded, give or take."""
        exact = self.source.similarities(positions, model, response)
        return exact + self.random.uniform(-self.size, self.size, exact.shape)


@settings(max_examples=80)
@given(case=cases(fewest_items=1))
def test_a_decision_stands_against_noise_well_below_its_margin(case: Document) -> None:
    """What differs although the margin is large is a defect."""
    read = read_case(case, second_wave="needed")
    decided = read.decide()
    margin = smallest_margin(read.query, read.bank, decided, read.settings)
    assume(margin.distance > 1e-6)

    other = disturbed(read, 1e-11)

    assert other.decision.kind == decided.decision.kind
    assert other.decision.answer == decided.decision.answer
    assert other.decision.references == decided.decision.references
    assert other.asked == decided.asked
