"""How a simulated model fuses other models' responses: it weighs their final answers with its own, and checks them."""

from collections.abc import Sequence
from dataclasses import dataclass

from jisi.simulate.answering import Reply, not_understood, opinion, written
from jisi.simulate.dice import draw
from jisi.simulate.models import SimulatedModel
from jisi.simulate.references import GivenAnswer
from jisi.simulate.tasks.question import AnswerForm, Question, same_answer

_CHECKED_WEIGHT = 2.0
"""What a check adds to the answer that withstands it."""


@dataclass(slots=True)
class _Side:
    """Those who give one answer."""

    answer: str
    weight: float
    references: int
    own: bool = False
    checked: bool = False


def fuse(model: SimulatedModel, question: Question | None, references: Sequence[GivenAnswer], seed: int) -> Reply:
    """Answer with what most weight speaks for.

    References weigh by confidence or rank, the model's own opinion by its accuracy on such a question. Checking is
    easier than finding: where somebody gave the right answer, the check misses it half as often as the model would
    have missed it by itself; then that answer weighs most. A question that was not understood gets the references'
    majority, or the honest sentence when none of them states an answer.
    """
    form = question.form if question else AnswerForm.TEXT
    sides: list[_Side] = []
    for reference in references:
        _join(sides, form, reference.answer, reference.weight, own=False)
    if question is not None:
        _join(sides, form, opinion(model, question, seed), 0.5 + model.accuracy(question), own=True)
        if draw(seed, model.name, question.key, "check") < (1 + model.accuracy(question)) / 2:
            _check(sides, question)
    if not sides:
        return not_understood(model.name)
    best = max(sides, key=lambda side: side.weight)
    supporters = f"{best.references} of {len(references)} references" + (" and I" if best.own else "")
    sentences = [f"Weighing the references' final answers, this is what {supporters} say"]
    if question is not None:
        sentences.append(question.working[0])
    if best.checked and len(sides) > 1:
        sentences.append("Checked against the question, it is the one that holds")
    if len(sides) > 1:
        sentences.append(f"Other answers given: {' / '.join(side.answer for side in sides if side is not best)}")
    return Reply(written(model.style, sentences, best.answer))


def _check(sides: list[_Side], question: Question) -> None:
    for side in sides:
        if same_answer(question.form, side.answer, question.gold):
            side.checked = True
            side.weight += _CHECKED_WEIGHT


def _join(sides: list[_Side], form: AnswerForm, answer: str, weight: float, *, own: bool) -> None:
    for side in sides:
        if same_answer(form, side.answer, answer):
            side.weight += weight
            side.references += not own
            side.own |= own
            return
    sides.append(_Side(answer, weight, int(not own), own))
