"""Who holds a Postgres data folder: its `postmaster.pid` read with care, for after a crash it lies."""

import time
from pathlib import Path

from jisi.stack.errors import DataFolderError

_FORMER_END_WITHIN_SECONDS = 10.0
"""A server whose supervisor was killed a moment ago is just shutting down."""


def await_former_end(data: Path) -> None:
    """Wait for a former server on this folder to end, and clear the pid file of one that is gone.

    Postgres itself takes any living process with the written pid for its predecessor and refuses to start; after a
    reboot that may be anybody. Raises `DataFolderError` when a server really works there.
    """
    pid_file = data / "postmaster.pid"
    deadline = time.monotonic() + _FORMER_END_WITHIN_SECONDS
    while (pid := _written_pid(pid_file)) is not None and _is_postgres(pid):
        if time.monotonic() > deadline:
            raise DataFolderError(
                f"The data folder {data} is in use by a running Postgres (process {pid}): stop that one, or choose "
                "another folder with JISI_DATA."
            )
        time.sleep(0.05)
    pid_file.unlink(missing_ok=True)


def _written_pid(pid_file: Path) -> int | None:
    try:
        first_line = pid_file.read_text().partition("\n")[0]
    except FileNotFoundError:
        return None
    return int(first_line) if first_line.strip().isdecimal() else None


def _is_postgres(pid: int) -> bool:
    """Whether the process lives, is no zombie, and is a Postgres; without /proc, Postgres's own check must do."""
    try:
        program = Path(f"/proc/{pid}/cmdline").read_bytes().partition(b"\0")[0]  # empty for a zombie
    except OSError:
        return False
    return Path(program.decode()).name == "postgres"
