"""An independent reading of the questions of our own: from the prompt alone, as far as it tells the answer."""

import json
import re
from collections.abc import Callable
from datetime import date, timedelta

_MONDAY = date(2024, 1, 1)
_PLACES = {"first": 0, "second": 1, "last": -1}


def _operation(text: str) -> str | None:
    found = re.fullmatch(r"How much is (\d+) (\+|-|times) (\d+)\?", text)
    if found:
        one, other = int(found[1]), int(found[3])
        return str({"+": one + other, "-": one - other, "times": one * other}[found[2]])
    found = re.fullmatch(r"\w+ has (\d+) \w+ and (buys|gives away) (\d+)(?: more)?\. How many \w+ does .*", text)
    return str(int(found[1]) + int(found[3]) * (1 if found[2] == "buys" else -1)) if found else None


def _comparison(text: str) -> str | None:
    if found := re.fullmatch(r"Which is (larger|smaller), (\d+) or (\d+)\?", text):
        numbers = int(found[2]), int(found[3])
        return str(max(numbers) if found[1] == "larger" else min(numbers))
    if found := re.fullmatch(r"(\w+) is (\w+) than (\w+)\. Who is (\w+), \w+ or \w+\?", text):
        return found[1] if found[2] == found[4] else found[3]
    return None


def _ordering(text: str) -> str:
    numbers = [int(number) for number in re.findall(r"\d+", text)]
    if text.startswith("Sort"):
        return ", ".join(map(str, sorted(numbers)))
    return str(min(numbers) if "smallest" in text else max(numbers))


def _sequence(text: str) -> str | None:
    if found := re.fullmatch(r"What is the next number\? (.*), \.\.\.", text):
        numbers = [int(number) for number in found[1].split(", ")]
        return str(numbers[-1] + numbers[-1] - numbers[-2])
    if found := re.fullmatch(r"What is the next letter\? .*(\w), \.\.\.", text):
        return chr(ord(found[1]) + 1)
    found = re.fullmatch(r"What is the (\w+) that comes right (before|after) (\w+)\?", text)
    if found is None:
        return None
    kind, step, given = found[1], 1 if found[2] == "after" else -1, found[3]
    if kind == "number":
        return str(int(given) + step)
    if kind == "letter":
        return chr(ord(given) + step)
    days = [_MONDAY + timedelta(days=day) for day in range(366)]
    spelt = "%A" if kind == "day" else "%B"
    names = list(dict.fromkeys(day.strftime(spelt) for day in days))
    return names[names.index(given) + step]


def _string(text: str) -> str | None:
    if found := re.fullmatch(r'What is the (\w+) letter of the word "(\w+)"\?', text):
        return found[2][_PLACES[found[1]]]
    if found := re.fullmatch(r'What is the (\w+) word of this text\? "(.*)"', text):
        return found[2].split()[_PLACES[found[1]]]
    if found := re.fullmatch(r'How many letters does the word "(\w+)" have\?', text):
        return str(len(found[1]))
    found = re.fullmatch(r'Write the word "(\w+)" backwards\.', text)
    return found[1][::-1] if found else None


def _format(text: str) -> str | None:
    if found := re.fullmatch(r'Write this text in (capital|small) letters: "(.*)"', text):
        return found[2].upper() if found[1] == "capital" else found[2].lower()
    if found := re.fullmatch(r"Write these words as a list, with commas between them: (.*)", text):
        return found[1].replace(" ", ", ")
    if found := re.fullmatch(r'Repeat this sentence exactly: "(.*)"', text):
        return found[1]
    found = re.fullmatch(r"Write a JSON object .* The name is (\w+), the age is (\d+)\.", text)
    return json.dumps({"name": found[1], "age": int(found[2])}) if found else None


def _extraction(text: str) -> str | None:
    goods = re.search(r"(?:bought the|buy the|How many) (\w+)(?:\?| did)", text)
    if goods is None:
        return None
    found = re.search(rf"(\w+) bought (\d+) {goods[1]} (?:in|on) ([\w -]+)\.", text)
    if found is None:
        return None
    return found[2] if "How many" in text else found[1] if "Who bought" in text else found[3]


SOLVERS: dict[str, Callable[[str], str | None]] = {
    "arithmetic": _operation,
    "comparison": _comparison,
    "ordering": _ordering,
    "sequences": _sequence,
    "strings": _string,
    "formats": _format,
    "extraction": _extraction,
}
"""By kind; None where the answer is knowledge, which no computation tells."""
