"""`jisi migrate --topics` and `jisi prepare`: what a deployment runs once before its services."""

import asyncio
from pathlib import Path

import pytest
from jisi.contracts.topics import Topics
from jisi.database import create_engine
from jisi.llm.spec import Pool
from jisi.llm.store import newest_pool

from tests.support.command_line import CommandLine
from tests.support.kafka import KafkaTestClient

OWN = """default_model = "own"
[[model]]
name = "own"
base_url = "http://127.0.0.1:9/v1"
model = "own-1"
prompt_price = 1.0
completion_price = 1.0
"""


@pytest.fixture
def deployment(jisi: CommandLine, database_url: str) -> CommandLine:
    """`jisi(...)` with a Kafka and a database of its own."""
    jisi.monkeypatch.setenv("JISI_DATABASE_URL", database_url)
    return jisi


async def test_topics_are_created_where_asked_for(
    deployment: CommandLine, kafka_client: KafkaTestClient, topic_prefix: str
) -> None:
    """Without the option Kafka is left alone; with it all topics are there, and a second run changes nothing."""
    topics = set(Topics(topic_prefix).all)
    without = await asyncio.to_thread(deployment, "migrate", "--json")
    before = topics & await kafka_client.topics()
    ended = [await asyncio.to_thread(deployment, "migrate", "--topics", "--json") for _ in range(2)]
    after = topics & await kafka_client.topics()

    assert without.json == {"migrated": True, "topics": False}
    assert not before
    assert [one.json for one in ended] == [{"migrated": True, "topics": True}] * 2
    assert after == topics


async def test_own_pool_is_put_into_force(deployment: CommandLine, database_url: str, tmp_path: Path) -> None:
    """The pool of the file is in force, once however often it is run, and the bank stays empty."""
    file = tmp_path / "pool.toml"
    file.write_text(OWN)
    ended = [await asyncio.to_thread(deployment, "prepare", str(file), "--json") for _ in range(2)]
    version, pool = await _pool(database_url)

    assert [one.json for one in ended] == [{"prepared": True, "kind": "file"}] * 2
    assert (version, set(pool.by_name)) == (1, {"own"})


async def test_what_is_wrong_with_the_file_is_told(deployment: CommandLine, tmp_path: Path) -> None:
    """The command fails with a sentence that names the file."""
    ended = await asyncio.to_thread(deployment, "prepare", str(tmp_path / "absent.toml"))

    assert ended.code == 1
    assert "absent.toml" in ended.err


async def _pool(database_url: str) -> tuple[int, Pool]:
    engine = create_engine(database_url)
    try:
        return await newest_pool(engine)
    finally:
        await engine.dispose()
