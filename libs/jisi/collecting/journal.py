"""The journal of a collection: one append-only file, on the disk before anything counts on it, one process at a time.

A kill may tear the last line; it is dropped when the file is opened again. Lines that are written at the same moment
share one flush to the disk.
"""

import asyncio
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Self

from jisi.collecting.entries import Ended, Entry, Opened, read_entry, write_entry
from jisi.collecting.history import History
from jisi.errors import InputError

FILE = "journal.jsonl"
_LOCK = "lock"


class JournalError(InputError):
    """The work folder cannot be used: says why and what to do."""

    code = "journal"


def read_journal(file: Path) -> tuple[History, int]:
    """Read a journal as far as it is whole; gives how many bytes that are. One that is not there is empty.

    Raises:
        JournalError: it is damaged, or no journal.
    """
    history, end = History(), 0
    for number, (offset, line) in enumerate(_lines(file), start=1):
        if not line.endswith(b"\n"):
            break  # torn
        try:
            entry = read_entry(line)
        except ValueError:
            raise JournalError(
                f"{file}, line {number}: this is no line of a journal of `jisi bank collect`. Give another folder with "
                "--work, or take the line out if you know what has damaged it."
            ) from None
        history.take(entry, offset)
        end = offset + len(line)
    return history, end


def _lines(file: Path) -> Iterator[tuple[int, bytes]]:
    try:
        with file.open("rb") as lines:
            offset = 0
            for line in lines:
                yield offset, line
                offset += len(line)
    except FileNotFoundError:
        return
    except OSError as error:
        raise JournalError(f"{file} cannot be read: {error.strerror}.") from error


class Journal:
    """The journal of a work folder, held by this process; `history` is what it says."""

    def __init__(self, folder: Path) -> None:
        """Take the folder, made when absent, and read what is there.

        Raises:
            JournalError: another process works on it, or its journal is damaged.
        """
        self._lock = _claim(folder)
        try:
            self._file = folder / FILE
            self.history, self._end = read_journal(self._file)
            self.interrupted = dict(self.history.open)
            """Calls of earlier runs that had begun and not ended when these were killed, by number."""
            self._descriptor = os.open(self._file, os.O_RDWR | os.O_CREAT, 0o644)
            os.ftruncate(self._descriptor, self._end)
            os.lseek(self._descriptor, self._end, os.SEEK_SET)
            _flush_folder(folder)
        except BaseException:
            os.close(self._lock)
            raise
        self._waiting: list[tuple[Entry, asyncio.Future[None] | None]] = []
        self._flushing: asyncio.Task[None] | None = None
        self._failure: OSError | None = None
        if self._end == 0:
            self._waiting.append((Opened(), None))

    async def __aenter__(self) -> Self:
        """Return itself."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Write what waits, and let go of the folder."""
        try:
            if self._waiting and self._flushing is None:
                await self._flush()
            elif self._flushing is not None:
                await self._flushing
        finally:
            os.close(self._descriptor)
            os.close(self._lock)

    async def append(self, entry: Entry) -> None:
        """Write a line; it is on the disk and part of the history when this returns.

        Whoever is cancelled meanwhile leaves the line to be written all the same.

        Raises:
            JournalError: the disk does not take it.
        """
        written: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._add(entry, written)
        await asyncio.shield(written)

    def add(self, entry: Entry) -> None:
        """Write a line soon, at the latest when the journal is closed."""
        self._add(entry, None)

    def ended(self, offset: int) -> Ended:
        """Read the end of a call again, whose line begins at this byte."""
        with self._file.open("rb") as file:
            file.seek(offset)
            entry = read_entry(file.readline())
        assert isinstance(entry, Ended), "offsets are those of ends"
        return entry

    def _add(self, entry: Entry, written: asyncio.Future[None] | None) -> None:
        self._waiting.append((entry, written))
        if self._flushing is None:
            self._flushing = asyncio.create_task(self._flush())

    async def _flush(self) -> None:
        try:
            while self._waiting:
                batch, self._waiting = self._waiting, []
                lines = [write_entry(entry) for entry, _ in batch]
                try:
                    await asyncio.to_thread(self._write, b"".join(lines))
                except OSError as error:
                    self._failure = error
                    _settle(batch, self._told(error))
                    continue
                for (entry, _), line in zip(batch, lines, strict=True):
                    self.history.take(entry, self._end)
                    self._end += len(line)
                _settle(batch, None)
        finally:
            self._flushing = None

    def _write(self, data: bytes) -> None:
        """Write and flush to the disk; after a failure nothing more is written, for the last line may be torn."""
        if self._failure is not None:
            raise self._failure
        view = memoryview(data)
        while view:
            view = view[os.write(self._descriptor, view) :]
        os.fsync(self._descriptor)

    def _told(self, error: OSError) -> JournalError:
        return JournalError(
            f"{self._file} cannot be written ({error.strerror}): nothing more is asked. Make room, and give the same "
            "command again: it goes on from there."
        )


def _settle(batch: list[tuple[Entry, asyncio.Future[None] | None]], error: JournalError | None) -> None:
    for _, written in batch:
        if written is None or written.done():
            continue
        if error is None:
            written.set_result(None)
        else:
            written.set_exception(error)


def _flush_folder(folder: Path) -> None:
    """Have the file's name on the disk too."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _claim(folder: Path) -> int:
    """Lock the folder for this process; the system lets go of it however the process ends."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise JournalError(
            f"The work folder {folder} cannot be used ({error.strerror}): give another by --work."
        ) from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = os.pread(lock, 32, 0).decode(errors="replace").strip() or "unknown"
        os.close(lock)
        raise JournalError(
            f"Another `jisi bank collect` (process {holder}) works on {folder}: wait for it, stop it, or give another "
            "folder by --work."
        ) from None
    os.ftruncate(lock, 0)
    os.pwrite(lock, str(os.getpid()).encode(), 0)
    return lock
