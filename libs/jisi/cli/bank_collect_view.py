"""How far a collection is, in a terminal by a bar for all and a line a model, and what came of it."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.progress import TimeRemainingColumn as TimeLeftColumn
from rich.table import Table

from jisi.cli.output import print_json, usd
from jisi.collecting.entries import Graded
from jisi.collecting.forecast import ASSUMED_TOKENS, ASSUMED_TOKENS_PER_SECOND, ASSUMED_VERDICT_TOKENS, Forecast
from jisi.collecting.history import Answer
from jisi.collecting.request import CollectResult
from jisi.collecting.tally import Failure, ModelTally
from jisi.llm.budget import Budget

_TENTHS = 10
"""Lines that tell how far it is, where no bar can."""


class CollectView:
    """Shows progress to people."""

    def __init__(self, console: Console, progress: Progress) -> None:
        self._console = console
        self._progress = progress
        self._tallies: Mapping[str, ModelTally] = {}
        self._tasks: dict[str, TaskID] = {}
        self._costs: dict[str, float] = {}
        self._all: TaskID | None = None
        self._budget = Budget()
        self._told = -1

    def began(self, tallies: Mapping[str, ModelTally], budget: Budget) -> None:
        """Begin the bars where earlier runs have ended."""
        self._tallies, self._budget = tallies, budget
        self._costs = dict.fromkeys(tallies, 0.0)
        total = sum(tally.total for tally in tallies.values())
        self._all = self._progress.add_task("all", total=total, completed=self._done(), note=self._spent())
        for name, tally in tallies.items():
            self._tasks[name] = self._progress.add_task(
                escape(name), total=tally.total, completed=tally.done, note=self._note(name)
            )
            if tally.changed:
                said = f"{name}: {tally.changed:,} answers were asked for otherwise before, and are asked for anew."
                self._progress.console.print(said, style="yellow", markup=False, soft_wrap=True)
        self._tell()

    def graded(self, graded: Graded, answer: Answer) -> None:
        """Move on by an answer."""
        self._costs[graded.place.model] += answer.cost
        self._move(graded.place.model)

    def failed(self, failure: Failure) -> None:
        """Move on by a cell that stays empty."""
        self._move(failure.place.model)

    def _move(self, model: str) -> None:
        self._progress.update(self._tasks[model], completed=self._over(self._tallies[model]), note=self._note(model))
        if self._all is not None:
            self._progress.update(self._all, completed=self._done(), note=self._spent())
        self._tell()

    def _spent(self) -> str:
        return f"{usd(self._budget.cost)} spent in all"

    def _done(self) -> int:
        return sum(map(self._over, self._tallies.values()))

    def _over(self, tally: ModelTally) -> int:
        return tally.done + tally.failures + tally.beyond_budget

    def _note(self, model: str) -> str:
        tally = self._tallies[model]
        right = f"{100 * tally.score / tally.done:.0f}% right" if tally.done else "nothing yet"
        failed = f", {tally.failures:,} failed" if tally.failures else ""
        return f"{right}{failed}, {usd(self._costs[model])}"

    def _tell(self) -> None:
        """Print a line at every tenth where there is no bar."""
        if self._console.is_terminal:
            return
        total = sum(tally.total for tally in self._tallies.values())
        done = self._done()
        tenth = _TENTHS * done // max(1, total)
        told, self._told = self._told, tenth
        if tenth != told:
            failed = sum(tally.failures for tally in self._tallies.values())
            said = f"{done:,} of {total:,} answers, {failed:,} failed, {self._spent()}"
            self._console.print(said, soft_wrap=True)


class JsonView:
    """Tells programs of each step: one JSON object a line."""

    def began(self, tallies: Mapping[str, ModelTally], budget: Budget) -> None:
        """Say what there is to do."""
        models = {
            name: {"total": tally.total, "kept": tally.kept, "changed": tally.changed}
            for name, tally in tallies.items()
        }
        print_json({"event": "began", "models": models, "spent_usd": budget.cost})

    def graded(self, graded: Graded, answer: Answer) -> None:
        """Say what an answer was worth."""
        print_json(
            {
                "event": "graded",
                **graded.place._asdict(),
                "score": graded.score,
                "answer": graded.answer,
                "why": graded.why,
                "cost_usd": answer.cost,
                "completion_tokens": answer.usage.completion_tokens,
                "finish_reason": answer.finish_reason,
            }
        )

    def failed(self, failure: Failure) -> None:
        """Say which cell stays empty."""
        fields = {"step": failure.step, "cause": failure.cause, "message": failure.message}
        print_json({"event": "failed", **failure.place._asdict(), **fields})


@contextmanager
def collect_view(console: Console, *, as_json: bool) -> Iterator[CollectView | JsonView]:
    """Show the progress until the block ends."""
    if as_json:
        yield JsonView()
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[note]}"),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeLeftColumn(),
    )
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        yield CollectView(console, progress)


def show_forecast(console: Console, forecast: Forecast) -> None:
    """Say what it would take."""
    questions = ", ".join(f"{count:,} of {name}" for name, count in forecast.questions.items())
    each = f", {forecast.samples} samples each" if forecast.samples > 1 else ""
    console.print(f"Questions: {escape(questions)}{each}.", soft_wrap=True)
    table = Table(box=None, pad_edge=False)
    table.add_column("Model", overflow="fold", min_width=20)
    for title in ("Kept", "Calls", "Prompt tokens", "Worst", "Likely", "Tokens an answer", "Time"):
        table.add_column(title, justify="right")
    for one in forecast.models:
        table.add_row(
            escape(one.model),
            f"{one.kept:,}",
            f"{one.calls:,}",
            f"{one.prompt_tokens:,}",
            usd(one.worst_usd),
            usd(one.likely_usd),
            f"{one.completion_tokens:,.0f} ({one.basis})",
            _duration(one.seconds),
        )
    console.print(table)
    console.print(
        f"In all {forecast.calls:,} calls, {forecast.prompt_tokens:,} prompt tokens, at worst "
        f"{usd(forecast.worst_usd)}, likely {usd(forecast.likely_usd)}, about {_duration(forecast.seconds)}.",
        soft_wrap=True,
    )
    if any(one.basis == "assumed" for one in forecast.models):
        console.print(
            f"Assumed where nothing is known of a model: {ASSUMED_TOKENS} tokens an answer, "
            f"{ASSUMED_TOKENS_PER_SECOND:g} tokens a second.",
            soft_wrap=True,
        )
    if forecast.judge is not None:
        console.print(
            f"Of these, the judge {escape(forecast.judge.model)}: {forecast.judge.calls:,} calls, at worst "
            f"{usd(forecast.judge.worst_usd)}, likely {usd(forecast.judge.likely_usd)} with verdicts of "
            f"{ASSUMED_VERDICT_TOKENS} tokens.",
            soft_wrap=True,
        )
    if forecast.spent_calls:
        console.print(f"Spent so far: {usd(forecast.spent_usd)}, {forecast.spent_calls:,} calls.")
    console.print("Nothing was asked.")


def forecast_json(forecast: Forecast) -> dict[str, Any]:
    """Give the same for programs."""
    sums = ("calls", "prompt_tokens", "worst_usd", "likely_usd", "seconds")
    return {"event": "forecast", **asdict(forecast), **{name: getattr(forecast, name) for name in sums}}


def show_result(console: Console, result: CollectResult) -> None:
    """Say what came of it."""
    table = Table(box=None, pad_edge=False)
    table.add_column("Model", overflow="fold", min_width=20)
    for title in ("Answers", "Mean score", "Failed", "Not graded", "Missing"):
        table.add_column(title, justify="right")
    for tally in result.tallies.values():
        table.add_row(
            escape(tally.model),
            f"{tally.done:,}",
            f"{100 * tally.score / tally.done:.1f}" if tally.done else "-",
            f"{tally.failed.total():,}",
            f"{tally.not_graded.total():,}",
            f"{tally.missing:,}",
        )
    console.print(table)
    for tally in result.tallies.values():
        _show_failures(console, tally)
    written = result.written
    empty = f"; {written.empty_questions:,} questions without an answer are left out" if written.empty_questions else ""
    console.print(
        escape(f"{written.file}: {written.items:,} items, {written.records:,} records{empty}."), soft_wrap=True
    )
    console.print(
        f"{result.calls:,} calls, {usd(result.cost)} in this run; {result.all_calls:,} calls, {usd(result.all_cost)} "
        "in all.",
        soft_wrap=True,
    )
    if result.interrupted.calls:
        console.print(
            f"{result.interrupted.calls:,} calls had begun and not ended when an earlier run was killed: they are "
            f"counted as spent at their reservation, {usd(result.interrupted.reserved)}, and are asked again.",
            soft_wrap=True,
        )
    if result.budget_ended is not None:
        console.print(
            f"{escape(result.budget_ended)} {result.missing:,} answers are missing. What there is, is kept: the same "
            "command with a larger bound goes on from there.",
            style="yellow",
            soft_wrap=True,
        )
    elif result.missing:
        console.print(
            f"{result.missing:,} answers are missing: the same command asks for them again, and for nothing else.",
            style="yellow",
            soft_wrap=True,
        )


def _show_failures(console: Console, tally: ModelTally) -> None:
    if tally.given_up is not None:
        console.print(f"{escape(tally.model)} was not asked to the end: {tally.given_up}.", style="yellow")
    for what, causes in (("without an answer", tally.failed), ("not graded", tally.not_graded)):
        for cause, count in causes.most_common():
            example = escape(tally.examples.get(cause, ""))
            console.print(f"  {escape(tally.model)}: {count:,} {what}, {cause}: {example}", soft_wrap=True)


def result_json(result: CollectResult) -> dict[str, Any]:
    """Give the same for programs."""
    return {
        "event": "collected",
        "out": str(result.written.file),
        "items": result.written.items,
        "records": result.written.records,
        "empty_questions": result.written.empty_questions,
        "missing": result.missing,
        "failures": result.failures,
        "budget_ended": result.budget_ended,
        "calls": result.calls,
        "cost_usd": result.cost,
        "all_calls": result.all_calls,
        "all_cost_usd": result.all_cost,
        "interrupted": asdict(result.interrupted),
        "models": {name: _tally_json(tally) for name, tally in result.tallies.items()},
    }


def _tally_json(tally: ModelTally) -> dict[str, Any]:
    counts = {name: getattr(tally, name) for name in ("total", "kept", "done", "right", "changed", "beyond_budget")}
    return {
        **counts,
        "missing": tally.missing,
        "mean_score": tally.score / tally.done if tally.done else None,
        "failed": dict(tally.failed),
        "not_graded": dict(tally.not_graded),
        "given_up": tally.given_up,
    }


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02} min" if hours else f"{minutes} min {rest:02} s" if minutes else f"{rest} s"
