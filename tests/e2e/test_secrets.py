"""The key of an endpoint is nowhere but in the request: not in logs, spans, rows, records or answers."""

import asyncio
import logging

import pytest
from psycopg import sql

from tests.integration.telemetry.receiver import OtlpReceiver
from tests.support.scripted_models import KEY, ModelEndpoint
from tests.support.small_bank import CELLS, MOONS
from tests.support.system import System


async def test_the_key_turns_up_nowhere(
    jisi: System, models: ModelEndpoint, receiver: OtlpReceiver, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither a good call nor one that fails leaves the key anywhere."""
    with caplog.at_level(logging.DEBUG):
        await jisi.ask(MOONS)
        for fault in ("rate_limited", "html", "garbage", "disconnect"):
            await models.fault(fault, "fay", times=1)
        await jisi.ask(CELLS, models=["fay"])
    await jisi.comes_to_rest()

    assert KEY not in caplog.text
    tables = await jisi.rows("select tablename from pg_tables where schemaname = 'public'")
    for (table,) in tables:
        statement = sql.SQL("select count(*) from {0} where {0}::text like %s").format(sql.Identifier(table))
        assert await jisi.value(statement, f"%{KEY}%") == 0, table
    for records in await asyncio.gather(*(jisi.kafka.records(topic) for topic in jisi.topics.all)):
        assert KEY.encode() not in b"".join(record.value or b"" for record in records)
    assert KEY.encode() not in b"".join(request.SerializeToString() for request in receiver.requests)
