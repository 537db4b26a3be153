"""Categories: what a thing is, of three; with letters or in a sentence."""

from random import Random

from jisi.tasks.procedural.draft import Draft, Kind, chosen, lettered
from jisi.tasks.procedural.membership import clearly_apart, one_of
from jisi.tasks.procedural.tables import MEMBERS


def _draw(rng: Random) -> Draft:
    options = rng.sample(sorted(MEMBERS), 3)
    while not all(clearly_apart(options[0], other) for other in options[1:]):
        options = rng.sample(sorted(MEMBERS), 3)
    category = options[0]
    word = rng.choice(MEMBERS[category])
    rng.shuffle(options)
    if rng.choice((True, False, False)):
        question = lettered(f'To which category does "{word}" belong?', options)
    else:
        first, second, third = map(one_of, options)
        question = f'What is meant by "{word}": {first}, {second} or {third}?'
    return chosen(f"{word} {sorted(options)}", question, options, category)


KIND = Kind("categories", "the category of a thing, of three", _draw)
