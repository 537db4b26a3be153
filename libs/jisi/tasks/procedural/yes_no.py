"""Yes or no: whether a short statement of common knowledge is true."""

from random import Random

from jisi.tasks.procedural.draft import Draft, Kind, a, chosen
from jisi.tasks.procedural.tables import COUNTRIES, MEMBERS, OPPOSITES, UNCLEAR

_MASS_NOUNS = frozenset({"furniture", "metal", "drink", "colour", "sport", "country"})
"""Members of these take no article: gold is a metal."""


def _draw(rng: Random) -> Draft:
    true = rng.choice((True, False))
    statement = rng.choice((_membership, _membership, _membership, _capital, _order))(rng, true=true)
    return chosen(statement, f"Is this true or false? {statement}", ("true", "false"), "true" if true else "false")


def _membership(rng: Random, *, true: bool) -> str:
    category = rng.choice(sorted(MEMBERS))
    member = rng.choice(MEMBERS[category])
    others = [other for other in sorted(MEMBERS) if other != category and clearly_apart(category, other)]
    said = category if true else rng.choice(others)
    subject = member if category in _MASS_NOUNS and category != "furniture" else a(member)
    predicate = f"a piece of {said}" if said == "furniture" else a(said)
    return f"{subject[0].upper()}{subject[1:]} is {predicate}."


def _capital(rng: Random, *, true: bool) -> str:
    (country, capital, _), (_, wrong, _) = rng.sample(COUNTRIES, 2)
    return f"{capital if true else wrong} is the capital of {country}."


def _order(rng: Random, *, true: bool) -> str:
    pair, other = rng.sample(OPPOSITES, 2)
    return f'The opposite of "{pair[0]}" is "{pair[1] if true else other[rng.randrange(2)]}".'


def clearly_apart(one: str, other: str) -> bool:
    """Tell whether no member of one category could be said to belong to the other."""
    return (one, other) not in UNCLEAR and (other, one) not in UNCLEAR


KIND = Kind("yes-no", "whether a statement of common knowledge is true", _draw)
