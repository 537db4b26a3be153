"""The vote over one query's answers: waves cost no call that asking in turn would have saved."""

from collections.abc import Mapping

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from jisi.routing.agreement import NO_ANSWER, NOBODY, UNREAD, Agreement, ask_in_turn, support
from jisi.routing.turns import Ballot, ballot

MODELS = ("able", "baker", "charlie", "dora", "emil")


def _course(priors: list[float], answers: Mapping[str, str | None], agreement: Agreement) -> tuple[list[str], Ballot]:
    """Ask wave after wave until nobody is asked; gives who was asked and the votes."""
    models = MODELS[: len(priors)]
    asked: list[str] = []
    while True:
        votes = ballot(models, priors, {m: answers[m] for m in asked if m in answers}, set(asked))
        wave = votes.next_voters(agreement)
        if not wave:
            return asked, votes
        asked += wave


@given(
    st.lists(st.floats(0.0, 1.0), min_size=1, max_size=5),
    st.lists(st.sampled_from(["4", "5", "6", "unread", "failed"]), min_size=5, max_size=5),
    st.integers(1, 5),
    st.sampled_from([0.0, 1.0, 2.0]),
)
def test_waves_ask_whom_asking_in_turn_asks(priors: list[float], said: list[str], voters: int, bonus: float) -> None:
    """The same calls and the same answer, in fewer rounds."""
    priors = sorted(priors, reverse=True)
    agreement = Agreement(models=voters, bonus=bonus)
    codes = {"4": 0, "5": 1, "6": 2, "unread": UNREAD, "failed": NO_ANSWER}
    groups = np.array([[codes[one] for one in said[: len(priors)]]], np.int64)
    answers = {
        model: None if one == "unread" else one
        for model, one in zip(MODELS, said[: len(priors)], strict=False)
        if one != "failed"
    }

    leader, in_turn = ask_in_turn(support(np.array([priors]), bonus), groups, voters)
    asked, votes = _course(priors, answers, agreement)

    assert asked == [MODELS[place] for place in np.flatnonzero(in_turn[0])]
    assert votes.winner(agreement) == (None if leader[0] == NOBODY else MODELS[leader[0]])


def test_those_are_asked_at_once_who_are_asked_whatever_they_say() -> None:
    """Of three equal voters two: only when they differ, or fail, the third decides."""
    votes = ballot(MODELS[:3], [0.7, 0.7, 0.7], {}, set())

    assert votes.next_voters(Agreement(models=3, bonus=2.0)) == ("able", "baker")


def test_a_model_that_towers_over_the_rest_answers_alone() -> None:
    """The others together could not overturn it."""
    votes = ballot(MODELS[:3], [0.99, 0.2, 0.2], {}, set())

    assert votes.next_voters(Agreement(bonus=1.0)) == ("able",)


def test_reasons_say_who_agrees() -> None:
    """In words, with names."""
    asked = {"able", "baker", "charlie"}
    priors = [0.7, 0.6, 0.5]

    def reason(**answers: str | None) -> str:
        votes = ballot(MODELS[:3], priors, answers, asked)
        winner = votes.winner(Agreement(models=3, bonus=2.0))
        assert winner is not None
        return votes.reason(winner)

    assert reason(able="4", baker="5", charlie="5") == "baker and charlie give the same answer, against able"
    assert reason(able="4", baker="4", charlie="4") == "able, baker and charlie give the same answer"
    assert reason(able="4", baker="5", charlie=None).startswith("able and baker and charlie all answer otherwise")
    assert reason(baker=None) == "baker is the only one asked with a usable response"
