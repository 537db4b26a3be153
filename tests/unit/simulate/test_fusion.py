"""An aggregation weighs the references, the model's own opinion and a check."""

from collections.abc import Sequence

from jisi.simulate.answering import answer
from jisi.simulate.bank import fresh_questions
from jisi.simulate.fusion import fuse
from jisi.simulate.models import MODEL_BY_NAME, MODELS, SimulatedModel
from jisi.simulate.references import GivenAnswer, read_references
from jisi.simulate.tasks.catalogue import understand
from jisi.simulate.tasks.question import Question, final_answer, grade

ATLAS = MODEL_BY_NAME["simulated-atlas-400b"]
MITE = MODEL_BY_NAME["simulated-mite-1b"]


def _question(text: str) -> Question:
    question = understand(text)
    assert question is not None
    return question


def _references(*answers: str) -> list[GivenAnswer]:
    return read_references("\n\n".join(f"Some working.\nAnswer: {answer}" for answer in answers))


def _responses(models: Sequence[SimulatedModel], question: Question) -> list[GivenAnswer]:
    return read_references("\n\n".join(answer(model, question, 0).text for model in models))


def test_what_all_references_say_is_said() -> None:
    """Agreement of all references outweighs any own opinion, right or wrong."""
    question = _question("What is 813 * 38 - (611 + 412) * 9?")
    fused = fuse(MITE, question, _references("7", "7.0", "7"), 0)

    assert final_answer(fused.text) == "7"
    assert "3 of 3 references" in fused.text


def test_fusing_is_deterministic_and_seeded() -> None:
    """The same references give the same words; the seed decides the own opinion."""
    question = _question("What is 813 * 38 - (611 + 412) * 9?")
    references = _references("21687", "9")

    assert fuse(ATLAS, question, references, 0) == fuse(ATLAS, question, references, 0)
    assert len({fuse(ATLAS, question, references, seed).text for seed in range(20)}) > 1


def test_disagreement_is_told() -> None:
    """Other answers than the one taken are named."""
    fused = fuse(ATLAS, _question("What is 2 + 2?"), _references("4", "5"), 0)

    assert final_answer(fused.text) == "4"
    assert "5" in fused.text.rsplit("Answer", 1)[0]


def test_fusing_beats_the_single_models() -> None:
    """Over many questions a fusion of three strong models is right more often than the best of them."""
    experts = [MODEL_BY_NAME[f"simulated-{name}"] for name in ("atlas-400b", "sage-120b", "abacus-70b")]
    questions = [question for _, question in fresh_questions(280, seed=9)]
    single = {
        model.name: sum(grade(question, answer(model, question, 0).text) for question in questions) for model in experts
    }
    fused = sum(
        grade(
            question,
            fuse(ATLAS, question, _responses(experts, question), 0).text,
        )
        for question in questions
    )

    assert fused > max(single.values()) + 0.05 * len(questions)


def test_a_weak_aggregator_is_a_worse_one() -> None:
    """Who aggregates matters, else choosing the aggregator would be idle."""
    questions = [question for _, question in fresh_questions(280, seed=9)]
    experts = MODELS[1:4]

    def right(aggregator: str) -> int:
        return sum(
            grade(question, fuse(MODEL_BY_NAME[aggregator], question, _responses(experts, question), 0).text)
            for question in questions
        )

    assert right("simulated-atlas-400b") > right("simulated-mite-1b") + 0.03 * len(questions)


def test_unknown_question_takes_the_majority_of_the_references() -> None:
    """Where the model does not understand the question, the references' majority decides, the first on a tie."""
    assert final_answer(fuse(ATLAS, None, _references("Paris", "Rome", "paris"), 0).text) == "Paris"
    assert final_answer(fuse(ATLAS, None, _references("Rome", "Paris"), 0).text) == "Rome"


def test_nothing_to_weigh_is_admitted() -> None:
    """Without a question it understands and without stated answers a model says that it is simulated."""
    assert fuse(ATLAS, None, _references(), 0).text.startswith("I am simulated-atlas-400b")
