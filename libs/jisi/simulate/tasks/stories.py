"""Stories: short word problems of shopping, things given away, and journeys."""

import re
from fractions import Fraction

from jisi.simulate.dice import Dice
from jisi.simulate.tasks.question import AnswerForm, Question, TaskKind, decimal_text, make_question, number_slips
from jisi.simulate.tasks.vocabulary import GOODS, NAMES

_SHOP = re.compile(
    r"(?i)^a shop sells (\w+) at (\d{1,6}) dollars each\. "
    r"(\w+) buys (\d{1,6}) (?:of them )?and pays with (\d{1,9}) dollars\. "
    r"how much change does \w+ get(?: in dollars)?$"
)
_GIVING = re.compile(
    r"(?i)^(\w+) has (\d{1,9}) (\w+), gives (\d{1,9}) (?:of them )?to (\w+) "
    r"and then buys (\d{1,6}) (?:packs|bags|boxes) of (\d{1,6})\. "
    r"how many \w+ does \w+ have(?: now)?$"
)
_JOURNEY = re.compile(
    r"(?i)^an? (\w+) travels for (\d{1,4}) hours at (\d{1,5}) km per hour "
    r"and then for (\d{1,4}) hours at (\d{1,5}) km per hour\. "
    r"how many (?:km|kilometres|kilometers) does it travel(?: in all)?$"
)


def generate(dice: Dice, level: int) -> str:
    """Tell a story whose numbers grow with the level."""
    size = (0, 9, 15, 40, 90, 300)[level]
    name, other = dice.sample(NAMES, 2)
    goods = dice.choice(GOODS)
    match dice.integer(1, 3):
        case 1:
            price, count = dice.integer(2, size), dice.integer(2, max(9, size // 2))
            paid = price * count + dice.integer(1, size)
            return (
                f"A shop sells {goods} at {price} dollars each. {name} buys {count} of them "
                f"and pays with {paid} dollars. How much change does {name} get?"
            )
        case 2:
            has, packs, content = (
                dice.integer(size, size * 2),
                dice.integer(2, max(4, size // 3)),
                dice.integer(2, size),
            )
            return (
                f"{name} has {has} {goods}, gives {dice.integer(1, size)} of them to {other} "
                f"and then buys {packs} packs of {content}. How many {goods} does {name} have now?"
            )
        case _:
            vehicle = dice.choice(("train", "bus", "ship", "cyclist"))
            parts = [
                f"{dice.integer(2, 3 + level)} hours at {dice.integer(9, 20 + size)} km per hour" for _ in range(2)
            ]
            return f"A {vehicle} travels for {' and then for '.join(parts)}. How many km does it travel in all?"


def understand(text: str) -> Question | None:
    """Read one of the three stories."""
    if found := _SHOP.match(text):
        price, count, paid = int(found[2]), int(found[4]), int(found[5])
        cost = price * count
        working = (
            f"{found[3]} buys {count} {found[1]} at {price} dollars each",
            f"They cost {count} * {price} = {cost} dollars",
            f"The change is what is left of {paid} dollars",
        )
        return _question(
            f"shop {price} {count} {paid}", paid - cost, working, (price, count), (paid - price, cost, paid - cost + 10)
        )
    if found := _GIVING.match(text):
        has, given, packs, content = int(found[2]), int(found[4]), int(found[6]), int(found[7])
        working = (
            f"{found[1]} counts {found[3]} in a story",
            f"{found[1]} starts with {has} {found[3]} and gives away {given}, which leaves {has - given}",
            f"The packs add {packs} * {content} = {packs * content} {found[3]}",
        )
        slips = (has - given + packs + content, has + packs * content, has + given + packs * content)
        return _question(
            f"giving {has} {given} {packs} {content}",
            has - given + packs * content,
            working,
            (packs, content, has),
            slips,
        )
    if found := _JOURNEY.match(text):
        first, fast, second, slow = (int(found[group]) for group in (2, 3, 4, 5))
        working = (
            f"Add up the two parts of the journey of the {found[1]}",
            f"The {found[1]} first covers {first} * {fast} = {first * fast} km",
            f"Then it covers {second} * {slow} = {second * slow} km more",
        )
        total = first * fast + second * slow
        slips = (first * fast, (first + second) * fast, total + 100)
        return _question(f"journey {first} {fast} {second} {slow}", total, working, (first, fast, second, slow), slips)
    return None


def _question(
    key: str, value: int, working: tuple[str, ...], numbers: tuple[int, ...], slips: tuple[int, ...]
) -> Question:
    digits = sum(len(str(number)) for number in numbers)
    return make_question(
        kind=KIND.name,
        key=key,
        difficulty=(digits - 2) / 10,
        gold=decimal_text(Fraction(value)),
        form=AnswerForm.NUMBER,
        working=working,
        slips=number_slips(Fraction(value), *slips),
    )


KIND = TaskKind(
    "stories", "a word problem", "solve a short word problem about shopping, giving or travelling", generate, understand
)
