"""How far the questions of a file are: a bar with money and rate in a terminal, and the sum of it all at the end."""

import time
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from jisi.cli.output import print_json, usd
from jisi.cli.questions import Question
from jisi.contracts.answer import AnswerV1


@dataclass(slots=True)
class Tally:
    """What came of the questions of a file."""

    questions: int
    answered_before: int
    answered: int = 0
    routed: int = 0
    aggregated: int = 0
    degraded: int = 0
    failed: int = 0
    unanswered: int = 0
    cost_usd: float = 0.0
    seconds: float = 0.0

    @property
    def left(self) -> int:
        """Questions without an answer."""
        return self.questions - self.answered_before - self.answered

    def add(self, answer: AnswerV1) -> None:
        """Count an answer."""
        self.answered += 1
        self.routed += answer.route == "route"
        self.aggregated += answer.route == "aggregate"
        self.degraded += answer.status == "degraded"
        self.failed += answer.status == "failed"
        self.cost_usd += answer.bill.cost_usd


class BatchView:
    """Counts, and shows the count; to be used as a context manager."""

    def __init__(self, console: Console, *, total: int, before: int, silent: bool = False) -> None:
        self.tally = Tally(questions=total, answered_before=before)
        self._console = console
        self._silent = silent
        self._began = time.monotonic()
        columns = (
            TextColumn("Asking"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[note]}"),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
        )
        self._bar = Progress(*columns, console=console, disable=silent or not console.is_terminal)
        self._task = self._bar.add_task("", total=total, completed=before, note="")

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()

    def answered(self, answer: AnswerV1) -> None:
        """Move on."""
        self.tally.add(answer)
        rate = self.tally.answered / max(1e-3, time.monotonic() - self._began)
        self._bar.update(self._task, advance=1, note=f"{usd(self.tally.cost_usd)}, {rate:.1f}/s")

    def unanswered(self, question: Question) -> None:
        """Say which question stays open."""
        self.tally.unanswered += 1
        if not self._silent:
            self._console.print(f"line {question.line}: no answer came in time", style="yellow")

    def finish(self, out: Path, *, as_json: bool) -> None:
        """Say what came of it."""
        self._bar.stop()
        tally = self.tally
        tally.seconds = round(time.monotonic() - self._began, 3)
        if as_json:
            print_json({**asdict(tally), "left": tally.left, "out": str(out)})
            return
        kinds = f"{tally.routed} routed, {tally.aggregated} aggregated, {tally.failed} failed"
        before = f", {tally.answered_before} before" if tally.answered_before else ""
        self._console.print(
            f"{tally.answered} answered{before} ({kinds}), {usd(tally.cost_usd)}, {tally.seconds:.1f} s; in {out}",
            soft_wrap=True,
        )
        if tally.left:
            self._console.print(f"{tally.left} are open: the same command goes on with them.", style="yellow")
