"""Runs a Python program that nobody trusts, and tells how it ended; `inside.py` is its way in."""

import asyncio
import contextlib
import enum
import json
import math
import os
import signal
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from jisi.grading.protocol import GradingUnavailableError

_INSIDE = Path(__file__).with_name("inside.py")
_SYSTEM = ("/usr", "/lib", "/lib32", "/lib64", "/bin", "/nix/store", "/etc/ld.so.cache")
_START_SECONDS = 60.0
"""For the way in, beyond the program's own time: milliseconds, unless the machine is overloaded."""
_LEFT_OVER_SECONDS = 2.0
"""What of the output may still come when the program has ended."""
_CHUNK_BYTES = 64 * 1024
_MIB = 1024 * 1024


class Isolation(enum.Enum):
    """What keeps a program from the rest of the machine."""

    NAMESPACES = "namespaces"
    """It sees no network, no process but its own, and no file but Python's, read-only, and its folder in memory."""
    NONE = "none"
    """Limits only: the kernel refuses namespaces, or there are none (they need Linux 5.12 or newer)."""


class End(enum.Enum):
    """How a program ended."""

    EXITED = "exited"
    KILLED = "killed"
    """By a signal: its CPU time was over, or it crashed."""
    TOO_SLOW = "too slow"
    TOO_MUCH_OUTPUT = "too much output"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a program may use; memory and CPU time are those of each of its processes."""

    seconds: float = 10.0
    cpu_seconds: int | None = None
    """None: as `seconds`, rounded up."""
    memory_bytes: int = 1024 * _MIB
    """Of address space."""
    processes: int = 12
    """And threads, the program's first included."""
    output_bytes: int = 4 * _MIB
    """On standard output and on standard error."""
    file_bytes: int = 16 * _MIB
    disk_bytes: int = 64 * _MIB
    open_files: int = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A program's run."""

    end: End
    exit_code: int | None
    """Negative: the signal that killed it; None: we did."""
    output: str
    """What it wrote to standard output; what is no UTF-8 is replaced."""
    errors: str
    """What it wrote to standard error."""
    isolation: Isolation
    seconds: float


class Sandbox:
    """Runs programs, several at once; nothing is left of one when it has ended."""

    def __init__(
        self, limits: Limits | None = None, *, at_once: int | None = None, allow_without_isolation: bool = False
    ) -> None:
        """Start nothing yet.

        Args:
            limits: of each program.
            at_once: programs that run at the same time; None: one a core.
            allow_without_isolation: run programs also where the kernel gives no namespaces, with limits alone: they
                can then read files, use the network and leave processes behind. Only for programs that are trusted.
        """
        self.limits = limits or Limits()
        self._free = asyncio.Semaphore(at_once or os.cpu_count() or 1)
        self._allow_without_isolation = allow_without_isolation

    async def run(self, files: Mapping[str, str], *, stdin: str = "", seconds: float | None = None) -> Run:
        """Run `main.py` of these files in a folder of its own, by the Python that runs us, without its packages.

        Args:
            files: texts by name.
            stdin: its standard input.
            seconds: instead of the limits' own.

        Raises:
            GradingUnavailableError: it could not be run as it must be; nothing of it was executed then.
        """
        async with self._free:
            with tempfile.TemporaryDirectory(prefix="jisi-sandbox-", ignore_cleanup_errors=True) as given:
                folder = _filled(given, files, stdin)
                return await self._run(folder, seconds or self.limits.seconds)

    async def _run(self, folder: Path, seconds: float) -> Run:
        report, output, errors = await _Pipe.open(), await _Pipe.open(), await _Pipe.open()
        pipes = (report, output, errors)
        try:
            try:
                process = await self._launched(folder, report, output, errors, seconds)
            finally:
                for pipe in pipes:
                    pipe.hand_over()
            running = _Running(process, output, errors, self.limits.output_bytes)
            try:
                first = await asyncio.wait_for(report.stream.readline(), _START_SECONDS)
                started = time.monotonic()
                end = await running.wait(seconds)
                took = time.monotonic() - started
            except TimeoutError:
                raise GradingUnavailableError(f"the sandbox had not started after {_START_SECONDS:g} s") from None
            finally:
                await running.kill()
            lines = [first, *(await report.stream.read()).splitlines()]
        finally:
            for pipe in pipes:
                pipe.close()
        return _run_of(running, [json.loads(line) for line in lines if line.strip()], end, took)

    async def _launched(
        self, folder: Path, report: "_Pipe", output: "_Pipe", errors: "_Pipe", seconds: float
    ) -> asyncio.subprocess.Process:
        job = json.dumps(self._job(folder, report=report.write_end, seconds=seconds))
        try:
            with (folder / "stdin").open("rb") as stdin:
                return await asyncio.create_subprocess_exec(
                    *(sys.executable, "-I", "-S", str(_INSIDE), job),
                    stdin=stdin,
                    stdout=output.write_end,
                    stderr=errors.write_end,
                    env={},
                    pass_fds=(report.write_end,),
                    start_new_session=True,
                )
        except OSError as error:
            raise GradingUnavailableError(f"the sandbox could not be started: {error}") from error

    @staticmethod
    def _isolates() -> bool:
        """Whether to try at all: only Linux has namespaces."""
        return sys.platform == "linux"

    def _job(self, folder: Path, *, report: int, seconds: float) -> dict[str, Any]:
        limits = self.limits
        python = Path(getattr(sys, "_base_executable", sys.executable)).resolve()
        shown = [place for place in _SYSTEM if Path(place).exists()]
        prefix = str(Path(sys.base_prefix).resolve())
        if not any(prefix == place or prefix.startswith(f"{place}/") for place in shown):
            shown.append(prefix)
        return {
            "report": report,
            "isolate": self._isolates(),
            "needs_isolation": not self._allow_without_isolation,
            "folder": str(folder / "work"),
            "root": str(folder / "root"),
            "shown": shown,
            "argv": [str(python), "-s", "-S", "-P", "-B", "-X", "utf8", "main.py"],
            "environment": {"PATH": os.defpath, "PYTHONHASHSEED": "0"},
            "limits": {
                "cpu_seconds": limits.cpu_seconds or math.ceil(seconds),
                "memory_bytes": limits.memory_bytes,
                "file_bytes": limits.file_bytes,
                "disk_bytes": limits.disk_bytes,
                "open_files": limits.open_files,
                "processes": limits.processes,
            },
        }


