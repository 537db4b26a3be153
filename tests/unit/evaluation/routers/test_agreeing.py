"""Routers by agreement of final answers, on rows made so that the priors rank able, baker, charlie, dora."""

import numpy as np
import pytest
from jisi.evaluation.recordings.recordings import Recordings
from jisi.evaluation.routers.agree import AgreeRouter
from jisi.evaluation.routers.outcome import Outcome
from jisi.evaluation.routers.pattern import PatternKnnRouter
from jisi.evaluation.routers.vote import VoteRouter
from jisi.routing.agreement import Agreement
from jisi.routing.patterns import PatternSettings
from numpy.typing import ArrayLike

from tests.unit.evaluation.routers.builders import MODELS, NAN, chosen, outcome, recordings

THREE = Agreement(models=3, bonus=2.0)
TRAIN = recordings([[0.8, 0.7, 0.7, 0.6]] * 10, answers=[[0, 0, 0, 0]] * 10)
"""Priors 0.8, 0.7, 0.7, 0.6 everywhere: with the bonus they weigh 3.4, 2.8, 2.8 and 2.4."""


def asked(outcome: Outcome) -> list[list[str]]:
    """Give who was asked for each row, in the order of the pool."""
    return [[MODELS[column] for column in np.flatnonzero(row)] for row in outcome.calls]


def row(answers: ArrayLike, *, usable: ArrayLike | None = None, responses: ArrayLike | None = None) -> Recordings:
    """Give test rows with these answers."""
    shape = np.asarray(answers).shape
    return recordings(
        np.full(shape, NAN),
        answers=answers,
        usable=True if usable is None else usable,
        responses=responses,
        split="test",
    )


@pytest.mark.parametrize(
    ("answers", "answering", "calls"),
    [
        ([0, 0, 1, 1], "able", ["able", "baker"]),
        ([0, 1, 1, 0], "baker", ["able", "baker", "charlie"]),
        ([0, 1, 0, 1], "able", ["able", "baker", "charlie"]),
        ([0, 1, 2, 2], "able", ["able", "baker", "charlie"]),
        ([-1, -1, -1, -1], "able", ["able", "baker"]),
        ([-1, 1, 1, 1], "baker", ["able", "baker", "charlie"]),
    ],
)
def test_agree(answers: list[int], answering: str, calls: list[str]) -> None:
    """Two that agree are enough; a third is asked where they differ; a fourth never is."""
    test = row([answers])
    found = outcome(AgreeRouter(agreement=THREE), TRAIN, test)

    assert chosen(found, test) == [answering]
    assert asked(found) == [calls]
    assert found.quality == "recorded"


def test_agree_passes_over_what_is_not_usable() -> None:
    """A failed model has no vote; where all three failed the fourth is asked; where nobody answers the first stands."""
    test = row(
        [[0, 1, 1, 1]] * 3,
        usable=[[False, True, True, True], [False, False, False, True], [False, False, False, False]],
    )
    found = outcome(AgreeRouter(agreement=THREE), TRAIN, test)

    assert chosen(found, test) == ["baker", "dora", "able"]
    assert asked(found) == [["able", "baker"], list(MODELS[:4]), list(MODELS[:4])]


def test_agree_by_its_settings() -> None:
    """With two voters nobody could overturn the first; a sure one is overturned by votes of a large bonus alone."""
    test = row([[0, 1, 1, 1]])
    sure = recordings([[0.99, 0.5, 0.5, 0.5]] * 10)

    assert asked(outcome(AgreeRouter(agreement=Agreement(models=2)), TRAIN, test)) == [["able"]]
    assert asked(outcome(AgreeRouter(agreement=Agreement(models=4, bonus=0.5)), sure, test)) == [["able"]]
    assert chosen(outcome(AgreeRouter(agreement=Agreement(models=4, bonus=3.0)), sure, test), test) == ["baker"]


