"""The fitted selector's verdict: when it has one, what it makes of it, and how it is kept."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from jisi.routing.documents import (
    pack,
    plan_document,
    plan_from_document,
    standing_document,
    standing_from_document,
    unpack,
)
from jisi.routing.margins import margins
from jisi.routing.offline import OfflineDecision, RecordedResponse, decide_from_plan
from jisi.routing.plan import Plan, plan_query, with_outlooks
from jisi.routing.selection import Selector, judge
from jisi.routing.settings import Mode, RoutingSettings
from jisi.routing.standing import Verdict
from jisi.routing.switch import Reply

from tests.support.small_selector import AGREED, ALONE, FIRST, small_selector
from tests.unit.routing.builders import QUERY, bank_of, experts_of, on_circle

SELECTOR = small_selector(support_size=3, support_threshold=0.5, bonus=2.0)
SETTINGS = SELECTOR.settings(RoutingSettings(method="selector"))
BANK = bank_of(
    on_circle(0.9, 0.8, 0.7),
    {"ash": [1.0, 1.0, 0.5], "elm": [1.0, 0.5, 0.5], "fir": [0.5, 0.5, 0.5], "oak": [0.0, 0.0, 0.0]},
    {"ash": [10.0, 20.0, 30.0]},
)
EXPERTS = experts_of("ash", "elm", "fir", "oak")
TOKENS = np.array([10.0, 20.0, np.nan])


def planned(settings: RoutingSettings = SETTINGS, **options: Any) -> Plan:
    """Plan as the services do."""
    plan = plan_query(QUERY, BANK, EXPERTS, settings, **options)
    return with_outlooks([plan], QUERY[np.newaxis], BANK, settings)[0]


class Said:
    """Models that say these answers; None: nothing usable."""

    def __init__(self, answers: Mapping[str, str | None]) -> None:
        self._answers = answers

    def ask(self, model: str) -> RecordedResponse:
        """Give what it says."""
        answer = self._answers.get(model)
        return RecordedResponse(usable=answer is not None, answer=answer)

    def similarities(self, *_: object) -> Any:
        """Nothing depends on it."""
        raise NotImplementedError


def decided(answers: Mapping[str, str | None], selector: Selector | None = SELECTOR, **options: Any) -> OfflineDecision:
    """Decide by these answers."""
    return decide_from_plan(planned(), BANK, Said(answers), SETTINGS, selector=selector, **options)


def replies(*cut_off: str) -> dict[str, Reply]:
    """All three gave the same answer."""
    return {model: Reply(usable=True, answer="7", cut_off=model in cut_off) for model in ("ash", "elm", "fir")}


def test_the_likeliest_answers() -> None:
    """Its candidates are those asked, by their chances; who failed is behind them, and dropped."""
    found = decided({"ash": "7", "elm": "7", "fir": None})

    assert found.decision.answer == "elm"
    assert found.standing.candidates == ("elm", "ash", "fir")
    assert found.standing.scores == pytest.approx((AGREED, FIRST, 0.0, 0.0), abs=1e-3)
    assert found.decision.dropped == ("fir",)
    assert found.waves == ()
    assert found.ballot is None


def test_a_cut_off_response_answers_only_where_nothing_whole_is_there() -> None:
    """And supports none."""
    plan = planned()
    one = judge(SELECTOR, plan, BANK, SETTINGS, mode="auto", replies=replies("elm", "fir"), tokens=TOKENS)
    every = judge(SELECTOR, plan, BANK, SETTINGS, mode="auto", replies=replies("ash", "elm", "fir"), tokens=TOKENS)

    assert one is not None
    assert every is not None
    assert [model for model, _ in one.verdict.chances] == ["ash"]
    assert [model for model, _ in every.verdict.chances] == ["elm", "fir", "ash"]


def test_a_query_of_an_unknown_kind_is_told() -> None:
    """By the similarity of the nearest item, 0.9 here."""
    known, unknown = (replace(SELECTOR, nearest=one) for one in (0.89, 0.91))
    said = {"ash": "7", "elm": "7", "fir": "8"}

    assert "caution" not in decided(said, known).decision.reason
    found = decided(said, unknown)
    assert found.decision.reason.endswith("; caution: the query is unlike those that the selector was fitted to")
    assert found.standing.verdict == Verdict(chances=found.standing.verdict.chances, unlike=True)  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("selector", "plan", "settings", "mode"),
    [
        (None, planned(), SETTINGS, "auto"),
        (SELECTOR, planned(), replace(SETTINGS, method="agree"), "auto"),
        (SELECTOR, planned(), SETTINGS, "aggregate"),
        (SELECTOR, replace(planned(), outlook=None), SETTINGS, "auto"),
        (SELECTOR, planned(max_calls=1), SETTINGS, "auto"),
        (SELECTOR, planned(), replace(SETTINGS, agreement_support_size=4), "auto"),
    ],
)
def test_it_has_nothing_to_say(selector: Selector | None, plan: Plan, settings: RoutingSettings, mode: Mode) -> None:
    """Not at hand, not asked for, or the plan was made without it, for another one, or for one model alone."""
    assert judge(selector, plan, BANK, settings, mode=mode, replies=replies(), tokens=TOKENS) is None


def test_without_it_they_vote() -> None:
    """All of the first wave, whose answers are in anyway; the reason says so."""
    found = decided({"ash": "7", "elm": "8", "fir": "8"}, None)

    assert found.decision.answer == "elm"
    assert found.decision.reason.startswith("by vote, for the router that took the responses in has not the selector")
    assert found.ballot is not None


def test_where_none_of_the_first_is_usable_the_next_is_asked() -> None:
    """By prior, one after the other."""
    found = decided({"oak": "7"})

    assert (found.waves, found.decision.answer) == ((("oak",),), "oak")
    assert found.decision.reason == (
        "the selector can judge none of the usable responses; oak is the best by prior that gave one"
    )


def test_a_fusion_that_is_asked_for_is_one() -> None:
    """Of those asked, best by prior first."""
    found = decided({"ash": "7", "elm": "7", "fir": "8"}, mode="aggregate")

    assert found.decision.kind == "aggregate"
    assert found.decision.references == ("ash", "elm", "fir")


def test_plan_and_standing_survive_storage() -> None:
    """With what the selector is told and says, and without, as those of other methods are, and older ones."""
    plan = planned()
    found = decided({"ash": "7", "elm": "7", "fir": "8"}).standing
    kept = plan_from_document(unpack(pack(plan_document(plan)))).outlook
    assert kept is not None
    assert plan.outlook is not None

    assert kept.models == plan.outlook.models == ("ash", "elm", "fir")
    assert kept.near.tolist() == plan.outlook.near.tolist()
    assert kept.far.tolist() == plan.outlook.far.tolist()
    assert standing_from_document(json.loads(json.dumps(standing_document(found)))) == found
    assert "outlook" not in plan_document(replace(plan, outlook=None))
    assert plan_from_document(plan_document(replace(plan, outlook=None))).outlook is None
    assert "verdict" not in standing_document(replace(found, verdict=None))


def test_margins_tell_how_near_another_choice_was() -> None:
    """Chances that lie close, and what is told of a response at a threshold of the trees."""
    found = margins(QUERY, BANK, decided({"ash": "7", "elm": "8", "fir": "9"}), SETTINGS)
    by_name = {margin.name: margin.distance for margin in found}

    assert by_name["selector: elm before fir"] == 0.0
    assert by_name["selector: fir before ash"] == pytest.approx(ALONE - 1 / (1 + np.exp(4.0)), abs=1e-3)
    assert by_name["selector: what is told of a response, at a threshold of its trees"] == 0.5  # places and numbers


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"models": 0}, "it asks 0 models"),
        ({"nearest": np.nan}, "a similarity of nan"),
        ({"support_size": 0}, "support_size must be"),
        ({"trees": replace(SELECTOR.trees, features=SELECTOR.trees.features + 20)}, "ask for 27 numbers, not 20"),
    ],
)
def test_a_selector_that_cannot_be_is_refused(changes: dict[str, Any], message: str) -> None:
    """On construction."""
    with pytest.raises(ValueError, match=message):
        small_selector(**changes)
