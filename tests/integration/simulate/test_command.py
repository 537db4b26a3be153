"""`python -m jisi.simulate` as a process: it says where it serves, ends on a signal and fails with a sentence."""

import asyncio
import contextlib
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from jisi.simulate.bank import bank_rows, write_bank

PIPE = asyncio.subprocess.PIPE


@contextlib.asynccontextmanager
async def _serving(*arguments: str, **environment: str) -> AsyncIterator[tuple[asyncio.subprocess.Process, str]]:
    """Start a server; yields it and its base URL, read from its first line."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "jisi.simulate",
        *arguments,
        stdout=PIPE,
        stderr=PIPE,
        env={**os.environ, **environment},
    )
    assert process.stdout is not None
    try:
        line = (await asyncio.wait_for(process.stdout.readline(), 20)).decode()
        yield process, line.rsplit(" ", 1)[1].strip()
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_ends_the_server_in_mid_call(number: signal.Signals) -> None:
    """The server answers, and ends cleanly at once although a call hangs."""
    async with _serving("simulated", "--port", "0", "--zero-latency") as (process, url), aiohttp.ClientSession() as web:
        fault = {"kind": "silence"}
        body = {"model": "simulated-mite-1b", "messages": [{"role": "user", "content": "Hi"}], "simulated_fault": fault}
        hanging = asyncio.create_task(web.post(f"{url}/chat/completions", json=body))
        async with web.get(f"{url}/models") as response:
            assert len((await response.json())["data"]) == 10
        process.send_signal(number)

        assert await asyncio.wait_for(process.wait(), 20) == 0
        with pytest.raises(aiohttp.ClientError):
            await hanging


async def test_the_seed_reaches_the_answers() -> None:
    """A server of a seed holds the models that the bank of this seed was made with."""
    row = next(iter(bank_rows(items=1, seed=11)))
    outputs = row["raw_output"]
    assert isinstance(outputs, dict)
    arguments = ("simulated", "--port", "0", "--latency", "0", "--seed", "11")
    async with _serving(*arguments) as (_, url), aiohttp.ClientSession() as web:
        for model, text in outputs.items():
            body = {"model": model, "messages": [{"role": "user", "content": row["query"]}]}
            async with web.post(f"{url}/chat/completions", json=body) as response:
                assert (await response.json())["choices"][0]["message"]["content"] == text


async def test_a_key_can_be_required() -> None:
    """With a key in the environment, another one is refused."""
    required = {"JISI_SIMULATED_API_KEY": "secret"}
    async with _serving("simulated", "--port", "0", **required) as (_, url), aiohttp.ClientSession() as web:
        body = {"model": "simulated-mite-1b", "messages": [{"role": "user", "content": "Hi"}]}
        for key, status in (("secret", 200), ("other", 401)):
            headers = {"Authorization": f"Bearer {key}"}
            async with web.post(f"{url}/chat/completions", json=body, headers=headers) as response:
                assert response.status == status


async def test_recorded_responses_are_served(tmp_path: Path) -> None:
    """Bank files given on the command line are what is replayed."""
    file = tmp_path / "bank.jsonl.gz"
    write_bank(file, items=5, seed=0)
    async with (
        _serving("replay", "--port", "0", str(file)) as (_, url),
        aiohttp.ClientSession() as web,
        web.get(f"{url}/models") as response,
    ):
        assert (await response.json())["data"][0]["id"] == "simulated-atlas-400b"


async def test_a_port_in_use_is_a_sentence() -> None:
    """No stack trace: one line that names the address."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "jisi.simulate", "simulated", "--port", port, stdout=PIPE, stderr=PIPE
        )
        _, errors = await process.communicate()

    assert process.returncode == 2
    assert port in errors.decode()
    assert len(errors.splitlines()) == 1
