"""Number bases: decimal to binary, octal or hexadecimal, and back."""

import re

from jisi.simulate.dice import Dice
from jisi.simulate.tasks.question import AnswerForm, Question, TaskKind, make_question, natural_slips

_BASES = {"binary": 2, "octal": 8, "hexadecimal": 16}
_DIGITS = "0123456789ABCDEF"
_WRITE = re.compile(r"(?i)^(?:write|convert|express|what is) (\d{1,9}) (?:in|to|as|into) (binary|octal|hexadecimal)$")
_READ = re.compile(
    r"(?i)^(?:convert|what is) (?:the )?(binary|octal|hexadecimal)(?: number)? ([0-9A-F]{1,30}) "
    r"(?:in|to|into|as) (?:decimal|base 10)$"
)


def in_base(number: int, base: int) -> str:
    """Write a number of at least 0 in base 2 to 16."""
    digits = ""
    while number:
        number, digit = divmod(number, base)
        digits = _DIGITS[digit] + digits
    return digits or "0"


def generate(dice: Dice, level: int) -> str:
    """Ask for a number in another base or back; larger numbers at higher levels."""
    number = dice.integer(3, (0, 15, 40, 130, 600, 3000)[level])
    name = dice.choice(tuple(_BASES))
    if dice.chance(0.5):
        return dice.choice(("Write {} in {}.", "Convert {} to {}.")).format(number, name)
    wordings = ("Convert the {} number {} to decimal.", "What is {} {} in decimal?")
    return dice.choice(wordings).format(name, in_base(number, _BASES[name]))


def understand(text: str) -> Question | None:
    """Read either direction; a digit that the base does not have is not understood."""
    if found := _WRITE.match(text):
        return _writing(int(found[1]), found[2].lower())
    found = _READ.match(text)
    if found is None:
        return None
    name, written = found[1].lower(), found[2].upper()
    if any(_DIGITS.index(digit) >= _BASES[name] for digit in written):
        return None
    return _reading(int(written, _BASES[name]), name)


def _difficulty(number: int, name: str) -> float:
    return (number.bit_length() - 2) / 11 + (0.0 if name == "binary" else 0.1)


def _writing(number: int, name: str) -> Question:
    base = _BASES[name]
    near = [in_base(other, base) for other in (number + 1, max(0, number - 1), number + base, number * 2)]
    return make_question(
        kind=KIND.name,
        key=f"write {name} {number}",
        difficulty=_difficulty(number, name),
        gold=in_base(number, base),
        form=AnswerForm.TEXT,
        working=(
            f"Write {number} in {name}",
            f"Divide by {base} again and again",
            "The remainders, last one first, are the digits",
        ),
        slips=(in_base(number, base)[::-1].lstrip("0"), *near),
    )


def _reading(number: int, name: str) -> Question:
    base = _BASES[name]
    written = in_base(number, base)
    places = [
        f"{_DIGITS.index(digit)} * {base**place}" for place, digit in enumerate(reversed(written)) if digit != "0"
    ]
    return make_question(
        kind=KIND.name,
        key=f"read {name} {number}",
        difficulty=_difficulty(number, name),
        gold=str(number),
        form=AnswerForm.NUMBER,
        working=(
            f"Read the {name} number {written}",
            f"Its digits mean {' + '.join(reversed(places)) or '0'}",
            "Add these up",
        ),
        slips=natural_slips(number, int(written[::-1], base), number + base),
    )


KIND = TaskKind("number-bases", "number bases", "convert 45 to binary", generate, understand)
