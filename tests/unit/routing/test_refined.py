"""Refined scores: p' over S', and when they are p."""

import numpy as np
import pytest
from jisi.routing.arrays import Floats
from jisi.routing.bank import Bank
from jisi.routing.plan import Plan, plan_query
from jisi.routing.refined import Refined, refine, unrefined
from jisi.routing.settings import RoutingSettings

from tests.unit.routing.builders import QUERY, UNKNOWN, bank_of, columns_of, experts_of, on_circle

NAMES = ("ash", "elm", "fir")
SETTINGS = RoutingSettings(length_weight=0.0)


def bank_with(**scores: list[float]) -> Bank:
    """Four items, equally near to QUERY."""
    return bank_of(on_circle(0.9, 0.9, 0.9, 0.9), {name: scores.get(name, [0.5] * 4) for name in NAMES})


def refined_by(bank: Bank, responses: Floats, settings: RoutingSettings = SETTINGS) -> tuple[Plan, Refined]:
    """Plan and refinement where every probe resembles the items as `responses` says."""
    plan = plan_query(QUERY, bank, experts_of(*NAMES), settings)
    given_ = np.repeat(responses[:, np.newaxis], len(plan.probes), axis=1)
    unknown = np.full(len(plan.probes), np.nan)
    return plan, refine(
        plan, bank, settings, usable_probes=plan.probes, response_similarities=given_, response_tokens=unknown
    )


def test_scores_are_taken_over_the_items_that_responses_resemble() -> None:
    """Weights are the mixed similarities there."""
    bank = bank_with(ash=[1.0, 0.0, 0.0, 0.0], elm=[0.0, 1.0, 1.0, 1.0])

    plan, refined = refined_by(bank, np.array([0.9, 0.3, 0.1, -0.5]))

    assert plan.ranking == ("elm", "fir", "ash")
    assert refined.filtered is not None
    assert refined.filtered.tolist() == [0, 1]
    np.testing.assert_allclose(refined.priors.score, [0.75, 0.25, 0.5])
    assert refined.ranking == ("ash", "fir", "elm")


def test_weights_that_come_to_nothing_are_all_one_on_the_filtered_set_too() -> None:
    """No item resembles the responses at all."""
    bank = bank_with(ash=[1.0, 0.0, 0.0, 0.0])

    _, refined = refined_by(bank, np.array([-0.1, -0.2, -0.3, -0.4]))

    assert refined.priors.score_of("ash") == 0.5


def test_a_tie_by_refined_scores_goes_to_the_better_prior() -> None:
    """Before the price."""
    bank = bank_with(ash=[0.5, 0.5, 0.0, 0.0], elm=[0.5, 0.5, 0.6, 0.6], fir=[0.1, 0.1, 0.1, 0.1])

    _, refined = refined_by(bank, np.array([0.9, 0.9, 0.1, 0.1]))

    assert refined.priors.score_of("ash") == refined.priors.score_of("elm")
    assert refined.ranking == ("elm", "ash", "fir")


def test_a_model_without_evidence_on_the_filtered_set_is_last() -> None:
    """However good it is elsewhere."""
    bank = bank_with(ash=[UNKNOWN, UNKNOWN, 1.0, 1.0], elm=[0.1, 0.1, 0.1, 0.1], fir=[0.9, 0.9, 0.1, 0.1])

    plan, refined = refined_by(bank, np.array([0.9, 0.9, 0.1, 0.1]))

    assert plan.ranking[0] == "ash"
    assert refined.ranking == ("fir", "elm", "ash")
    assert refined.priors.score_of("ash") == pytest.approx(0.5)


def test_without_evidence_on_the_filtered_set_the_prior_stands() -> None:
    """Then p' = p, with the prior's ranking."""
    unknown = [UNKNOWN, UNKNOWN]
    bank = bank_with(ash=[*unknown, 0.1, 0.1], elm=[*unknown, 0.9, 0.9], fir=[*unknown, 0.5, 0.5])

    plan, refined = refined_by(bank, np.array([0.9, 0.9, 0.1, 0.1]))

    assert refined.filtered is not None
    assert refined.priors is plan.priors
    assert refined.ranking == plan.ranking


def test_columns_of_failed_probes_are_not_looked_at() -> None:
    """Only usable responses speak."""
    bank = bank_with(ash=[0.9, 0.1, 0.1, 0.1], elm=[0.2, 0.3, 0.4, 0.5])
    plan = plan_query(QUERY, bank, experts_of(*NAMES), SETTINGS)
    assert plan.probes == ("fir", "elm", "ash")
    responses = columns_of([[9.0, 9.0, 9.0, 9.0], [0.9, 0.8, 0.1, 0.1], [9.0, -9.0, 9.0, -9.0]])

    refined = refine(
        plan, bank, SETTINGS, usable_probes=["elm"], response_similarities=responses, response_tokens=np.ones(3)
    )

    assert refined.usable_probes == ("elm",)
    assert refined.mixed is not None
    assert refined.mixed.response.tolist() == [0.9, 0.8, 0.1, 0.1]


def test_no_usable_probe_or_no_need_of_responses_leaves_the_prior() -> None:
    """Nothing of the responses is looked at."""
    bank = bank_with()
    by_query = RoutingSettings(expert_source="query")
    plan = plan_query(QUERY, bank, experts_of(*NAMES), SETTINGS)
    nothing = np.zeros((0, 0))

    failed = refine(
        plan, bank, SETTINGS, usable_probes=[], response_similarities=nothing, response_tokens=nothing[0:0, 0:0].ravel()
    )
    unneeded = refine(
        plan, bank, by_query, usable_probes=plan.probes, response_similarities=nothing, response_tokens=nothing.ravel()
    )

    for refined in (failed, unneeded, unrefined(plan)):
        assert (refined.mixed, refined.filtered) == (None, None)
        assert refined.priors is plan.priors
        assert refined.ranking == plan.ranking
    assert unneeded.usable_probes == plan.probes


def test_with_nothing_to_go_by_there_is_no_evidence_for_anyone() -> None:
    """The scores of an empty set."""
    empty = bank_of(np.zeros((0, 2)), {"ash": []})
    plan = plan_query(QUERY, empty, experts_of("ash", "elm"), SETTINGS)

    refined = unrefined(plan)

    assert refined.priors.no_evidence.tolist() == [True, True]
    assert refined.ranking == ("ash", "elm")
