"""Answers are compared as mathematics."""

import asyncio
import subprocess
import sys

import pytest
from hypothesis import HealthCheck, given, settings
from jisi.errors import InputError
from jisi.grading.maths import MathsEquality, MathsWorkers, workers

from tests.unit.grading.hostile import TEXTS


@pytest.mark.parametrize(
    ("gold", "response"),
    [
        ("42", "The answer is 42."),
        ("073", r"\boxed{73}"),
        (r"\frac{1}{2}", r"\boxed{0.5}"),
        ("1.5", r"\boxed{1\frac{1}{2}}"),
        (r"\frac{\sqrt2}{2}", r"Hence \boxed{\frac{1}{\sqrt{2}}}."),
        (r"4\sqrt{2}+8", "Answer: 4\N{SQUARE ROOT}2 + 8"),
        (r"\frac{\sqrt{2}}{2}", "Answer: sqrt(2)/2"),
        ("x^2-1", r"\boxed{(x-1)(x+1)}"),
        (r"(1,\infty)", r"The answer is $(1, \infty)$."),
        (r"\{1,2\}", r"\boxed{\{2, 1\}}"),
        (r"2\pi", "Answer: 2\N{GREEK SMALL LETTER PI}"),
        ("5", r"\boxed{5\text{ cm}}"),
        ("1024", r"\boxed{2^{10}}"),
        ("0.5", r"\boxed{50\%}"),
        (r"\frac34", r"Multiplying out and comparing both sides we find that $x = \frac{3}{4}$, which ends the proof."),
        (r"\begin{pmatrix}1\\2\end{pmatrix}", r"\boxed{\begin{pmatrix}1\\2\end{pmatrix}}"),
    ],
)
async def test_equal_answers_are_right(maths: MathsWorkers, gold: str, response: str) -> None:
    """However they are written."""
    grade = await MathsEquality(maths).grade("Find it.", response, {"answer": gold})

    assert grade.score == 1.0, grade.why
    assert grade.answer


@pytest.mark.parametrize(
    ("gold", "response"),
    [
        ("42", "The answer is 43."),
        ("8", "Answer: 4\N{SQUARE ROOT}2 + 8"),
        ("5", r"\boxed{x+5}"),
        ("5", r"\boxed{5\pi}"),
        ("18", r"\boxed{18\text{ million}}"),
        ("(1,2]", "Answer: (1, 2)"),
        ("x+1", "Answer: y+1"),
        ("3", r"\boxed{\{1,2\}}"),
        ("7", ""),
        ("7", "I could not find it, sorry about that; it is beyond what I am able to do for you today."),
    ],
)
async def test_other_answers_are_wrong(maths: MathsWorkers, gold: str, response: str) -> None:
    """Also where the right number is a part of them."""
    grade = await MathsEquality(maths).grade("Find it.", response, {"answer": gold})

    assert grade.score == 0.0, grade.why


async def test_plain_numbers_need_no_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """They are compared where no process can be started."""
    monkeypatch.setattr(workers, "_WORKER", workers._WORKER.with_name("missing.py"))
    async with MathsWorkers() as none:
        grade = await MathsEquality(none).grade("How many?", r"\boxed{1{,}000}", {"answer": "1000"})

    assert (grade.score, grade.answer) == (1.0, "1{,}000")


@pytest.mark.parametrize(
    "response",
    [
        r"\boxed{" * 3000,
        r"\boxed{" + "(" * 200 + "7" + ")" * 200 + "}",
        r"\boxed{" + r"\sqrt{" * 200 + "7" + "}" * 200 + "}",
        r"\boxed{1e999}",
        r"\boxed{\frac{1}{0}}",
        "\\boxed{\ud800\x00\x1b}",
        r"\boxed{__import__('os').system('true')}",
        "$" * 9999,
        r"\boxed{\begin{pmatrix}" + "1&" * 300 + r"\end{pmatrix}}",
    ],
    ids=["open", "brackets", "roots", "infinite", "undefined", "signs", "code", "dollars", "matrix"],
)
async def test_hostile_formulas_are_wrong_answers(maths: MathsWorkers, response: str) -> None:
    """No more than that, and the next one is graded."""
    grader = MathsEquality(maths)
    grade = await grader.grade("Find it.", response, {"answer": "7"})
    after = await grader.grade("Find it.", r"\boxed{\sqrt{49}}", {"answer": "7"})

    assert grade.score == 0.0
    assert after.score == 1.0


async def test_a_formula_that_takes_too_long_is_given_up() -> None:
    """The process that is stuck is replaced, and the grade says why."""
    pytest.importorskip("math_verify", reason="math-verify is not installed: pip install 'jisi[grading]'")
    async with MathsWorkers(processes=1, seconds=1.0) as impatient:
        grader = MathsEquality(impatient)
        grade = await grader.grade("Find it.", r"\boxed{9999999999!!!}", {"answer": "7"})

        assert grade.score == 0.0
        assert grade.why == r"'9999999999!!!' could not be compared with '7': it took longer than 1 s"
    async with MathsWorkers(processes=1, seconds=60.0) as patient:
        assert (await patient.compare(gold="7", text=r"\sqrt{49}", marked=True)).equal


async def test_several_are_compared_at_once(maths: MathsWorkers) -> None:
    """They wait for a process each, and get their own answers."""
    texts = [rf"\boxed{{\sqrt{{{value}}}}}" for value in (4, 9, 16, 25)]
    grades = await asyncio.gather(*(MathsEquality(maths).grade("", text, {"answer": "3"}) for text in texts))

    assert [grade.score for grade in grades] == [0.0, 1.0, 0.0, 0.0]


def test_a_missing_library_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the command that installs it."""
    python: str = sys._base_executable  # type: ignore[attr-defined]
    if subprocess.run([python, "-I", "-c", "import math_verify"], capture_output=True, check=False).returncode == 0:
        pytest.skip("math-verify is installed for every Python here")
    monkeypatch.setattr(sys, "executable", python)

    async def compare() -> None:
        async with MathsWorkers() as bare:
            await bare.compare(gold="7", text="x", marked=True)

    with pytest.raises(InputError, match=r"math_verify is not installed.*: pip install 'jisi\[grading\]'"):
        asyncio.run(compare())


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(response=TEXTS)
async def test_any_response_is_graded(response: str) -> None:
    """Nothing is raised; formulas are left out, which the cases above have."""
    grade = await MathsEquality(_NoFormulas()).grade("", response, {"answer": "7"})

    assert grade.score in {0.0, 1.0}
    grade.why.encode()


class _NoFormulas(MathsWorkers):
    """Finds all formulas different."""

    async def compare(self, *, gold: str, text: str, marked: bool) -> workers.Comparison:
        """Say so."""
        del gold
        return workers.Comparison(equal=False, read=None if marked else text[:3] or None)