def _filled(given: str, files: Mapping[str, str], stdin: str) -> Path:
    """Give the folder with what a program needs, readable by whoever it runs as."""
    folder = Path(given).resolve()
    for name in ("work", "root"):
        (folder / name).mkdir()
    for name, text in files.items():
        (folder / "work" / name).write_text(text, encoding="utf-8", errors="replace")
    (folder / "stdin").write_text(stdin, encoding="utf-8", errors="replace")
    folder.chmod(0o755)
    (folder / "work").chmod(0o777)
    return folder


class _Pipe:
    """A pipe whose end is ours to close: asyncio's own wait for whoever still holds the other one."""

    def __init__(self, stream: asyncio.StreamReader, transport: asyncio.ReadTransport, write_end: int) -> None:
        self.stream = stream
        self.write_end = write_end
        self._transport = transport
        self._held = True

    @classmethod
    async def open(cls) -> Self:
        reader, writer = os.pipe()
        stream = asyncio.StreamReader()
        transport, _ = await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(stream), os.fdopen(reader, "rb", 0)
        )
        return cls(stream, transport, writer)

    def hand_over(self) -> None:
        """Close our copy of the write end: the child has its own."""
        if self._held:
            self._held = False
            os.close(self.write_end)

    def close(self) -> None:
        self.hand_over()
        self._transport.close()


class _Running:
    """A launcher with its output, read up to a limit."""

    def __init__(self, process: asyncio.subprocess.Process, output: _Pipe, errors: _Pipe, most_bytes: int) -> None:
        self._process = process
        self._streams = (output.stream, errors.stream)
        self._most_bytes = most_bytes
        self._overflow = asyncio.Event()
        self.output, self.errors = bytearray(), bytearray()

    async def wait(self, seconds: float) -> End:
        """Wait for the end: its own, that of its time, or that of our patience with its output."""
        kept = (self.output, self.errors)
        reading = [asyncio.create_task(self._read(*pair)) for pair in zip(self._streams, kept, strict=True)]
        overflow = asyncio.create_task(self._overflow.wait())
        ended = asyncio.create_task(self._process.wait())
        try:
            await asyncio.wait((ended, overflow), timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
            if not ended.done():
                return End.TOO_MUCH_OUTPUT if overflow.done() else End.TOO_SLOW
            await asyncio.wait(reading, timeout=_LEFT_OVER_SECONDS)
            return End.TOO_MUCH_OUTPUT if self._overflow.is_set() else End.EXITED
        finally:
            for task in (*reading, overflow, ended):
                task.cancel()
            await asyncio.gather(*reading, overflow, ended, return_exceptions=True)

    async def kill(self) -> None:
        """Kill what still runs; the launcher's death ends its namespace."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        await self._process.wait()

    async def _read(self, stream: asyncio.StreamReader, kept: bytearray) -> None:
        while chunk := await stream.read(_CHUNK_BYTES):
            kept += chunk[: self._most_bytes - len(kept)]
            if len(kept) >= self._most_bytes:
                self._overflow.set()
                return


def _run_of(running: _Running, told: Sequence[Mapping[str, Any]], end: End, seconds: float) -> Run:
    said = {name: value for line in told for name, value in line.items()}
    if "refused" in said:
        raise GradingUnavailableError(
            f"programs cannot be isolated here ({said['refused']}), so none is run: use Linux with user namespaces, or"
            " allow it without isolation if all programs are trusted"
        )
    if "failed" in said or "ready" not in said:
        raise GradingUnavailableError(f"the sandbox did not work: {said.get('failed', running.errors.decode()[-200:])}")
    code: int | None = said.get("exit")
    if end is End.EXITED and (code is None or code < 0):
        end = End.KILLED
    return Run(
        end=end,
        exit_code=code,
        output=running.output.decode("utf-8", "replace"),
        errors=running.errors.decode("utf-8", "replace"),
        isolation=Isolation(said["ready"]),
        seconds=seconds,
    )
