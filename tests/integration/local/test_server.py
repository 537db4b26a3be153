"""`python -m jisi.local` as a process."""

import asyncio
import subprocess
import sys
from pathlib import Path

from jisi.llm.client import CallMeter, LLMClient
from jisi.llm.pool import load_pool
from jisi.local.experts import EXPERTS
from jisi.local.pins import LocalFiles

from tests.integration.local.server import LocalServer
from tests.support.waiting import eventually


async def test_sigterm_ends_it_in_the_middle(local_files: LocalFiles, client: LLMClient) -> None:
    """It waits for no completion, and comes back at the same port at once."""
    assert local_files.model.is_file()
    with LocalServer() as server:
        meter = CallMeter()
        calling = asyncio.create_task(
            client.complete(
                server.endless(max_tokens=3000),
                [{"role": "user", "content": "Tell me a story."}],
                max_tokens=3000,
                timeout_seconds=120,
                meter=meter,
            )
        )
        await eventually(lambda: meter.text, within_seconds=60)
        code = await asyncio.to_thread(server.terminate)
        await asyncio.gather(calling, return_exceptions=True)
        server.start()

    assert code == 0
    assert isinstance(calling.exception(), Exception)


def test_a_port_that_is_taken(server: LocalServer, tmp_path: Path) -> None:
    """A second server at the port ends with a sentence; the pool file it wrote before is that of the five experts."""
    file = tmp_path / "pool.toml"
    ended = subprocess.run(
        [sys.executable, "-m", "jisi.local", "--port", str(server.port), "--pool", str(file)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    pool = load_pool(file)

    assert ended.returncode == 2
    assert f"cannot start at 127.0.0.1:{server.port}: the port is taken" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert list(pool.by_name) == [expert.name for expert in EXPERTS]
    assert {model.base_url for model in pool.models} == {f"{server.url}/v1"}
