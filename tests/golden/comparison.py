"""Compares what our maths says of a case with what its file expects: floats within the tolerance, all else exactly."""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from jisi.routing.settings import Mode

from tests.golden.actual import actual_of

OPTIONAL_WITHOUT_RESPONSES = ("mixed", "filtered", "refined", "refined_mean", "refined_ranking")
"""What need not be computed where both rankings come from the query."""


def differences(document: Mapping[str, Any], tolerance: float, *, mode: Mode = "auto") -> list[str]:
    """Each place where our decision of the case differs, as `path: expected ..., got ...`; empty if they agree."""
    expected = dict(document["expected"])
    settings = document["settings"]
    if settings["expert_source"] == settings["aggregator_source"] == "query":
        for name in OPTIONAL_WITHOUT_RESPONSES:
            expected.pop(name, None)
    actual = actual_of(document, mode=mode)
    return list(_differ("", expected, {name: actual.get(name) for name in expected}, tolerance))


def _differ(path: str, expected: Any, actual: Any, tolerance: float) -> Iterator[str]:
    if isinstance(expected, Mapping) and isinstance(actual, Mapping):
        for name in dict.fromkeys((*expected, *actual)):
            inner = f"{path}.{name}" if path else str(name)
            if name not in expected or name not in actual:
                missing = "expected nothing here" if name not in expected else "nothing computed"
                yield f"{inner}: {missing}"
            else:
                yield from _differ(inner, expected[name], actual[name], tolerance)
    elif _is_list(expected) and _is_list(actual) and len(expected) == len(actual):
        for place, (one, other) in enumerate(zip(expected, actual, strict=True)):
            yield from _differ(f"{path}[{place}]", one, other, tolerance)
    elif _is_number(expected) and _is_number(actual):
        if not math.isclose(expected, actual, rel_tol=0.0, abs_tol=tolerance):
            yield f"{path}: expected {expected!r}, got {actual!r}"
    elif expected != actual:
        yield f"{path}: expected {expected!r}, got {actual!r}"


def _is_list(value: object) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
