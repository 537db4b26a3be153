"""Units: how many of a small one are in some of a large one."""

from random import Random

from jisi.tasks.procedural.draft import Draft, Kind, worded

_UNITS = (
    ("minutes", "hour", 60), ("seconds", "minute", 60), ("hours", "day", 24), ("days", "week", 7),
    ("months", "year", 12), ("weeks", "year", 52), ("centimetres", "metre", 100), ("metres", "kilometre", 1000),
    ("grams", "kilogram", 1000), ("millimetres", "centimetre", 10), ("cents", "dollar", 100), ("years", "decade", 10),
    ("years", "century", 100), ("millilitres", "litre", 1000), ("inches", "foot", 12), ("items", "dozen", 12),
    ("kilograms", "tonne", 1000), ("degrees", "right angle", 90), ("sides", "triangle", 3), ("legs", "spider", 8),
    ("legs", "insect", 6), ("legs", "dog", 4), ("wheels", "bicycle", 2), ("sides", "square", 4),
)  # fmt: skip
_PLURALS = {"century": "centuries", "foot": "feet", "dozen": "dozen"}
_MOST = 15


def _draw(rng: Random) -> Draft:
    small, large, factor = rng.choice(_UNITS)
    count = rng.choice((1, *(rng.randint(2, _MOST) for _ in range(4))))
    measured = f"{count} {large if count == 1 else _PLURALS.get(large, large + 's')}"
    has = small in {"legs", "sides", "wheels", "degrees"}
    question = f"How many {small} do {measured} have?" if has else f"How many {small} are in {measured}?"
    question = question.replace(" do 1 ", " does 1 ")
    total = f"{count * factor} {small}"
    said = [f"{measured} {verb} {total}" for verb in ("is", "are", "=", "equals", "is equal to", "has", "have")]
    return worded(f"{small} {measured}", question, count * factor, total, *said, f"There are {total} in {measured}")


KIND = Kind("units", "minutes in hours, legs of spiders", _draw)
