"""Extraction: a name, a place, a day or a number out of a sentence about two people."""

from random import Random

from jisi.tasks.procedural.draft import Draft, Kind, chosen, worded
from jisi.tasks.procedural.tables import COUNTRIES, DAYS, GOODS, NAMES


def _draw(rng: Random) -> Draft:
    (name, other), ((_, city, _), (_, elsewhere, _)) = rng.sample(NAMES, 2), rng.sample(COUNTRIES, 2)
    (goods, wares), (day, another), count = rng.sample(GOODS, 2), rng.sample(DAYS, 2), rng.randint(3, 60)
    clauses = [f"{name} bought {count} {goods} in {city} on {day}"]
    clauses.insert(rng.randrange(2), f"{other} bought {rng.randint(3, 60)} {wares} in {elsewhere} on {another}")
    text = f"{' and '.join(clauses)}."
    bought = f"{name} bought {count} {goods}"
    match rng.randrange(4):
        case 0:
            return chosen(f"who {bought} {text}", f"{text} Who bought the {goods}?", (name, other), name)
        case 1:
            question = f"{text} In which city did {name} buy the {goods}?"
            return chosen(f"where {text} {name}", question, (city, elsewhere), city)
        case 2:
            question = f"{text} On which day did {name} buy the {goods}?"
            return chosen(f"when {text} {name}", question, (day, another), day)
        case _:
            said = [
                f"{who} {did} {count} {goods}{where}"
                for who in (name, "She", "He")
                for did in ("bought", "buys")
                for where in ("", f" in {city}", f" on {day}", f" in {city} on {day}")
            ]
            return worded(
                f"how many {text} {name}", f"{text} How many {goods} did {name} buy?", count, f"{count} {goods}", *said
            )


KIND = Kind("extraction", "a name, place, day or number out of one sentence", _draw)
