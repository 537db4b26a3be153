"""Categories: what a thing is, of three."""

from random import Random

from jisi.tasks.procedural.draft import Draft, Kind, chosen, lettered
from jisi.tasks.procedural.tables import MEMBERS
from jisi.tasks.procedural.yes_no import clearly_apart


def _draw(rng: Random) -> Draft:
    options = rng.sample(sorted(MEMBERS), 3)
    category = options[0]
    while not all(clearly_apart(category, other) for other in options[1:]):
        options = rng.sample(sorted(MEMBERS), 3)
        category = options[0]
    word = rng.choice(MEMBERS[category])
    rng.shuffle(options)
    question = f'To which category does "{word}" belong?'
    return chosen(f"{word} {sorted(options)}", lettered(question, options), options, category)


KIND = Kind("categories", "the category of a thing, of three", _draw)
