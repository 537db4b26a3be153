"""Odd one out: the one of three or four words that does not belong to a category."""

from random import Random

from jisi.tasks.procedural.draft import Draft, Kind, chosen
from jisi.tasks.procedural.tables import MEMBERS, clearly_apart, one_of


def _draw(rng: Random) -> Draft:
    category, other = rng.sample(sorted(MEMBERS), 2)
    while not clearly_apart(category, other):
        category, other = rng.sample(sorted(MEMBERS), 2)
    odd = rng.choice(MEMBERS[other])
    words = [*rng.sample(MEMBERS[category], rng.choice((2, 2, 3))), odd]
    rng.shuffle(words)
    question = f"Which of these is not {one_of(category)}: {', '.join(words[:-1])} or {words[-1]}?"
    return chosen(f"{category} {sorted(words)}", question, words, odd)


KIND = Kind("odd-one-out", "the one of some words that is not of a category", _draw)
