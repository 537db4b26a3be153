"""Who the candidates are, and which ranking they and the aggregator are from."""

import numpy as np
import pytest
from jisi.routing.plan import plan_query
from jisi.routing.refined import refine, unrefined
from jisi.routing.settings import RoutingSettings, Source
from jisi.routing.standing import Standing, aggregator_ranking, standing

from tests.unit.routing.builders import QUERY, bank_of, experts_of, on_circle

PRIOR = {"ash": [0.9, 0.9], "elm": [0.8, 0.8], "fir": [0.7, 0.7], "oak": [0.0, 1.0], "yew": [0.1, 0.1]}
BANK = bank_of(on_circle(0.9, 0.9), PRIOR)
BY_PRIOR = ("ash", "elm", "fir", "oak", "yew")
BY_REFINED = ("oak", "ash", "elm", "fir", "yew")


def stands(
    *, expert_source: Source = "response", usable: bool = True, max_calls: int | None = None
) -> tuple[Standing, tuple[str, ...], tuple[str, ...]]:
    """The standing where the probes' responses resemble the second item, and the aggregators by p and by p'."""
    settings = RoutingSettings(expert_source=expert_source, aggregator_source="response", candidates=2)
    plan = plan_query(QUERY, BANK, experts_of(*PRIOR), settings, max_calls=max_calls)
    columns = len(plan.probes)
    refined = refine(
        plan,
        BANK,
        settings,
        usable_probes=plan.probes if usable else (),
        response_similarities=np.repeat([[0.0], [0.9]], columns, axis=1),
        response_tokens=np.full(columns, np.nan),
    )
    by_prior = aggregator_ranking(plan, refined, RoutingSettings())
    return standing(plan, refined, settings), by_prior, aggregator_ranking(plan, refined, settings)


def test_the_best_by_refined_scores_are_the_candidates() -> None:
    """Among them may be a model that was no probe."""
    found, by_prior, by_refined = stands()

    assert found.ranking == BY_REFINED
    assert found.candidates == ("oak", "ash")
    assert found.reserve == ()
    assert found.score_of("oak") == 1.0
    assert found.probes == ("ash", "elm", "fir")
    assert by_prior == BY_PRIOR
    assert by_refined == BY_REFINED


def test_with_experts_from_the_query_the_probes_are_the_candidates() -> None:
    """Whatever `candidates` says, with the scores p; the aggregator may still come from the responses."""
    found, _, by_refined = stands(expert_source="query")

    assert found.ranking == BY_PRIOR
    assert found.candidates == ("ash", "elm", "fir")
    assert found.score_of("oak") == pytest.approx(0.5)
    assert by_refined == BY_REFINED


@pytest.mark.parametrize("expert_source", ["query", "response"])
def test_where_no_probe_was_usable_the_next_by_prior_are_candidates(expert_source: Source) -> None:
    """After them come the rest, should nothing be usable."""
    found, _, by_refined = stands(expert_source=expert_source, usable=False)

    assert found.ranking == BY_PRIOR
    assert found.candidates == ("oak", "yew")
    assert found.reserve == ()
    assert by_refined == BY_PRIOR


def test_a_model_alone_has_the_others_in_reserve_one_at_a_time() -> None:
    """Nothing is aggregated then."""
    found, by_prior, by_refined = stands(max_calls=2)

    assert found.alone
    assert found.candidates == ("ash",)
    assert found.reserve == ("elm", "fir", "oak", "yew")
    assert found.group == 1
    assert found.degraded == ("budget",)
    assert by_prior == by_refined == ()


def test_with_nothing_to_go_by_a_standing_has_no_scores() -> None:
    """Only an order to ask in."""
    empty = bank_of(np.zeros((0, 2)), {"ash": []})
    plan = plan_query(QUERY, empty, experts_of("ash", "elm"), RoutingSettings(), default_model="elm")

    found = standing(plan, unrefined(plan), RoutingSettings())

    assert (found.ranking, found.scores, found.candidates) == (("elm", "ash"), (), ("elm",))
    assert found.degraded == ("no_evidence",)
