"""The report in a terminal: one table, narrow enough for 110 columns."""

from rich.console import Console
from rich.table import Table
from rich.text import Text

from jisi.evaluation.reports.grid import Grid
from jisi.evaluation.reports.live_table import live_table
from jisi.evaluation.reports.report import EvaluationReport
from jisi.evaluation.reports.tables import ranking

_STYLES = {"upper reference": "dim", "reference model": "dim", "single": "", "router": "bold"}


def print_report(report: EvaluationReport, console: Console) -> None:
    """Print the ranking and what must be known to read it."""
    styles = {router.router: _STYLES[router.kind] for router in report.recorded}
    grid = ranking(report)
    console.print(rich_table(grid, styles=styles))
    datasets = ", ".join(f"{name} {rows}" for name, rows in report.datasets.items())
    console.print(Text(f"{report.rows} rows: {datasets}."), soft_wrap=True)
    console.print(Text(f"Split: {report.split}; seed {report.seed}; embedder {report.embedder}."), soft_wrap=True)
    console.print("Macro: mean over datasets, in points. 95% and p tell the luck of these rows.", soft_wrap=True)
    if grid.note:
        console.print(Text(grid.note), soft_wrap=True)
    live = live_table(report)
    if live is not None:
        console.print()
        console.print(rich_table(live))
        console.print(Text(live.note), soft_wrap=True)


def rich_table(grid: Grid, *, styles: dict[str, str] | None = None) -> Table:
    """Make a table of a grid; rows are styled by their first cell. Only the first column gives way for width."""
    table = Table(title=grid.title, title_justify="left", box=None, header_style="bold", pad_edge=False)
    first, *others = grid.header
    table.add_column(Text(first), overflow="fold")
    for name in others:
        table.add_column(Text(name), justify="right", no_wrap=True)
    for row in grid.rows:
        table.add_row(*(Text(cell) for cell in row), style=(styles or {}).get(row[0], ""))
    return table
