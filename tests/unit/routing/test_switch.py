"""The switch, rule by rule (ALGORITHM.md 4 and 6)."""

import pytest
from jisi.routing.settings import Mode, RoutingSettings
from jisi.routing.switch import decide

from tests.unit.routing.builders import ALONE, FALLEN, HIDDEN, STANDING, replies_of, standing_of

NEEDED = RoutingSettings()
ALL = RoutingSettings(second_wave="all")


def test_candidates_near_the_best_are_aggregated_best_first() -> None:
    """The one below the threshold is none of the references."""
    decision = decide(STANDING, replies_of("oak", "ash", "elm", "fir"), NEEDED)

    assert decision.kind == "aggregate"
    assert decision.references == ("oak", "ash")
    assert decision.relative_scores == (("oak", 1.0), ("ash", 0.9), ("elm", 0.5))
    assert decision.n == 2
    assert decision.candidates == ("oak", "ash", "elm")
    assert (decision.answer, decision.dropped, decision.degraded) == (None, (), ())
    assert "2 of 3 candidates" in decision.reason


def test_one_candidate_near_the_best_answers_verbatim() -> None:
    """No further call."""
    decision = decide(STANDING, replies_of("oak", "elm", "fir", failed=["ash"]), NEEDED)

    assert (decision.kind, decision.answer, decision.n) == ("route", "oak", 1)
    assert decision.references == ()
    assert decision.dropped == ("ash",)


def test_candidates_without_a_usable_response_are_dropped_before_v_is_taken() -> None:
    """V is relative to the best that is left."""
    decision = decide(STANDING, replies_of("elm", "fir", failed=["oak", "ash"]), NEEDED)

    assert decision.relative_scores == (("elm", 1.0),)
    assert decision.answer == "elm"
    assert decision.dropped == ("oak", "ash")


def test_a_candidate_that_was_not_asked_is_neither_left_nor_dropped() -> None:
    """`needed` leaves some out."""
    decision = decide(HIDDEN, replies_of("ash", "oak", "fir"), NEEDED)

    assert decision.relative_scores == (("ash", 1.0), ("oak", 0.9))
    assert decision.dropped == ()


@pytest.mark.parametrize(("score", "n"), [(0.8, 2), (0.8 - 9e-10, 2), (0.8 - 2e-9, 1)])
def test_the_threshold_has_a_slack(score: float, n: int) -> None:
    """1e-9, so that rounding does not decide."""
    near = standing_of({"oak": 1.0, "ash": score}, probes=["oak"], candidates=["oak", "ash"])

    assert decide(near, replies_of("oak", "ash"), NEEDED).n == n


def test_no_score_above_zero_routes_to_the_best() -> None:
    """There is nothing to divide by."""
    zero = standing_of({"oak": 0.0, "ash": 0.0}, probes=["oak", "ash"], candidates=["oak", "ash"])

    decision = decide(zero, replies_of("oak", "ash"), NEEDED)

    assert (decision.kind, decision.answer, decision.n, decision.relative_scores) == ("route", "oak", 1, None)


@pytest.mark.parametrize(
    ("tokens", "count", "expected"), [(5000, 3, 2), (4333, 3, 3), (9000, 2, 2), (3251, 4, 3), (3250, 4, 4)]
)
def test_more_than_two_long_references_lose_the_last_once(tokens: int, count: int, expected: int) -> None:
    """Above 13000 tokens together; what is left may still be above."""
    names = ["oak", "ash", "elm", "fir"][:count]
    equal = standing_of(dict.fromkeys(names, 1.0), probes=names, candidates=names)

    decision = decide(equal, replies_of(*names, tokens=tokens), NEEDED)

    assert decision.references == tuple(names[:expected])
    assert decision.n == expected
    assert ("dropped" in decision.reason) == (expected < count)


def test_only_references_count_towards_the_token_limit() -> None:
    """Not the candidates below the threshold."""
    names = ["oak", "ash", "yew", "elm"]
    mixed = standing_of({"oak": 1.0, "ash": 1.0, "yew": 1.0, "elm": 0.1}, probes=names, candidates=names)

    assert decide(mixed, replies_of(*names, tokens=4333), NEEDED).n == 3


def test_where_no_candidate_is_usable_the_best_other_response_answers() -> None:
    """By p'."""
    decision = decide(STANDING, replies_of("fir", failed=["oak", "ash", "elm"]), NEEDED)

    assert (decision.kind, decision.answer, decision.n, decision.relative_scores) == ("route", "fir", None, None)
    assert decision.dropped == ("oak", "ash", "elm")
    assert decision.degraded == ()


