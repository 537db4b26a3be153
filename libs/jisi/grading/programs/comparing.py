"""Whether what a program gave is what it should have given."""

import json
import math
from decimal import Decimal, InvalidOperation
from typing import Any

_FLOAT_TOLERANCE = 1e-9
_LONGEST_NUMBER = 1000


def same_output(given: str, wanted: str) -> bool:
    """Compare what was printed line by line, without white space around them and empty lines at the end.

    Words that are numbers are equal where their values are: 1.0 and 1 (as LiveCodeBench compares).
    """
    ours, theirs = _lines(given), _lines(wanted)
    return len(ours) == len(theirs) and all(map(_same_line, ours, theirs))


def same_value(given_json: str, wanted: Any) -> bool:  # noqa: ANN401 - any JSON value
    """Compare a value as JSON with another; floats to nine digits."""
    try:
        given = json.loads(given_json)
        return _same(given, json.loads(json.dumps(wanted)))
    except (ValueError, RecursionError, OverflowError):  # deep, or an integer beyond all floats
        return False


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.strip().splitlines()]


def _same_line(given: str, wanted: str) -> bool:
    if given == wanted:
        return True
    ours, theirs = given.split(), wanted.split()
    return len(ours) == len(theirs) and all(map(_same_word, ours, theirs))


def _same_word(given: str, wanted: str) -> bool:
    if given == wanted:
        return True
    if max(len(given), len(wanted)) > _LONGEST_NUMBER:
        return False
    try:
        return Decimal(given) == Decimal(wanted)
    except InvalidOperation:
        return False


def _same(given: Any, wanted: Any) -> bool:  # noqa: ANN401
    match given, wanted:
        case (bool(), _) | (_, bool()):
            return given is wanted
        case (float(), int() | float()) | (int(), float()):
            return math.isclose(given, wanted, rel_tol=_FLOAT_TOLERANCE, abs_tol=_FLOAT_TOLERANCE)
        case list(), list():
            return len(given) == len(wanted) and all(map(_same, given, wanted))
        case dict(), dict():
            return given.keys() == wanted.keys() and all(_same(given[key], wanted[key]) for key in wanted)
        case _:
            return bool(given == wanted)
