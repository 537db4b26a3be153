"""Asking many questions: so many under way at once, each answer written the moment it is there."""

import asyncio
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Protocol, TextIO

from jisi.cli.addresses import KafkaAddress
from jisi.cli.asking import patience_seconds
from jisi.cli.questions import Question
from jisi.client import JisiClient, NoAnswerError
from jisi.contracts.answer import AnswerV1


class BatchProgress(Protocol):
    """Whoever shows how far it is."""

    def answered(self, answer: AnswerV1) -> None:
        """One more answer is written."""
        ...

    def unanswered(self, question: Question) -> None:
        """No answer came in time."""
        ...


async def ask_many(
    questions: Sequence[Question], address: KafkaAddress, *, out: Path, in_flight: int, view: BatchProgress
) -> None:
    """Ask all and append each answer to `out`, one JSON object a line: the answer with its question's `line`.

    Cancelled, it leaves whole lines; what was asked goes on, and asking the same again gets the same answers.
    """
    if not questions:
        return
    waiting = iter(questions)
    out.parent.mkdir(parents=True, exist_ok=True)
    with out.open("a", encoding="utf-8") as file:
        async with address.client() as jisi, asyncio.TaskGroup() as workers:
            for _ in range(min(in_flight, len(questions))):
                workers.create_task(_work(waiting, jisi, file, view))


async def _work(waiting: Iterator[Question], jisi: JisiClient, file: TextIO, view: BatchProgress) -> None:
    for question in waiting:
        try:
            answer = await jisi.ask(question.query, timeout_seconds=patience_seconds(question.query))
        except NoAnswerError:
            view.unanswered(question)
            continue
        file.write(f'{{"line":{question.line},{answer.model_dump_json().removeprefix("{")}\n')
        file.flush()
        view.answered(answer)
