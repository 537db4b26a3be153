"""Processes that never outlive their supervisor, and are stopped gracefully when it ends in peace."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from jisi.artefacts.errors import full_disk_is_told
from jisi.stack import shim
from jisi.stack.errors import ProcessFailedError, process_failure

_POLL_SECONDS = 0.02
_SHIM_MARGIN_SECONDS = 10.0
"""What the shim may take beyond the grace of its child: one kill, and the end of leftovers."""


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

    def __init__(self, command: Command) -> None:
        """Start the process; raises `ProcessFailedError` when it cannot be executed."""
        self.command = command
        control_reader, self._control = os.pipe()
        report_reader, report_writer = os.pipe()
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
        with command.log_file.open("ab") as log:
            self._shim = subprocess.Popen(  # noqa: S603 - our own interpreter and file
                [sys.executable, "-I", "-S", shim.__file__, json.dumps(spec)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**os.environ, **command.env},
                pass_fds=(control_reader, report_writer),
                start_new_session=True,  # a Ctrl-C in the terminal reaches the supervisor alone
            )
        os.close(control_reader)
        os.close(report_writer)
        with open(report_reader, "rb") as report:  # noqa: PTH123 - a descriptor
            told = report.read().decode()
        if not told.isdecimal():
            self.stop()
            raise ProcessFailedError(f"{command.argv[0]} cannot be started: {told or 'its shim died'}")
        self.pid = int(told)

    def exit_code(self) -> int | None:
        """Exit code of the process, 128 + n when signal n ended it; None while it runs."""
        code = self._shim.poll()
        if code is None:
            return None
        if code < 0:  # the shim was killed; its child is being ended by the kernel
            code = 128 - code
            if self._outlives_shim():
                return None
        self._close_control()
        return code

    def wait(self, within_seconds: float) -> int | None:
        """Wait for the end of the process; None when it has not ended in time."""
        deadline = time.monotonic() + within_seconds
        while (code := self.exit_code()) is None and time.monotonic() < deadline:
            time.sleep(_POLL_SECONDS)
        return code

    def stop(self) -> None:
        """Ask the process to end, wait, and see it killed when it takes longer than its grace."""
        self._close_control()
        try:
            self._shim.wait(2 * self.command.grace_seconds + _SHIM_MARGIN_SECONDS)
        except subprocess.TimeoutExpired:
            self._shim.kill()
        self.wait(_SHIM_MARGIN_SECONDS)

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

    def _close_control(self) -> None:
        if self._control >= 0:
            os.close(self._control)
            self._control = -1

    def _outlives_shim(self) -> bool:
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return False
        return True
