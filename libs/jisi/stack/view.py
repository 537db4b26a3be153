"""What runs where, as a table for people."""

from collections.abc import Iterable
from pathlib import Path

from rich.table import Table
from rich.text import Text

from jisi.stack.ports import LOOPBACK
from jisi.stack.process import ProcessState, ProcessStatus

_STYLES = {
    ProcessStatus.STARTING: "yellow",
    ProcessStatus.READY: "green",
    ProcessStatus.UNHEALTHY: "yellow",
    ProcessStatus.RESTARTING: "yellow",
    ProcessStatus.FAILED: "bold red",
    ProcessStatus.STOPPED: "dim",
}


def stack_table(processes: Iterable[ProcessState]) -> Table:
    """Build the table of name, replica, state, process id, address, restarts and log; below it, where the logs lie."""
    states = list(processes)
    table = Table(box=None, header_style="bold", pad_edge=False, caption_justify="left")
    for title in ("process", "replica", "state"):
        table.add_column(title)
    table.add_column("pid", justify="right")
    table.add_column("address", overflow="fold")
    table.add_column("restarts", justify="right")
    table.add_column("log")
    for state in states:
        table.add_row(
            state.name,
            str(state.replica),
            Text(state.status, style=_STYLES[state.status]),
            "" if state.pid is None else str(state.pid),
            "" if state.port is None else f"{LOOPBACK}:{state.port}",
            str(state.restarts),
            Path(state.log_file).name,
        )
    if folders := {_shortened(Path(state.log_file).parent) for state in states if state.log_file}:
        table.caption = f"logs in {', '.join(sorted(folders))}"
    return table


def _shortened(folder: Path) -> str:
    """Give a path below the home folder with ~."""
    return f"~/{folder.relative_to(Path.home())}" if folder.is_relative_to(Path.home()) else str(folder)
