"""Yes or no: whether a short statement of common knowledge is true."""

from random import Random

from jisi.tasks.procedural.draft import Draft, Kind, a, chosen
from jisi.tasks.procedural.membership import clearly_apart, one_of
from jisi.tasks.procedural.tables import COUNTRIES, MEMBERS, OPPOSITES

_WITHOUT_ARTICLE = frozenset({"metal", "drink", "colour", "sport", "country"})
"""Members of these take none: gold is a metal."""


def _draw(rng: Random) -> Draft:
    true = rng.choice((True, False))
    statement = rng.choice((_membership, _membership, _membership, _capital, _opposite))(rng, true=true)
    return chosen(statement, f"Is this true or false? {statement}", ("true", "false"), "true" if true else "false")


def _membership(rng: Random, *, true: bool) -> str:
    category = rng.choice(sorted(MEMBERS))
    member = rng.choice(MEMBERS[category])
    others = [other for other in sorted(MEMBERS) if other != category and clearly_apart(category, other)]
    subject = member if category in _WITHOUT_ARTICLE else a(member)
    return f"{subject[0].upper()}{subject[1:]} is {one_of(category if true else rng.choice(others))}."


def _capital(rng: Random, *, true: bool) -> str:
    (country, capital, _), (_, wrong, _) = rng.sample(COUNTRIES, 2)
    return f"{capital if true else wrong} is the capital of {country}."


def _opposite(rng: Random, *, true: bool) -> str:
    pair, other = rng.sample(OPPOSITES, 2)
    return f'The opposite of "{pair[0]}" is "{pair[1] if true else other[1]}".'


KIND = Kind("yes-no", "whether a statement of common knowledge is true", _draw)
