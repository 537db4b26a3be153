"""Logic: who comes first in an order told in pairs, and the truth of a statement built from and, or, not."""

import re
from itertools import pairwise

from jisi.simulate.dice import Dice
from jisi.simulate.tasks.question import AnswerForm, Question, TaskKind, make_question
from jisi.simulate.tasks.vocabulary import NAMES

_ADJECTIVES = {"taller": ("tallest", "shortest"), "older": ("oldest", "youngest"), "faster": ("fastest", "slowest")}
_FACT = re.compile(r"([A-Za-z]{1,30}) is (taller|older|faster) than ([A-Za-z]{1,30})")
_ASKED = re.compile(r"(?i)^who is the (tallest|shortest|oldest|youngest|fastest|slowest)(?: of (?:them|all))?$")
_TRUTH = re.compile(
    r"(?i)^((?:[a-z] is (?:true|false)(?:, | and |, and )?){1,8})\. "
    r"is (?:the statement )?(.{1,200}) (?:true|true or false)$"
)
_TOKEN = re.compile(r"[()]|[A-Za-z]+")
_NEAR = 3


def generate(dice: Dice, level: int) -> str:
    """Tell an order of three to seven people, or a statement of two to six letters."""
    if dice.chance(0.55):
        people = dice.sample(NAMES, 2 + level)
        adjective = dice.choice(tuple(_ADJECTIVES))
        facts = [f"{one} is {adjective} than {two}." for one, two in pairwise(people)]
        facts = facts if level == 1 else dice.shuffled(facts)
        return f"{' '.join(facts)} Who is the {dice.choice(_ADJECTIVES[adjective])}?"
    letters = "ABCDEF"[: 1 + level]
    values = ", ".join(f"{letter} is {dice.choice(('true', 'false'))}" for letter in letters)
    statement = _literal(dice, letters[0])
    for position, letter in enumerate(letters[1:]):
        statement = f"{statement} {dice.choice(('and', 'or'))} {_literal(dice, letter)}"
        if position < len(letters) - 2:
            statement = f"{'not ' if level > _NEAR and dice.chance(0.3) else ''}({statement})"
    return f"{values}. Is the statement {statement} true or false?"


def _literal(dice: Dice, letter: str) -> str:
    return f"not {letter}" if dice.chance(0.35) else letter


def understand(text: str) -> Question | None:
    """Read an order that decides the question, or a statement whose letters all have a value."""
    parts = text.rsplit(". ", 1)
    if len(parts) == 2 and (asked := _ASKED.match(parts[1])):  # noqa: PLR2004
        return _order(_FACT.findall(parts[0]), asked[1].lower(), parts[0].count(".") + 1)
    if found := _TRUTH.match(text):
        values = {
            letter.upper(): value.lower() == "true"
            for letter, value in re.findall(r"(?i)([a-z]) is (true|false)", found[1])
        }
        return _truth(values, found[2])
    return None


def _order(facts: list[tuple[str, str, str]], asked: str, sentences: int) -> Question | None:
    adjectives = {adjective for _, adjective, _ in facts}
    if len(facts) != sentences or len(adjectives) != 1 or asked not in _ADJECTIVES[next(iter(adjectives))]:
        return None
    adjective = next(iter(adjectives))
    top = asked == _ADJECTIVES[adjective][0]
    ranked = _ranked([(one, two) if top else (two, one) for one, _, two in facts])
    if ranked is None:
        return None
    gold, *others = ranked
    return make_question(
        kind=KIND.name,
        key=f"{asked} {' '.join(f'{one}>{two}' for one, _, two in facts)}",
        difficulty=(len(facts) - 2) / 4,
        gold=gold,
        form=AnswerForm.TEXT,
        working=(
            f"Put the {len(ranked)} people in order, from {len(facts)} comparisons of who is {adjective}",
            f"The {asked} is the one whom no sentence places {'below' if top else 'above'} another",
        ),
        slips=(others[-1], *others),
    )


def _ranked(pairs: list[tuple[str, str]]) -> list[str] | None:
    """Order people so that the first of each pair stands before the second; None when no single one can be first."""
    waiting = dict.fromkeys(name for pair in pairs for name in pair)
    ranked: list[str] = []
    while waiting:
        beaten = {two for one, two in pairs if one in waiting}
        free = [name for name in waiting if name not in beaten]
        if not free or (not ranked and len(free) > 1):
            return None
        ranked += free
        for name in free:
            del waiting[name]
    return ranked


def _truth(values: dict[str, bool], statement: str) -> Question | None:
    tokens = _TOKEN.findall(statement)
    if "".join(tokens) != statement.replace(" ", ""):
        return None
    try:
        value, position = _disjunction([token.lower() for token in tokens], 0, values)
    except (KeyError, IndexError):
        return None
    if position != len(tokens):
        return None
    known = ", ".join(f"{letter} = {'true' if truth else 'false'}" for letter, truth in values.items())
    return make_question(
        kind=KIND.name,
        key=f"{known}: {' '.join(tokens)}",
        difficulty=(len(tokens) - 4) / 16,
        gold="true" if value else "false",
        form=AnswerForm.TEXT,
        working=(
            f"Evaluate the statement {statement}",
            f"The values are {known}",
            "Go from the inner parentheses to the outer ones",
        ),
        slips=("false" if value else "true",),
    )


def _disjunction(tokens: list[str], position: int, values: dict[str, bool]) -> tuple[bool, int]:
    value, position = _conjunction(tokens, position, values)
    while position < len(tokens) and tokens[position] == "or":
        other, position = _conjunction(tokens, position + 1, values)
        value = value or other
    return value, position


def _conjunction(tokens: list[str], position: int, values: dict[str, bool]) -> tuple[bool, int]:
    value, position = _negation(tokens, position, values)
    while position < len(tokens) and tokens[position] == "and":
        other, position = _negation(tokens, position + 1, values)
        value = value and other
    return value, position


def _negation(tokens: list[str], position: int, values: dict[str, bool]) -> tuple[bool, int]:
    first = tokens[position]
    if first == "not":
        value, position = _negation(tokens, position + 1, values)
        return not value, position
    if first == "(":
        value, position = _disjunction(tokens, position + 1, values)
        if tokens[position] != ")":
            raise KeyError(tokens[position])
        return value, position + 1
    return values[first.upper()], position + 1


KIND = TaskKind("logic", "logic", "say who is the tallest when told who is taller than whom", generate, understand)
