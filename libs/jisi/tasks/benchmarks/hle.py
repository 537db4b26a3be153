"""Humanity's Last Exam: questions of experts at the frontier of what is known, text only."""

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from jisi.tasks.benchmark import Benchmark, Item, LeftOut
from jisi.tasks.rows import read_rows
from jisi.tasks.task import TaskDescription

_PROMPT = (
    "Your response should be in the following format:\n"
    "Explanation: {your explanation for your answer choice}\n"
    "Answer: {your chosen answer}\n"
    "Confidence: {your confidence score between 0% and 100% for your answer}. "
)


def _read(files: Sequence[Path]) -> Iterator[Item | LeftOut]:
    for row in read_rows(files):
        if row.has("image"):
            yield LeftOut("it has an image, and models are asked in text alone")
            continue
        yield Item(
            id=row.text("id"),
            prompt=f"{_PROMPT}{row.text('question')}",
            reference=partial(dict, answer=row.text("answer").strip()),
            place=row.place,
        )


BENCHMARK = Benchmark(
    name="hle",
    description=TaskDescription(
        title="Humanity's Last Exam",
        homepage="https://lastexam.ai",
        licence="MIT; its authors ask not to publish questions in plain text",
        data="data/test-00000-of-00001.parquet of https://huggingface.co/datasets/cais/hle, after accepting its terms "
        "(2,500 questions; the paper has the 2,158 without an image)",
        grader="factuality",
        needs=("judge",),
    ),
    read=_read,
)
