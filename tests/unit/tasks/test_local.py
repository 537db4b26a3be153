"""The questions of our own."""

from collections import Counter
from hashlib import sha256
from itertools import islice
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jisi.errors import InputError
from jisi.grading.registry import create_grader
from jisi.tasks.procedural.draft import LETTERS
from jisi.tasks.procedural.kinds import KINDS
from jisi.tasks.procedural.local import SEEDS, LocalTask, questions_of, set_of
from jisi.tasks.question import Question

from tests.unit.tasks.solver import SOLVERS

GRADERS = {name: create_grader(name) for name in ("choice", "exact", "normalised")}
"""Pure ones, so that a bank of these questions needs no library, judge or sandbox."""


@st.composite
def drawn(draw: st.DrawFn) -> Question:
    """Draw a question of any kind and seed."""
    kind, seed = draw(st.sampled_from(KINDS)), draw(st.integers(0, SEEDS - 1))
    return next(islice(questions_of(kind, seed), draw(st.integers(0, 15)), None))


def answers(question: Question) -> list[str]:
    """Give what the reference takes as right; of a choice, its letter and its text."""
    reference: Any = question.reference
    if question.grader != "choice":
        return list(reference["answer"])
    return [reference["answer"], reference["choices"][LETTERS.index(reference["answer"])]]


def test_a_set_holds_as_many_as_asked_of_every_kind() -> None:
    """400 questions are spread evenly over the kinds, each of its own id and text, in every set."""
    for seed in range(SEEDS):
        questions = list(LocalTask(400, seed).questions())
        counts = Counter(question.dataset for question in questions)

        assert len(questions) == len({one.id for one in questions}) == len({one.prompt for one in questions}) == 400
        assert set(counts) == {f"local-{kind.name}" for kind in KINDS}
        assert min(counts.values()) >= 25
        assert max(counts.values()) <= 33


def test_sets_share_no_question() -> None:
    """What is measured with one seed is not in a bank of another."""
    prompts = [question.prompt for seed in range(SEEDS) for question in LocalTask(600, seed).questions()]

    assert len(prompts) == len(set(prompts)) == 600 * SEEDS


@given(st.text(max_size=20), st.text(max_size=20))
def test_the_set_of_a_question_is_one_of_those_there_are(kind: str, key: str) -> None:
    """Every key belongs to one set, whatever its case."""
    assert 0 <= set_of(kind, key) < SEEDS
    assert set_of(kind, key.upper().lower()) == set_of(kind, key.upper())


def test_a_larger_count_begins_with_a_smaller_one() -> None:
    """More questions are asked without asking others, and the same ones each time."""
    assert list(LocalTask(200, 3).questions())[:50] == list(LocalTask(50, 3).questions())


def test_the_questions_never_change() -> None:
    """A bank names its questions by count and seed, so they must come out alike on every machine and Python."""
    questions = list(LocalTask(400, 0).questions())
    told = "\n".join(f"{one.id} {one.prompt} {one.reference}" for one in questions)

    assert [one.prompt for one in questions[:2]] == [
        "What is a baby horse called?",
        "Grace bought 35 tickets in Lisbon. David bought 48 mugs in Berlin. How many tickets did Grace buy?",
    ]
    assert sha256(told.encode()).hexdigest()[:16] == "173b99b7c23195b8"


def test_more_than_there_is_says_how_many_there_are() -> None:
    """Where every kind runs out, the message tells how many can be asked for, and so many can."""
    facts = (next(kind for kind in KINDS if kind.name == "facts"),)
    there = len(list(questions_of(facts[0], 0)))

    assert len(list(LocalTask(there, kinds=facts).questions())) == there
    with pytest.raises(InputError, match=f"there are only {there} questions of seed 0; ask for fewer"):
        list(LocalTask(there + 1, kinds=facts).questions())


@given(drawn())
async def test_the_reference_is_graded_right(question: Question) -> None:
    """Every answer that the reference takes, bare or as a sentence, gets the full score."""
    for answer in answers(question):
        grade = await GRADERS[question.grader].grade(question.prompt, answer, question.reference)

        assert grade.score == 1.0, (question.prompt, answer, grade.why)


@given(drawn(), st.sampled_from(["", "no idea", "The answer is unknown.", "\N{SNOWMAN}"]))
async def test_what_is_no_answer_is_graded_wrong(question: Question, response: str) -> None:
    """A response that says nothing gets no score."""
    grade = await GRADERS[question.grader].grade(question.prompt, response, question.reference)

    assert grade.score == 0.0


@given(drawn())
async def test_another_option_is_graded_wrong(question: Question) -> None:
    """Of a choice only one option is right."""
    reference: Any = question.reference
    for letter, text in zip(LETTERS, reference.get("choices", ()), strict=False):
        grade = await GRADERS[question.grader].grade(question.prompt, text, question.reference)

        assert grade.score == float(letter == reference["answer"])


@given(drawn())
def test_the_answer_is_what_an_independent_reading_finds(question: Question) -> None:
    """Where the prompt alone tells the answer, another program reads the same from it."""
    solver = SOLVERS.get(question.dataset.removeprefix("local-"))
    found = None if solver is None else solver(question.prompt)

    assert found is None or found in answers(question)


@pytest.mark.parametrize("kind", sorted(SOLVERS))
def test_the_independent_reading_understands_most_questions(kind: str) -> None:
    """The check above checks something: of each kind that can be computed it understands at least two in three."""
    found = next(one for one in KINDS if one.name == kind)
    questions = list(islice(questions_of(found, 1), 60))

    assert sum(SOLVERS[kind](question.prompt) is not None for question in questions) >= 40


@given(drawn())
def test_prompts_are_short(question: Question) -> None:
    """A small model's context and patience are short; so are the questions, without white space around them."""
    assert len(question.prompt) <= 250
    assert question.prompt == question.prompt.strip()
    assert question.split is None
