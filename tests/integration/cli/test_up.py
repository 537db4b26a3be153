"""`jisi up` as a process: it starts, is found by other commands, and ends without leftovers."""

import asyncio
import json
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from jisi.stack.ports import free_port

from tests.support.command_line import CommandLine, start_jisi
from tests.support.processes import descendants, living
from tests.support.waiting import eventually

READY_WITHIN_SECONDS = 120.0

POOL = """
[[model]]
name = "able"
base_url = "http://127.0.0.1:{port}/v1"
model = "able-1"
api_key_env = "TEST_UP_KEY"
prompt_price = 1.0
completion_price = 2.0
"""


@pytest.fixture
def jisi(jisi: CommandLine, database_url: str) -> CommandLine:
    """The command line with a database given, too."""
    jisi.monkeypatch.setenv("JISI_DATABASE_URL", database_url)
    return jisi


async def test_up(jisi: CommandLine, tmp_path: Path) -> None:
    """Services start on the servers given, the pool file is applied, and SIGTERM ends all processes."""
    pool = tmp_path / "pool.toml"
    pool.write_text(POOL.format(port=free_port()))
    async with _running("--pool", str(pool), "--replicas", "generator=2", "--json") as (process, ready):
        children = descendants(process.pid)
        jisi.monkeypatch.delenv("JISI_KAFKA")
        jisi.monkeypatch.delenv("JISI_DATABASE_URL")
        jisi.monkeypatch.delenv("JISI_TOPIC_PREFIX")
        found = await asyncio.to_thread(jisi, "dlq", "list", "--json")
        examined = await asyncio.to_thread(jisi, "doctor", "--json")
        second = await jisi.apart("up")
        process.send_signal(signal.SIGTERM)
        await asyncio.wait_for(process.wait(), 60)

    names = sorted(f"{state['name']}-{state['replica']}" for state in ready["processes"])
    assert names == ["aggregator-1", "generator-1", "generator-2", "router-1", "switch-1"]
    assert {state["status"] for state in ready["processes"]} == {"ready"}
    assert found.json == {"letters": []}
    findings = {finding["area"]: finding for finding in examined.json["findings"]}
    assert examined.code == 1
    assert "1 models: able" in findings["pool"]["message"]
    assert findings["endpoint"]["level"] == "error"
    assert "TEST_UP_KEY is not set" in findings["endpoint"]["message"]
    assert findings["generator"]["message"].startswith("2 consumers")
    assert findings["generator-2"]["level"] == "ok"
    assert second.code == 1
    assert "Another jisi" in second.err
    await eventually(lambda: not living(children), within_seconds=20)
    assert not (jisi.data / "stack.json").exists()


async def test_ctrl_c_while_starting(jisi: CommandLine) -> None:
    """Ctrl-C in the middle of the start leaves nothing behind, and no stack trace."""
    process = await start_jisi("up", "--pool", "applied")
    assert process.stderr is not None
    line = await asyncio.wait_for(process.stderr.readline(), READY_WITHIN_SECONDS)
    children = descendants(process.pid)
    process.send_signal(signal.SIGINT)
    told = await asyncio.wait_for(process.stderr.read(), READY_WITHIN_SECONDS)

    assert b"starting" in line
    assert b"Traceback" not in told
    assert await process.wait() == 130
    await eventually(lambda: not living(children), within_seconds=20)
    assert not (jisi.data / "stack.json").exists()


def test_wrong_usage(jisi: CommandLine, tmp_path: Path) -> None:
    """What cannot be started is told before anything is."""
    no_service = jisi("up", "--replicas", "generater=3")
    no_pool = jisi("up", "--pool", str(tmp_path / "none.toml"))
    nothing_recorded = jisi("up", "--pool", "replay")

    assert (no_service.code, no_pool.code, nothing_recorded.code) == (2, 1, 1)
    assert "there are router, generator, switch, aggregator" in " ".join(no_service.err.replace("│", "").split())
    assert "there is no file" in no_pool.err
    assert "add --recorded FILE" in nothing_recorded.err


@asynccontextmanager
async def _running(*options: str) -> AsyncIterator[tuple[asyncio.subprocess.Process, dict[str, Any]]]:
    """Start `jisi up`, wait until it is ready, and see that it is gone in the end."""
    process = await start_jisi("up", *options)
    try:
        yield process, await asyncio.wait_for(_ready(process), READY_WITHIN_SECONDS)
    finally:
        if process.returncode is None:
            os.kill(process.pid, signal.SIGKILL)
        await process.wait()


async def _ready(process: asyncio.subprocess.Process) -> dict[str, Any]:
    assert process.stdout is not None
    assert process.stderr is not None
    async for line in process.stdout:
        event: dict[str, Any] = json.loads(line)
        if event["event"] == "ready":
            return event
    raise AssertionError((await process.stderr.read()).decode())
