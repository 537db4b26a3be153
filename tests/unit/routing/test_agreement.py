"""The vote over final answers: asked in turn, decided as soon as it can be, always as if all had been asked."""

import itertools
import math
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jisi.routing.agreement import (
    NO_ANSWER,
    NOBODY,
    NOT_ASKED,
    UNREAD,
    Agreement,
    ask_in_turn,
    count_votes,
    join_alike,
    support,
)

WEIGHTS = st.sampled_from([0.0, 0.5, 1.0, 1.5]) | st.floats(0, 6).map(lambda weight: round(weight, 6))
"""Sums are compared to 12 decimals, so weights that differ by less are the same."""
GROUPS = st.sampled_from([0, 0, 1, 1, 2, UNREAD, NO_ANSWER])


@st.composite
def votes(draw: st.DrawFn) -> tuple[list[float], list[int], int]:
    """Weights of a ranking, best first, what each model would answer, and how many may vote."""
    weights = sorted(draw(st.lists(WEIGHTS, min_size=1, max_size=6)), reverse=True)
    groups = draw(st.lists(GROUPS, min_size=len(weights), max_size=len(weights)))
    return weights, groups, draw(st.integers(1, 6))


def leader_of(weights: Sequence[float], groups: Sequence[int]) -> int:
    """Read off who answers: for each response in order, add up who says the same; the first with the most."""
    best, most = NOBODY, -math.inf
    for place, group in enumerate(groups):
        if group in {NO_ANSWER, NOT_ASKED}:
            continue
        same = [weight for weight, other in zip(weights, groups, strict=True) if other == group >= 0]
        total = sum(same) if same else weights[place]
        if round(total, 9) > round(most, 9):
            best, most = place, total
    return best


def answer_of(groups: Sequence[int], place: int) -> int:
    """Tell answers apart, unread ones too; `NOBODY` stays what it is."""
    if place == NOBODY or groups[place] >= 0:
        return NOBODY if place == NOBODY else groups[place]
    return 100 + place


def is_open(weights: Sequence[float], known: Sequence[int], voters: int) -> bool:
    """Try every way in which those not asked yet could vote, some answer that nobody gave yet among them."""
    waiting = [place for place, group in enumerate(known) if group == NOT_ASKED and place < voters]
    now = answer_of(known, leader_of(weights, known))
    new = 50
    for ballot in itertools.product([*sorted({group for group in known if group >= 0}), new], repeat=len(waiting)):
        groups = list(known)
        for place, group in zip(waiting, ballot, strict=True):
            groups[place] = group
        if answer_of(groups, leader_of(weights, groups)) != now:
            return True
    return False


def turn(weights: Sequence[float], groups: Sequence[int], voters: int) -> tuple[int, list[int]]:
    """Give who answers one query and who was asked for it."""
    leader, asked = ask_in_turn(np.array([weights]), np.array([groups]), voters)
    return int(leader[0]), np.flatnonzero(asked[0]).tolist()


def test_a_vote_weighs_its_log_odds_and_a_bonus() -> None:
    """Log p / (1 - p) + bonus; no prior is believed beyond 0.99, and no vote counts against its answer."""
    weights = support(np.array([0.5, 0.9, 1.0, 0.3, 0.0]), 2.0)

    assert weights == pytest.approx([2.0, 2 + math.log(9), 2 + math.log(99), 2 + math.log(3 / 7), 0.0])


@pytest.mark.parametrize(
    ("groups", "leader", "asked"),
    [
        ([0, 0, 1], 0, [0, 1]),
        ([0, 1, 1], 1, [0, 1, 2]),
        ([0, 1, 0], 0, [0, 1, 2]),
        ([0, 1, 2], 0, [0, 1, 2]),
        ([UNREAD, UNREAD, UNREAD], 0, [0, 1]),
        ([UNREAD, 1, 1], 1, [0, 1, 2]),
        ([NO_ANSWER, 1, 0], 1, [0, 1]),
        ([NO_ANSWER, NO_ANSWER, 0], 2, [0, 1, 2]),
    ],
)
def test_three_in_turn(groups: list[int], leader: int, asked: list[int]) -> None:
    """The third is asked where the first two differ and it could side with one; the fourth nowhere."""
    assert turn([3.0, 2.5, 2.0, 1.0], [*groups, 1], 3) == (leader, asked)


def test_a_sure_first_is_not_asked_about() -> None:
    """Where the first outweighs all others together, it answers alone."""
    assert turn([5.0, 2.0, 2.0], [0, 1, 1], 3) == (0, [0])


def test_where_nothing_is_usable_the_next_are_asked() -> None:
    """Until one answers, or all have been asked."""
    assert turn([3.0, 2.0, 1.0, 0.5], [NO_ANSWER, NO_ANSWER, 0, 0], 2) == (2, [0, 1, 2])
    assert turn([3.0, 2.0], [NO_ANSWER, NO_ANSWER], 1) == (NOBODY, [0, 1])


