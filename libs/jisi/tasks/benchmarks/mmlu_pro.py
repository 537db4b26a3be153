"""MMLU-Pro: multiple choice with up to ten options, in 14 subjects."""

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from string import ascii_uppercase

from jisi.tasks.benchmark import Benchmark, Item, LeftOut
from jisi.tasks.rows import Row, read_rows
from jisi.tasks.task import TaskDescription

_PROMPT = (
    "Answer the following {subject} question. The last line of your response should be of the following format: "
    "'Answer: $LETTER' (without quotes) where LETTER is one of {candidates}.\n\n"
    "{question}\n\n{options}\n\nLet's think step by step."
)
_FEWEST = 2


def _read(files: Sequence[Path]) -> Iterator[Item | LeftOut]:
    for row in read_rows(files):
        options = row.texts("options")
        if not _FEWEST <= len(options) <= len(ascii_uppercase):
            raise row.wrong("options", f"must hold at least {_FEWEST} options, not {len(options)}")
        letters = ascii_uppercase[: len(options)]
        prompt = _PROMPT.format(
            subject=row.text("category"),
            candidates=letters,
            question=row.text("question"),
            options="\n".join(f"{letter}. {option}" for letter, option in zip(letters, options, strict=True)),
        )
        choices = options if all(option.strip() for option in options) else len(options)
        yield Item(
            id=row.text("question_id"),
            prompt=prompt,
            reference=partial(dict, answer=_answer(row, letters), choices=choices),
            place=row.place,
        )


def _answer(row: Row, letters: str) -> str:
    """Give the letter, and refuse a row whose two ways of telling it disagree."""
    answer = row.text("answer").strip()
    if len(answer) != 1 or answer not in letters:
        raise row.wrong("answer", f"must be one of {letters}, not {answer!r}")
    if row.has("answer_index") and row.text("answer_index") != str(letters.index(answer)):
        raise row.wrong("answer_index", f"must be {letters.index(answer)}, the place of the answer {answer}")
    return answer


BENCHMARK = Benchmark(
    name="mmlu-pro",
    description=TaskDescription(
        title="MMLU-Pro",
        homepage="https://github.com/TIGER-AI-Lab/MMLU-Pro",
        licence="MIT",
        data="data/test-00000-of-00001.parquet of https://huggingface.co/datasets/TIGER-Lab/MMLU-Pro (12,032 "
        "questions; the paper has a sample of 3,000, whose rows are not published with it)",
        grader="choice",
    ),
    read=_read,
)
