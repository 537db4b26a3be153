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


def _read(log: str, line_of: Callable[[str], tuple[set[str], bool]]) -> dict[str, Outcome]:
    """A test that is told twice passed only if it passed each time."""
    outcomes: dict[str, Outcome] = {}
    for line in _COLOUR.sub("", log).splitlines():
        tests, passed = line_of(line.strip())
        for test in tests:
            outcomes[test] = "passed" if passed and outcomes.get(test) != "failed" else "failed"
    return outcomes


def _pytest_line(line: str) -> tuple[set[str], bool]:
    """A test by its name, and by its name up to the first space, as SWE-bench's lists have it."""
    found = _PYTEST.match(line)
    if found is None or "::" not in found[2]:
        return set(), False
    return {found[2], found[2].split()[0]}, found[1] in _PYTEST_PASSES


def _unittest_line(line: str) -> tuple[set[str], bool]:
    found = _UNITTEST.match(line)
    return ({found[1]}, found[2] in _UNITTEST_PASSES) if found else (set(), False)
