"""Which of several responses to one query agree."""

from collections.abc import Sequence

NO_GROUP = -1
"""Stands for a response without an answer that could be read."""


def agreeing(keys: Sequence[str | None]) -> list[int]:
    """Give each key the place of the first key equal to it: equal numbers are equal answers; -1 for None."""
    first: dict[str, int] = {}
    return [NO_GROUP if key is None else first.setdefault(key, place) for place, key in enumerate(keys)]
