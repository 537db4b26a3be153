"""Graders by their names, as task definitions give them."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from jisi.errors import InputError
from jisi.grading.choice import ChoiceLetter
from jisi.grading.judging import Judge, PairwiseJudge, ShortFactuality
from jisi.grading.matching import ExactMatch, NormalisedMatch
from jisi.grading.maths import MathsEquality, MathsWorkers
from jisi.grading.patches import ContainerEngine, PatchTests
from jisi.grading.programs import CodeTests
from jisi.grading.protocol import Grader
from jisi.grading.sandbox import Sandbox


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """What graders work with besides their own code."""

    maths: MathsWorkers
    sandbox: Sandbox
    containers: ContainerEngine
    judge: Judge | None = None
    """None: there is no judge, and graders that need one cannot be made."""


@asynccontextmanager
async def opened_tools(
    *, judge: Judge | None = None, sandbox: Sandbox | None = None, containers: ContainerEngine | None = None
) -> AsyncIterator[Tools]:
    """Give tools while the block runs; nothing is started before a grader needs it.

    Args:
        judge: who judges; its client stays the caller's to close.
        sandbox: None: one with the usual limits.
        containers: None: the engine that `docker` talks to.
    """
    async with MathsWorkers() as maths:
        yield Tools(
            maths=maths,
            sandbox=sandbox or Sandbox(),
            containers=containers or ContainerEngine(),
            judge=judge,
        )


def create_grader(name: str, *, tools: Tools) -> Grader:
    """Make a grader.

    Raises:
        InputError: there is none of this name, or it needs a judge and there is none.
    """
    makers = _makers(tools)
    if name not in makers:
        raise InputError(f"there is no grader {name!r}: choose one of {', '.join(makers)}")
    return makers[name]()


def grader_names() -> tuple[str, ...]:
    """Give the names there are."""
    return ("exact", "normalised", "choice", "maths", "factuality", "pairwise", "code", "patch")


def _makers(tools: Tools) -> Mapping[str, Callable[[], Grader]]:
    return {
        "exact": ExactMatch,
        "normalised": NormalisedMatch,
        "choice": ChoiceLetter,
        "maths": lambda: MathsEquality(tools.maths),
        "factuality": lambda: ShortFactuality(_judge(tools)),
        "pairwise": lambda: PairwiseJudge(_judge(tools)),
        "code": lambda: CodeTests(tools.sandbox),
        "patch": lambda: PatchTests(tools.containers),
    }


def _judge(tools: Tools) -> Judge:
    if tools.judge is None:
        raise InputError("this grader asks a judge: say which model of the pool judges")
    return tools.judge
