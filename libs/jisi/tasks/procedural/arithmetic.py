"""Arithmetic: one operation on small numbers, or a story of one operation."""

from random import Random

from jisi.tasks.procedural.draft import Draft, Kind, worded
from jisi.tasks.procedural.tables import GOODS, NAMES


def _draw(rng: Random) -> Draft:
    size = rng.choice((9, 12, 20))
    one, other = sorted((rng.randint(2, size), rng.randint(1, size)), reverse=True)
    match rng.randrange(6):
        case 0 | 1:
            return _plain(f"{one} + {other}", one + other)
        case 2:
            return _plain(f"{one} - {other}", one - other)
        case 3:
            one, other = rng.randint(2, 10), rng.randint(2, 10)
            return _plain(f"{one} * {other}", one * other)
        case 4:
            return _story(rng, one, f"buys {other} more", one + other)
        case _:
            return _story(rng, one, f"gives away {other}", one - other)


def _plain(expression: str, value: int) -> Draft:
    asked = expression.replace("*", "times")
    said = [f"{asked} {verb} {value}" for verb in ("=", "is", "equals", "is equal to")]
    return worded(expression, f"How much is {asked}?", value, *said)


def _story(rng: Random, has: int, event: str, value: int) -> Draft:
    name, goods = rng.choice(NAMES), rng.choice(GOODS)
    story = f"{name} has {has} {goods} and {event}. How many {goods} does {name} have now?"
    said = [f"{value} {goods}", f"{name} has {value} {goods}", f"{name} now has {value} {goods}"]
    return worded(story, story, value, *said, f"{name} has {value} {goods} now", f"{name} has {value} {goods} left")


KIND = Kind("arithmetic", "one operation on small numbers, plain or in a story", _draw)
