"""Running `jisi` in a test: in this process or apart, with an environment and a data folder of its own."""

import asyncio
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from jisi.cli.program import run

_OURS = ("JISI_KAFKA", "JISI_DATABASE_", "JISI_TOPIC_", "JISI_DEBUG", "JISI_POOL")
"""What the names of variables begin with that say where a command works."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one JSON object it printed."""
        return json.loads(self.out)

    @property
    def lines(self) -> list[Any]:
        """The JSON objects it printed, one a line."""
        return [json.loads(line) for line in self.out.splitlines()]


@dataclass(frozen=True, slots=True)
class CommandLine:
    """Runs commands and keeps what they print."""

    capture: pytest.CaptureFixture[str]
    monkeypatch: pytest.MonkeyPatch
    data: Path

    def __call__(self, *arguments: str) -> Outcome:
        """Run one command to its end; in a thread of its own if a loop runs in this one (asyncio.to_thread)."""
        self.capture.readouterr()
        code = run(arguments)
        printed = self.capture.readouterr()
        return Outcome(code, printed.out, printed.err)

    def tell(self, **variables: str) -> None:
        """Set `JISI_` variables, named without the prefix."""
        for name, value in variables.items():
            self.monkeypatch.setenv(f"JISI_{name.upper()}", value)

    async def apart(self, *arguments: str) -> Outcome:
        """Run one command as a process of its own, as a person does."""
        process = await start_jisi(*arguments)
        out, err = await process.communicate()
        return Outcome(process.returncode or 0, out.decode(), err.decode())


async def start_jisi(*arguments: str) -> asyncio.subprocess.Process:
    """Start `jisi` as a process, in the environment of this one."""
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        "from jisi.cli import main; main()",
        *arguments,
        env=os.environ,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


@contextmanager
def command_line(
    capture: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, data: Path, **variables: str
) -> Iterator[CommandLine]:
    """Give a command line whose environment holds only these `JISI_` variables, named without the prefix."""
    with monkeypatch.context() as patch:
        for name in [name for name in os.environ if name.startswith(_OURS)]:
            patch.delenv(name)
        patch.setenv("JISI_DATA", str(data))
        patch.setenv("COLUMNS", "200")
        run = CommandLine(capture, patch, data)
        run.tell(**variables)
        yield run
