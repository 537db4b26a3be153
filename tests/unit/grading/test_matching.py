"""Texts are compared to the letter, or without what makes no difference."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jisi.grading.matching import ExactMatch, NormalisedMatch, normalised

from tests.unit.grading.hostile import TEXTS

QUESTION = "Who painted the ceiling?"


@pytest.mark.parametrize(
    ("accepted", "response", "score"),
    [
        ("Michelangelo", "Michelangelo", 1),
        ("Michelangelo", " **Michelangelo**\n", 1),
        ("Michelangelo", "<think>Raphael?</think>Michelangelo", 1),
        ("Michelangelo", "It was commissioned in 1508.\nFinal answer: Michelangelo", 1),
        ("Michelangelo", '{"reasoning": "...", "answer": "Michelangelo"}', 1),
        ("Michelangelo", "michelangelo", 0),
        ("Michelangelo", "Not Michelangelo", 0),
        (["Rome", "Roma"], "Roma", 1),
        (["Rome", "Roma"], "Paris", 0),
        ("Michelangelo", "", 0),
    ],
)
async def test_exact(accepted: object, response: str, score: float) -> None:
    """Only what surrounds an answer is let pass."""
    grade = await ExactMatch().grade(QUESTION, response, {"answer": accepted})

    assert grade.score == score


async def test_spaces_are_an_answer_of_a_program() -> None:
    """Where the question is about code, what is quoted counts to the letter."""
    question = "def f(s):\n    return s * 2\nWhat is f(' ')?"

    assert (await ExactMatch().grade(question, '{"answer": "  "}', {"answer": "'  '"})).score == 1.0
    assert (await ExactMatch().grade(question, '{"answer": " "}', {"answer": "'  '"})).score == 0.0


@pytest.mark.parametrize(
    ("accepted", "response", "score"),
    [
        ("The Beatles", "beatles!", 1),
        ("café", "CAFE\u0301", 1),
        ("\N{FULLWIDTH DIGIT FOUR}2", "42", 1),
        ("42", "42.0", 1),
        ("1,000", "1000", 1),
        ("-1.5", "1.5", 0),
        ("1.5", "15", 0),
        ("New   York", "new-york", 1),
        ("The Who", "Who", 1),
        ("The", "A", 0),
        ("?!", "!?", 0),
        ("?!", "?!", 1),
        ("yes", "Answer: Yes.", 1),
        ("", "x", 0),
    ],
)
async def test_normalised(accepted: str, response: str, score: float) -> None:
    """Case, articles, punctuation, spacing and forms of letters and numbers make no difference; signs do."""
    grade = await NormalisedMatch().grade(QUESTION, response, {"answer": [accepted or "nothing"]})

    assert grade.score == score


async def test_a_grade_says_what_it_read() -> None:
    """The answer, and why, for people."""
    right = await ExactMatch().grade(QUESTION, "The answer is Raphael.", {"answer": ["Michelangelo", "Buonarroti"]})
    unread = await ExactMatch().grade(QUESTION, "", {"answer": "Michelangelo"})

    assert (right.answer, right.why) == ("Raphael", "'Raphael' is not 'Michelangelo'")
    assert (unread.answer, unread.why) == (None, "no final answer could be read; 'Michelangelo' is right")


@given(TEXTS)
async def test_any_response_is_graded(response: str) -> None:
    """Nothing is raised, and an answer that is the response itself is right by both."""
    for grader in (ExactMatch(), NormalisedMatch()):
        grade = await grader.grade(response, response, {"answer": "Michelangelo"})

        assert grade.score in {0.0, 1.0}
        grade.why.encode()


@given(st.text(min_size=1, max_size=30))
def test_the_form_is_stable(text: str) -> None:
    """A text in normal form stays as it is, up to what quotes around it hid."""
    once = normalised(text)

    assert normalised(once.upper().lower()) == normalised(once)
    assert normalised(f"  {text}\n") == once or not text.strip()
