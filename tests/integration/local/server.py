"""llama.cpp's server as a process of the tests."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any, Self

from jisi.llm.pool import load_pool
from jisi.llm.spec import ModelSpec, Timeouts
from jisi.local.pool_file import local_pool_toml
from jisi.stack.ports import LOOPBACK, free_port

READY_WITHIN_SECONDS = 60.0


class LocalServer:
    """`python -m jisi.local`, which can be killed, started again, and held still."""

    def __init__(self) -> None:
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    @property
    def url(self) -> str:
        """Its address, without /v1."""
        return f"http://{LOOPBACK}:{self.port}"

    @property
    def pid(self) -> int:
        """Its process."""
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """Start it, and wait until it is healthy."""
        self._process = subprocess.Popen([sys.executable, "-m", "jisi.local", "--port", str(self.port)])
        until = time.monotonic() + READY_WITHIN_SECONDS
        while not self._is_healthy():
            assert self._process.poll() is None, "the server ended while starting"
            assert time.monotonic() < until, "the server was not healthy in time"
            time.sleep(0.05)

    def kill(self) -> None:
        """Kill it as a crash would."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def terminate(self) -> int:
        """Ask it to end, and give its exit code."""
        assert self._process is not None
        self._process.terminate()
        return self._process.wait(READY_WITHIN_SECONDS)

    def hold(self) -> None:
        """Let it stand still, its connections open."""
        assert self._process is not None
        os.kill(self._process.pid, signal.SIGSTOP)

    def go_on(self) -> None:
        """Let it go on."""
        assert self._process is not None
        os.kill(self._process.pid, signal.SIGCONT)

    def spec(self, name: str = "smollm2-direct", **changes: Any) -> ModelSpec:
        """Give an expert as the pool file describes it, with changes."""
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "pool.toml"
            file.write_text(local_pool_toml(f"{self.url}/v1"), encoding="utf-8")
            return load_pool(file).by_name[name].model_copy(update=changes)

    def endless(self, *, max_tokens: int, chunk_seconds: float = 60.0) -> ModelSpec:
        """Give an expert that says as much as it may."""
        expert = self.spec()
        return self.spec(
            limits=expert.limits.model_copy(update={"max_tokens": max_tokens}),
            timeouts=Timeouts(chunk_seconds=chunk_seconds),
            extra_body={"ignore_eos": True},
        )

    async def slots(self) -> list[dict[str, Any]]:
        """What the server says of its slots."""
        slots: list[dict[str, Any]] = await asyncio.to_thread(self.get, "/slots")
        return slots

    def metric(self, name: str) -> float:
        """What /metrics says of a number."""
        with urllib.request.urlopen(f"{self.url}/metrics", timeout=10) as answer:
            lines = answer.read().decode().splitlines()
        return next(float(line.split()[1]) for line in lines if line.startswith(f"{name} "))

    def get(self, path: str) -> Any:
        """Fetch JSON."""
        with urllib.request.urlopen(f"{self.url}{path}", timeout=10) as answer:
            return json.load(answer)

    def post(self, path: str, body: dict[str, Any]) -> Any:
        """Send JSON, fetch JSON."""
        request = urllib.request.Request(
            f"{self.url}{path}", json.dumps(body).encode(), {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)

    def _is_healthy(self) -> bool:
        try:
            return bool(self.get("/health")["status"] == "ok")
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            return False
