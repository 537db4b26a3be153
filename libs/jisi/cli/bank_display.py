"""How the bank's figures look in a terminal."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table

from jisi.support.check import Finding, Level
from jisi.support.importing import ImportReport
from jisi.support.lines import BadLineError
from jisi.support.scan import Scan
from jisi.support.stats import BankStatistics
from jisi.support.store import Written

_LISTED_BAD_LINES = 50
"""Bad lines that are listed in a terminal; --json gives all of them."""
_STYLES: dict[Level, str] = {"error": "bold red", "warning": "yellow", "note": "cyan"}


class ImportBar:
    """Shows how many texts are embedded and when the last will be; silent where nobody looks."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._task = progress.add_task("Checking the files", total=None, note="")
        self._items = 0

    def begin(self, found: Scan) -> None:
        """Start the bar at the number of texts to embed."""
        self._progress.reset(self._task, total=found.texts, description="Embedding", note="")

    def embedded(self, texts: int) -> None:
        """Move on."""
        self._progress.advance(self._task, texts)

    def committed(self, written: Written) -> None:
        """Say what is safe by now."""
        self._items += written.added + written.replaced
        self._progress.update(self._task, note=f"{self._items:,} items stored")


@contextmanager
def import_bar(console: Console) -> Iterator[ImportBar]:
    """Show the bar of an import until the block ends."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("texts"),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
        TextColumn("{task.fields[note]}"),
    )
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        yield ImportBar(progress)


@contextmanager
def export_bar(console: Console) -> Iterator[Callable[[int], None]]:
    """Show how many items are written until the block ends; gives the function that counts them."""
    columns = (TextColumn("Exporting"), TextColumn("{task.completed:,} items"), TimeElapsedColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        task = progress.add_task("", total=None)
        yield lambda items: progress.advance(task, items)


def show_import(console: Console, report: ImportReport, *, from_disk: int) -> None:
    """Sum up an import, and list the lines left out."""
    console.print(
        f"{report.added:,} items added, {report.replaced:,} replaced, {report.unchanged:,} unchanged"
        + (f", {report.other_split:,} of the other split left out" if report.other_split else "")
        + f"; bank version {report.version}."
    )
    if report.texts:
        rate = report.texts / max(report.seconds, 1e-9)
        known = f", {from_disk:,} of them known from an earlier import" if from_disk else ""
        console.print(f"{report.texts:,} texts in {report.seconds:,.1f} s ({rate:,.1f} a second){known}.")
    if report.bad:
        show_bad_lines(console, report.bad)


def show_bad_lines(console: Console, bad: list[BadLineError]) -> None:
    """List lines that were left out."""
    console.print(f"[yellow]{len(bad):,} bad lines were left out:[/]")
    for error in bad[:_LISTED_BAD_LINES]:
        where = f"{error.field}: " if error.field else ""
        console.print(f"  {escape(error.file)}, line {error.line}: {escape(where + error.problem)}", highlight=False)
    if len(bad) > _LISTED_BAD_LINES:
        console.print(f"  and {len(bad) - _LISTED_BAD_LINES:,} more (all of them with --json)")


def show_statistics(console: Console, statistics: BankStatistics) -> None:
    """Show the bank's identity, datasets and models."""
    identity = statistics.identity
    if identity.embedder is None:
        console.print(f"The bank is empty (version {identity.version}). Import one: jisi bank import FILE")
        return
    console.print(
        f"Bank version {identity.version}: {statistics.items:,} items, {statistics.train_items:,} of them serving"
        f" (split train); embedded with {escape(identity.embedder)} ({identity.dimensions} dimensions);"
        f" tokens on the basis '{identity.token_basis}'; {statistics.bytes_on_disk / 1e6:,.0f} MB on disk."
    )
    datasets, models = Table(), Table()
    datasets.add_column("dataset", overflow="fold")
    datasets.add_column("split")
    models.add_column("model", overflow="fold", min_width=24)
    for table, names in (
        (datasets, ("items", "mean score")),
        (models, ("scores", "mean", "usable", "tokens", "USD")),
    ):
        for name in names:
            table.add_column(name, justify="right")
    for dataset in statistics.datasets:
        datasets.add_row(escape(dataset.dataset), dataset.split, f"{dataset.items:,}", _score(dataset.mean_score))
    for model in statistics.models:
        models.add_row(
            escape(model.model),
            f"{model.scores:,}",
            _score(model.mean_score),
            f"{model.usable:,}",
            "-" if model.mean_tokens is None else f"{model.mean_tokens:,.0f}",
            f"{model.cost:,.2f}",
        )
    console.print(datasets)
    console.print(models)


def show_findings(console: Console, findings: list[Finding]) -> None:
    """Show what is weak about the bank."""
    if not findings:
        console.print("[green]Nothing to remark.[/]")
    for finding in findings:
        console.print(f"[{_STYLES[finding.level]}]{finding.level}[/] {escape(finding.message)}", highlight=False)


def _score(mean: float | None) -> str:
    return "-" if mean is None else f"{100 * mean:.1f}"
