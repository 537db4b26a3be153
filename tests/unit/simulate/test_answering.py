"""Simulated models answer deterministically, each by its skill and in its style."""

import pytest
from jisi.simulate.answering import answer, not_understood, opinion, written
from jisi.simulate.bank import fresh_questions
from jisi.simulate.models import AREA_OF, MODEL_BY_NAME, MODELS, Area, SimulatedModel, Style
from jisi.simulate.tasks.catalogue import KINDS, understand
from jisi.simulate.tasks.question import Question, final_answers, grade, same_answer
from jisi.simulate.tokens import count_tokens, pieces

QUESTIONS = [question for _, question in fresh_questions(280, seed=5)]


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)
def test_answers_are_a_function_of_seed_model_and_question(model: SimulatedModel) -> None:
    """Asked again, a model says the same; another seed makes it another model."""
    first = [answer(model, question, 0) for question in QUESTIONS]

    assert first == [answer(model, question, 0) for question in QUESTIONS]
    assert first != [answer(model, question, 1) for question in QUESTIONS]


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)
def test_responses_state_the_opinion_once(model: SimulatedModel) -> None:
    """A response holds one final answer, the model's opinion, and is graded accordingly."""
    for question in QUESTIONS:
        held = opinion(model, question, 0)
        text = answer(model, question, 0).text

        assert len(final_answers(text)) == 1
        assert same_answer(question.form, final_answers(text)[0], held)
        assert grade(question, text) == (held == question.gold)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)
def test_accuracy_shows_in_the_answers(model: SimulatedModel) -> None:
    """A model is right about as often as its accuracies say."""
    expected = sum(model.accuracy(question) for question in QUESTIONS)
    actual = sum(opinion(model, question, 0) == question.gold for question in QUESTIONS)

    assert actual == pytest.approx(expected, abs=4 * (len(QUESTIONS) * 0.25) ** 0.5)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)
def test_harder_questions_are_missed_more(model: SimulatedModel) -> None:
    """Accuracy falls with the difficulty of a question."""
    easy, hard = understand("What is 2 + 3?"), understand("What is 813 * 38 - (611 + 412) * 9?")

    assert easy is not None
    assert hard is not None
    assert model.accuracy(easy) > model.accuracy(hard)


def test_responses_are_short() -> None:
    """Responses are some 8 to 100 tokens, so that embedding a bank is quick, and harder questions take more."""
    counts = {question.key: count_tokens(answer(model, question, 0).text) for model in MODELS for question in QUESTIONS}

    assert max(counts.values()) <= 120
    assert sum(counts.values()) / len(counts) < 60


def test_hard_questions_take_more_tokens() -> None:
    """Tokens spent tell difficulty, as the method assumes."""
    model = MODEL_BY_NAME["simulated-sage-120b"]
    easy = [question for question in QUESTIONS if question.difficulty < 0.3]
    hard = [question for question in QUESTIONS if question.difficulty > 0.6]

    def mean(questions: list[Question]) -> float:
        replies = [answer(model, question, 0) for question in questions]
        return sum(count_tokens(reply.text + reply.reasoning) for reply in replies) / len(replies)

    assert mean(hard) > 1.3 * mean(easy)


def test_only_reasoning_models_reason() -> None:
    """Reasoning is there for the model that reasons, and for no other."""
    reasoned = {model.name for model in MODELS if answer(model, QUESTIONS[0], 0).reasoning}

    assert reasoned == {model.name for model in MODELS if model.reasons} == {"simulated-sage-120b"}


@pytest.mark.parametrize("style", Style)
def test_styles_put_the_answer_alone_into_the_last_line(style: Style) -> None:
    """Whatever the style, the final answer is found, and what was said before is there."""
    text = written(style, ["First this", "Then that"], "42")

    assert final_answers(text) == ["42"]
    assert "First this" in text


def test_each_area_has_a_specialist() -> None:
    """In every area another model is best, and best by far among the cheaper ones."""
    best = {area: max(MODELS, key=lambda model, area=area: model.skill[area]).name for area in Area}  # type: ignore[misc]

    assert len(set(best.values())) == len(Area)
    assert set(AREA_OF) == {kind.name for kind in KINDS}


def test_strong_models_are_dearer() -> None:
    """Prices fall in the order of the pool, and the dearest has the highest mean skill but one."""
    prices = [model.price.prompt + model.price.completion for model in MODELS]
    means = {model.name: sum(model.skill.values()) for model in MODELS}

    assert prices == sorted(prices, reverse=True)
    assert max(means, key=lambda name: means[name]) == MODELS[0].name
    assert min(means, key=lambda name: means[name]) == MODELS[-1].name


def test_models_call_themselves_simulated() -> None:
    """Every name says it."""
    assert len(MODELS) == 10
    assert all(model.name.startswith("simulated-") for model in MODELS)


def test_not_understood_is_admitted() -> None:
    """To any other question a model says what it is and what can be asked."""
    text = not_understood("simulated-mite-1b").text

    assert text.startswith("I am simulated-mite-1b, a simulated model")
    assert all(kind.example in text for kind in KINDS)
    assert final_answers(text) == []


def test_pieces_join_to_the_text() -> None:
    """Streaming loses nothing, white space neither."""
    for text in ("", "a", "Hello, world!\n\nAnswer: incomprehensible 12345678\n", "  leading"):
        assert "".join(pieces(text)) == text
        assert len(pieces(text)) == count_tokens(text)
