"""Every kind understands its own questions, and only these, and grades them rightly."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jisi.simulate.dice import Dice
from jisi.simulate.tasks.catalogue import KINDS, MAX_QUESTION_LENGTH, generate, understand
from jisi.simulate.tasks.question import LEVELS, TaskKind, grade, tidy
from jisi.simulate.tasks.vocabulary import NAMES

kinds = st.sampled_from(KINDS)
levels = st.integers(1, LEVELS)
seeds = st.integers(0, 10**9)


@given(kinds, levels, seeds)
def test_generated_questions_are_understood(kind: TaskKind, level: int, seed: int) -> None:
    """Whatever a kind generates, it reads back as its own, with a difficulty, a working and at least one slip."""
    question = understand(kind.generate(Dice(seed), level))

    assert question is not None
    assert question.kind == kind.name
    assert 0 <= question.difficulty <= 1
    assert question.working
    assert question.slips


@given(kinds, levels, seeds)
def test_no_question_is_of_two_kinds(kind: TaskKind, level: int, seed: int) -> None:
    """No other kind claims a question."""
    text = tidy(kind.generate(Dice(seed), level))

    assert [other.name for other in KINDS if other.understand(text)] == [kind.name]


@given(kinds, levels, seeds)
def test_the_gold_answer_is_graded_right(kind: TaskKind, level: int, seed: int) -> None:
    """Bare, in a last line, in bold or with a full stop: the right answer is right."""
    question = understand(kind.generate(Dice(seed), level))
    assert question is not None
    gold = question.gold

    for response in (
        gold,
        f"Thinking.\nAnswer: {gold}",
        f"**Answer: {gold}**",
        f"The answer is {gold}.",
        f"answer = {gold}",
    ):
        assert grade(question, response), response


@given(kinds, levels, seeds)
def test_slips_are_graded_wrong(kind: TaskKind, level: int, seed: int) -> None:
    """None of the plausible mistakes passes, and neither does an empty response."""
    question = understand(kind.generate(Dice(seed), level))
    assert question is not None

    assert not any(grade(question, f"Answer: {slip}") for slip in question.slips)
    assert not grade(question, "")
    assert not grade(question, "I do not know.")


@given(kinds, levels, seeds)
def test_the_last_answer_counts(kind: TaskKind, level: int, seed: int) -> None:
    """A response that corrects itself is graded by its last answer."""
    question = understand(kind.generate(Dice(seed), level))
    assert question is not None

    assert grade(question, f"Answer: {question.slips[0]}\nNo, wait.\nAnswer: {question.gold}")
    assert not grade(question, f"Answer: {question.gold}\nNo, wait.\nAnswer: {question.slips[0]}")


@given(kinds, levels, seeds)
def test_wording_does_not_matter(kind: TaskKind, level: int, seed: int) -> None:
    """White space, politeness and letter case around a question change nothing."""
    text = kind.generate(Dice(seed), level)
    question = understand(text)
    within = text if text.startswith(NAMES) else f"{text[0].lower()}{text[1:]}"

    assert understand(f"  Please, {within}\n") == question
    assert understand(re.sub(r" ", "  ", text)) == question


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_levels_get_harder(kind: TaskKind) -> None:
    """Questions of the highest level are harder on average than those of the lowest."""

    def mean(level: int) -> float:
        questions = [understand(generate(kind, Dice(seed), level)) for seed in range(60)]
        return sum(question.difficulty for question in questions if question) / 60

    assert mean(LEVELS) > mean(1) + 0.15


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_there_are_enough_questions(kind: TaskKind) -> None:
    """A kind has hundreds of different questions."""
    keys = {question.key for seed in range(400) if (question := understand(generate(kind, Dice("many", seed))))}

    assert len(keys) > 200


@pytest.mark.parametrize(
    "text",
    [
        "",
        "?",
        "What is the capital of France?",
        "Write a poem about the sea.",
        "What is 17?",
        "What is 3 / 0?",
        "What is (1 + 2?",
        "What is 2 ** 9999999?",
        "Write 0 in Roman numerals.",
        "Write 4000 in Roman numerals.",
        "What number is the Roman numeral IIII?",
        "Convert the binary number 102 to decimal.",
        "What day of the week was 30 February 2001?",
        "What time is it 2 hours after 25:00?",
        "Convert 3 metres to litres.",
        "What is the next number in the sequence 1, 5, 2, 9, 4?",
        "Anna is taller than Ben. Cem is taller than Dora. Who is the tallest?",
        "Anna is taller than Ben. Ben is taller than Anna. Who is the tallest?",
        "Anna is taller than Ben. Who is the oldest?",
        "A is true. Is the statement A and B true or false?",
        "What is the 9th letter of the word 'cat'?",
        "What is 1 + " + "(" * 5000,
    ],
)
def test_what_is_no_question_is_not_understood(text: str) -> None:
    """Other questions, impossible ones and those without one answer are not understood."""
    assert understand(text) is None


def test_long_texts_are_not_tried() -> None:
    """A text beyond the limit is not read, even where its end would be a question."""
    assert understand(" " * MAX_QUESTION_LENGTH + "What is 1 + 1?") is None


@given(st.text(max_size=300))
def test_any_text_can_be_read(text: str) -> None:
    """Reading never fails, whatever stands there."""
    understand(text)
