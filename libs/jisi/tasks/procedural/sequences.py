"""Sequences: what comes next, of numbers, days, months or letters."""

from random import Random
from string import ascii_uppercase

from jisi.tasks.procedural.draft import Draft, Kind, worded
from jisi.tasks.procedural.tables import DAYS

_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
_CYCLES = (("day", DAYS), ("month", _MONTHS), ("letter", tuple(ascii_uppercase)))


def _draw(rng: Random) -> Draft:
    start, length = rng.randint(1, 90), rng.randint(3, 6)
    match rng.randrange(5):
        case 0:
            step = rng.choice((1, 1, 2, 5, 10))
        case 1:
            return _beside(start * 3, "after", start * 3 + 1)
        case 2:
            return _beside(start * 3, "before", start * 3 - 1)
        case 3:
            step = -1
            start += length + 1
        case _:
            return _named(rng)
    shown = ", ".join(str(start + step * place) for place in range(length))
    following = start + step * length
    said = (f"The next number is {following}", f"The next number in the sequence is {following}")
    return worded(shown, f"What is the next number? {shown}, ...", following, *said)


def _beside(number: int, side: str, answer: int) -> Draft:
    said = [f"The number that comes {right}{side} {number} is {answer}" for right in ("right ", "")]
    said += [f"{answer} comes {right}{side} {number}" for right in ("right ", "")]
    return worded(f"{side} {number}", f"What is the number that comes right {side} {number}?", answer, *said)


def _named(rng: Random) -> Draft:
    name, members = rng.choice(_CYCLES)
    length, place = rng.randint(1, 4), rng.randrange(len(members) - 4)
    known, following = members[place : place + length], members[place + length]
    shown = ", ".join(known)
    said = (f"The next {name} is {following}", f"The {name} after {known[-1]} is {following}")
    return worded(f"next {shown}", f"What is the next {name}? {shown}, ...", following, *said)


KIND = Kind("sequences", "the next number, day, month or letter", _draw)
