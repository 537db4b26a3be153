"""Graders by their names, as task definitions give them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

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
    """What graders work with besides their own code; nothing is started before a grader needs it."""

    maths: MathsWorkers = field(default_factory=MathsWorkers)
    sandbox: Sandbox = field(default_factory=Sandbox)
    containers: ContainerEngine = field(default_factory=ContainerEngine)


def create_grader(name: str, *, judge: Judge | None = None, tools: Tools | None = None) -> Grader:
    """Make a grader.

    Args:
        name: one of `grader_names`.
        judge: who judges, where `needs_judge` says so.
        tools: with other limits, or to share between graders; None: its own, which end with this process.

    Raises:
        InputError: there is none of this name, or it needs a judge and there is none.
    """
    makers = _makers(judge, tools or Tools())
    if name not in makers:
        raise InputError(f"there is no grader {name!r}: choose one of {', '.join(makers)}")
    return makers[name]()


def grader_names() -> tuple[str, ...]:
    """Give the names there are."""
    return tuple(_makers(None, Tools()))


def needs_judge(name: str) -> bool:
    """Tell whether a grader asks a judge."""
    return name in {"factuality", "pairwise"}


def _makers(judge: Judge | None, tools: Tools) -> Mapping[str, Callable[[], Grader]]:
    return {
        "exact": ExactMatch,
        "normalised": NormalisedMatch,
        "choice": ChoiceLetter,
        "maths": lambda: MathsEquality(tools.maths),
        "factuality": lambda: ShortFactuality(_given(judge)),
        "pairwise": lambda: PairwiseJudge(_given(judge)),
        "code": lambda: CodeTests(tools.sandbox),
        "patch": lambda: PatchTests(tools.containers),
    }


def _given(judge: Judge | None) -> Judge:
    if judge is None:
        raise InputError("this grader asks a judge: say which model of the pool judges")
    return judge
