"""The second wave, and those after it (ALGORITHM.md 3)."""

from jisi.routing.settings import RoutingSettings
from jisi.routing.switch import next_wave

from tests.unit.routing.builders import ALONE, FALLEN, HIDDEN, STANDING, replies_of, standing_of

NEEDED = RoutingSettings()
ALL = RoutingSettings(second_wave="all")


def test_needed_asks_only_candidates_that_the_switch_would_use() -> None:
    """V at or above the threshold; `all` asks every candidate."""
    replies = replies_of("ash", "fir")

    assert next_wave(HIDDEN, replies, NEEDED).ask == ("oak",)
    assert next_wave(HIDDEN, replies, ALL).ask == ("oak", "yew")


def test_needed_takes_v_over_candidates_not_known_to_have_failed() -> None:
    """Without the failed best, yew's share is 0.56 of oak's, and 0.75 of a weaker one's."""
    weaker = standing_of({"ash": 1.0, "oak": 0.6, "yew": 0.5}, probes=["ash", "fir"], candidates=["ash", "oak", "yew"])

    assert next_wave(HIDDEN, replies_of("fir", failed=["ash"]), NEEDED).ask == ("oak",)
    assert next_wave(weaker, replies_of("fir", failed=["ash"]), NEEDED).ask == ("oak", "yew")
    assert next_wave(weaker, replies_of("ash", "fir"), NEEDED).ask == ()


def test_the_best_candidate_is_asked_in_any_case() -> None:
    """Even with no score above 0."""
    zero = standing_of({"oak": 0.0, "ash": 0.0, "yew": 0.0}, probes=["ash"], candidates=["oak", "ash", "yew"])

    assert next_wave(zero, replies_of("ash"), NEEDED).ask == ("oak",)
    assert next_wave(zero, replies_of("ash"), NEEDED, mode="aggregate").ask == ("oak", "yew")


def test_the_best_by_rank_is_asked_even_when_its_v_is_below_the_threshold() -> None:
    """A model without evidence ranks behind but may score higher."""
    behind = standing_of({"oak": 0.2, "yew": 0.9, "ash": 0.1}, probes=["ash"], candidates=["oak", "yew", "ash"])

    assert next_wave(behind, replies_of("ash"), NEEDED).ask == ("oak", "yew")


def test_modes_need_only_the_best_or_every_candidate() -> None:
    """Routing uses one response, aggregating all."""
    replies = replies_of("ash", "elm", "fir")

    assert next_wave(STANDING, replies, NEEDED, mode="route").ask == ("oak",)
    assert next_wave(HIDDEN, replies_of("ash", "fir"), NEEDED, mode="route").ask == ()
    assert next_wave(HIDDEN, replies_of("ash", "fir"), NEEDED, mode="aggregate").ask == ("oak", "yew")


def test_a_wave_asks_the_best_that_calls_allow_and_says_whom_it_withholds() -> None:
    """Best first."""
    wave = next_wave(HIDDEN, replies_of("ash", "fir"), ALL, calls_left=1)

    assert wave.ask == ("oak",)
    assert wave.withheld == ("yew",)
    assert next_wave(HIDDEN, replies_of("ash", "fir"), ALL, calls_left=-1).withheld == ("oak", "yew")


def test_the_second_wave_is_asked_once() -> None:
    """A candidate below the threshold is not asked when a better one fails, as long as anything is usable."""
    replies = replies_of("fir", failed=["ash", "oak"])

    assert next_wave(HIDDEN, replies, NEEDED).ask == ()


def test_as_long_as_nothing_is_usable_the_next_by_prior_are_asked() -> None:
    """Until one answers or all have been asked."""
    first = next_wave(FALLEN, replies_of(failed=["ash", "elm"]), NEEDED)
    second = next_wave(FALLEN, replies_of(failed=["ash", "elm", *first.ask]), ALL)
    third = next_wave(FALLEN, replies_of(failed=["ash", "elm", *first.ask, *second.ask]), ALL)
    answered = next_wave(FALLEN, replies_of("fir", failed=["ash", "elm", "oak"]), ALL)

    assert first.ask == ("fir", "oak")
    assert second.ask == ("bay", "yew")
    assert third.ask == ()
    assert answered.ask == ()


def test_a_model_alone_is_replaced_one_at_a_time() -> None:
    """And only when it gave nothing usable."""
    assert next_wave(ALONE, replies_of("ash"), ALL).ask == ()
    assert next_wave(ALONE, replies_of(failed=["ash"]), NEEDED).ask == ("elm",)
    assert next_wave(ALONE, replies_of(failed=["ash"]), NEEDED, calls_left=0).withheld == ("elm",)
    assert next_wave(ALONE, replies_of(failed=["ash", "elm"]), NEEDED).ask == ()


def test_a_cut_off_candidate_counts_as_failed_when_the_second_wave_is_chosen() -> None:
    """But no further wave follows: something is there."""
    assert next_wave(HIDDEN, replies_of("fir", cut_off=["ash"]), NEEDED).ask == ("oak",)
    assert next_wave(FALLEN, replies_of(cut_off=["fir"], failed=["ash", "elm"]), NEEDED).ask == ()
