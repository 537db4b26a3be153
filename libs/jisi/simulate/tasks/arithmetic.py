"""Arithmetic: an expression of whole or decimal numbers, with precedence and parentheses."""

import re
from fractions import Fraction

from jisi.simulate.dice import Dice
from jisi.simulate.tasks.question import AnswerForm, Question, TaskKind, decimal_text, make_question, number_slips

_WORDINGS = ("What is {}?", "Calculate {}.", "Compute {}.", "Work out {}.")
_ASKING = re.compile(
    r"(?i)^(?:what is|what's|what are|how much is|calculate|compute|work out|evaluate)?\s*(?:the value of\s+)?(.+)$"
)
_EXPRESSION = re.compile(r"[\d+\-*/().\s]+")
_TOKEN = re.compile(r"\s*(\d+(?:\.\d+)?|[-+*/()])")
_SPOKEN = (("multiplied by", "*"), ("divided by", "/"), ("times", "*"), ("plus", "+"), ("minus", "-"))
_SYMBOLS = str.maketrans({"\u00d7": "*", "\u00b7": "*", "\u00f7": "/", "x": "*", "X": "*", ",": None})
_MAX_LENGTH = 200
_MAX_DIGITS = 12
_BY_HAND = 12
"""Products of numbers up to this are known by heart."""


class _UnreadableError(ValueError):
    """The text is no expression."""


class _Reader:
    """Evaluates by recursive descent and notes each operation; `eval` has no place behind a network port."""

    def __init__(self, text: str) -> None:
        self._tokens = _TOKEN.findall(text)
        if "".join(self._tokens) != text.replace(" ", "") or any(len(token) > _MAX_DIGITS for token in self._tokens):
            raise _UnreadableError
        self._position = 0
        self.operations: list[tuple[Fraction, str, Fraction]] = []

    def value(self) -> Fraction:
        result = self._sum()
        if self._position != len(self._tokens):
            raise _UnreadableError
        return result

    def _next(self) -> str:
        return self._tokens[self._position] if self._position < len(self._tokens) else ""

    def _take(self) -> str:
        token = self._next()
        self._position += 1
        return token

    def _sum(self) -> Fraction:
        left = self._product()
        while self._next() in {"+", "-"}:
            left = self._apply(left, self._take(), self._product())
        return left

    def _product(self) -> Fraction:
        left = self._factor()
        while self._next() in {"*", "/"}:
            left = self._apply(left, self._take(), self._factor())
        return left

    def _factor(self) -> Fraction:
        match self._take():
            case "(":
                inner = self._sum()
                if self._take() != ")":
                    raise _UnreadableError
                return inner
            case "-":
                return -self._factor()
            case number if number[:1].isdigit():
                return Fraction(number)
            case _:
                raise _UnreadableError

    def _apply(self, left: Fraction, operator: str, right: Fraction) -> Fraction:
        if operator == "/" and right == 0:
            raise _UnreadableError
        self.operations.append((left, operator, right))
        return apply_operator(left, operator, right)


def apply_operator(left: Fraction, operator: str, right: Fraction) -> Fraction:
    """Return `left operator right` for one of + - * /."""
    match operator:
        case "+":
            return left + right
        case "-":
            return left - right
        case "*":
            return left * right
        case _:
            return left / right


def generate(dice: Dice, level: int) -> str:
    """Make an expression: two small numbers at level 1, a product inside parentheses of large ones at level 5."""
    big = (0, 12, 60, 120, 400, 900)[level]
    a, b, c, d = (dice.integer(2, big) for _ in range(4))
    match level:
        case 1:
            expression = f"{a} {dice.choice('+-')} {b}"
        case 2:
            expression = f"{a} {dice.choice('+-')} {b} {dice.choice('+-')} {c}"
        case 3:
            expression = f"{a} {dice.choice('+-')} {b} * {2 + c % 9}"
        case 4:
            expression = f"({a} + {b}) * {2 + c % 18} - {d}"
        case _:
            expression = f"{a} * {2 + b % 38} - ({c} + {d}) * {2 + b % 8}"
    return dice.choice(_WORDINGS).format(expression)


def understand(text: str) -> Question | None:
    """Read an expression, in symbols or in words such as `plus`."""
    found = _ASKING.match(text) if len(text) <= _MAX_LENGTH else None
    if found is None:
        return None
    spoken = found[1].lower()
    for word, symbol in _SPOKEN:
        spoken = re.sub(rf"\b{word}\b", symbol, spoken)
    expression = spoken.translate(_SYMBOLS)
    if not _EXPRESSION.fullmatch(expression):
        return None
    try:
        reader = _Reader(expression)
        value = reader.value()
    except _UnreadableError:
        return None
    if not reader.operations:
        return None
    return _question(" ".join(expression.split()), value, reader.operations)


def _question(expression: str, value: Fraction, operations: list[tuple[Fraction, str, Fraction]]) -> Question:
    def written(left: Fraction, operator: str, right: Fraction) -> str:
        return f"{decimal_text(left)} {operator} {decimal_text(right)}"

    working = [f"Evaluate the expression {expression}"]
    working += [f"{written(*step)} = {decimal_text(apply_operator(*step))}" for step in operations[:-1]]
    working.append(f"The last operation is {written(*operations[-1])}")
    effort = sum(_effort(*step) for step in operations)
    numbers = [Fraction(number) for number in re.findall(r"\d+(?:\.\d+)?", expression)]
    careless = numbers[0]
    for operator, number in zip(re.findall(r"[-+*/]", expression), numbers[1:], strict=False):
        careless = apply_operator(careless, operator, number) if operator != "/" or number else careless
    return make_question(
        kind=KIND.name,
        key=expression.replace(" ", ""),
        difficulty=(effort - 1) / 13,
        gold=decimal_text(value),
        form=AnswerForm.NUMBER,
        working=working,
        slips=number_slips(value, *([careless] if len(operations) > 1 else []), value + 10),
    )


def _effort(left: Fraction, operator: str, right: Fraction) -> float:
    digits = len(str(abs(left.numerator))) + len(str(abs(right.numerator)))
    if operator in {"+", "-"}:
        return digits / 2
    return digits / (1.2 if max(abs(left), abs(right)) > _BY_HAND else 2)


KIND = TaskKind("arithmetic", "arithmetic", "calculate (17 + 25) * 3", generate, understand)
