"""Sets: union, intersection, difference and symmetric difference of two sets of numbers or words."""

import re

from jisi.simulate.dice import Dice
from jisi.simulate.tasks.question import AnswerForm, Question, TaskKind, make_question
from jisi.simulate.tasks.vocabulary import WORDS

_SET = r"\{([^{}]{0,300})\}"
_PAIR = re.compile(
    r"(?i)^(?:what is|find|give|compute|list) the (union|intersection|symmetric difference) "
    rf"of (?:the sets )?{_SET} and {_SET}$"
)
_WITHOUT = re.compile(rf"(?i)^(?:which|what) elements of {_SET} are not in {_SET}$")
_EMPTY = "the empty set"


def generate(dice: Dice, level: int) -> str:
    """Ask for one of the four on sets of three elements at level 1, eight at level 5."""
    count = 2 + level
    words = WORDS[:30] if dice.chance(0.35) else tuple(str(number) for number in range(1, 6 + 6 * level))
    shared = dice.sample(words, count // 2 + dice.integer(0, 1))
    others = [word for word in words if word not in shared]
    left, right = others[::2], others[1::2]
    first = dice.shuffled(shared + dice.sample(left, max(1, count - len(shared))))
    second = dice.shuffled(shared + dice.sample(right, max(1, count - len(shared))))
    one, two = (f"{{{', '.join(items)}}}" for items in (first, second))
    operation = dice.choice(("union", "intersection", "symmetric difference", "difference"))
    if operation == "difference":
        return f"Which elements of {one} are not in {two}?"
    return dice.choice(("What is the {} of {} and {}?", "Find the {} of {} and {}.")).format(operation, one, two)


def understand(text: str) -> Question | None:
    """Read either question; elements are separated by commas."""
    if found := _PAIR.match(text):
        operation, one, two = found[1].lower(), _elements(found[2]), _elements(found[3])
    elif found := _WITHOUT.match(text):
        operation, one, two = "difference", _elements(found[1]), _elements(found[2])
    else:
        return None
    union = list(dict.fromkeys([*one, *two]))
    both = [element for element in one if element in two]
    only_one = [element for element in one if element not in two]
    symmetric = [element for element in union if element not in both]
    golds = {"union": union, "intersection": both, "difference": only_one, "symmetric difference": symmetric}
    gold = golds[operation]
    return make_question(
        kind=KIND.name,
        key=f"{operation} {sorted(one)} {sorted(two)}",
        difficulty=(len(one) + len(two) - 6) / 16 + {"union": 0.1, "symmetric difference": 0.25}.get(operation, 0.0),
        gold=_written(gold),
        form=AnswerForm.SET,
        working=(
            f"Find the {operation} of a set of {len(one)} and a set of {len(two)} elements",
            f"Elements in both sets: {len(both)}",
            "Go through the elements one by one",
        ),
        slips=(
            _written(gold[:-1]),
            _written(symmetric),
            _written([*gold, next((element for element in union if element not in gold), "0")]),
            _written(union),
            _written(gold[1:]),
        ),
    )


def _elements(text: str) -> list[str]:
    return list(dict.fromkeys(element.strip() for element in text.split(",") if element.strip()))


def _written(elements: list[str]) -> str:
    return f"{{{', '.join(elements)}}}" if elements else _EMPTY


KIND = TaskKind("sets", "set operations", "find the union of {1, 2} and {2, 3}", generate, understand)
