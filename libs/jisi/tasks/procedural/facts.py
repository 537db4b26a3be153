"""Facts: capitals, continents, opposites, plurals, past tenses, symbols, young animals."""

from collections.abc import Callable
from random import Random

from jisi.tasks.procedural.draft import Draft, Kind, a, worded
from jisi.tasks.procedural.tables import COUNTRIES, ELEMENTS, OPPOSITES, PASTS, PLURALS, YOUNG

_Asked = tuple[str, str, tuple[str, ...]]
"""Key, question, right answers."""


def _draw(rng: Random) -> Draft:
    table = rng.choices(_TABLES, weights=(4, 4, 4, 2, 1, 1, 1, 1))[0]
    key, prompt, answers = table(rng)
    return worded(key, prompt, *answers)


def _capital(rng: Random) -> _Asked:
    country, capital, _ = rng.choice(COUNTRIES)
    said = f"The capital of {country} is {capital}"
    answers = (capital, said, f"{said}, {country}", f"{capital} is the capital of {country}")
    return f"capital of {country}", f"What is the capital of {country}?", answers


def _whose_capital(rng: Random) -> _Asked:
    country, capital, _ = rng.choice(COUNTRIES)
    answers = (country, f"{capital} is the capital of {country}", f"The capital of {country} is {capital}")
    return f"{capital} is capital", f"{capital} is the capital of which country?", answers


def _continent(rng: Random) -> _Asked:
    country, _, continent = rng.choice(COUNTRIES)
    answers = [continent]
    answers += [f"{country} is {where} {continent}" for where in ("in", "on", "located in", "a country in")]
    answers += [
        f"{country} is on the continent of {continent}",
        f"{country} is located on the continent of {continent}",
    ]
    return f"continent of {country}", f"On which continent is {country}?", tuple(answers)


def _opposite(rng: Random) -> _Asked:
    word, *opposites = rng.choice(OPPOSITES)
    said = [f"The opposite of {word} is {opposite}" for opposite in opposites]
    return f"opposite of {word}", f'What is the opposite of "{word}"?', (*opposites, *said)


def _plural(rng: Random) -> _Asked:
    word, plural = rng.choice(PLURALS)
    answers = (plural, f"The plural of {word} is {plural}", f"The plural of the word {word} is {plural}")
    return f"plural of {word}", f'What is the plural of the word "{word}"?', answers


def _past(rng: Random) -> _Asked:
    word, past = rng.choice(PASTS)
    answers = (past, f"The past tense of {word} is {past}", f"The past tense of the verb {word} is {past}")
    return f"past of {word}", f'What is the past tense of the verb "{word}"?', answers


def _symbol(rng: Random) -> _Asked:
    element, symbol = rng.choice(ELEMENTS)
    said = f"symbol for {element} is {symbol}"
    answers = (symbol, f"The chemical {said}", f"The {said}")
    return f"symbol of {element}", f"What is the chemical symbol for {element}?", answers


def _young(rng: Random) -> _Asked:
    animal, young = rng.choice(YOUNG)
    called = f"baby {animal} is called {a(young)}"
    return f"young of {animal}", f"What is a baby {animal} called?", (young, f"A {called}")


_TABLES: tuple[Callable[[Random], _Asked], ...] = (
    _capital, _whose_capital, _continent, _opposite, _plural, _past, _symbol, _young,
)  # fmt: skip

KIND = Kind("facts", "capitals, continents, opposites, plurals, past tenses, chemical symbols, young animals", _draw)
