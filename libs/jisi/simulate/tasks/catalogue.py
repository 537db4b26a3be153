"""All kinds of questions, and the reading of a text as one of them."""

from collections.abc import Mapping
from functools import lru_cache

from jisi.simulate.dice import Dice
from jisi.simulate.tasks import (
    arithmetic,
    bases,
    clock,
    counting,
    dates,
    divisibility,
    letters,
    logic,
    roman,
    sequences,
    sets,
    sorting,
    stories,
    units,
)
from jisi.simulate.tasks.question import LEVELS, Question, TaskKind, tidy

KINDS: tuple[TaskKind, ...] = (
    arithmetic.KIND,
    stories.KIND,
    sequences.KIND,
    divisibility.KIND,
    roman.KIND,
    bases.KIND,
    dates.KIND,
    clock.KIND,
    units.KIND,
    letters.KIND,
    sorting.KIND,
    counting.KIND,
    sets.KIND,
    logic.KIND,
)
"""In the order in which a text is tried; no text is a question of two kinds."""

KIND_BY_NAME: Mapping[str, TaskKind] = {kind.name: kind for kind in KINDS}

MAX_QUESTION_LENGTH = 2000
"""Characters beyond which a text is not tried: a long prompt must not cost the server time."""


@lru_cache(maxsize=4096)
def understand(text: str) -> Question | None:
    """Read a text as a question of one of the kinds; None when it is none.

    Cached, because several models are asked the same question within moments.
    """
    if len(text) > MAX_QUESTION_LENGTH:
        return None
    tidied = tidy(text)
    return next((question for kind in KINDS if (question := kind.understand(tidied)) is not None), None)


def generate(kind: TaskKind, dice: Dice, level: int | None = None) -> str:
    """Make the text of a question of a kind, of a random level when none is given."""
    return kind.generate(dice, dice.integer(1, LEVELS) if level is None else level)
