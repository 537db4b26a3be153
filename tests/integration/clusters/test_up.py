"""`jisi up` on clusters given by address: services as processes, which are told what they need by variables alone."""

import asyncio
import json
import signal
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.support.command_line import CommandLine, start_jisi
from tests.support.pooler import Pooler
from tests.support.postgres import PostgresTestServer
from tests.support.scripted_models import KEY_VARIABLE, ModelEndpoint
from tests.support.secured_kafka import PASSWORD
from tests.support.small_bank import said_by
from tests.support.tls_postgres import TlsPostgres

READY_WITHIN_SECONDS = 120.0
POOL = """
[[model]]
name = "ada"
base_url = "{url}/v1"
model = "ada"
api_key_env = "{variable}"
prompt_price = 1.0
completion_price = 2.0
"""


@pytest.fixture
def empty_database(postgres: TlsPostgres) -> Iterator[str]:
    """Name of a database of the test's own, not migrated yet."""
    with PostgresTestServer(postgres.url()).database() as name:
        yield name


@asynccontextmanager
async def _up(pool: Path) -> AsyncIterator[Mapping[str, Any]]:
    """Run it, and give what it says when it is ready."""
    process = await start_jisi("up", "--pool", str(pool), "--json")
    assert process.stdout is not None
    try:
        async with asyncio.timeout(READY_WITHIN_SECONDS):
            async for line in process.stdout:
                told = json.loads(line)
                if told.get("event") == "ready":
                    break
            else:
                pytest.fail("it ended before it was ready")
        yield told
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
        await asyncio.wait_for(process.communicate(), 60)


async def test_services_as_processes(
    cli: CommandLine,
    of_kafka: Mapping[str, str],
    postgres: TlsPostgres,
    before_postgres: Pooler,
    empty_database: str,
    models: ModelEndpoint,
    tmp_path: Path,
) -> None:
    """They are started, answer, and are found by other commands; secrets are in none of what is written or said."""
    pool = tmp_path / "pool.toml"
    pool.write_text(POOL.format(url=models.url, variable=KEY_VARIABLE))
    cli.tell(
        **of_kafka,
        database_url=before_postgres.url(empty_database),
        database_pooled="true",
        database_direct_url=postgres.url(empty_database),
    )
    async with _up(pool) as ready:
        for variable in ("KAFKA", "DATABASE_URL", "DATABASE_POOLED", "DATABASE_DIRECT_URL", "TOPIC_PREFIX"):
            cli.monkeypatch.delenv(f"JISI_{variable}")
        answered = await asyncio.to_thread(cli, "ask", "Who is asked?", "--id", "up", "--json")
        explained = await asyncio.to_thread(cli, "why", "up", "--json")
        for variable in ("PROTOCOL", "MECHANISM", "USERNAME", "PASSWORD", "CA_FILE"):
            cli.monkeypatch.delenv(f"JISI_KAFKA_{variable}")
        unarmed = await asyncio.to_thread(cli, "ask", "Who is asked?")
        written = [file.read_text(errors="replace") for file in cli.data.rglob("*") if file.is_file()]

    assert {state["status"] for state in ready["processes"]} == {"ready"}
    assert answered.json["text"] == said_by("ada")
    assert explained.json["state"] == "answered"
    assert "reaches Kafka by sasl_ssl" in unarmed.err
    assert "the same JISI_KAFKA_... variables" in unarmed.err
    assert len(written) > 5  # stack.json and the logs
    assert not [text for text in (*written, json.dumps(ready)) if PASSWORD in text]
    assert postgres.password not in json.dumps(ready)
    assert before_postgres.transactions(empty_database) > 0
