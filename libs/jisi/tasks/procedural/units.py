"""Units: how many of a small one are in some of a large one, which is longer, what one measures."""

from random import Random

from jisi.tasks.procedural.draft import Draft, Kind, a, chosen, worded

_UNITS = (
    ("minutes", "hour", 60), ("seconds", "minute", 60), ("hours", "day", 24), ("days", "week", 7),
    ("months", "year", 12), ("weeks", "year", 52), ("centimetres", "metre", 100), ("metres", "kilometre", 1000),
    ("grams", "kilogram", 1000), ("millimetres", "centimetre", 10), ("cents", "dollar", 100), ("years", "decade", 10),
    ("years", "century", 100), ("millilitres", "litre", 1000), ("inches", "foot", 12), ("items", "dozen", 12),
    ("kilograms", "tonne", 1000), ("degrees", "right angle", 90), ("sides", "triangle", 3), ("legs", "spider", 8),
    ("legs", "insect", 6), ("legs", "dog", 4), ("wheels", "bicycle", 2), ("sides", "square", 4),
)  # fmt: skip
_PLURALS = {"century": "centuries", "foot": "feet", "dozen": "dozen"}
_VERBS = ("is", "are", "=", "equals", "is equal to", "has", "have")
_HAD = frozenset({"legs", "sides", "wheels", "degrees"})
_MOST = 6
_OTHERS = (2, 3, 10, 12, 24, 30, 50, 60, 100, 1000)
"""Numbers that another unit has."""
_BY_SIZE = {
    "time": ("second", "minute", "hour", "day", "week", "month", "year", "decade", "century"),
    "length": ("millimetre", "centimetre", "metre", "kilometre"),
    "weight": ("milligram", "gram", "kilogram", "tonne"),
}
"""Units of a quantity, from the smallest to the largest."""
_MORE, _LESS = {"time": "longer", "length": "longer", "weight": "heavier"}, "shorter"


def _draw(rng: Random) -> Draft:
    return rng.choices((_contents, _truth, _comparison, _quantity), weights=(4, 4, 2, 1))[0](rng)


def _contents(rng: Random) -> Draft:
    small, large, factor = rng.choice(_UNITS)
    count = rng.randint(1, _MOST)
    measured = f"{count} {large if count == 1 else _PLURALS.get(large, f'{large}s')}"
    total = f"{count * factor} {small}"
    have = f"{'does' if count == 1 else 'do'} {measured} have"
    question = f"How many {small} {have if small in _HAD else f'are in {measured}'}?"
    forms = (measured, a(large)) if count == 1 else (measured,)
    said = [f"{one} {verb} {total}" for one in forms for verb in _VERBS]
    said += [f"There are {total} in {one}" for one in forms]
    return worded(f"{small} {measured}", question, count * factor, total, *said)


def _truth(rng: Random) -> Draft:
    small, large, factor = rng.choice(_UNITS)
    true = rng.choice((True, False))
    shown = factor if true else rng.choice([number for number in _OTHERS if number != factor])
    whole = a(large)
    statement = f"{whole} has {shown} {small}" if small in _HAD else f"There are {shown} {small} in {whole}"
    question = f"Is this true or false? {statement[0].upper()}{statement[1:]}."
    return chosen(statement, question, ("true", "false"), "true" if true else "false")


def _comparison(rng: Random) -> Draft:
    quantity = rng.choice(sorted(_BY_SIZE))
    units = _BY_SIZE[quantity]
    small, large = (units[place] for place in sorted(rng.sample(range(len(units)), 2)))
    asks_large = quantity == "weight" or rng.choice((True, False))
    right, wrong, word = (large, small, _MORE[quantity]) if asks_large else (small, large, _LESS)
    one, other = rng.sample((right, wrong), 2)
    said = [f"{a(right)} is {what}" for what in (word, f"{word} than {a(wrong)}", f"the {word} one")]
    return worded(f"{word} {small} {large}", f"Which is {word}, {a(one)} or {a(other)}?", right, *said)


def _quantity(rng: Random) -> Draft:
    quantity = rng.choice(sorted(_BY_SIZE))
    unit = rng.choice(_BY_SIZE[quantity])
    options = rng.sample(sorted(_BY_SIZE), len(_BY_SIZE))
    question = f"What is measured in {_PLURALS.get(unit, f'{unit}s')}: {', '.join(options[:-1])} or {options[-1]}?"
    return chosen(f"measured in {unit}", question, options, quantity)


KIND = Kind("units", "how many minutes are in two hours, which unit is longer, what is measured in grams", _draw)
