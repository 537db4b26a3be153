"""Sequences: the next number of an arithmetic, geometric, quadratic or Fibonacci-like sequence."""

import re
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from jisi.simulate.dice import Dice
from jisi.simulate.tasks.question import AnswerForm, Question, TaskKind, decimal_text, make_question, number_slips

_WORDINGS = (
    "What is the next number in the sequence {}?",
    "Which number comes next in the sequence {}?",
    "Continue the sequence {} by one number.",
)
_NUMBERS = r"((?:-?\d{1,9}\s*,\s*){3,19}-?\d{1,9})"
_ASKED = re.compile(
    r"(?i)^(?:(?:what is the next number in|(?:which|what) number comes next in|what comes next in|continue) "
    rf"(?:the|this) sequence\s*:?\s*)?{_NUMBERS}[\s,.…?]*(?:by one number|what comes next|what is next)?$"
)


@dataclass(frozen=True, slots=True)
class _Rule:
    """How a sequence goes on, and how hard that is to see."""

    next: int
    words: str
    difficulty: float


def generate(dice: Dice, level: int) -> str:
    """Make a sequence of five or six numbers; the rule gets harder with the level."""
    start, step = dice.integer(1, 4 * level), dice.integer(2, 3 * level)
    length = dice.integer(5, 6)
    match level:
        case 1 | 2:
            numbers = [start + step * n for n in range(length)]
        case 3:
            ratio = dice.integer(2, 3)
            numbers = [start * ratio**n for n in range(length)]
        case 4:
            bend = dice.integer(1, 4)
            numbers = [start + step * n + bend * n * (n + 1) // 2 for n in range(length)]
        case _:
            numbers = [start, start + step]
            while len(numbers) < length:
                numbers.append(numbers[-1] + numbers[-2])
    return dice.choice(_WORDINGS).format(", ".join(map(str, numbers)))


def understand(text: str) -> Question | None:
    """Read a sequence whose rule is one of the four; another rule is not understood."""
    found = _ASKED.match(text)
    if found is None:
        return None
    numbers = [int(number) for number in re.findall(r"-?\d+", found[1])]
    rule = _rule(numbers)
    if rule is None:
        return None
    shown = ", ".join(map(str, numbers))
    last = numbers[-1]
    return make_question(
        kind=KIND.name,
        key=shown,
        difficulty=rule.difficulty + len(str(last)) / 20,
        gold=str(rule.next),
        form=AnswerForm.NUMBER,
        working=(f"Look for the rule of the sequence {shown}", rule.words, f"Apply the rule to the last number {last}"),
        slips=number_slips(Fraction(rule.next), 2 * last - numbers[-2], last + numbers[0], last * 2),
    )


def _rule(numbers: list[int]) -> _Rule | None:
    steps = [after - before for before, after in pairwise(numbers)]
    if len(set(steps)) == 1:
        return _Rule(
            numbers[-1] + steps[0], f"Each number is the one before plus {steps[0]}", 0.0 + min(0.3, abs(steps[0]) / 60)
        )
    if 0 not in numbers:
        ratios = {Fraction(after, before) for before, after in pairwise(numbers)}
        following = numbers[-1] * next(iter(ratios))
        if len(ratios) == 1 and following.denominator == 1:
            return _Rule(
                int(following), f"Each number is the one before times {decimal_text(next(iter(ratios)))}", 0.35
            )
    if all(numbers[n] == numbers[n - 1] + numbers[n - 2] for n in range(2, len(numbers))):
        return _Rule(numbers[-1] + numbers[-2], "Each number is the sum of the two before it", 0.75)
    bends = {after - before for before, after in pairwise(steps)}
    if len(bends) == 1:
        bend = next(iter(bends))
        return _Rule(
            numbers[-1] + steps[-1] + bend, f"The differences between neighbours grow by {bend} each time", 0.6
        )
    return None


KIND = TaskKind("sequences", "number sequences", "continue the sequence 3, 7, 11, 15", generate, understand)
