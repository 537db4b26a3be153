"""Letters: a word backwards, its n-th letter, a letter replaced, vowels removed, the initials of several words."""

import re

from jisi.simulate.dice import Dice
from jisi.simulate.tasks.question import AnswerForm, Question, TaskKind, make_question
from jisi.simulate.tasks.vocabulary import LONG_WORDS, WORDS

_VOWELS = "aeiou"
_WORD = r"[\"']?([A-Za-z]{2,40})[\"']?"
_REVERSE = re.compile(
    rf"(?i)^(?:write|spell) (?:the word )?{_WORD} (?:backwards|in reverse)$|^reverse the word {_WORD}$"
)
_NTH = re.compile(rf"(?i)^what is the (\d{{1,2}})(?:st|nd|rd|th) letter of (?:the word )?{_WORD}$")
_REPLACE = re.compile(
    r"(?i)^replace every (?:letter )?[\"']?([a-z])[\"']? (?:with|by) (?:the letter )?[\"']?([a-z])[\"']? "
    rf"in (?:the word )?{_WORD}$"
)
_REMOVE = re.compile(rf"(?i)^remove (?:all|the) vowels from (?:the word )?{_WORD}$")
_INITIALS = re.compile(
    r"(?i)^(?:write|take|what are) the first letters of (?:the|these) words:? "
    r"((?:[A-Za-z]{1,40}[, ]{1,2}){1,19}[A-Za-z]{1,40})$"
)


def generate(dice: Dice, level: int) -> str:
    """Ask one of the five about a word that is longer at higher levels."""
    word = dice.choice([word for word in WORDS if len(word) <= 4 + level] if level < 4 else LONG_WORDS)  # noqa: PLR2004
    match dice.integer(1, 5):
        case 1:
            return dice.choice(("Write the word '{}' backwards.", "Reverse the word '{}'.")).format(word)
        case 2:
            place = dice.integer(2, len(word))
            return f"What is the {place}{_ordinal(place)} letter of the word '{word}'?"
        case 3:
            return f"Replace every {dice.choice(word)} with {dice.choice('xyzqw')} in the word '{word}'."
        case 4:
            return f"Remove all vowels from the word '{word}'."
        case _:
            return f"Write the first letters of the words: {', '.join(dice.sample(WORDS, 2 + level))}."


def understand(text: str) -> Question | None:
    """Read one of the five questions."""
    if found := _REVERSE.match(text):
        word = found[1] or found[2]
        return _question(f"Spell the word '{word}' from its last letter to its first", word, word[::-1], 0.1)
    if (found := _NTH.match(text)) and 0 < int(found[1]) <= len(found[2]):
        place = int(found[1])
        others = tuple(found[2][other] for other in (place - 2, place % len(found[2]), 0))
        return _question(
            f"Count to letter {place} of the word '{found[2]}'", found[2], found[2][place - 1], -0.1, others
        )
    if found := _REPLACE.match(text):
        old, new, word = found.groups()
        once = word.replace(old, new, 1)
        return _question(
            f"Put {new} in the place of each {old} of '{word}'", word, word.replace(old, new), 0.0, (once, word)
        )
    if found := _REMOVE.match(text):
        word = found[1]
        left = "".join(letter for letter in word if letter.lower() not in _VOWELS)
        without_one = "".join(letter for letter in word if letter.lower() not in _VOWELS[:-1])
        return (
            _question(f"Drop the vowels a, e, i, o, u of '{word}'", word, left, 0.05, (without_one, word))
            if left
            else None
        )
    if found := _INITIALS.match(text):
        words = re.findall(r"[A-Za-z]+", found[1])
        joined = "".join(word[0] for word in words)
        return _question(f"Take the first letter of each of {', '.join(words)}", joined, joined, 0.1)
    return None


def _ordinal(number: int) -> str:
    return "th" if 10 < number % 100 < 14 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")  # noqa: PLR2004


def _question(task: str, word: str, gold: str, extra: float, slips: tuple[str, ...] = ()) -> Question:
    middle = len(gold) // 2
    swapped = gold[: middle - 1] + gold[middle : middle + 1] + gold[middle - 1 : middle] + gold[middle + 1 :]
    everyday = (swapped, gold[:middle] + gold[middle + 1 :], gold[:middle] + gold[middle : middle + 1] + gold[middle:])
    return make_question(
        kind=KIND.name,
        key=task,
        difficulty=(len(word) - 4) / 9 + extra,
        gold=gold,
        form=AnswerForm.EXACT,
        working=(task, f"Go through its {len(word)} letters one by one"),
        slips=(*slips, *everyday),
    )


KIND = TaskKind("letters", "spelling", "write the word 'planet' backwards", generate, understand)
