"""Grader of patches by a repository's tests (SWE-bench: Jimenez et al. 2024, arXiv:2310.06770)."""

import re

from jisi.errors import InputError
from jisi.grading.patches.containers import Container, ContainerEngine, Finished
from jisi.grading.patches.diffs import files_of, patch_in
from jisi.grading.patches.logs import OUTCOMES, Outcome
from jisi.grading.protocol import Grade, Reference
from jisi.grading.references import PatchReference, read
from jisi.grading.wording import kept, quote

_ERROR = re.compile(r"error: (?!while searching)")
_WAYS = (
    ("git", "apply", "--verbose", "-"),
    ("git", "apply", "--verbose", "--recount", "--unidiff-zero", "--ignore-whitespace", "-"),
    ("patch", "--batch", "--forward", "--fuzz=5", "-p1"),
)
"""Models count the lines of their hunks badly: each way forgives more than the one before."""


class PatchTests:
    """Right is a patch that applies, makes the tests pass that failed, and breaks none that passed.

    The container has no network. Test files are put back to what they were before the task's own tests are laid over
    them, so that a response cannot change them; a patched program that writes what looks like results is not
    detected.
    """

    def __init__(self, engine: ContainerEngine) -> None:
        self._engine = engine

    async def grade(self, question: str, response: str, reference: Reference) -> Grade:
        """Grade; the reference is a `PatchReference`.

        Raises:
            InputError: the reference's own tests do not apply to its image.
        """
        del question
        wanted = read(PatchReference, reference)
        patch = patch_in(response)
        if patch is None:
            return Grade(score=0.0, answer=None, why="no patch could be read")
        async with self._engine.container(wanted.image, wanted.folder) as container:
            refused = await _apply(container, patch)
            if refused is not None:
                return Grade(score=0.0, answer=kept(patch), why=f"the patch does not apply: {quote(refused)}")
            await _lay_tests(container, wanted)
            run = await container.run("bash", "-c", wanted.test_command, seconds=wanted.seconds)
        passed, why = _judged(run, wanted)
        return Grade(score=float(passed), answer=kept(patch), why=why)


async def _apply(container: Container, patch: str) -> str | None:
    """Apply a patch; gives why the last way failed, None if one did not."""
    refused = ""
    for way in _WAYS:
        applied = await container.run(*way, stdin=patch)
        if applied.exit_code == 0:
            return None
        refused = refused or _error_in(applied)
        await container.run("git", "checkout", "--quiet", "HEAD", "--", ".")
    return refused


async def _lay_tests(container: Container, wanted: PatchReference) -> None:
    """Put the task's tests over whatever the response did to the same files."""
    if not wanted.test_patch:
        return
    for file in files_of(wanted.test_patch):
        restored = await container.run("git", "checkout", "--quiet", "HEAD", "--", file)
        if restored.exit_code != 0:
            await container.run("rm", "-rf", "--", file)  # it is new, so the response has no say in it
    laid = await container.run("git", "apply", "--verbose", "-", stdin=wanted.test_patch)
    if laid.exit_code != 0:
        raise InputError(f"test_patch does not apply to {wanted.image}: {quote(_error_in(laid))}")


def _judged(run: Finished, wanted: PatchReference) -> tuple[bool, str]:
    outcomes = OUTCOMES[wanted.log](run.output)
    if run.exit_code is None and not outcomes:
        return False, f"the tests had not ended after {wanted.seconds:g} s, or wrote too much"
    fixed = _passing(wanted.fail_to_pass, outcomes)
    kept_up = _passing(wanted.pass_to_pass, outcomes)
    why = (
        f"{fixed} of {len(wanted.fail_to_pass)} tests fixed, {kept_up} of {len(wanted.pass_to_pass)} others still pass"
    )
    return fixed == len(wanted.fail_to_pass) and kept_up == len(wanted.pass_to_pass), why


def _passing(tests: tuple[str, ...], outcomes: dict[str, Outcome]) -> int:
    return sum(outcomes.get(test) == "passed" for test in tests)


def _error_in(run: Finished) -> str:
    lines = run.output.strip().splitlines()
    return next((line for line in lines if _ERROR.match(line)), lines[-1] if lines else "no reason was given")
