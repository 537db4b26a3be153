"""Fresh questions of the kinds the bank is of: none of them is in it."""

from pathlib import Path

from jisi.collecting.plan import PlannedQuestion
from jisi.collecting.task_questions import planned_questions
from jisi.errors import InputError
from jisi.evaluation.recordings.reading import lines_of
from jisi.support.lines import ItemKey


def fresh_questions(spec: str, bank: Path) -> list[PlannedQuestion]:
    """Read the questions of a task, such as `local:195:9`.

    Raises:
        InputError: the bank holds one of them, by its id, its place or its text; or bank or task cannot be read.
    """
    questions = planned_questions([spec], limit=None, judge=None)
    ids = {one.id for one in questions}
    keys = {key_of(one) for one in questions}
    prompts = {_plain(one.prompt) for one in questions}
    shared = [
        str(line.key)
        for line in lines_of(bank)
        if line.content.get("id") in ids or line.key in keys or _plain(line.query) in prompts
    ]
    if shared:
        raise InputError(
            f"{len(shared)} of the questions {spec} are in {bank}, such as {shared[0]}: what is in the bank measures "
            "nothing. Take another --seed than the bank was collected with."
        )
    return questions


def key_of(question: PlannedQuestion) -> ItemKey:
    """Give the place of a question in a bank."""
    return ItemKey(question.dataset, question.index, question.split)


def bank_size(bank: Path) -> int:
    """Count the items of a bank."""
    return sum(1 for _ in lines_of(bank))


def _plain(text: str) -> str:
    """Give a text without what makes no other question of it."""
    return " ".join(text.casefold().split())
