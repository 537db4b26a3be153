"""Units: conversions of length, mass, volume, time and temperature that come out exact."""

import re
from fractions import Fraction

from jisi.simulate.dice import Dice
from jisi.simulate.tasks.question import AnswerForm, Question, TaskKind, decimal_text, make_question, number_slips

_DIMENSIONS: tuple[dict[str, Fraction], ...] = (
    {
        "millimetres": Fraction(1),
        "centimetres": Fraction(10),
        "metres": Fraction(1000),
        "kilometres": Fraction(1_000_000),
        "inches": Fraction(254, 10),
        "feet": Fraction(3048, 10),
    },
    {"grams": Fraction(1), "kilograms": Fraction(1000), "tonnes": Fraction(1_000_000)},
    {"millilitres": Fraction(1), "centilitres": Fraction(10), "litres": Fraction(1000)},
    {
        "seconds": Fraction(1),
        "minutes": Fraction(60),
        "hours": Fraction(3600),
        "days": Fraction(86400),
        "weeks": Fraction(604_800),
    },
)
_SYMBOLS = {
    "mm": "millimetres", "cm": "centimetres", "m": "metres", "km": "kilometres",
    "in": "inches", "ft": "feet", "inch": "inches", "foot": "feet", "g": "grams", "kg": "kilograms", "t": "tonnes",
    "ml": "millilitres", "cl": "centilitres", "l": "litres", "s": "seconds", "min": "minutes", "h": "hours",
}  # fmt: skip
_TEMPERATURES = ("degrees celsius", "degrees fahrenheit")
_UNIT = r"([a-z]+|degrees (?:celsius|fahrenheit))"
_CONVERT = re.compile(rf"(?i)^convert (-?\d{{1,9}}(?:\.\d{{1,4}})?) {_UNIT} (?:to|into) {_UNIT}$")
_HOW_MANY = re.compile(rf"(?i)^how many {_UNIT} are (?:there )?in (-?\d{{1,9}}(?:\.\d{{1,4}})?) {_UNIT}$")


def generate(dice: Dice, level: int) -> str:
    """Ask for a conversion: whole and metric at level 1, with decimals, inches and temperatures higher up."""
    if level > 2 and dice.chance(0.3):  # noqa: PLR2004
        if dice.chance(0.5):
            return f"Convert {5 * dice.integer(-4, 8 * level)} degrees Celsius to degrees Fahrenheit."
        return f"Convert {32 + 9 * dice.integer(-3, 5 * level)} degrees Fahrenheit to degrees Celsius."
    units = dice.choice(_DIMENSIONS)
    names = tuple(units)[: 3 if level == 1 else 4 if level < 4 else 6]  # noqa: PLR2004
    source, target = dice.sample(names, 2)
    if level < 4 and units[source] < units[target]:  # noqa: PLR2004
        source, target = target, source
    amount = Fraction(dice.integer(2, 12 * level), 1 if level < 3 else dice.choice((1, 2, 4, 5)))  # noqa: PLR2004
    if units[source] < units[target]:
        amount = amount * units[target] / units[source] / dice.choice((1, 2, 4))
        amount = Fraction(amount.numerator // amount.denominator or 1)
    if dice.chance(0.5):
        return f"Convert {decimal_text(amount)} {source} to {target}."
    return f"How many {target} are there in {decimal_text(amount)} {source}?"


def understand(text: str) -> Question | None:
    """Read either wording, with full names or symbols of units of one dimension."""
    if found := _CONVERT.match(text):
        number, source, target = found[1], found[2], found[3]
    elif found := _HOW_MANY.match(text):
        target, number, source = found[1], found[2], found[3]
    else:
        return None
    amount = Fraction(number)
    if source.lower() in _TEMPERATURES and target.lower() in _TEMPERATURES:
        return _temperature(amount, source.lower()) if source.lower() != target.lower() else None
    source, target = _unit(source), _unit(target)
    for units in _DIMENSIONS:
        if source in units and target in units and source != target:
            return _conversion(amount, source, target, units[source] / units[target])
    return None


def _unit(name: str) -> str:
    name = name.lower()
    name = _SYMBOLS.get(name, name)
    british = name.replace("meter", "metre").replace("liter", "litre")
    return british if british.endswith("s") or british == "feet" else british + "s"


def _singular(name: str) -> str:
    return {"inches": "inch", "feet": "foot"}.get(name, name.removesuffix("s"))


def _conversion(amount: Fraction, source: str, target: str, factor: Fraction) -> Question:
    value = amount * factor
    relation = (
        f"1 {_singular(source)} is {decimal_text(factor)} {target}"
        if factor >= 1
        else f"1 {_singular(target)} is {decimal_text(1 / factor)} {source}"
    )
    round_factor = factor in {Fraction(10) ** power for power in range(-6, 7)}
    return make_question(
        kind=KIND.name,
        key=f"{decimal_text(amount)} {source} {target}",
        difficulty=(0.05 if round_factor else 0.35)
        + 0.25 * (amount.denominator > 1)
        + 0.2 * (factor < 1)
        + len(str(amount.numerator)) / 25,
        gold=decimal_text(value),
        form=AnswerForm.NUMBER,
        working=(
            f"Convert {decimal_text(amount)} {source} to {target}",
            relation,
            "Multiply" if factor >= 1 else "Divide",
        ),
        slips=number_slips(value, *(slip for slip in (value * 10, value / 10, amount) if slip != value)),
    )


def _temperature(amount: Fraction, source: str) -> Question:
    celsius = source == _TEMPERATURES[0]
    value = amount * Fraction(9, 5) + 32 if celsius else (amount - 32) * Fraction(5, 9)
    slip = amount * Fraction(9, 5) - 32 if celsius else amount * Fraction(5, 9) - 32
    rule = "Multiply by 9/5, then add 32" if celsius else "Subtract 32, then multiply by 5/9"
    return make_question(
        kind=KIND.name,
        key=f"{decimal_text(amount)} {source}",
        difficulty=0.5 + len(str(abs(amount.numerator))) / 12,
        gold=decimal_text(value),
        form=AnswerForm.NUMBER,
        working=(f"Convert the temperature of {decimal_text(amount)} {source}", rule),
        slips=number_slips(value, slip, value + 2, amount * 2),
    )


KIND = TaskKind("units", "units of measure", "convert 3.5 kilometres to metres", generate, understand)
