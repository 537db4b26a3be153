"""Containers by Docker's command line: no network, limits, no rights, and gone afterwards."""

import asyncio
import contextlib
import os
import shutil
import uuid
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from jisi.grading.protocol import GradingUnavailableError

_ENGINE_SECONDS = 120.0
"""For what the engine does itself; an image that it has to fetch takes longer."""
_PULL_SECONDS = 3600.0
_MOST_OUTPUT_BYTES = 16 * 1024 * 1024
_CHUNK_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """What a command in a container gave."""

    exit_code: int | None
    """None: it was stopped, for its time or its output."""
    output: str
    """Standard output and error together, as they came."""


class Container:
    """A container that waits for commands."""

    def __init__(self, engine: "ContainerEngine", name: str, folder: str) -> None:
        self._engine = engine
        self._name = name
        self._folder = folder

    async def run(self, *command: str, stdin: str = "", seconds: float = _ENGINE_SECONDS) -> Finished:
        """Run a command in the folder; one that is stopped ends with the container."""
        return await self._engine.command(
            ("exec", "--interactive", "--workdir", self._folder, self._name, *command), stdin=stdin, seconds=seconds
        )


class ContainerEngine:
    """Talks to the engine that `docker` talks to (`DOCKER_HOST` and contexts hold); `podman` speaks the same."""

    def __init__(
        self,
        *,
        program: str = "docker",
        memory: str = "4g",
        cpus: float = 2.0,
        processes: int = 512,
        at_once: int = 2,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        """Start nothing yet.

        Args:
            program: the command line to use.
            memory: of each container, as the engine writes it.
            cpus: of each container.
            processes: in each container.
            at_once: containers at the same time.
            environment: of the command line; None: ours.
        """
        self._program = program
        self._limits = ("--memory", memory, "--cpus", f"{cpus:g}", "--pids-limit", str(processes))
        self._free = asyncio.Semaphore(at_once)
        self._environment = dict(os.environ if environment is None else environment)

    @asynccontextmanager
    async def container(self, image: str, folder: str) -> AsyncIterator[Container]:
        """Run a container of an image while the block runs; what was done in it is gone afterwards.

        Raises:
            GradingUnavailableError: no engine answers, or it has no such image and cannot fetch it.
        """
        async with self._free:
            name = f"jisi-grading-{uuid.uuid4().hex[:16]}"
            try:
                await self._started(name, image)
                yield Container(self, name, folder)
            finally:
                await asyncio.shield(self._removed(name))

    async def command(self, arguments: Sequence[str], *, stdin: str = "", seconds: float) -> Finished:
        """Run the command line, at most so long.

        Raises:
            GradingUnavailableError: there is no such command line.
        """
        if shutil.which(self._program, path=self._environment.get("PATH")) is None:
            raise GradingUnavailableError(f"{self._program} is not installed, which runs tests in containers")
        process = await asyncio.create_subprocess_exec(
            *(self._program, *arguments),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            env=self._environment,
        )
        output = bytearray()
        try:
            async with asyncio.timeout(seconds):
                whole = await _exchanged(process, stdin.encode("utf-8", "replace"), output)
                code = await process.wait() if whole else None
        except TimeoutError:
            code = None
        finally:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
        return Finished(exit_code=code, output=output.decode("utf-8", "replace"))

    async def _started(self, name: str, image: str) -> None:
        begun = await self.command(
            (
                *("run", "--detach", "--name", name, "--network", "none", *self._limits),
                *("--cap-drop", "ALL", "--security-opt", "no-new-privileges", "--init", "--entrypoint", "sleep"),
                *(image, "infinity"),
            ),
            seconds=_PULL_SECONDS,
        )
        if begun.exit_code != 0:
            lines = begun.output.strip().splitlines() or ["it said nothing"]
            said = next((line for line in lines if "error" in line.lower()), lines[0])
            raise GradingUnavailableError(f"no container of {image} could be started: {said.strip()[:300]}")

    async def _removed(self, name: str) -> None:
        with contextlib.suppress(GradingUnavailableError):
            await self.command(("rm", "--force", "--volumes", name), seconds=_ENGINE_SECONDS)


async def _exchanged(process: asyncio.subprocess.Process, stdin: bytes, output: bytearray) -> bool:
    """Write the input and read the output; tells whether all of it was read."""
    assert process.stdin is not None
    assert process.stdout is not None
    writing = asyncio.create_task(_written(process.stdin, stdin))
    try:
        while chunk := await process.stdout.read(_CHUNK_BYTES):
            output += chunk
            if len(output) > _MOST_OUTPUT_BYTES:
                return False
        return True
    finally:
        writing.cancel()
        await asyncio.gather(writing, return_exceptions=True)


async def _written(pipe: asyncio.StreamWriter, text: bytes) -> None:
    with contextlib.suppress(ConnectionError):
        pipe.write(text)
        await pipe.drain()
    pipe.close()
