"""What a simulated model makes of other models' responses: it weighs their final answers with its own."""

from dataclasses import dataclass

from jisi.simulate.answering import Reply, not_understood, opinion, written
from jisi.simulate.models import SimulatedModel
from jisi.simulate.tasks.question import AnswerForm, Question, final_answers, same_answer

_RANK_DISCOUNT = 0.15
"""Each later reference counts this much less than the one before: they come best first."""
_LEAST_WEIGHT = 0.3


@dataclass(slots=True)
class _Side:
    """Those who give one answer."""

    answer: str
    weight: float
    references: int
    own: bool = False


def fuse(model: SimulatedModel, question: Question | None, references: str, seed: int) -> Reply:
    """Answer with what most weight speaks for.

    References weigh by their rank, the model's own opinion by its accuracy on such a question. A question that was not
    understood gets the references' majority, or the honest sentence when none of them states an answer.
    """
    form = question.form if question else AnswerForm.TEXT
    sides: list[_Side] = []
    given = final_answers(references)
    for rank, reference in enumerate(given):
        _join(sides, form, reference, max(_LEAST_WEIGHT, 1 - _RANK_DISCOUNT * rank), own=False)
    if question is not None:
        _join(sides, form, opinion(model, question, seed), 0.5 + model.accuracy(question), own=True)
    if not sides:
        return not_understood(model.name)
    best = max(sides, key=lambda side: side.weight)
    sentences = [f"I weighed the final answers of {len(given)} references"]
    if question is not None:
        sentences[0] += " and my own"
        sentences.append(question.working[0])
    sentences.append(
        f"For this answer: {best.references} of {len(given)} references" + (", and I agree" if best.own else "")
    )
    if len(sides) > 1:
        sentences.append(f"Other answers given: {' / '.join(side.answer for side in sides if side is not best)}")
    return Reply(written(model.style, sentences, best.answer))


def _join(sides: list[_Side], form: AnswerForm, answer: str, weight: float, *, own: bool) -> None:
    for side in sides:
        if same_answer(form, side.answer, answer):
            side.weight += weight
            side.references += not own
            side.own |= own
            return
    sides.append(_Side(answer, weight, int(not own), own))
