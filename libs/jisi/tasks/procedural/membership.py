"""What belongs to a category, and how that is said."""

from jisi.tasks.procedural.draft import a
from jisi.tasks.procedural.tables import UNCLEAR


def clearly_apart(one: str, other: str) -> bool:
    """Tell whether no member of one category could be said to belong to the other."""
    return (one, other) not in UNCLEAR and (other, one) not in UNCLEAR


def one_of(category: str) -> str:
    """Say what a member of a category is: an animal, a piece of furniture."""
    return "a piece of furniture" if category == "furniture" else a(category)
