"""Odd one out: the one of four words that is of another category."""

from random import Random

from jisi.tasks.procedural.draft import Draft, Kind, chosen
from jisi.tasks.procedural.tables import MEMBERS
from jisi.tasks.procedural.yes_no import clearly_apart


def _draw(rng: Random) -> Draft:
    category, other = rng.sample(sorted(MEMBERS), 2)
    while not clearly_apart(category, other):
        category, other = rng.sample(sorted(MEMBERS), 2)
    odd = rng.choice(MEMBERS[other])
    words = [*rng.sample(MEMBERS[category], 3), odd]
    rng.shuffle(words)
    question = f"Which of these words does not belong with the others: {', '.join(words)}?"
    return chosen(" ".join(sorted(words)), question, words, odd)


KIND = Kind("odd-one-out", "the one of four words that is of another category", _draw)
