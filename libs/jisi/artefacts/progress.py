"""A progress bar for one fetch, on the terminal's error stream so that piped output stays clean."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

_WATCH_INTERVAL_SECONDS = 0.1
"""How often the growth of a folder is looked at: smooth to the eye, invisible in cost."""


@contextmanager
def fetch_bar(title: str, total_bytes: int) -> Iterator[Callable[[int], None]]:
    """Show a bar and give the function that sets how many bytes are there; nothing is shown where nobody looks."""
    console = Console(stderr=True)
    columns = (TextColumn("Fetching {task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        task = progress.add_task(title, total=total_bytes)
        yield lambda done: progress.update(task, completed=min(done, total_bytes))


@contextmanager
def watching_growth(folder: Path, show: Callable[[int], None]) -> Iterator[None]:
    """Report the size of what another process writes into the folder, until the block ends."""
    ended = Event()

    def watch() -> None:
        while not ended.wait(_WATCH_INTERVAL_SECONDS):
            show(_size_of(folder))

    watcher = Thread(target=watch, name="fetch-progress", daemon=True)
    watcher.start()
    try:
        yield
    finally:
        ended.set()
        watcher.join()


def _size_of(folder: Path) -> int:
    total = 0
    for file in folder.rglob("*"):
        try:
            total += file.stat().st_size if file.is_file() else 0
        except FileNotFoundError:  # moved away meanwhile
            continue
    return total
