"""Programs are graded by their tests."""

from collections.abc import Mapping
from typing import Any

import pytest
from jisi.grading.programs import CodeTests
from jisi.grading.sandbox import Sandbox

STDIN = {"tests": [{"stdin": "2\n", "stdout": "4\n"}, {"stdin": "5", "stdout": "10"}]}
CALL = {"entry_point": "double", "tests": [{"arguments": [[1, 2]], "returns": [2, 4]}]}
ASSERT = {"tests": [{"asserts": "assert double([1]) == [2]"}]}


@pytest.mark.parametrize(
    ("program", "reference"),
    [
        ("print(int(input()) * 2)", STDIN),
        ("if __name__ == '__main__':\n    print(float(input()) * 2)", STDIN),
        ("from __future__ import annotations\nimport sys\nprint(2 * sum(map(int, sys.stdin.read().split())))", STDIN),
        ("def double(a):\n    print('on the way')\n    return tuple(2 * x for x in a)", CALL),
        ("class Solution:\n    def double(self, a: List[int]) -> List[int]:\n        return [2 * x for x in a]", CALL),
        ("def double(a): return [2 * x for x in a]", ASSERT),
        (
            "def f(n): return n and 1 + f(n - 1)\ndef double(a):\n    assert f(20000)\n    return [2 * x for x in a]",
            CALL,
        ),
    ],
)
async def test_a_right_program_passes(sandbox: Sandbox, program: str, reference: Mapping[str, Any]) -> None:
    """By standard input and output, by calls as on LeetCode, by asserts."""
    response = f"I think:\n```python\n{program}\n```\nThat is it."
    grade = await CodeTests(sandbox).grade("", response, reference)

    assert (grade.score, grade.answer) == (1.0, program)
    assert grade.why == f"passed {len(reference['tests'])} of {len(reference['tests'])} tests"


@pytest.mark.parametrize(
    ("program", "reference", "why"),
    [
        ("print(int(input()) + 2)", STDIN, "test 2 of 2: gave '7' instead of '10'"),
        ("print(1 / 0)", STDIN, "test 1 of 2: ended with 'ZeroDivisionError: division by zero'"),
        ("def double(a: return", CALL, "test 1 of 1: ended with 'SyntaxError"),
        ("def double(a): return set(a)", CALL, "not JSON serializable'"),
        ("def triple(a): return a", CALL, "ended with 'KeyError"),
        ("def double(a): return a", ASSERT, "test 1 of 1: ended with 'AssertionError'"),
        ("import os\nos._exit(0)", ASSERT, "instead of 'the end of the asserts'"),
        ("import sys\nsys.exit(0)", ASSERT, "instead of 'the end of the asserts'"),
        ("while True: pass", {**ASSERT, "seconds": 0.5}, "had not ended after"),
        ("while True: print('x' * 9999)", STDIN, "wrote too much"),
        ("import ctypes; ctypes.string_at(0)", STDIN, "crashed"),
        ("print('\\ud800')", STDIN, "UnicodeEncodeError"),
        ("import os; os.write(1, bytes(range(256)))", STDIN, "gave "),
    ],
)
async def test_a_wrong_program_fails(sandbox: Sandbox, program: str, reference: Mapping[str, Any], why: str) -> None:
    """The grade says which test failed, and how."""
    grade = await CodeTests(sandbox).grade("", f"```python\n{program}\n```", reference)

    assert grade.score == 0.0
    assert why in grade.why


async def test_a_program_cannot_find_what_it_should_give(sandbox: Sandbox) -> None:
    """Neither files nor frames of the sandbox hold the right output."""
    program = (
        "import gc, os, sys\n"
        "texts = [text for one in gc.get_objects() if isinstance(one, dict) for text in one.values()]\n"
        "found = [open(name).read() for name in os.listdir('.')] + [text for text in texts if isinstance(text, str)]\n"
        "print(sum('tell' + 'tale' in text for text in found))\n"
    )
    reference = {"tests": [{"stdin": "", "stdout": "telltale"}]}
    grade = await CodeTests(sandbox).grade("", f"```python\n{program}\n```", reference)

    assert grade.why == "test 1 of 1: gave '0' instead of 'telltale'"


async def test_no_program_is_no_answer(sandbox: Sandbox) -> None:
    """Nothing is run then."""
    grade = await CodeTests(sandbox).grade("", "I would rather not.", STDIN)

    assert (grade.score, grade.answer, grade.why) == (0.0, None, "no program could be read")
