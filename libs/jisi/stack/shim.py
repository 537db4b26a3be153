"""The process between the supervisor and a child: it ends the child when the supervisor ends, however that happens.

Run as a file, by `tether.py`, with the standard library only (`python -I -S shim.py SPEC`). The supervisor holds the
writing end of a pipe; its closing, by intent or by death, is the order to stop. Should this process itself be killed,
the kernel signals the child (Linux). It also adopts and ends whatever its child leaves behind: backends of a killed
Postgres would otherwise keep the next one from starting.
"""

import contextlib
import ctypes
import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
_LEFTOVERS_GRACE_SECONDS = 1.0
"""Time for grandchildren to notice by themselves that their parent is gone; Postgres backends do at once."""

_IS_LINUX = sys.platform == "linux"


def main() -> int:
    """Start the child, report its pid, wait for its end or for the order to stop; the exit status is the child's."""
    spec: dict[str, Any] = json.loads(sys.argv[1])
    wake_reader, wake_writer = os.pipe()
    os.set_blocking(wake_reader, False)
    os.set_blocking(wake_writer, False)
    signal.set_wakeup_fd(wake_writer)
    # Handlers, not SIG_IGN, which the child would inherit. A stray Ctrl-C or hang-up is no order; SIGTERM is one.
    for number in (signal.SIGCHLD, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: None)
    stopping = False

    def stop(*_: object) -> None:
        nonlocal stopping
        stopping = True

    signal.signal(signal.SIGTERM, stop)
    prctl = _prctl()
    prctl(_PR_SET_CHILD_SUBREAPER, 1)
    child = _start(spec, prctl)
    control: int = spec["control"]
    status: int | None = None
    kill_at: float | None = None
    while status is None:
        watched = [wake_reader] if stopping else [wake_reader, control]
        timeout = None if kill_at is None else max(0.0, kill_at - time.monotonic())
        ready, _, _ = select.select(watched, [], [], timeout)
        if wake_reader in ready:
            os.read(wake_reader, 4096)
        stopping = stopping or control in ready
        status = _reap().get(child)
        if status is None and stopping and kill_at is None:
            _signal(child, spec["stop_signal"])
            kill_at = time.monotonic() + spec["grace_seconds"]
        elif status is None and kill_at is not None and time.monotonic() >= kill_at:
            _signal(child, signal.SIGKILL)
            kill_at = time.monotonic() + spec["grace_seconds"]
    _end_leftovers()
    return status if status >= 0 else 128 - status


def _start(spec: dict[str, Any], prctl: Callable[[int, int], None]) -> int:
    shim = os.getpid()

    def die_with_shim() -> None:
        """Ask for the kernel's signal; after the change of user, which would cancel it."""
        prctl(_PR_SET_PDEATHSIG, spec["orphan_signal"])
        if os.getppid() != shim:
            os._exit(1)

    report: int = spec["report"]
    try:
        child = subprocess.Popen(  # noqa: S603 - what the supervisor starts
            spec["command"],
            stdin=subprocess.DEVNULL,
            cwd=spec["folder"],
            user=spec["user"],
            group=spec["group"],
            extra_groups=None if spec["user"] is None else [],
            preexec_fn=die_with_shim,  # noqa: PLW1509 - this process has one thread
        )
    except OSError as error:
        os.write(report, f"{type(error).__name__}: {error}\n".encode())
        sys.exit(127)
    os.write(report, f"{child.pid}\n".encode())  # the pipe stays open: its end tells the supervisor of ours
    child.returncode = 0  # it is reaped here, not by the object
    return child.pid


def _reap() -> dict[int, int]:
    """Collect every dead child: exit code by pid, negative for a signal."""
    ended: dict[int, int] = {}
    with contextlib.suppress(ChildProcessError):
        while True:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                break
            ended[pid] = os.waitstatus_to_exitcode(status)
    return ended


def _end_leftovers() -> None:
    """Wait for what the child left behind, then kill it; nothing to do where orphans go to init."""
    kill_at = time.monotonic() + _LEFTOVERS_GRACE_SECONDS
    while _IS_LINUX and (leftovers := _children()):
        if time.monotonic() >= kill_at:
            for pid in leftovers:
                _signal(pid, signal.SIGKILL)
        _reap()
        time.sleep(0.01)


def _children() -> list[int]:
    """Living and dead children of this process; orphaned grandchildren are among them."""
    try:
        return [int(pid) for pid in Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()]
    except OSError:  # a kernel without the list
        return []


def _signal(pid: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)


def _prctl() -> Callable[[int, int], None]:
    """Give Linux's prctl, loaded before any fork; elsewhere nothing to call."""
    if not _IS_LINUX:
        return lambda _option, _value: None
    call = ctypes.CDLL(None, use_errno=True).prctl

    def prctl(option: int, value: int) -> None:
        call(option, value, 0, 0, 0)

    return prctl


if __name__ == "__main__":
    sys.exit(main())
