"""Processes that never outlive their supervisor, and are stopped gracefully when it ends in peace."""

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
import time
import weakref
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock

from jisi.artefacts.errors import full_disk_is_told
from jisi.stack import shim
from jisi.stack.errors import ProcessFailedError, process_failure

_POLL_SECONDS = 0.02
_SHIM_MARGIN_SECONDS = 10.0
"""What the shim may take beyond the grace of its child: one kill, and the end of leftovers."""

_LARGE_LOG_BYTES = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class UserIds:
    """The system user a process runs as."""

    uid: int
    gid: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """How a process is started and stopped.

    `stop_signal` asks it to end; after `grace_seconds` it is killed. `orphan_signal` is what the kernel sends when shim
    and supervisor are killed together: nobody is left to wait, so it must end the process at once. `env` is added to
    ours.
    """

    argv: tuple[str, ...]
    log_file: Path
    env: Mapping[str, str] = field(default_factory=dict)
    folder: Path | None = None
    user: UserIds | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    orphan_signal: signal.Signals = signal.SIGKILL
    grace_seconds: float = 20.0


class Tethered:
    """A running process with its shim; see `shim.py` for how the tether holds."""

    def __init__(self, command: Command, *, held_descriptors: tuple[int, ...] = ()) -> None:
        """Start the process; raises `ProcessFailedError` when it cannot be executed.

        The shim, not the process, keeps `held_descriptors` open: a lock among them is held until both are gone.
        """
        self.command = command
        self._lock = Lock()
        control_reader, control_writer = os.pipe()
        self._control: int | None = control_writer
        self._report, report_writer = os.pipe()
        weakref.finalize(self, os.close, self._report)
        user = command.user
        spec = {
            "command": command.argv,
            "control": control_reader,
            "report": report_writer,
            "folder": None if command.folder is None else str(command.folder),
            "user": None if user is None else user.uid,
            "group": None if user is None else user.gid,
            "stop_signal": command.stop_signal,
            "orphan_signal": command.orphan_signal,
            "grace_seconds": command.grace_seconds,
        }
        with full_disk_is_told(command.log_file.parent):
            command.log_file.parent.mkdir(parents=True, exist_ok=True)
        _rotate(command.log_file)
        with command.log_file.open("ab") as log:
            self._shim = subprocess.Popen(  # noqa: S603 - our own interpreter and file
                [sys.executable, "-I", "-S", shim.__file__, json.dumps(spec)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**os.environ, **command.env},
                pass_fds=(control_reader, report_writer, *held_descriptors),
                start_new_session=True,  # a Ctrl-C in the terminal reaches the supervisor alone
            )
        os.close(control_reader)
        os.close(report_writer)
        told = _first_line(self._report)
        if not told.isdecimal():
            self.stop()
            raise ProcessFailedError(f"{command.argv[0]} cannot be started: {told or 'its shim died'}")
        self.pid = int(told)

    def exit_code(self) -> int | None:
        """Exit code of the process, 128 + n when signal n ended it; None while it runs."""
        code = self._shim.poll()
        if code is None:
            return None
        if code < 0:  # the shim was killed; the kernel ends its child, where it is Linux
            code = 128 - code
            if is_alive(self.pid):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(self.pid, self.command.orphan_signal)
                return None
        self.request_stop()
        return code

    async def ended(self) -> int:
        """Wait for the end of the process, without a thread or a poll; gives `exit_code`."""
        loop = asyncio.get_running_loop()
        shim_ended = asyncio.Event()
        loop.add_reader(self._report, shim_ended.set)
        try:
            await shim_ended.wait()
        finally:
            loop.remove_reader(self._report)
        while True:  # once, unless the shim was killed before its child
            if (code := self.exit_code()) is not None:
                return code
            await asyncio.sleep(_POLL_SECONDS)

    def wait(self, within_seconds: float) -> int | None:
        """Wait for the end of the process; None when it has not ended in time."""
        deadline = time.monotonic() + within_seconds
        while (code := self.exit_code()) is None and time.monotonic() < deadline:
            time.sleep(_POLL_SECONDS)
        return code

    def request_stop(self) -> None:
        """Order the shim to end the process: by its stop signal, after its grace by force. Returns at once."""
        with self._lock:
            if self._control is not None:
                os.close(self._control)
                self._control = None

    def stop(self) -> None:
        """Ask the process to end, and wait until it has ended or was killed."""
        self.request_stop()
        self.wait(self.command.grace_seconds + _SHIM_MARGIN_SECONDS)

    def kill(self) -> None:
        """Kill the process as a crash would, and wait until it is gone."""
        with contextlib.suppress(ProcessLookupError):
            if self.exit_code() is None:
                os.kill(self.pid, signal.SIGKILL)
        self.wait(_SHIM_MARGIN_SECONDS)

    def await_ready(self, is_ready: Callable[[], bool], *, name: str, within_seconds: float) -> None:
        """Wait until `is_ready()`; raise with the last log lines when the process dies or takes too long."""
        deadline = time.monotonic() + within_seconds
        while not is_ready():
            code = self.exit_code()
            if code is not None:
                raise process_failure(f"{name} ended while starting (exit code {code}).", self.command.log_file)
            if time.monotonic() > deadline:
                self.stop()
                raise process_failure(f"{name} was not ready within {within_seconds:.0f} s.", self.command.log_file)
            time.sleep(_POLL_SECONDS)


def _first_line(descriptor: int) -> str:
    """Read up to the first newline, or to the end when there is none."""
    line = b""
    while not line.endswith(b"\n") and (byte := os.read(descriptor, 1)):
        line += byte
    return line.decode().strip()


def _rotate(log_file: Path) -> None:
    """Set a log that has grown large aside; the one before is dropped."""
    if log_file.exists() and log_file.stat().st_size > _LARGE_LOG_BYTES:
        log_file.replace(log_file.with_suffix(".old.log"))


def is_alive(pid: int) -> bool:
    """Whether the process runs; a zombie, which only waits for init to collect it, does not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # somebody else's, but alive
        pass
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:  # gone meanwhile, or no Linux
        return not Path("/proc/self").exists()
    return state != "Z"
