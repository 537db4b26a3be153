"""What AIME and LiveMathBench share: a problem, and an answer that is compared as mathematics."""

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from jisi.tasks.benchmark import Item, LeftOut, id_of
from jisi.tasks.rows import read_rows

_PROMPT = (
    "Solve the following math problem step by step. "
    "The last line of your response should only contain your final answer inside a \\boxed{} command.\n\n"
    "{Question}\n\n"
    "Remember to put your final answer on the last line using the format \\boxed{$ANSWER} "
    "where $ANSWER is the answer to the problem."
)


def read_problems(files: Sequence[Path]) -> Iterator[Item | LeftOut]:
    """Read problems with answers; publishers write the names of these two fields in several ways."""
    for row in read_rows(files):
        problem = row.text("problem", "Problem", "question", "Question")
        answer = row.text("answer", "Answer").strip()
        yield Item(
            id=id_of(problem),
            prompt=_PROMPT.replace("{Question}", problem),
            reference=partial(dict, answer=answer),
            place=row.place,
        )
