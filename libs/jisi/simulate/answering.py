"""What a simulated model answers: right with the probability of its skill, always the same to the same question."""

from dataclasses import dataclass

from jisi.simulate.dice import Dice, draw
from jisi.simulate.models import SimulatedModel, Style
from jisi.simulate.tasks.catalogue import KIND_BY_NAME, KINDS
from jisi.simulate.tasks.question import Question

_REMARKS = (
    "Here {topic} needs care",
    "A second look at {topic}",
    "Now {topic} step by step",
    "In {topic} it is easy to slip",
)
"""What a wordy model adds to a hard question: about its topic, for responses are compared by what they say."""
_THOUGHTS = (
    "This is {topic}, so one step at a time.",
    "Wait, let me verify this.",
    "With {topic} there is another way to see it.",
    "Both results of {topic} agree so far.",
    "Nothing may be left out.",
    "I recompute the part of {topic} that is easy to get wrong.",
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
    dice = Dice(seed, model.name, question.key, "words")
    topic = KIND_BY_NAME[question.kind].topic
    effort = round(len(_REMARKS) * model.verbosity * question.difficulty)
    remarks = [remark.format(topic=topic) for remark in dice.sample(_REMARKS, effort)]
    text = written(model.style, [*question.working, *remarks], opinion(model, question, seed))
    return Reply(text, _reasoning(question, topic, dice) if model.reasons else "")


def not_understood(model_name: str) -> Reply:
    """Return the honest answer to what is no question of the simulated kinds."""
    abilities = "; ".join(kind.example for kind in KINDS)
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
            return f"Sure! {'. '.join(sentences)}.\nAnswer: {final}"
        case Style.MARKDOWN:
            bullets = "\n".join(f"- {sentence}" for sentence in sentences)
            return f"**Working**\n{bullets}\n\n**Answer: {final}**"
        case Style.CAREFUL:
            return f"{'; '.join(sentences)}. Checked.\nAnswer: {final}"


def _reasoning(question: Question, topic: str, dice: Dice) -> str:
    thoughts = dice.sample(_THOUGHTS, round(len(_THOUGHTS) * question.difficulty))
    working = [f"{sentence}." for sentence in question.working]
    return " ".join([*working, *(thought.format(topic=topic) for thought in thoughts)])
