"""Grader of programs: right is what passes all tests of its question (as LiveCodeBench's pass@1)."""

import json
import secrets
from pathlib import Path
from typing import Any

from jisi.grading.programs.comparing import same_output, same_value
from jisi.grading.programs.extraction import program_in
from jisi.grading.protocol import Grade, Reference
from jisi.grading.references import AssertTest, CallTest, CodeReference, StdinTest, read
from jisi.grading.sandbox import End, Run, Sandbox
from jisi.grading.wording import kept, quote

_PROGRAM = Path(__file__).with_name("program.py")


class CodeTests:
    """Runs the last fenced block of a response against each test in turn, each in a process of its own.

    The right outputs and return values never enter the sandbox, so a program cannot know them. Asserts have to: a
    program made to deceive its asserts may.
    """

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    async def grade(self, question: str, response: str, reference: Reference) -> Grade:
        """Grade; the reference is a `CodeReference`. Ends with the first test that fails."""
        del question
        wanted = read(CodeReference, reference)
        program = program_in(response)
        if program is None:
            return Grade(score=0.0, answer=None, why="no program could be read")
        for number, test in enumerate(wanted.tests, start=1):
            wrong = await self._failure(program, wanted, test)
            if wrong is not None:
                why = f"test {number} of {len(wanted.tests)}: {wrong}"
                return Grade(score=0.0, answer=kept(program), why=why)
        return Grade(score=1.0, answer=kept(program), why=f"passed {len(wanted.tests)} of {len(wanted.tests)} tests")

    async def _failure(
        self, program: str, wanted: CodeReference, test: StdinTest | CallTest | AssertTest
    ) -> str | None:
        """Run one test; gives what is wrong, None if nothing is."""
        word = secrets.token_hex(16)
        job: dict[str, Any]
        match test:
            case StdinTest():
                job, stdin = {"kind": "stdin"}, test.stdin
            case CallTest():
                job = {"kind": "call", "entry_point": wanted.entry_point, "arguments": test.arguments}
                stdin = ""
            case AssertTest():
                job, stdin = {"kind": "assert", "asserts": test.asserts, "word": word}, ""
        files = {"main.py": _PROGRAM.read_text(encoding="utf-8"), "response.py": program, "job.json": json.dumps(job)}
        run = await self._sandbox.run(files, stdin=stdin, seconds=wanted.seconds)
        if run.end is not End.EXITED or run.exit_code != 0:
            return _ended(run)
        match test:
            case StdinTest():
                passed, expected = same_output(run.output, test.stdout), test.stdout
            case CallTest():
                passed, expected = same_value(run.output, test.returns), json.dumps(test.returns)
            case AssertTest():
                passed, expected = run.output == word, "the end of the asserts"
        return None if passed else f"gave {quote(run.output)} instead of {quote(expected)}"


def _ended(run: Run) -> str:
    match run.end:
        case End.TOO_SLOW:
            return f"had not ended after {run.seconds:.1f} s"
        case End.TOO_MUCH_OUTPUT:
            return "wrote too much"
        case End.KILLED:
            return "crashed, or used up its CPU time"
        case End.EXITED:
            lines = run.errors.strip().splitlines()
            return f"ended with {quote(lines[-1])}" if lines else f"ended with exit code {run.exit_code}"
