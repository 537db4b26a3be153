"""How far a replay is, and its figures at the end."""

from types import TracebackType
from typing import Any, Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table

from jisi.cli.output import notes, results, usd
from jisi.evaluation.replay.asking import Asked
from jisi.evaluation.replay.report import DifferenceReport, ReplayReport
from jisi.stack.process import ProcessState, ProcessStatus

_LISTED = 20
"""Differences shown in a terminal; the report has them all."""

_LINES = 10
"""Lines that tell how far it is, where no bar can."""


class ReplayView:
    """Shows what is being done, and a bar for the queries; a context manager."""

    def __init__(self, console: Console, *, silent: bool) -> None:
        self._console = console
        self._silent = silent
        self._cost = 0.0
        self._rows = self._done = 0
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[note]}"),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
        )
        self._bar = Progress(*columns, console=console, disable=silent or not console.is_terminal, transient=True)
        self._task = self._bar.add_task("", total=None, note="")

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()

    def say(self, what: str) -> None:
        """Say what is being done."""
        self._bar.update(self._task, description=what)
        if not self._silent and not self._console.is_terminal:
            self._console.print(what, soft_wrap=True)

    def changed(self, state: ProcessState) -> None:
        """Say so when a process dies."""
        if state.status in (ProcessStatus.RESTARTING, ProcessStatus.FAILED) and not self._silent:
            self._console.print(f"{state.key}: {state.status}, see {state.log_file}", style="yellow", soft_wrap=True)

    def asking(self, rows: int) -> None:
        """Begin the bar."""
        self.say(f"asking {rows} queries")
        self._rows = rows
        self._bar.reset(self._task, total=rows)

    def answered(self, asked: Asked) -> None:
        """Move on."""
        self._cost += asked.answer.bill.cost_usd
        self._done += 1
        self._bar.update(self._task, advance=1, note=usd(self._cost))
        if self._done % max(1, self._rows // _LINES) == 0 and not self._silent and not self._console.is_terminal:
            self._console.print(f"{self._done} of {self._rows} answered, {usd(self._cost)}")


def show_report(report: ReplayReport) -> None:
    """Print the figures."""
    console = results()
    table = Table(title=f"{report.family}: {report.answered} of {report.rows} answered", box=None, header_style="bold")
    table.add_column("dataset")
    for title in ("rows", "score", "offline"):
        table.add_column(title, justify="right")
    for name, dataset in report.by_dataset.items():
        table.add_row(name, str(dataset.rows), f"{100 * dataset.score:.2f}", f"{100 * dataset.offline_score:.2f}")
    table.add_row("macro", str(report.rows), f"{100 * report.macro:.2f}", f"{100 * report.offline_macro:.2f}")
    console.print(table)
    figures: dict[str, Any] = {
        "cost": f"{usd(report.cost)}, {report.calls} calls",
        "routed": f"{report.routed:.1%}",
        "aggregated": f"{report.aggregated:.1%}",
        "failed": report.failed,
        "degraded": ", ".join(f"{count} {reason}" for reason, count in report.degraded.items()) or "none",
        "latency": f"p50 {report.latencies.p50_ms:.0f} ms, p95 {report.latencies.p95_ms:.0f} ms"
        f" with {report.in_flight} under way",
        "throughput": f"{report.throughput:.1f} queries/s, {report.seconds:.1f} s",
        "repeats": report.repeats,
        "decisions": f"{len(report.disagreements)} disagree with the maths, {len(report.ties)} numerical ties",
    }
    for name, figure in figures.items():
        console.print(f"{name:12}{figure}", soft_wrap=True)
    for kind, listed in (("disagreement", report.disagreements), ("tie", report.ties)):
        for difference in listed[:_LISTED]:
            _show(kind, difference)
        if len(listed) > _LISTED:
            notes().print(f"and {len(listed) - _LISTED} more: --report has them all")


def _show(kind: str, difference: DifferenceReport) -> None:
    fields = "; ".join(
        f"{name}: {online} online, {offline} offline" for name, (online, offline) in difference.fields.items()
    )
    results().print(
        f"{kind} {difference.query_id}: {fields}; hung on {difference.hung_on}, by {difference.margin:.2g}",
        style="red" if kind == "disagreement" else "yellow",
        soft_wrap=True,
    )
