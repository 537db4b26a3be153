"""The data folder: one stack at a time, and `stack.json`, which tells other processes what runs where."""

import fcntl
import os
import time
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from jisi.artefacts.errors import full_disk_is_told
from jisi.stack.errors import DataFolderError
from jisi.stack.process import ProcessState
from jisi.stack.tether import is_alive

_FORMER_END_WITHIN_SECONDS = 40.0
"""The processes of a supervisor that was killed are shutting down; the slowest may take its whole grace."""

_POLL_SECONDS = 0.1


class StackState(BaseModel):
    """What runs, as `stack.json` tells it; the file is readable by its owner only, for the address holds a password."""

    model_config = ConfigDict(frozen=True)

    supervisor_pid: int
    ready: bool = False
    kafka: str
    kafka_protocol: str = "plaintext"
    """How it is reached; the secrets that this takes are not kept here."""
    database_url: str
    """Of Postgres itself, not of a pooler."""
    topic_prefix: str = ""
    pool: str | None = None
    processes: tuple[ProcessState, ...] = ()


class DataFolder:
    """Everything a stack keeps: servers' data, logs, the lock and `stack.json`."""

    def __init__(self, path: Path) -> None:
        """Nothing is touched before `claim`."""
        self.path = path.expanduser().resolve()
        self.logs = self.path / "logs"
        self._state_file = self.path / "stack.json"
        self._lock_file = self.path / "lock"

    def claim(self) -> int:
        """Take the folder for this process, made when absent; give the lock's descriptor, to be closed at the end.

        A stack whose supervisor was killed a moment ago is waited for. Raises `DataFolderError` when another one runs.
        """
        try:
            with full_disk_is_told(self.path):
                self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
                self.logs.mkdir(exist_ok=True)
                lock = os.open(self._lock_file, os.O_RDWR | os.O_CREAT, 0o600)
        except (PermissionError, FileExistsError, NotADirectoryError) as error:
            raise DataFolderError(
                f"The data folder {self.path} cannot be used ({error.strerror}): choose another with JISI_DATA."
            ) from error
        try:
            self._await_lock(lock)
        except BaseException:
            os.close(lock)
            raise
        os.ftruncate(lock, 0)
        os.pwrite(lock, str(os.getpid()).encode(), 0)
        self._state_file.unlink(missing_ok=True)
        return lock

    def _await_lock(self, lock: int) -> None:
        deadline = time.monotonic() + _FORMER_END_WITHIN_SECONDS
        while not _take(lock):
            holder = os.pread(lock, 32, 0).decode()
            if holder.isdecimal() and is_alive(int(holder)):
                raise DataFolderError(
                    f"Another jisi (process {holder}) runs on the data folder {self.path}: stop it, or choose another "
                    "folder with JISI_DATA."
                )
            if time.monotonic() > deadline:
                raise DataFolderError(
                    f"Processes of an earlier run still use the data folder {self.path}, though their supervisor is "
                    "gone: end them, or choose another folder with JISI_DATA."
                )
            time.sleep(_POLL_SECONDS)

    def write_state(self, state: StackState) -> None:
        """Replace `stack.json` in one step: a reader sees the old or the new one, never half."""
        written = self._state_file.with_suffix(".new")
        with full_disk_is_told(self.path):
            written.touch(mode=0o600)
            written.write_text(state.model_dump_json(indent=2))
        written.replace(self._state_file)

    def forget_state(self) -> None:
        """Remove `stack.json`: nothing runs any more."""
        self._state_file.unlink(missing_ok=True)

    def running(self) -> StackState | None:
        """Give what runs on this folder now; None when nothing does."""
        try:
            state = StackState.model_validate_json(self._state_file.read_text())
        except (FileNotFoundError, ValidationError):
            return None
        return state if is_alive(state.supervisor_pid) else None


def _take(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
