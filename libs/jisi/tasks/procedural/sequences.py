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
_STEPS = (1, 1, 1, 2, 5, 10, -1)
_LARGEST = 90


def _draw(rng: Random) -> Draft:
    return rng.choice((_numbers, _numbers, _beside_number, _named, _named))(rng)


def _numbers(rng: Random) -> Draft:
    start, step, length = rng.randint(10, _LARGEST), rng.choice(_STEPS), rng.randint(3, 6)
    shown = ", ".join(str(start + step * place) for place in range(length))
    following = start + step * length
    said = (f"The next number is {following}", f"The next number in the sequence is {following}")
    return worded(shown, f"What is the next number? {shown}, ...", following, *said)


def _beside_number(rng: Random) -> Draft:
    number = rng.randint(2, 3 * _LARGEST)
    return _beside("number", str(number), *rng.choice((("after", str(number + 1)), ("before", str(number - 1)))))


def _named(rng: Random) -> Draft:
    name, members = rng.choice(_CYCLES)
    place = rng.randrange(1, len(members) - 1)
    if name != "letter" or rng.choice((True, False)):
        side, other = rng.choice((("after", members[place + 1]), ("before", members[place - 1])))
        return _beside(name, members[place], side, other)
    shown = ", ".join(members[max(0, place - rng.randint(1, 4)) : place + 1])
    said = (f"The next letter is {members[place + 1]}", f"The next letter in the sequence is {members[place + 1]}")
    return worded(f"next {shown}", f"What is the next letter? {shown}, ...", members[place + 1], *said)


def _beside(name: str, given: str, side: str, answer: str) -> Draft:
    said = [f"The {name} that comes {right}{side} {given} is {answer}" for right in ("right ", "")]
    said += [f"{answer} comes {right}{side} {given}" for right in ("right ", "")]
    said += [f"The {name} {side} {given} is {answer}"]
    return worded(f"{side} {given}", f"What is the {name} that comes right {side} {given}?", answer, *said)


KIND = Kind("sequences", "the next number, day, month or letter", _draw)
