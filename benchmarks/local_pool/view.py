"""How far a measurement is: a bar for each part of it, with the time left."""

from collections.abc import Iterator
from contextlib import contextmanager

from jisi.cli.output import notes
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

_TENTHS = 10
"""Lines that tell how far a part is, where no bar can."""


class Part:
    """One part of a measurement, as it goes on."""

    def __init__(self, console: Console, progress: Progress, what: str, *, total: int, done: int) -> None:
        """Begin the part; `done` of it are kept from before."""
        self._console = console
        self._progress = progress
        self._what = what
        self._total = total
        self._done = done
        self._task: TaskID = progress.add_task(what, total=total, completed=done, note="")

    def advance(self, note: str = "") -> None:
        """Move on by one; `note` says what there is to know so far."""
        before, self._done = _tenth(self._done, self._total), self._done + 1
        self._progress.update(self._task, completed=self._done, note=note)
        if not self._console.is_terminal and _tenth(self._done, self._total) != before:
            told = f"; {note}" if note else ""
            self._console.print(f"{self._what}: {self._done:,} of {self._total:,}{told}", soft_wrap=True)


class MeasuringView:
    """Shows all parts."""

    def __init__(self, console: Console, progress: Progress) -> None:
        """Show on this console."""
        self._console = console
        self._progress = progress

    def say(self, what: str) -> None:
        """Say what is being done."""
        self._progress.console.print(what, soft_wrap=True, markup=False)

    def part(self, what: str, *, total: int, done: int = 0) -> Part:
        """Begin a part."""
        return Part(self._console, self._progress, what, total=total, done=done)


@contextmanager
def measuring_view() -> Iterator[MeasuringView]:
    """Show the progress on standard error until the block ends."""
    console = notes()
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
        TextColumn("{task.fields[note]}"),
    )
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        yield MeasuringView(console, progress)


def _tenth(done: int, total: int) -> int:
    return _TENTHS * done // max(1, total)
