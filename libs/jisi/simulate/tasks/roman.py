"""Roman numerals, written and read."""

import re

from jisi.simulate.dice import Dice
from jisi.simulate.tasks.question import AnswerForm, Question, TaskKind, make_question, natural_slips

_ROMAN = (
    (1000, "M"), (900, "CM"), (500, "D"), (400, "CD"), (100, "C"), (90, "XC"), (50, "L"), (40, "XL"),
    (10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I"),
)  # fmt: skip
_LETTERS = {letters: value for value, letters in _ROMAN}
_LIMIT = 3999
_WRITE = re.compile(r"(?i)^(?:write|convert|express|what is) (\d{1,4}) (?:in|to|as|into) (?:an? )?roman numerals?$")
_READ = re.compile(
    r"(?i)^(?:(?:what|which) number is|what is|convert) (?:the roman numeral )?([MDCLXVI]{1,15})"
    r"(?: (?:in|to|as|into) (?:arabic|ordinary) (?:numerals|numbers|digits))?$"
)


def roman(number: int) -> str:
    """Write a number from 1 to 3999 in Roman numerals."""
    return "".join(letters for _, letters in _split(number))


def from_roman(written: str) -> int | None:
    """Read Roman numerals; None when the number is not written the standard way."""
    total = 0
    for letter, following in zip(written, written[1:] + " ", strict=True):
        value = _LETTERS.get(letter, 0)
        total += -value if value < _LETTERS.get(following, 0) else value
    return total if 0 < total <= _LIMIT and roman(total) == written else None


def generate(dice: Dice, level: int) -> str:
    """Ask for Roman numerals or for what they mean; longer ones at higher levels."""
    number = dice.integer(2, (0, 20, 100, 500, 1500, _LIMIT)[level])
    if dice.chance(0.5):
        return dice.choice(("Write {} in Roman numerals.", "Convert {} to Roman numerals.")).format(number)
    wordings = ("What number is the Roman numeral {}?", "Convert the Roman numeral {} to ordinary numbers.")
    return dice.choice(wordings).format(roman(number))


def understand(text: str) -> Question | None:
    """Read either direction; only numerals written the standard way are understood."""
    if found := _WRITE.match(text):
        number = int(found[1])
        return _writing(number) if 0 < number <= _LIMIT else None
    found = _READ.match(text)
    value = from_roman(found[1].upper()) if found else None
    return None if value is None else _reading(value)


def _split(number: int) -> list[tuple[int, str]]:
    parts = []
    for value, letters in _ROMAN:
        while number >= value:
            parts.append((value, letters))
            number -= value
    return parts


def _writing(number: int) -> Question:
    written = roman(number)
    naive = written
    for short, long in (
        ("CM", "DCCCC"),
        ("CD", "CCCC"),
        ("XC", "LXXXX"),
        ("XL", "XXXX"),
        ("IX", "VIIII"),
        ("IV", "IIII"),
    ):
        naive = naive.replace(short, long)
    near = [roman(other) for other in (number + 1, number - 1, number + 10, number - 10) if 0 < other <= _LIMIT]
    return make_question(
        kind=KIND.name,
        key=f"write {number}",
        difficulty=(len(written) - 1) / 11,
        gold=written,
        form=AnswerForm.TEXT,
        working=(
            f"Write {number} in Roman numerals",
            f"Split it into {' + '.join(str(value) for value, _ in _split(number))}",
            "Put the letters of the parts one after another",
        ),
        slips=(naive, *near),
    )


def _reading(number: int) -> Question:
    written = roman(number)
    return make_question(
        kind=KIND.name,
        key=f"read {number}",
        difficulty=(len(written) - 1) / 11,
        gold=str(number),
        form=AnswerForm.NUMBER,
        working=(
            f"Read the Roman numeral {written}",
            f"Its parts are {', '.join(f'{letters} = {value}' for value, letters in _split(number))}",
            "Add the parts",
        ),
        slips=natural_slips(number, sum(_LETTERS[letter] for letter in written)),
    )


KIND = TaskKind("roman-numerals", "Roman numerals", "write 1987 in Roman numerals", generate, understand)
