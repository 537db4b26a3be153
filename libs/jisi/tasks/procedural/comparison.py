"""Comparison: which number is larger, which animal bigger, who is older."""

from random import Random

from jisi.tasks.procedural.draft import Draft, Kind, a, worded
from jisi.tasks.procedural.tables import NAMES, SIZES

_RELATIONS = (("older", "younger"), ("taller", "shorter"), ("faster", "slower"), ("richer", "poorer"))


def _draw(rng: Random) -> Draft:
    return (_numbers, _animals, _people)[rng.choices(range(3), weights=(4, 1, 3))[0]](rng)


def _numbers(rng: Random) -> Draft:
    size = 10 ** rng.randint(1, 3)
    one, other = rng.sample(range(1, size), 2)
    more = rng.choice((True, False))
    right, wrong = (max(one, other), min(one, other)) if more else (min(one, other), max(one, other))
    word = "larger" if more else "smaller"
    said = [f"{right} is {what}" for what in (word, f"the {word} number", f"the {word} one", f"the {word} of the two")]
    said += [
        f"{right} is {word} than {wrong}",
        f"{right} is a {word} number than {wrong}",
        f"The {word} number is {right}",
    ]
    return worded(f"{word} {min(one, other)} {max(one, other)}", f"Which is {word}, {one} or {other}?", right, *said)


def _animals(rng: Random) -> Draft:
    smaller, bigger = (SIZES[place] for place in sorted(rng.sample(range(len(SIZES)), 2)))
    asks_bigger = rng.choice((True, False))
    right, wrong, word = (bigger, smaller, "bigger") if asks_bigger else (smaller, bigger, "smaller")
    said = [f"{a(right)} is {what}" for what in (word, f"{word} than {a(wrong)}", f"the {word} one")]
    said += [f"The {word} animal is {a(right)}", f"The {right} is {word} than the {wrong}"]
    one, other = rng.sample((right, wrong), 2)
    question = f"Which animal is {word}, {a(one)} or {a(other)}?"
    return worded(f"{word} {smaller} {bigger}", question, right, *said)


def _people(rng: Random) -> Draft:
    one, other = rng.sample(NAMES, 2)
    more, less = rng.choice(_RELATIONS)
    word, right, wrong = rng.choice(((more, one, other), (more, one, other), (less, other, one)))
    story = f"{one} is {more} than {other}."
    said = [f"{right} is {what}" for what in (word, f"{word} than {wrong}", f"the {word} one")]
    first, second = rng.sample((one, other), 2)
    return worded(f"{word} {story}", f"{story} Who is {word}, {first} or {second}?", right, *said)


KIND = Kind("comparison", "which number is larger, animal is bigger, who is older", _draw)
