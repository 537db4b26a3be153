"""Processes that compare formulas: started when first needed, killed when one takes too long, replaced then."""

import asyncio
import contextlib
import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from jisi.errors import InputError
from jisi.grading.protocol import GradingUnavailableError

_START_SECONDS = 120.0
"""Sympy takes 2 s to import; a loaded machine much longer."""
_WORKER = Path(__file__).with_name("worker.py")
_LONGEST_LINE = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """How two formulas stand to each other."""

    equal: bool
    read: str | None = None
    """The formula that was found in the text, as it is written there."""
    failure: str | None = None
    """Why they could not be compared."""


class MathsWorkers:
    """A few processes of `worker.py`; close them by leaving the context."""

    def __init__(self, *, processes: int = 2, seconds: float = 30.0) -> None:
        """Start nothing yet.

        Args:
            processes: how many at most.
            seconds: what one comparison may take; the library itself gives up much earlier where it can.
        """
        self._seconds = seconds
        self._free = asyncio.Semaphore(processes)
        self._idle: list[asyncio.subprocess.Process] = []

    async def __aenter__(self) -> Self:
        """Return itself."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close."""
        await self.close()

    async def close(self) -> None:
        """End the processes; a later comparison starts new ones."""
        idle, self._idle = self._idle, []
        for process in idle:
            await _end(process)

    async def compare(self, *, gold: str, text: str, marked: bool) -> Comparison:
        """Compare a right answer with a given one, or with the last formula in a text where none is `marked` as answer.

        A text that no process gets through is a comparison that failed, not an error.

        Raises:
            InputError: math-verify is not installed.
            GradingUnavailableError: no process could be started.
        """
        async with self._free:
            process = self._idle.pop() if self._idle else await _start()
            try:
                job = json.dumps({"gold": gold, "text": text, "marked": marked})
                answer = await asyncio.wait_for(_asked(process, job), self._seconds)
            except TimeoutError:
                await _end(process)
                return Comparison(equal=False, failure=f"it took longer than {self._seconds:g} s")
            except BaseException:
                await _end(process)
                raise
            if answer is None:
                await _end(process)
                return Comparison(equal=False, failure="the process that compared them died")
            self._idle.append(process)
            return Comparison(equal=answer["equal"], read=answer["read"], failure=answer["failure"])


async def _start() -> asyncio.subprocess.Process:
    try:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-I", str(_WORKER)),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env={"PATH": os.defpath},
            limit=_LONGEST_LINE,
            start_new_session=True,
        )
    except OSError as error:
        raise GradingUnavailableError(f"no process that compares formulas could be started: {error}") from error
    try:
        said = await asyncio.wait_for(_answered(process), _START_SECONDS)
    except TimeoutError:
        said = None
    except BaseException:
        await _end(process)
        raise
    if said == {"ready": True}:
        return process
    await _end(process)
    if said is not None and "missing" in said:
        raise InputError(f"{said['missing']} is not installed, which compares formulas: pip install 'jisi[grading]'")
    raise GradingUnavailableError("the process that compares formulas did not start")


async def _asked(process: asyncio.subprocess.Process, job: str) -> dict[str, Any] | None:
    assert process.stdin is not None
    try:
        process.stdin.write(job.encode() + b"\n")
        await process.stdin.drain()
    except ConnectionError:
        return None
    return await _answered(process)


async def _answered(process: asyncio.subprocess.Process) -> dict[str, Any] | None:
    """Read one answer; None where the process ended instead."""
    assert process.stdout is not None
    line = await process.stdout.readline()
    answer: dict[str, Any] | None = json.loads(line) if line.endswith(b"\n") else None
    return answer


async def _end(process: asyncio.subprocess.Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        process.kill()
    if process.stdin is not None:
        process.stdin.close()
    await process.wait()
