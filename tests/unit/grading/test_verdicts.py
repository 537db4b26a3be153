"""What judges say is read."""

import pytest
from hypothesis import given
from jisi.grading.judging.factuality import label_in
from jisi.grading.judging.pairwise import verdict_in, win_share

from tests.unit.grading.hostile import TEXTS


@pytest.mark.parametrize(
    ("said", "label"),
    [
        ("A", "CORRECT"),
        ("B.", "INCORRECT"),
        ("**C**", "NOT_ATTEMPTED"),
        ("A (CORRECT)", "CORRECT"),
        ("The label is INCORRECT", "INCORRECT"),
        ("It states nothing.\n\nNOT ATTEMPTED", "NOT_ATTEMPTED"),
        ("A response like this is B", "INCORRECT"),
        ("Not CORRECT but INCORRECT", "INCORRECT"),
        ("I cannot say", None),
        ("", None),
    ],
)
def test_labels(said: str, label: str | None) -> None:
    """By word or by letter; the last one counts."""
    assert label_in(said) == label


@pytest.mark.parametrize(
    ("said", "verdict"),
    [
        ("[[A>>B]]", "A>>B"),
        ("First [[A>B]] I thought, but: [[ B >> A ]]", "B>>A"),
        ("[[A=B]].", "A=B"),
        ("A>B", None),
        ("[[C]]", None),
    ],
)
def test_verdicts(said: str, verdict: str | None) -> None:
    """The last one in double square brackets."""
    assert verdict_in(said) == verdict


@pytest.mark.parametrize(
    ("as_a", "as_b", "share"),
    [
        ("A>B", "B>A", 1.0),
        ("A>>B", "B>>A", 1.0),
        ("B>A", "A>B", 0.0),
        ("A=B", "A=B", 0.5),
        ("A>B", "A>B", 0.5),
        ("A>>B", "A>B", 0.75),
        ("A>>B", "A=B", 0.875),
        ("A>B", None, 0.5),
        (None, None, 0.0),
    ],
)
def test_shares(as_a: str | None, as_b: str | None, share: float) -> None:
    """A judge that favours a place gives a draw; a decisive verdict counts three times; none is a loss."""
    assert win_share(as_a, as_b) == share


@given(TEXTS)
def test_anything_said_is_read(said: str) -> None:
    """Nothing is raised."""
    label_in(said)
    verdict_in(said)
