"""SimpleQA: short questions of fact with one indisputable answer."""

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from jisi.tasks.benchmark import Benchmark, Item, LeftOut, id_of
from jisi.tasks.rows import read_rows
from jisi.tasks.task import TaskDescription


def _read(files: Sequence[Path]) -> Iterator[Item | LeftOut]:
    for row in read_rows(files):
        problem, answer = row.text("problem").strip(), row.text("answer").strip()
        yield Item(id=id_of(problem), prompt=problem, reference=partial(dict, answer=answer), place=row.place)


BENCHMARK = Benchmark(
    name="simpleqa",
    description=TaskDescription(
        title="SimpleQA",
        homepage="https://github.com/openai/simple-evals",
        licence="MIT",
        data="https://openaipublic.blob.core.windows.net/simple-evals/simple_qa_test_set.csv (4,326 questions)",
        grader="factuality",
        needs=("judge",),
    ),
    read=_read,
)
