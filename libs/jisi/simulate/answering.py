"""What a simulated model answers: right with the probability of its skill, always the same to the same question."""

from dataclasses import dataclass

from jisi.simulate.dice import Dice, draw
from jisi.simulate.models import SimulatedModel, Style
from jisi.simulate.tasks.catalogue import KINDS
from jisi.simulate.tasks.question import Question

_REMARKS = (
    "This needs some care",
    "Let me check each step",
    "One could slip here",
    "I go through it once more",
    "The second pass agrees with the first",
)
_THOUGHTS = (
    "Let me read the question again.",
    "I should do this one step at a time.",
    "Wait, let me verify that.",
    "Another way to see it should give the same.",
    "I compare both results.",
    "That seems consistent so far.",
    "I make sure that nothing is left out.",
    "Let me recompute the part that is easy to get wrong.",
)
_SLIP_FAVOUR = 0.5
"""Share of the likeliest mistake among all mistakes: wrong answers of several models may agree, as in life."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What a model says."""

    text: str
    reasoning: str = ""
    """What it thought before, for models that reason."""


def opinion(model: SimulatedModel, question: Question, seed: int) -> str:
    """Return the answer a model holds: a pure function of seed, model and question."""
    if draw(seed, model.name, question.key, "right") < model.accuracy(question):
        return question.gold
    dice = Dice(seed, model.name, question.key, "slip")
    return question.slips[0] if dice.chance(_SLIP_FAVOUR) else dice.choice(question.slips)


def answer(model: SimulatedModel, question: Question, seed: int) -> Reply:
    """Return a model's written answer to a question, its working in the model's own style."""
    effort = round(4 * model.verbosity * question.difficulty)
    dice = Dice(seed, model.name, question.key, "words")
    sentences = [*question.working, *dice.sample(_REMARKS, effort)]
    return Reply(written(model.style, sentences, opinion(model, question, seed)), _reasoning(model, question, dice))


def not_understood(model_name: str) -> Reply:
    """Return the honest answer to what is no question of the simulated kinds."""
    abilities = "; ".join(kind.teaches for kind in KINDS)
    return Reply(
        f"I am {model_name}, a simulated model without any language understanding. I can only answer questions of a "
        f"few fixed kinds, for example: {abilities}."
    )


def written(style: Style, sentences: list[str], final: str) -> str:
    """Write sentences and a final answer in a style; the answer always stands alone in the last line."""
    match style:
        case Style.TERSE:
            return f"{sentences[0]}.\nAnswer: {final}"
        case Style.PLAIN:
            return f"{'. '.join(sentences)}.\nAnswer: {final}"
        case Style.STEPS:
            steps = "\n".join(f"{number}. {sentence}" for number, sentence in enumerate(sentences, start=1))
            return f"{steps}\nAnswer: {final}"
        case Style.CHATTY:
            return f"Sure, happy to help! {'. '.join(sentences)}.\nAnswer: {final}"
        case Style.MARKDOWN:
            bullets = "\n".join(f"- {sentence}" for sentence in sentences)
            return f"**Working**\n{bullets}\n\n**Answer: {final}**"
        case Style.CAREFUL:
            return f"{'; '.join(sentences)}. I have checked this.\nAnswer: {final}"


def _reasoning(model: SimulatedModel, question: Question, dice: Dice) -> str:
    if not model.reasons:
        return ""
    return " ".join(
        [f"{sentence}." for sentence in question.working] + dice.sample(_THOUGHTS, 1 + round(7 * question.difficulty))
    )
