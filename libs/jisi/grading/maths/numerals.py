"""The plain number that an answer is, exactly; what is more than that is left to math-verify."""

import re

from jisi.answers.latex import plain
from jisi.answers.numbers import canonical_number

_LONGEST = 500
_ASSIGNED = re.compile(r"[A-Za-z]\w{0,2}\s?=\s?")
_MIXED = re.compile(r"[0-9]\s?\\[dt]?frac")
"""One and a half: as plain text it would be 11/2."""
_PERCENT = re.compile(r"(?:%|percent)\s*\Z")
_WITH_WORDS = re.compile(
    r"(?P<before>(?:[A-Za-z]{2,20}\s+){0,6})"
    r"(?P<number>[-+\N{MINUS SIGN}]?\s?\$?[0-9][0-9,./]*)"
    r"(?P<after>(?:\s+[A-Za-z]{3,20}){0,4})"
)
"""18 dollars a day is not read: after a number one letter may be a variable, two a unit or a constant."""
_SCALED = re.compile(r"(?P<number>[-+\N{MINUS SIGN}]?\s?\$?[0-9][0-9,.]*)\s+(?P<scale>[a-z]{7,8})", re.IGNORECASE)
_SCALES = {"thousand": 3, "million": 6, "billion": 9, "trillion": 12}
_CHANGES_VALUE = re.compile(
    r"\b(?:hundred|thousand|million|billion|trillion|dozen|percent|and|or|plus|times|over|to|"
    r"not|minus|negative|sqrt|sin|cos|tan|log|exp|inf|mod|choose)\b",
    re.IGNORECASE,
)


def number(text: str) -> str | None:
    """Give a number in canonical form; None if the answer is not just a number.

    "x = 1,000.0", "$1000", "1 thousand" and "1000 apples" are 1000. "50%" is none: only math-verify may call it
    equal to 50 or 0.5.
    """
    if len(text) > _LONGEST or _MIXED.search(text):
        return None
    bare = plain(text.replace("{,}", ",")).replace("**", "").strip("*_`'\" \t\r\n.").strip()
    assigned = _ASSIGNED.match(bare)
    bare = bare[assigned.end() :] if assigned else bare
    worded = _WITH_WORDS.fullmatch(bare)
    if worded and not _CHANGES_VALUE.search(worded["before"] + worded["after"]):
        bare = worded["number"].rstrip(".,/")
    scaled = _SCALED.fullmatch(bare)
    if scaled and scaled["scale"].lower() in _SCALES:
        return canonical_number(f"{scaled['number'].replace(',', '')}e{_SCALES[scaled['scale'].lower()]}")
    if _PERCENT.search(bare):
        return None
    return canonical_number(bare)
