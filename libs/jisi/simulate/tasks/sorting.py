"""Sorting: numbers in ascending or descending order, words in alphabetical order."""

import re
from itertools import pairwise

from jisi.simulate.dice import Dice
from jisi.simulate.tasks.question import AnswerForm, Question, TaskKind, make_question
from jisi.simulate.tasks.vocabulary import WORDS

_SORT = re.compile(
    r"(?i)^(?:sort|order|put|arrange) (?:these|the|the following) (numbers|words) (?:in |into )?"
    r"(ascending|increasing|descending|decreasing|alphabetical|alphabetically)(?: order)?\s*:\s*(.{3,400})$"
)
_FEWEST = 2


def generate(dice: Dice, level: int) -> str:
    """Ask to sort three things at level 1, eight at level 5."""
    count = dice.integer(level + 2, level + 3)
    if dice.chance(0.4):
        same = dice.choice(sorted({word[0] for word in WORDS}))
        alike = [word for word in WORDS if word[0] == same]
        words = dice.sample(WORDS, count)
        words = dice.shuffled(list(dict.fromkeys([*alike[: max(0, level - 1)], *words]))[:count])
        return f"Sort these words in alphabetical order: {', '.join(words)}."
    numbers = [dice.integer(-9 * (level > 2), (0, 20, 50, 99, 300, 2000)[level]) for _ in range(count)]  # noqa: PLR2004
    return f"Sort these numbers in {dice.choice(('ascending', 'descending'))} order: {', '.join(map(str, numbers))}."


def understand(text: str) -> Question | None:
    """Read a list of whole numbers or of words, separated by commas."""
    found = _SORT.match(text)
    if found is None:
        return None
    items = [item.strip() for item in re.split(r",|\band\b", found[3]) if item.strip()]
    descending = found[2].lower() in {"descending", "decreasing"}
    if len(items) < _FEWEST:
        return None
    if found[1].lower() == "words":
        if descending or not all(re.fullmatch(r"[A-Za-z'-]{1,40}", item) for item in items):
            return None
        return _question("alphabetical", items, sorted(items, key=str.casefold))
    if not all(re.fullmatch(r"-?\d{1,12}", item) for item in items):
        return None
    ordered = sorted(items, key=int, reverse=descending)
    return _question("descending" if descending else "ascending", items, ordered)


def _question(order: str, items: list[str], ordered: list[str]) -> Question:
    count = len(items)
    middle = count // 2
    swapped = [*ordered[: middle - 1], ordered[middle], ordered[middle - 1], *ordered[middle + 1 :]]
    close = sum(before[:1] == after[:1] for before, after in pairwise(ordered))
    return make_question(
        kind=KIND.name,
        key=f"{order} {','.join(items)}",
        difficulty=(count - 3) / 7 + close / 20,
        gold=", ".join(ordered),
        form=AnswerForm.LIST,
        working=(f"Sort {count} items in {order} order", f"Start with {ordered[0]}", f"End with {ordered[-1]}"),
        slips=(
            ", ".join(swapped),
            ", ".join(ordered[:middle] + ordered[middle + 1 :]),
            ", ".join(reversed(ordered)),
            ", ".join(items),
            ", ".join([*ordered, ordered[-1]]),
        ),
    )


KIND = TaskKind("sorting", "sorting", "sort these numbers in ascending order: 5, 3, 9", generate, understand)
