"""Measures the local model on this machine: `python -m tests.integration.local.speed`."""

import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from jisi.local.pins import fetch_local_files
from jisi.local.pool_file import SLOTS
from jisi.local.server import usual_threads

from tests.integration.local.server import LocalServer

_TOKENS = 128
_LONG = "The lighthouse keeper wrote down the weather of every day. " * 100


def main() -> None:
    """Print time to start, memory, and tokens a second."""
    fetch_local_files()
    began = time.monotonic()
    with LocalServer() as server:
        say(f"{os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}, {usual_threads()} threads")
        say(f"healthy after {time.monotonic() - began:.1f} s, the check of the cached files included")
        for calls in (1, SLOTS):
            say(f"completion, {calls} at once: {_completion_speed(server, calls):.0f} tokens/s together")
        timings = _ask(server, _LONG, tokens=1)["timings"]
        say(f"prompt of {timings['prompt_n']} tokens: {timings['prompt_per_second']:.0f} tokens/s")
        say(f"memory: {_resident_mb(server.pid)} MB resident")


def _completion_speed(server: LocalServer, calls: int) -> float:
    began = time.monotonic()
    with ThreadPoolExecutor(calls) as threads:
        answers = list(threads.map(lambda number: _ask(server, f"Tell story {number}.", tokens=_TOKENS), range(calls)))
    made = sum(answer["usage"]["completion_tokens"] for answer in answers)
    return float(made / (time.monotonic() - began))


def _ask(server: LocalServer, text: str, *, tokens: int) -> Any:
    messages = [{"role": "user", "content": text}]
    return server.post("/v1/chat/completions", {"messages": messages, "max_tokens": tokens, "ignore_eos": True})


def _resident_mb(pid: int) -> str:
    status = Path(f"/proc/{pid}/status")
    if not status.exists():
        return "?"
    line = next(line for line in status.read_text().splitlines() if line.startswith("VmRSS"))
    return str(int(line.split()[1]) // 1024)


def say(text: str) -> None:
    """Print a line at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
