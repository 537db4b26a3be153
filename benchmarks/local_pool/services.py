"""Questions through all four services, answered by real calls; what was answered is kept as it comes."""

import asyncio
import os
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from jisi.cli.temporary_stack import Servers
from jisi.client import JisiClient
from jisi.collecting.plan import PlannedQuestion
from jisi.contracts.answer import AnswerV1
from jisi.contracts.query import QueryV1
from pydantic import BaseModel, ConfigDict

from benchmarks.local_pool.grading import grades
from benchmarks.local_pool.live import LiveRow
from benchmarks.local_pool.view import MeasuringView

Mode = Literal["auto", "route"]
MODES: Sequence[Mode] = ("auto", "route")
"""As it comes, and never fused: together they tell what fusing gives."""
DEADLINE_MS = 3_600_000
"""No answer may hang on how slow the machine is."""


class Kept(BaseModel):
    """An answer on disk."""

    model_config = ConfigDict(frozen=True)

    question: str
    mode: Mode
    seconds: float
    """From publishing the query to receiving the answer."""
    answer: AnswerV1


class AnswerFile:
    """Answers of a measurement, a line each, on the disk before the next question is asked."""

    def __init__(self, file: Path) -> None:
        """Read what is there; a line that a kill has torn is dropped."""
        file.parent.mkdir(parents=True, exist_ok=True)
        self._file = file
        whole, _, torn = (file.read_bytes() if file.exists() else b"").rpartition(b"\n")
        if torn:
            os.truncate(file, len(whole) + bool(whole))
        kept = (Kept.model_validate_json(line) for line in whole.splitlines())
        self.answers: dict[tuple[str, Mode], Kept] = {(one.question, one.mode): one for one in kept}

    def keep(self, kept: Kept) -> None:
        """Keep an answer."""
        with self._file.open("ab") as file:
            file.write(kept.model_dump_json().encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
        self.answers[kept.question, kept.mode] = kept


@dataclass(frozen=True, slots=True, kw_only=True)
class ServicesFigures:
    """How answers of one mode came about."""

    fused: int
    second_waves: int
    """Answers for which experts were asked beside the first ones."""
    degraded: Mapping[str, int]
    """By reason."""
    failed: Mapping[str, int]
    """By code; they count as wrong."""
    unsettled: int
    """Answers whose bill was not final: a call still ran."""


async def ask_services(
    servers: Servers, questions: Sequence[PlannedQuestion], file: AnswerFile, *, in_flight: int, view: MeasuringView
) -> None:
    """Ask what is not answered yet, both modes of a question one after the other."""
    wanted = [(question, mode) for question in questions for mode in MODES]
    open_ones = [(question, mode) for question, mode in wanted if (question.id, mode) not in file.answers]
    part = view.part("through the services", total=len(wanted), done=len(wanted) - len(open_ones))
    waiting: Iterator[tuple[PlannedQuestion, Mode]] = iter(open_ones)

    async def work(jisi: JisiClient) -> None:
        for question, mode in waiting:
            query = QueryV1(query_id=f"{question.id}/{mode}", query=question.prompt, mode=mode, deadline_ms=DEADLINE_MS)
            began = time.monotonic()
            answer = await jisi.ask(query)
            file.keep(Kept(question=question.id, mode=mode, seconds=time.monotonic() - began, answer=answer))
            part.advance("" if answer.status == "completed" else f"{answer.status}: {answer.reason}")

    async with (
        JisiClient(servers.kafka.servers, servers.prefix, security=servers.kafka.security) as jisi,
        asyncio.TaskGroup() as workers,
    ):
        for _ in range(in_flight):
            workers.create_task(work(jisi))


async def rows_of(questions: Sequence[PlannedQuestion], file: AnswerFile, mode: Mode) -> list[LiveRow]:
    """Grade the answers of a mode; what they took is what their bills say."""
    kept = [file.answers[question.id, mode] for question in questions]
    scores = await grades([(question, one.answer.text) for question, one in zip(questions, kept, strict=True)])
    return [
        LiveRow(
            score=score,
            calls=len(one.answer.bill.calls),
            cost=one.answer.bill.cost_usd,
            prompt_tokens=one.answer.bill.prompt_tokens,
            completion_tokens=one.answer.bill.completion_tokens,
            fused=_is_fusion(one.answer),
            seconds=one.seconds,
        )
        for score, one in zip(scores, kept, strict=True)
    ]


def figures_of(file: AnswerFile, mode: Mode) -> ServicesFigures:
    """Count how the answers of a mode came about."""
    answers = [one.answer for one in file.answers.values() if one.mode == mode]
    return ServicesFigures(
        fused=sum(map(_is_fusion, answers)),
        second_waves=sum(any(call.kind == "expert" and call.wave > 1 for call in one.bill.calls) for one in answers),
        degraded=dict(Counter(reason for one in answers for reason in one.degraded)),
        failed=dict(Counter(one.code or "unknown" for one in answers if one.status == "failed")),
        unsettled=sum(not one.bill.final for one in answers),
    )


def _is_fusion(answer: AnswerV1) -> bool:
    """Whether the text is an aggregator's, not a response that stands in for it."""
    return answer.models.aggregator is not None
