"""Pool and bank change while queries are worked: seen by all replicas within seconds, one decision on one bank."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from jisi.artefacts import weights_folder
from jisi.database import driver_connection
from jisi.embedding.minilm import MiniLmEmbedder
from jisi.llm.spec import ModelLimits
from jisi.llm.store import apply_pool
from jisi.stack.process import health_report
from jisi.support.removal import clear_bank

from tests.support.scripted_models import ModelEndpoint
from tests.support.small_bank import CELLS, RIVERS, TRAINS, bank_lines, fused_by, import_lines, said_by
from tests.support.system import ALL, System, system
from tests.support.waiting import eventually

WITHIN_SECONDS = 5
"""The promise of DESIGN.md 1."""


@pytest_asyncio.fixture(loop_scope="package")
async def own(
    kafka_server: str, bank_database_url: str, topic_prefix: str, models: ModelEndpoint
) -> AsyncIterator[System]:
    """A system of the test's own, since it changes bank and pool."""
    async with system(kafka_server, bank_database_url, topic_prefix, models.pool()) as made:
        await made.start(*ALL)
        yield made
        await models.reset()


async def change_bank(own: System, lines: list[dict[str, Any]], folder: Path) -> None:
    """Import lines, as another process does."""
    embedder = MiniLmEmbedder(folder=weights_folder())
    await import_lines(own.engine, embedder, lines, folder)
    await embedder.close()


async def test_changes_of_pool_and_bank_are_seen_live(own: System, models: ModelEndpoint, tmp_path: Path) -> None:
    """A model that left is not asked any more; records added for another make it the best; prices follow the pool."""
    assert (await own.ask(CELLS)).text == fused_by("ada")
    await apply_pool(own.engine, models.pool(without=["ada", "bea"]))

    async def without_them() -> bool:
        answer = await own.ask(CELLS)
        return not {"ada", "bea"} & {call.model for call in answer.bill.calls}

    await eventually(without_them, within_seconds=WITHIN_SECONDS, interval_seconds=0.3)
    await models.reset()
    await own.ask(CELLS)
    assert not {"ada", "bea"} & {call["model"] for call in await models.calls()}

    lines = [line for line in bank_lines() if line["dataset"] == "cells"]
    for line in lines:
        line["records"] = {"fay": 1.0, "cid": 0.1}
    await change_bank(own, lines, tmp_path)

    async def fay_answers() -> bool:
        return (await own.ask(CELLS)).text == said_by("fay")

    await eventually(fay_answers, within_seconds=WITHIN_SECONDS, interval_seconds=0.3)

    free = {"fay": {"prompt_price": 0.0, "completion_price": 0.0}}
    await apply_pool(own.engine, models.pool(specs=free))

    async def fay_is_free() -> bool:
        answer = await own.ask(CELLS)
        return [call.cost_usd for call in answer.bill.calls if call.model == "fay"] == [0.0]

    await eventually(fay_is_free, within_seconds=WITHIN_SECONDS, interval_seconds=0.3)


async def test_health_tells_the_versions_in_use(own: System, models: ModelEndpoint, tmp_path: Path) -> None:
    """Every service's health follows the pool, the router's the bank too: whoever changed them sees when it is done."""
    pool = await apply_pool(own.engine, models.pool(without=["ada"]))
    await change_bank(own, [{**bank_lines()[8], "query": "Which is the longest river?", "index": 99}], tmp_path)
    bank = await own.value("select version from bank")
    expected = {"router": (pool, bank), **dict.fromkeys(("generator", "switch", "aggregator"), (pool, None))}

    async def told() -> bool:
        reports = {
            one.service: await health_report(f"http://127.0.0.1:{one.health_port}/health") for one in own.running
        }
        used = {name: (told["pool_version"], told.get("bank_version")) for name, told in reports.items() if told}
        return used == expected

    await eventually(told, within_seconds=WITHIN_SECONDS)


async def test_a_model_that_leaves_while_its_call_waits_fails_it(own: System, models: ModelEndpoint) -> None:
    """A task of a model that is in the pool no more ends at once: the query goes on without it."""
    one_at_a_time = {"bea": {"limits": ModelLimits(concurrency=1)}}
    await apply_pool(own.engine, models.pool(specs=one_at_a_time))
    held = models.hold("bea")

    async def limited() -> bool:
        return bool(await own.rows("select 1 from endpoint_share where model = 'bea'"))

    await eventually(limited, within_seconds=WITHIN_SECONDS)
    first = await own.client.submit(CELLS)
    await held.arrived.wait()
    second = await own.client.submit(CELLS)

    async def waits() -> bool:
        return bool(await own.rows("select 1 from task where model = 'bea' and state = 'ready'"))

    await eventually(waits, within_seconds=20)
    await apply_pool(own.engine, models.pool(without=["bea"]))
    answer = await own.answer(second)
    assert (answer.status, answer.models.references) == ("degraded", ("ada", "cid"))
    held.opened.set()
    assert (await own.answer(first)).models.references == ("ada", "bea", "cid")


@pytest.mark.parametrize("emptied", [False, True])
async def test_a_bank_that_is_gone_between_the_waves(
    own: System, models: ModelEndpoint, tmp_path: Path, *, emptied: bool
) -> None:
    """A router that never had the plan's bank computes S and p again on the present one, and the record says so."""
    held = models.hold("cid")
    query_id = await own.client.submit(RIVERS)
    await held.arrived.wait()
    if emptied:
        async with driver_connection(own.engine) as connection:
            await clear_bank(connection)
            await connection.commit()
    else:
        line = {**bank_lines()[8], "query": "Which is the deepest river in the world?", "index": 99}
        await change_bank(own, [line], tmp_path)
    version = await own.value("select version from bank")
    await own.stop(own.one("router"))
    await own.start("router")
    held.opened.set()

    answer = await own.answer(query_id)
    record = await own.record(query_id)
    assert record.plan_recomputed
    assert record.bank_version == version
    assert {call.model for call in answer.bill.calls if call.wave == 1} == {"ada", "bea", "cid"}
    assert answer.text == said_by("ada" if emptied else "dot")
    assert answer.degraded == (("no_evidence",) if emptied else ())
    assert await own.dead_letters(own.topics.candidates) == []
    assert await own.dead_letters(own.topics.responses) == []


async def test_a_query_waits_for_the_first_pool(
    kafka_server: str, database_url: str, topic_prefix: str, models: ModelEndpoint
) -> None:
    """Without a pool nothing is refused: once one is applied, the default model answers, for there is no bank."""
    async with system(kafka_server, database_url, topic_prefix, None) as empty:
        await empty.start(*ALL)
        query_id = await empty.client.submit(TRAINS)
        await empty.publish(b"garbage")

        async def garbage_is_dead() -> bool:
            return len(await empty.dead_letters()) == 1

        await eventually(garbage_is_dead, within_seconds=20)
        await apply_pool(empty.engine, models.pool(without=["ada"]))
        answer = await empty.answer(query_id)

    assert (answer.status, answer.text) == ("degraded", said_by("bea"))
    assert answer.degraded == ("no_evidence",)
