"""Counting: a letter or the vowels in a word, words in a sentence, numbers of a list above a bound."""

import re

from jisi.simulate.dice import Dice
from jisi.simulate.tasks.question import AnswerForm, Question, TaskKind, make_question, natural_slips
from jisi.simulate.tasks.vocabulary import LONG_WORDS, WORDS

_TEXT = r"[\"']([A-Za-z ]{1,200})[\"']"
_LETTER = re.compile(
    r"(?i)^how many (?:times does the letter [\"']?([a-z])[\"']? (?:occur|appear)|[\"']?([b-z])[\"']?s are(?: there)?) "
    rf"in (?:the words? )?(?:{_TEXT}|([A-Za-z]{{1,40}}))$"
)
_VOWELS = re.compile(
    r"(?i)^how many vowels (?:are (?:there )?in|does) (?:the words? )?"
    rf"(?:{_TEXT}|([A-Za-z]{{1,40}}))(?: have| contain)?$"
)
_WORDS = re.compile(rf"(?i)^how many words are (?:there )?in {_TEXT}$")
_ABOVE = re.compile(
    r"(?i)^how many of the numbers ((?:-?\d{1,9}\s*,\s*){1,59}-?\d{1,9}) are (greater|less) than (-?\d{1,9})$"
)


def generate(dice: Dice, level: int) -> str:
    """Ask one of the four about texts and lists that grow with the level."""
    words = dice.sample(WORDS if level < 3 else LONG_WORDS, (0, 1, 1, 1, 2, 3)[level])  # noqa: PLR2004
    text = " ".join(words)
    match dice.integer(1, 4):
        case 1:
            letters = [letter for letter in "aeinorst" if text.count(letter) > (level > 2)] or [text[0]]  # noqa: PLR2004
            return f"How many times does the letter {dice.choice(letters)} occur in '{text}'?"
        case 2:
            return f"How many vowels are there in '{text}'?"
        case 3:
            return f"How many words are there in '{' '.join(dice.sample(WORDS, 2 + level * 2 + dice.integer(0, 2)))}'?"
        case _:
            numbers = [dice.integer(1, 99) for _ in range(3 + 2 * level + dice.integer(0, 1))]
            return f"How many of the numbers {', '.join(map(str, numbers))} are greater than {dice.integer(20, 80)}?"


def understand(text: str) -> Question | None:
    """Read one of the four questions; letters count whatever their case."""
    if found := _LETTER.match(text):
        letter, within = (found[1] or found[2]).lower(), found[3] or found[4]
        return _question(f"the letter {letter}", within, within.lower().count(letter), len(within))
    if found := _VOWELS.match(text):
        within = found[1] or found[2]
        return _question("the vowels", within, sum(letter in "aeiou" for letter in within.lower()), len(within) + 4)
    if found := _WORDS.match(text):
        return _question("the words", found[1], len(found[1].split()), 2 * len(found[1].split()))
    if found := _ABOVE.match(text):
        numbers = [int(number) for number in found[1].split(",")]
        bound = int(found[3])
        greater = found[2].lower() == "greater"
        count = sum(number > bound if greater else number < bound for number in numbers)
        return _question(f"the numbers {found[2].lower()} than {bound}", found[1], count, 2 * len(numbers))
    return None


def _question(what: str, within: str, count: int, effort: int) -> Question:
    return make_question(
        kind=KIND.name,
        key=f"{what} in {within}",
        difficulty=(effort - 5) / 30,
        gold=str(count),
        form=AnswerForm.NUMBER,
        working=(f"Count {what} in {within}", "Go through it from left to right and keep a tally"),
        slips=natural_slips(
            count, *((count - 1, count + 1) if effort % 2 else (count + 1, count - 1)), count + 2, count - 2
        ),
    )


KIND = TaskKind(
    "counting",
    "counting",
    "count the letter r in 'strawberry' (how many times does the letter r occur in it)",
    generate,
    understand,
)
