"""`jisi up --pool local` as a process: real completions through all four services, and nothing left of it."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from jisi.local.pins import LocalFiles

from tests.integration.local.small_bank import write_small_bank
from tests.support.command_line import CommandLine, command_line
from tests.support.processes import descendants, living
from tests.support.waiting import eventually

READY_WITHIN_SECONDS = 180.0


@pytest.fixture
def jisi(
    kafka_server: str,
    database_url: str,
    topic_prefix: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> Any:
    """The command line on the session's servers."""
    given = {"kafka": kafka_server, "database_url": database_url, "topic_prefix": topic_prefix}
    with command_line(capsys, monkeypatch, tmp_path / "data", **given) as run:
        yield run


@pytest.fixture
async def up(jisi: CommandLine, local_files: LocalFiles, tmp_path: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    """`jisi up --pool local`, ready."""
    assert jisi.data.parent == tmp_path
    assert local_files.library.is_file()
    bank = tmp_path / "bank.jsonl"
    write_small_bank(bank)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.integration.local.small_bank", str(bank), "up", "--pool", "local", "--json"),
        env=os.environ,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        await asyncio.wait_for(_ready(process), READY_WITHIN_SECONDS)
        yield process
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
        await asyncio.wait_for(process.communicate(), READY_WITHIN_SECONDS)


async def test_a_real_answer(up: asyncio.subprocess.Process, jisi: CommandLine) -> None:
    """A question is routed, another one fused, by real completions; with the supervisor killed nothing lives on."""
    routed = await jisi.apart("ask", "What is the capital of Japan?", "--mode", "route", "--json")
    fused = await jisi.apart("ask", "What is the opposite of cold?", "--mode", "aggregate", "--json")
    children = descendants(up.pid)
    servers = {pid for pid in children if _serves_the_model(pid)}
    up.kill()
    await eventually(lambda: not living(children), within_seconds=60)

    first, second = routed.json, fused.json
    assert "Tokyo" in first["text"]
    assert first["route"] == "route"
    assert second["text"]
    # Whether the first fusion is taken, or one babbles up to its limit and the next is asked, is the model's to say.
    assert "aggregator" in {call["kind"] for call in second["bill"]["calls"]}
    for call in (*first["bill"]["calls"], *second["bill"]["calls"]):
        assert call["status"] == "ok"
        assert call["model"].startswith("smollm2-")
        assert call["completion_tokens"] > 0
        assert not call["counted"]
    assert servers


def _serves_the_model(pid: int) -> bool:
    return b"jisi.local" in Path(f"/proc/{pid}/cmdline").read_bytes()


async def _ready(process: asyncio.subprocess.Process) -> None:
    assert process.stdout is not None
    assert process.stderr is not None
    async for line in process.stdout:
        if json.loads(line)["event"] == "ready":
            return
    raise AssertionError((await process.stderr.read()).decode())