def test_nothing_usable_fails() -> None:
    """With the reason."""
    decision = decide(STANDING, replies_of(failed=["oak", "ash", "elm", "fir"]), NEEDED)

    assert (decision.kind, decision.answer, decision.references) == ("fail", None, ())
    assert decision.reason == "none of the 4 models asked gave a usable response"


def test_later_waves_count_as_candidates() -> None:
    """Who was asked as long as nothing was usable stands behind those asked before."""
    decision = decide(FALLEN, replies_of("yew", "bay", failed=["ash", "elm", "fir", "oak"]), ALL)

    assert decision.relative_scores == (("bay", 0.2), ("yew", 1.0))
    assert decision.dropped == ("fir", "oak")


@pytest.mark.parametrize("calls_left", [0, -1])
def test_without_a_call_for_the_aggregation_the_best_answers(calls_left: int) -> None:
    """Degraded `budget`."""
    decision = decide(STANDING, replies_of("oak", "ash"), NEEDED, calls_left=calls_left)

    assert (decision.kind, decision.answer, decision.n) == ("route", "oak", 2)
    assert decision.degraded == ("budget",)
    assert decide(STANDING, replies_of("oak", "ash"), NEEDED, calls_left=1).kind == "aggregate"


def test_a_routed_answer_needs_no_call() -> None:
    """So it is not degraded by there being none."""
    assert decide(STANDING, replies_of("oak", "elm"), NEEDED, calls_left=0).degraded == ()


def test_a_model_withheld_from_a_wave_degrades_the_answer() -> None:
    """It might have been a reference."""
    assert decide(STANDING, replies_of("ash", "elm"), NEEDED, short_of_calls=True).degraded == ("budget",)


@pytest.mark.parametrize(
    ("mode", "kind", "answer", "references"),
    [("route", "route", "oak", ()), ("aggregate", "aggregate", None, ("oak", "ash", "elm"))],
)
def test_a_mode_overrules_the_threshold(mode: Mode, kind: str, answer: str | None, references: tuple[str, ...]) -> None:
    """Always the best, or always every usable candidate."""
    decision = decide(STANDING, replies_of("oak", "ash", "elm"), NEEDED, mode=mode)

    assert (decision.kind, decision.answer, decision.references) == (kind, answer, references)


def test_a_candidate_left_by_itself_routes_in_any_mode() -> None:
    """There is nothing to aggregate."""
    assert decide(STANDING, replies_of("ash", failed=["oak"]), NEEDED, mode="aggregate").answer == "ash"


def test_aggregate_mode_goes_by_no_score() -> None:
    """Even where none is above 0."""
    zero = standing_of({"oak": 0.0, "ash": 0.0}, probes=["oak", "ash"], candidates=["oak", "ash"])

    assert decide(zero, replies_of("oak", "ash"), NEEDED, mode="aggregate").references == ("oak", "ash")


def test_a_response_that_was_cut_off_answers_only_where_nothing_whole_is_there() -> None:
    """It is dropped before a whole one, candidate or not."""
    beside_whole = decide(STANDING, replies_of("ash", "fir", cut_off=["oak"]), NEEDED)
    beside_other = decide(STANDING, replies_of("fir", cut_off=["oak", "ash"]), NEEDED)
    by_itself = decide(STANDING, replies_of(cut_off=["oak", "elm"], failed=["ash"]), NEEDED)

    assert (beside_whole.answer, beside_whole.dropped) == ("ash", ("oak",))
    assert (beside_other.answer, beside_other.dropped) == ("fir", ("oak", "ash"))
    assert (by_itself.answer, by_itself.dropped) == ("oak", ("ash",))


def test_a_model_alone_answers_alone_in_any_mode() -> None:
    """Degraded as the plan says, without n and v."""
    decision = decide(ALONE, replies_of("ash"), NEEDED, mode="aggregate")

    assert (decision.kind, decision.answer, decision.n, decision.relative_scores) == ("route", "ash", None, None)
    assert decision.degraded == ("budget",)
    assert decide(ALONE, replies_of("elm", failed=["ash"]), NEEDED).answer == "elm"
    assert decide(ALONE, replies_of(failed=["ash", "elm"]), NEEDED, short_of_calls=True).degraded == ("budget",)
