"""Odd one out: the one of some words that is of a category, or the one that is not."""

from random import Random

from jisi.tasks.procedural.draft import Draft, Kind, chosen
from jisi.tasks.procedural.membership import clearly_apart, one_of
from jisi.tasks.procedural.tables import MEMBERS


def _draw(rng: Random) -> Draft:
    category, other = rng.sample(sorted(MEMBERS), 2)
    while not clearly_apart(category, other):
        category, other = rng.sample(sorted(MEMBERS), 2)
    odd_is_asked_for = rng.choice((True, True, False))
    of, around = (other, category) if odd_is_asked_for else (category, other)
    odd = rng.choice(MEMBERS[of])
    words = [*rng.sample(MEMBERS[around], rng.choice((2, 2, 3))), odd]
    rng.shuffle(words)
    asked = one_of(of) if odd_is_asked_for else f"not {one_of(around)}"
    question = f"Only one of the words {', '.join(words)} is {asked}. Which one?"
    return chosen(f"{asked} {sorted(words)}", question, words, odd)


KIND = Kind("odd-one-out", "the only one of some words that is of a category, or is not", _draw)
