"""How benchmarks speak: progress on standard error, results on standard output and, on demand, in a JSON file."""

import argparse
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

Cell = str | float | int


def add_json_option(parser: argparse.ArgumentParser) -> None:
    """Let the results be written to a file."""
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the results there as JSON")


def write_json(file: Path | None, results: Mapping[str, Any]) -> None:
    """Write the results, if a file was named."""
    if file is not None:
        file.write_text(json.dumps(results, indent=2, default=str) + "\n", encoding="utf-8")


def note(text: str) -> None:
    """Tell what is being done."""
    Console(stderr=True, highlight=False).print(text)


def show(title: str, columns: Sequence[str], rows: Sequence[Sequence[Cell]]) -> None:
    """Print a table; numbers are rounded to what a measurement is worth."""
    table = Table(title=title, title_justify="left", title_style="bold")
    for number, column in enumerate(columns):
        table.add_column(column, justify="left" if number == 0 else "right")
    for row in rows:
        table.add_row(*(cell if isinstance(cell, str) else rounded(cell) for cell in row))
    Console(highlight=False).print(table)


def rounded(value: float) -> str:
    """Write a number with about three significant figures."""
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


@contextmanager
def progress(what: str, *, total: float) -> Iterator[Callable[[float], None]]:
    """Show a bar; the block is given what advances it."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=total)
        yield lambda step: bar.advance(task, step)
