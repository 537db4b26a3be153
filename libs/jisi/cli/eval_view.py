"""How far an evaluation is."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

_TENTHS = 10
"""Lines that tell how far something is, where no bar can."""


class EvalView:
    """Shows what is being done, and how far it is."""

    def __init__(self, console: Console, progress: Progress) -> None:
        self._console = console
        self._progress = progress
        self._task = progress.add_task("", total=None, unit="", note="")
        self._told = -1

    def say(self, what: str) -> None:
        """Say what is being done."""
        self._progress.update(self._task, description=what, total=None, completed=0, unit="", note="")
        if not self._console.is_terminal:
            self._console.print(what, soft_wrap=True)

    def note(self, what: str) -> None:
        """Say what is to be read afterwards, too."""
        self._progress.console.print(what, soft_wrap=True)

    def asked(self, done: int, total: int, note: str) -> None:
        """Move on: so many rows of so many were asked anew; `note` says what that took."""
        self._progress.update(self._task, total=total, completed=done, unit="rows", note=note)
        if self._is_told(done, total):
            self._console.print(f"asked: {done:,} of {total:,} rows; {note}", soft_wrap=True)

    def embedded(self, done: int, total: int) -> None:
        """Move on: so many texts of so many."""
        self._progress.update(self._task, description="embedding", total=total, completed=done, unit="texts")
        if self._is_told(done, total):
            self._console.print(f"embedding: {done:,} of {total:,} texts", soft_wrap=True)

    def routing(self, what: str, total: int) -> None:
        """Begin to route so many rows, all routers together."""
        self.say(what)
        self._progress.update(self._task, total=total, completed=0, unit="rows")

    def routed(self, router: str, rows: int) -> None:
        """Move on: a router has routed so many more rows."""
        self._progress.update(self._task, advance=rows, note=router)

    def _is_told(self, done: int, total: int) -> bool:
        """Whether to print a line on how far it is: where there is no bar, at every tenth."""
        tenth = _TENTHS * done // max(1, total)
        told, self._told = self._told, tenth
        return not self._console.is_terminal and tenth != told


@contextmanager
def eval_view(console: Console) -> Iterator[EvalView]:
    """Show the progress until the block ends."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[unit]}"),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
        TextColumn("{task.fields[note]}"),
    )
    with Progress(*columns, console=console, disable=not console.is_terminal, transient=True) as progress:
        yield EvalView(console, progress)
