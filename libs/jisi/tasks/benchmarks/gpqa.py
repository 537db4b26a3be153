"""GPQA: graduate-level questions of biology, physics and chemistry that a search engine does not answer."""

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from random import Random

from jisi.tasks.benchmark import Benchmark, Item, LeftOut, id_of
from jisi.tasks.rows import read_rows
from jisi.tasks.split import SEED
from jisi.tasks.task import TaskDescription

_PROMPT = (
    "Answer the following multiple choice question. The last line of your response should be of the following format: "
    "'Answer: $LETTER' (without quotes) where LETTER is one of ABCD. Think step by step before answering.\n\n"
    "{question}\n\n{options}"
)
_RIGHT = "Correct Answer"
_CHOICES = (_RIGHT, "Incorrect Answer 1", "Incorrect Answer 2", "Incorrect Answer 3")


def _read(files: Sequence[Path]) -> Iterator[Item | LeftOut]:
    for row in read_rows(files):
        question = row.text("Question").strip()
        texts = {name: row.text(name).strip() for name in _CHOICES}
        identity = row.text("Record ID") if row.has("Record ID") else id_of(question)
        order = shuffled(identity)
        choices = [texts[name] for name in order]
        options = "\n".join(f"{letter}) {text}" for letter, text in zip("ABCD", choices, strict=True))
        yield Item(
            id=identity,
            prompt=_PROMPT.format(question=question, options=options),
            reference=partial(dict, answer="ABCD"[order.index(_RIGHT)], choices=choices),
            place=row.place,
        )


def shuffled(identity: str) -> list[str]:
    """Give the order of a question's choices: by its own name, so that it does not depend on the rows around it."""
    order = list(_CHOICES)
    Random(f"{SEED}/{identity}").shuffle(order)  # noqa: S311  # the same order everywhere is the purpose
    return order


BENCHMARK = Benchmark(
    name="gpqa",
    description=TaskDescription(
        title="GPQA Diamond",
        homepage="https://github.com/idavidrein/gpqa",
        licence="CC BY 4.0; its authors ask not to publish questions in plain text",
        data="gpqa_diamond.csv (198 questions) of https://huggingface.co/datasets/Idavidrein/gpqa, after accepting its "
        "terms, or of dataset.zip in the repository",
        grader="choice",
    ),
    read=_read,
)
