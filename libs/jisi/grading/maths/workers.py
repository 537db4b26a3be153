"""Processes that compare formulas: started when first needed, killed when one takes too long, replaced then."""

import asyncio
import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from jisi.errors import InputError
from jisi.grading.protocol import GradingUnavailableError

_START_SECONDS = 120.0
"""Sympy takes 2 s to import; a loaded machine much longer."""
_WORKER = Path(__file__).with_name("worker.py")


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """How two formulas stand to each other."""

    equal: bool
    read: str | None = None
    """The formula that was found in the text, as it is written there."""
    failure: str | None = None
    """Why they could not be compared."""


class MathsWorkers:
    """A few processes of `worker.py`.

    Leaving the context ends them; what is never left ends with this process.
    """

    def __init__(self, *, processes: int = 2, seconds: float = 30.0) -> None:
        """Start nothing yet.

        Args:
            processes: how many at most.
            seconds: what one comparison may take; the library itself gives up much earlier where it can.
        """
        self._seconds = seconds
        self._free = asyncio.Semaphore(processes)
        self._idle: list[_Worker] = []

    async def __aenter__(self) -> Self:
        """Return itself."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """End the processes."""
        self.close()

    def close(self) -> None:
        """End the processes that are idle; a later comparison starts new ones."""
        while self._idle:
            self._idle.pop().end()

    async def compare(self, *, gold: str, text: str, marked: bool) -> Comparison:
        """Compare a right answer with a given one, or with the last formula in a text where none is `marked` as answer.

        A text that no process gets through is a comparison that failed, not an error.

        Raises:
            InputError: math-verify is not installed.
            GradingUnavailableError: no process could be started.
        """
        async with self._free:
            worker = self._idle.pop() if self._idle else await _started()
            job = {"gold": gold, "text": text, "marked": marked}
            try:
                answer = await asyncio.wait_for(asyncio.to_thread(worker.ask, job), self._seconds)
            except TimeoutError:
                worker.end()
                return Comparison(equal=False, failure=f"it took longer than {self._seconds:g} s")
            except BaseException:
                worker.end()
                raise
            if answer is None:
                worker.end()
                return Comparison(equal=False, failure="the process that compared them died")
            self._idle.append(worker)
            return Comparison(equal=answer["equal"], read=answer["read"], failure=answer["failure"])


class _Worker:
    """One process; it ends when its input does, so at the latest when we do."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(  # noqa: S603 - all of it is ours
            [sys.executable, "-I", str(_WORKER)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={"PATH": os.defpath},
            start_new_session=True,
        )

    def ask(self, job: Mapping[str, Any]) -> dict[str, Any] | None:
        """Send a job and wait for its answer; None where the process ends instead."""
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps(job).encode() + b"\n")
            self._process.stdin.flush()
        except OSError:
            return None
        return self.answer()

    def answer(self) -> dict[str, Any] | None:
        """Wait for what it says next."""
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        said: dict[str, Any] | None = json.loads(line) if line.endswith(b"\n") else None
        return said

    def end(self) -> None:
        """Kill it; who waits for its answer gets none."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe is not None
            with contextlib.suppress(OSError):  # what was still to be written
                pipe.close()


async def _started() -> _Worker:
    try:
        worker = await asyncio.to_thread(_Worker)
    except OSError as error:
        raise GradingUnavailableError(f"no process that compares formulas could be started: {error}") from error
    try:
        said = await asyncio.wait_for(asyncio.to_thread(worker.answer), _START_SECONDS)
    except TimeoutError:
        said = None
    except BaseException:
        worker.end()
        raise
    if said == {"ready": True}:
        return worker
    worker.end()
    if said is not None and "missing" in said:
        raise InputError(f"{said['missing']} is not installed, which compares formulas: pip install 'jisi[grading]'")
    raise GradingUnavailableError("the process that compares formulas did not start")
