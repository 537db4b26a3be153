"""Extraction: a name, a place, a day or a number out of a sentence or two."""

from random import Random

from jisi.tasks.procedural.draft import Draft, Kind, chosen, worded
from jisi.tasks.procedural.tables import COUNTRIES, DAYS, GOODS, NAMES


def _draw(rng: Random) -> Draft:
    (name, other), ((_, city, _), (_, elsewhere, _)) = rng.sample(NAMES, 2), rng.sample(COUNTRIES, 2)
    (goods, wares), (day, another), count = rng.sample(GOODS, 2), rng.sample(DAYS, 2), rng.randint(3, 60)
    about = rng.choice(("who", "city", "day", "count"))
    where, there = (f"on {day}", f"on {another}") if about == "day" else (f"in {city}", f"in {elsewhere}")
    sentences = [f"{name} bought {count} {goods} {where}."]
    if rng.choice((True, False)):
        sentences.insert(rng.randrange(2), f"{other} bought {rng.randint(3, 60)} {wares} {there}.")
    text = " ".join(sentences)
    key = f"{about} {name} {text}"
    match about:
        case "who":
            return chosen(key, f"{text} Who bought the {goods}?", (name, other), name)
        case "city":
            return chosen(key, f"{text} In which city did {name} buy the {goods}?", (city, elsewhere), city)
        case "day":
            return chosen(key, f"{text} On which day did {name} buy the {goods}?", (day, another), day)
        case _:
            said = [f"{who} bought {count} {goods}" for who in (name, "She", "He")]
            said += [f"{name} bought {count} {goods} {where}", f"{count} {goods}"]
            return worded(key, f"{text} How many {goods} did {name} buy?", count, *said)


KIND = Kind("extraction", "a name, place, day or number out of a sentence or two", _draw)