def test_answers_may_come_in_any_order() -> None:
    """What a model is asked for counts when it is there; a tie is won by the model that is ranked first."""
    known = np.array([[NOT_ASKED, 1, NOT_ASKED], [0, 1, NOT_ASKED]])
    vote = count_votes(np.array([[2.0, 2.0, 0.0]] * 2), known, 3)

    assert vote.leader.tolist() == [1, 0]
    assert vote.next.tolist() == [0, NOBODY]


def test_several_may_be_asked_at_once() -> None:
    """It saves time and costs calls; the answer is the same."""
    weights, groups = np.array([[3.0, 2.0, 1.0]] * 2), np.array([[0, 0, 1], [NO_ANSWER, NO_ANSWER, 1]])
    leaders, asked = ask_in_turn(weights, groups, 2, at_once=2)

    assert leaders.tolist() == [0, 2]
    assert asked.tolist() == [[True, True, False], [True, True, True]]


def test_sums_are_told_for_every_answer() -> None:
    """Models that agree share theirs; who gave none has none."""
    vote = count_votes(np.array([[3.0, 2.0, 1.0, 1.0]]), np.array([[0, 1, 0, NO_ANSWER]]), 4)

    assert vote.sums[0, :3].tolist() == [4.0, 2.0, 4.0]
    assert np.isnan(vote.sums[0, 3])


def test_free_texts_agree_where_they_are_alike() -> None:
    """Each joins the first before it that it is like, if that joined no other; answers read stay as they are."""
    alike = np.eye(5)
    alike[1, 0] = alike[2, 1] = alike[4, 2] = alike[3, 0] = 0.9
    groups = np.array([[UNREAD, UNREAD, UNREAD, 0, UNREAD], [UNREAD, NO_ANSWER, UNREAD, 0, NO_ANSWER]])
    joined = join_alike(groups, np.array([alike, np.full((5, 5), np.nan)]), 0.9)

    assert joined[0].tolist() == [5, 5, 7, 0, 7]
    assert joined[1].tolist() == [5, NO_ANSWER, 7, 0, NO_ANSWER]


@given(votes())
def test_stopping_early_changes_nothing(case: tuple[list[float], list[int], int]) -> None:
    """The answer, and the model that gives it, are those of asking every voter."""
    weights, groups, voters = case
    leader, asked = turn(weights, groups, voters)
    all_voters = [group if place < voters else NOT_ASKED for place, group in enumerate(groups)]

    if leader_of(weights, all_voters) != NOBODY:
        assert leader == leader_of(weights, all_voters)
        assert max(asked) < voters
    assert asked == list(range(len(asked)))


@given(votes())
def test_nobody_is_asked_in_vain(case: tuple[list[float], list[int], int]) -> None:
    """A model is asked exactly where some way to vote would change the answer, or where there is none yet."""
    weights, groups, voters = case
    for count in range(len(groups) + 1):
        known = [*groups[:count], *[NOT_ASKED] * (len(groups) - count)]
        vote = count_votes(np.array([weights]), np.array([known]), voters)
        usable = leader_of(weights, known) != NOBODY
        wanted = is_open(weights, known, voters) if usable else count < len(groups)

        assert vote.leader[0] == leader_of(weights, known)
        assert vote.next[0] == (count if wanted else NOBODY)


@given(votes(), st.permutations(range(3)))
def test_how_answers_are_numbered_does_not_matter(case: tuple[list[float], list[int], int], names: list[int]) -> None:
    """Groups are names."""
    weights, groups, voters = case
    renamed = [names[group] if group >= 0 else group for group in groups]

    assert turn(weights, renamed, voters) == turn(weights, groups, voters)


@given(st.lists(votes(), min_size=1, max_size=5), st.integers(1, 4))
def test_queries_do_not_know_each_other(cases: list[tuple[list[float], list[int], int]], voters: int) -> None:
    """Many at once give what each gives alone; a shorter ranking is filled up with models that fail."""
    width = max(len(weights) for weights, _, _ in cases)
    weights = np.array([[*one, *[0.0] * (width - len(one))] for one, _, _ in cases])
    groups = np.array([[*one, *[NO_ANSWER] * (width - len(one))] for _, one, _ in cases])
    leaders, asked = ask_in_turn(weights, groups, voters)

    for row in range(len(cases)):
        alone, asked_alone = turn(weights[row].tolist(), groups[row].tolist(), voters)
        assert (leaders[row], np.flatnonzero(asked[row]).tolist()) == (alone, asked_alone)


def test_defaults() -> None:
    """Three voters, weighed by the 80 nearest."""
    assert asdict(Agreement()) == {"models": 4, "support_size": 80, "bonus": 1.0}


@pytest.mark.parametrize(
    ("name", "value"),
    [("models", 0), ("models", True), ("models", 2.5), ("support_size", 0), ("bonus", -0.1), ("bonus", 21),
     ("bonus", float("nan"))],
)  # fmt: skip
def test_a_value_out_of_bounds_is_refused_by_name(name: str, value: Any) -> None:
    """The error names the setting and the value."""
    with pytest.raises(ValueError, match=name) as raised:
        Agreement(**{name: value})

    assert repr(value) in str(raised.value)
