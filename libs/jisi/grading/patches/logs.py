"""Which tests passed, read from what a test run wrote."""

import re
from collections.abc import Callable, Mapping
from typing import Literal

Outcome = Literal["passed", "failed"]

_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_PYTEST = re.compile(r"^(PASSED|FAILED|ERROR|XFAIL|XPASS|SKIPPED)\s+(\S.*?)(?:\s+-\s.*)?$")
_UNITTEST = re.compile(r"^(\S.*?) \.\.\. (?:.*\s)?(ok|FAIL|ERROR|skipped .*|expected failure)$")
_PYTEST_PASSES = frozenset({"PASSED", "XFAIL"})
_UNITTEST_PASSES = frozenset({"ok", "expected failure"})


def pytest_outcomes(log: str) -> dict[str, Outcome]:
    """Read the summary of `pytest -rA`: `PASSED tests/test_a.py::test_b[c]`, `FAILED tests/... - why`."""
    return _read(log, _pytest_line)


def unittest_outcomes(log: str) -> dict[str, Outcome]:
    """Read what verbose unittest and Django's runner write: `test_b (tests.test_a.Case) ... ok`."""
    return _read(log, _unittest_line)


OUTCOMES: Mapping[str, Callable[[str], dict[str, Outcome]]] = {
    "pytest": pytest_outcomes,
    "unittest": unittest_outcomes,
}


def _read(log: str, line_of: Callable[[str], tuple[str, bool] | None]) -> dict[str, Outcome]:
    """A test that is told twice passed only if it passed each time."""
    outcomes: dict[str, Outcome] = {}
    for line in _COLOUR.sub("", log).splitlines():
        told = line_of(line.strip())
        if told is not None:
            test, passed = told
            outcomes[test] = "passed" if passed and outcomes.get(test) != "failed" else "failed"
    return outcomes


def _pytest_line(line: str) -> tuple[str, bool] | None:
    found = _PYTEST.match(line)
    return (found[2], found[1] in _PYTEST_PASSES) if found and "::" in found[2] else None


def _unittest_line(line: str) -> tuple[str, bool] | None:
    found = _UNITTEST.match(line)
    return (found[1], found[2] in _UNITTEST_PASSES) if found else None
