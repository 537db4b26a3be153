"""Divisibility: greatest common divisor, least common multiple, remainder, smallest prime factor."""

import math
import re

from jisi.simulate.dice import Dice
from jisi.simulate.tasks.question import AnswerForm, Question, TaskKind, make_question, natural_slips

_PAIR_WORDINGS = ("What is the {} of {} and {}?", "Find the {} of {} and {}.")
_PAIR = re.compile(
    r"(?i)^(?:what is|find|compute|calculate)?\s*the (greatest common divisor|gcd|least common multiple|lcm) "
    r"of (\d{1,9}) and (\d{1,9})$"
)
_REMAINDER = re.compile(
    r"(?i)^(?:what is|find|compute|calculate)?\s*the remainder (?:when|if) (\d{1,9}) is divided by (\d{1,9})$"
    r"|^what is (\d{1,9}) mod(?:ulo)? (\d{1,9})$"
)
_FACTOR = re.compile(r"(?i)^(?:what is|find)?\s*the smallest prime factor of (\d{1,7})$")


def generate(dice: Dice, level: int) -> str:
    """Ask for one of the four with numbers that grow with the level."""
    size = (0, 4, 7, 12, 25, 60)[level]
    shared = dice.integer(2, 3 + 3 * level)
    a, b = shared * dice.integer(2, 3 + size), shared * dice.integer(2, 3 + size)
    match dice.integer(1, 4):
        case 1:
            return dice.choice(_PAIR_WORDINGS).format("greatest common divisor", a, b)
        case 2:
            return dice.choice(_PAIR_WORDINGS).format("least common multiple", a // shared * 2, b)
        case 3:
            return f"What is the remainder when {a * b + dice.integer(0, a)} is divided by {a}?"
        case _:
            number = dice.choice((3, 5, 7, 11, 13)[:level]) * (2 * dice.integer(1, size * 2) + 1)
            return f"What is the smallest prime factor of {number}?"


def understand(text: str) -> Question | None:
    """Read one of the four questions."""
    if found := _PAIR.match(text):
        a, b = int(found[2]), int(found[3])
        return _pair("g" in found[1].lower(), a, b) if a and b else None
    if found := _REMAINDER.match(text):
        a, b = (int(number) for number in found.groups() if number)
        return _remainder(a, b) if b else None
    if found := _FACTOR.match(text):
        number = int(found[1])
        return _smallest_factor(number) if number > 1 else None
    return None


def _pair(greatest: bool, a: int, b: int) -> Question:
    value, other = (math.gcd(a, b), math.lcm(a, b)) if greatest else (math.lcm(a, b), math.gcd(a, b))
    name = "greatest common divisor" if greatest else "least common multiple"
    working = (
        f"Find the {name} of {a} and {b}",
        f"Factors: {a} = {_factored(a)} and {b} = {_factored(b)}",
        "Multiply the prime factors they share"
        if greatest
        else "Multiply every prime factor as often as it occurs in either",
    )
    slips = (other, value * 2, a * b) if not greatest else (max(1, value // 2), value * 2, other)
    return _question(
        f"{name} {min(a, b)} {max(a, b)}", value, working, _digits(a, b) + (0.05 if greatest else 0.15), slips
    )


def _remainder(a: int, b: int) -> Question:
    working = (f"Divide {a} by {b} with remainder", f"{b} goes {a // b} times into {a}, which uses up {a // b * b}")
    return _question(f"remainder {a} {b}", a % b, working, _digits(a, b), ((a + 1) % b, b - a % b, a // b))


def _smallest_factor(number: int) -> Question:
    factor = next((n for n in range(2, math.isqrt(number) + 1) if number % n == 0), number)
    working = (
        f"Try the primes 2, 3, 5, 7, ... as factors of {number}",
        "The first that divides it is the smallest prime factor",
    )
    slips = (number // factor, 3, 7, 11, number)
    return _question(f"factor {number}", factor, working, _digits(number) + min(0.4, factor / 30), slips)


def _factored(number: int) -> str:
    parts = []
    divisor = 2
    while divisor * divisor <= number:
        while number % divisor == 0:
            parts.append(str(divisor))
            number //= divisor
        divisor += 1
    return " * ".join([*parts, str(number)] if number > 1 or not parts else parts)


def _digits(*numbers: int) -> float:
    return (sum(len(str(number)) for number in numbers) - 2) / 8


def _question(key: str, value: int, working: tuple[str, ...], difficulty: float, slips: tuple[int, ...]) -> Question:
    return make_question(
        kind=KIND.name,
        key=key,
        difficulty=difficulty,
        gold=str(value),
        form=AnswerForm.NUMBER,
        working=working,
        slips=natural_slips(value, *slips),
    )


KIND = TaskKind("divisibility", "divisibility", "find the greatest common divisor of 84 and 36", generate, understand)
