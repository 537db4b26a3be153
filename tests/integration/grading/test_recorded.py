"""Grades of recorded responses against the scores their benchmarks gave them, dataset by dataset.

Where they differ it is nearly always the benchmark that reads less: the first number of "2 + 8 + 6 = 16" is its answer,
quotes inside quotes are, and "(A, B, E)" is none. Of all train rows the shares were 0.993 (gsm), 0.991 (math-l5), 0.991
(crux), and 0.994 to 0.999 (mmlupro, by subject).
"""

import gzip
import json
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from jisi.answers import Question
from jisi.grading.choice import ChoiceLetter
from jisi.grading.matching import ExactMatch
from jisi.grading.maths import MathsEquality, MathsWorkers
from jisi.grading.protocol import Grade, Grader

DATA = Path(__file__).parents[3].parent / "shared" / "data"
EVERY = 20
"""One train row in so many: seconds instead of minutes."""
MARGIN = 0.01
"""Two responses of the usual 216."""
REACHED = {
    "gsm": 0.9986,
    "math-l5": 0.9974,
    "crux": 1.0,
    "biology": 1.0,
    "business": 0.9907,
    "chemistry": 1.0,
    "computer_science": 0.9944,
    "economics": 1.0,
    "engineering": 1.0,
    "health": 0.9954,
    "history": 1.0,
    "law": 1.0,
    "math": 0.9954,
    "other": 0.9954,
    "philosophy": 1.0,
    "physics": 0.9954,
    "psychology": 1.0,
}
"""Shares of responses, on these rows, with a grade on the same side as the score."""
RIGHT = 0.5

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="the recorded responses in ../shared/data are not here")


@pytest.mark.parametrize("dataset", ["gsm", "math-l5"])
async def test_mathematics(maths: MathsWorkers, dataset: str) -> None:
    """Integers, in answers of all kinds: JSON that is broken, formulas, sentences."""
    await _agrees("zeroeval", dataset, dataset, MathsEquality(maths))


async def test_programs_outputs() -> None:
    """Literals as Python writes them."""
    await _agrees("zeroeval", "crux", "crux", ExactMatch())


@pytest.mark.parametrize("subject", [name for name in REACHED if name not in {"gsm", "math-l5", "crux"}])
async def test_choices(subject: str) -> None:
    """Up to ten options, chains of thought in every style."""
    await _agrees("mmlupro", f"mmlupro-{subject}", subject, ChoiceLetter())


async def _agrees(family: str, dataset: str, name: str, grader: Grader) -> None:
    kinds: Counter[str] = Counter()
    for row in _rows(family, dataset):
        options = len(Question.of(row["query"]).options)
        reference = {"answer": row["gt"]} | ({"choices": max(options, 10)} if family == "mmlupro" else {})
        for model, text in row["raw_output"].items():
            grade = await grader.grade(row["query"], text or "", reference)
            kinds[_kind(grade, row["records"][model])] += 1
    share = kinds["alike"] / kinds.total()

    assert share >= REACHED[name] - MARGIN, f"{dataset}: {share:.4f} of {kinds.total()} responses; {dict(kinds)}"


def _rows(family: str, dataset: str) -> Iterator[dict[str, Any]]:
    with gzip.open(DATA / family / "train.jsonl.gz", "rt", encoding="utf-8") as lines:
        rows = (row for row in map(json.loads, lines) if row["dataset"] == dataset)
        yield from islice(rows, 0, None, EVERY)


def _kind(grade: Grade, score: float) -> str:
    right = grade.score >= RIGHT
    if right == (score >= RIGHT):
        return "alike"
    return "right here, wrong there" if right else "unread here" if grade.answer is None else "wrong here, right there"
