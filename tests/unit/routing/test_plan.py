"""The plan: probes, aggregator candidates, and what is decided without either (ALGORITHM.md 2, 3 and 6)."""

from collections.abc import Sequence

import numpy as np
import pytest
from jisi.routing.plan import Plan, plan_from_support, plan_query
from jisi.routing.settings import RoutingSettings
from jisi.routing.support import support_set

from tests.unit.routing.builders import QUERY, UNKNOWN, bank_of, experts_of, on_circle

SCORES = {"ash": [0.1, 0.1], "elm": [0.9, 0.9], "fir": [0.5, 0.5], "oak": [0.7, 0.7]}
BANK = bank_of(on_circle(0.9, 0.8), SCORES)


def plan_for(
    names: Sequence[str] = tuple(SCORES),
    *,
    settings: RoutingSettings | None = None,
    max_calls: int | None = None,
    default_model: str | None = None,
) -> Plan:
    """The plan of QUERY over BANK."""
    return plan_query(
        QUERY,
        BANK,
        experts_of(*names),
        settings or RoutingSettings(),
        max_calls=max_calls,
        default_model=default_model,
    )


def test_the_best_by_prior_are_probes_and_aggregators() -> None:
    """Both come from the ranking by p, best first."""
    plan = plan_for(settings=RoutingSettings(aggregator_candidates=2))

    assert plan.ranking == ("elm", "oak", "fir", "ash")
    assert plan.probes == ("elm", "oak", "fir")
    assert plan.aggregator_candidates == ("elm", "oak")
    assert (plan.alone, plan.degraded) == (False, ())
    assert plan.models == tuple(SCORES)


@pytest.mark.parametrize(
    ("names", "probe_experts", "expected"),
    [
        (["ash"], 3, ("ash",)),
        (["ash", "elm"], 3, ("elm",)),
        (["ash", "elm"], 2, ("elm",)),
        (["ash", "elm", "fir"], 3, ("elm", "fir", "ash")),
        (["ash", "elm", "fir"], 5, ("elm", "fir", "ash")),
        (["ash", "elm", "fir"], 1, ("elm",)),
    ],
)
def test_a_pool_of_fewer_than_three_is_probed_with_its_best_alone(
    names: list[str], probe_experts: int, expected: tuple[str, ...]
) -> None:
    """Else min(probe_experts, pool)."""
    plan = plan_for(names, settings=RoutingSettings(probe_experts=probe_experts))

    assert plan.probes == expected
    assert not plan.alone


def test_models_of_the_bank_that_are_not_eligible_have_no_part() -> None:
    """Reference models are in the bank but never in the pool."""
    assert plan_for(["fir", "ash"]).ranking == ("fir", "ash")


def test_a_model_that_the_bank_lacks_ranks_last_at_the_pool_mean() -> None:
    """It is known as `no_evidence`."""
    plan = plan_for(["new", "ash", "elm"])

    assert plan.ranking == ("elm", "ash", "new")
    assert plan.priors is not None
    assert plan.priors.score_of("new") == pytest.approx(0.5)


@pytest.mark.parametrize(("max_calls", "alone"), [(1, True), (2, True), (3, False), (None, False)])
def test_fewer_calls_than_probes_leave_the_best_model_alone(max_calls: int | None, alone: bool) -> None:
    """It answers by itself, degraded `budget`, and nothing is aggregated."""
    plan = plan_for(max_calls=max_calls)

    assert plan.alone is alone
    assert plan.probes == (("elm",) if alone else ("elm", "oak", "fir"))
    assert plan.degraded == (("budget",) if alone else ())
    assert plan.aggregator_candidates == (() if alone else plan.ranking)


@pytest.mark.parametrize(("default_model", "first"), [(None, "ash"), ("fir", "fir"), ("gone", "ash")])
def test_with_nothing_to_go_by_the_default_model_answers_alone(default_model: str | None, first: str) -> None:
    """An empty bank, or no record in S; a default that is not eligible gives way to the first of the pool."""
    empty = bank_of(np.zeros((0, 2)), {"ash": [], "elm": []})
    silent = bank_of(on_circle(0.9), {"ash": [UNKNOWN], "elm": [UNKNOWN]})
    for bank in (empty, silent):
        plan = plan_query(
            QUERY, bank, experts_of("ash", "elm", "fir"), RoutingSettings(), default_model=default_model, max_calls=1
        )

        assert plan.probes == (first,)
        assert plan.ranking == tuple(sorted(("ash", "elm", "fir"), key=lambda model: model != first))
        assert plan.degraded == ("no_evidence",)
        assert plan.alone
        assert plan.priors is None


def test_ties_go_to_the_cheaper_and_then_to_the_first_of_the_pool() -> None:
    """Whatever the names."""
    bank = bank_of(on_circle(0.9), {"ash": [0.5], "elm": [0.5], "fir": [0.5]})

    plan = plan_query(QUERY, bank, experts_of("fir", "ash", "elm", prices=[2.0, 2.0, 1.0]), RoutingSettings())

    assert plan.ranking == ("elm", "fir", "ash")


@pytest.mark.parametrize("names", [[], ["ash", "ash"]])
def test_a_pool_must_name_at_least_one_model_and_each_once(names: list[str]) -> None:
    """Anything else is a defect of the caller."""
    with pytest.raises(ValueError, match="at least one eligible model"):
        plan_for(names)


def test_no_call_at_all_is_refused() -> None:
    """A query that may cost nothing cannot be answered."""
    with pytest.raises(ValueError, match="max_calls must be at least 1"):
        plan_for(max_calls=0)


def test_a_support_set_selected_before_gives_the_same_plan() -> None:
    """Many queries can be screened at once."""
    support = support_set(QUERY, BANK, RoutingSettings())

    plan = plan_from_support(support, BANK, experts_of(*SCORES), RoutingSettings())

    assert plan.ranking == plan_for().ranking
    assert plan.support is support