def test_agree_on_free_text() -> None:
    """Answers that cannot be read agree where the responses are alike, if that is asked for."""
    north, east = (0.0, 1.0), (1.0, 0.0)
    test = row([[-1, -1, -1, -1]], responses=[[north, east, (1.0, 0.1), north]])

    assert chosen(outcome(AgreeRouter(agreement=THREE, alike=0.9), TRAIN, test), test) == ["baker"]
    assert chosen(outcome(AgreeRouter(agreement=THREE, alike=1.0), TRAIN, test), test) == ["able"]
    with pytest.raises(ValueError, match=r"alike must be between -1 and 1, not 1\.5"):
        AgreeRouter(alike=1.5)


def test_agree_without_evidence() -> None:
    """Where nothing is known of any model all weigh alike, in the order of the pool."""
    test = row([[0, 1, 1, 0]])
    unknown = recordings(np.full((3, 4), NAN))

    assert chosen(outcome(AgreeRouter(agreement=THREE), unknown, test), test) == ["baker"]


@pytest.mark.parametrize(
    ("answers", "answering"),
    [([0, 1, 1, 2], "baker"), ([0, 1, 1, 0], "able"), ([0, 1, 2, 3], "able"), ([-1, -1, 2, 3], "able"),
     ([-1, -1, 2, 2], "charlie")],
)  # fmt: skip
def test_vote(answers: list[int], answering: str) -> None:
    """Each of the four has one vote; all are asked; ties are the best model's."""
    test = row([answers])
    found = outcome(VoteRouter(voters=4), TRAIN, test)

    assert chosen(found, test) == [answering]
    assert asked(found) == [list(MODELS[:4])]


def test_vote_of_some() -> None:
    """Only the voters are asked, and others only where no voter has a usable response."""
    test = row([[0, 1, 1, 1]] * 2, usable=[[True] * 4, [False, False, True, True]])
    found = outcome(VoteRouter(voters=2), TRAIN, test)

    assert chosen(found, test) == ["able", "charlie"]
    assert asked(found) == [["able", "baker"], ["able", "baker", "charlie"]]
    with pytest.raises(ValueError, match="voters must be at least 1, not 0"):
        VoteRouter(voters=0)


AGREED = [0, 1, 1, 2]
SPLIT = [0, 0, 1, 2]
PATTERNS = recordings([[0.4, 1, 1, 0]] * 5 + [[1, 0.4, 0, 0]] * 6, answers=[AGREED] * 5 + [SPLIT] * 6)
"""Where baker and charlie agree they are right; where able and baker do, able is. Ranked able, baker, charlie, dora."""


def test_pattern() -> None:
    """The best where the same models agreed answers; all are asked."""
    test = row([[3, 2, 2, 1], [1, 1, 3, 2], [0, 1, 2, 3]])
    router = PatternKnnRouter(pattern=PatternSettings(models=3))
    found = outcome(router, PATTERNS, test)

    assert chosen(found, test)[:2] == ["baker", "able"]
    assert asked(found) == [["able", "baker", "charlie"]] * 3


def test_pattern_without_sharpness_is_the_prior() -> None:
    """Then who agrees does not matter."""
    test = row([[3, 2, 2, 1], [1, 1, 3, 2]])
    router = PatternKnnRouter(pattern=PatternSettings(models=3, sharpness=0.0))

    assert chosen(outcome(router, PATTERNS, test), test) == ["able", "able"]


def test_pattern_passes_over_what_is_not_usable() -> None:
    """The best model does not answer where it failed; where all failed, the next after them does."""
    test = row(
        [[1, 1, 3, 2]] * 3,
        usable=[[False, True, True, True], [False, False, False, True], [False] * 4],
    )
    found = outcome(PatternKnnRouter(pattern=PatternSettings(models=3)), PATTERNS, test)

    assert chosen(found, test) == ["baker", "dora", "able"]
    assert asked(found)[1] == list(MODELS[:4])


def test_pattern_without_evidence() -> None:
    """Where nothing is known of any model the first of the pool answers."""
    test = row([[0, 1, 1, 0]])

    assert chosen(outcome(PatternKnnRouter(), recordings(np.full((3, 4), NAN)), test), test) == ["able"]
