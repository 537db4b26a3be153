"""Where a database is known: its pool is asked, its bank gets what is collected, its services share the limits."""

from collections.abc import AsyncIterator

import pytest
import sqlalchemy as sa
from jisi.database import create_engine, driver_connection
from jisi.llm import tables
from jisi.llm.spec import ModelLimits
from jisi.llm.store import apply_pool
from jisi.support.stats import bank_statistics
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.integration.collecting.conftest import Collecting, pairs
from tests.integration.llm.replicas import replicas
from tests.support.waiting import eventually


@pytest.fixture
def variables(database_url: str) -> dict[str, str]:
    """The command knows the database."""
    return {"database_url": database_url}


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    """The services' side of it."""
    engine = create_engine(database_url)
    yield engine
    await engine.dispose()


async def test_the_pool_in_force_fills_the_bank_in_force(collecting: Collecting, engine: AsyncEngine) -> None:
    """Without --pool the applied one is asked; what is collected later of other models stands beside it."""
    await apply_pool(engine, collecting.endpoint.pool(specs={"cid": {"eligible": False}}))
    _, task, _, out = collecting.arguments(4)[1:5]
    first = await collecting.jisi.apart("bank", "collect", task, out, "--models=ada")
    async with driver_connection(engine, autocommit=True) as connection:
        alone = await bank_statistics(connection)
    other = collecting.folder / "other" / "bank.jsonl"
    second = await collecting.jisi.apart("bank", "collect", task, f"--out={other}", "--models=bea", "--json")
    refused = await collecting.jisi.apart("bank", "collect", task, f"--out={other}", "--models=cid")
    async with driver_connection(engine, autocommit=True) as connection:
        both = await bank_statistics(connection)

    assert first.code == 0, first.err
    assert "4 items added" in first.out
    assert [(one.model, one.scores, one.mean_score) for one in alone.models] == [("ada", 4, 1.0)]
    assert second.code == 0, second.err
    assert second.lines[-1] == {
        "event": "imported",
        "added": 0,
        "replaced": 4,
        "unchanged": 0,
        "version": both.identity.version,
    }
    assert [(one.model, one.scores, one.mean_score) for one in both.models] == [("ada", 4, 1.0), ("bea", 4, 0.0)]
    assert (both.items, both.identity.token_basis) == (4, "usage")
    assert refused.code == 1
    assert await collecting.completed() == dict.fromkeys(pairs(4, "ada", "bea"), 1)


async def test_limits_and_cool_downs_are_those_of_the_services(
    collecting: Collecting, engine: AsyncEngine, database_url: str
) -> None:
    """Beside a service that runs a call, a model of two slots has one call of ours at a time; who fails is told."""
    pool = collecting.endpoint.pool(specs={"ada": {"limits": ModelLimits(concurrency=2, max_tokens=100)}})
    ada = pool.by_name["ada"]
    await apply_pool(engine, pool)
    await collecting.endpoint.fault("delay", model="ada", seconds=0.05)
    await collecting.endpoint.fault("unauthorized", model="bea")
    async with replicas(engine, database_url, 1, [ada]) as (service,):
        await eventually(lambda: service.limits.try_acquire(ada), within_seconds=20)
        task, out = collecting.arguments(6)[2], f"--out={collecting.out}"
        ended = await collecting.jisi.apart("bank", "collect", task, out, "--no-import", "--models=ada,bea")
        service.limits.release("ada")
    models = (await collecting.endpoint._control("GET", "stats"))["models"]
    async with engine.connect() as connection:
        cooling = (await connection.execute(sa.select(tables.cool_down.c.model, tables.cool_down.c.reason))).all()
        shares = (await connection.execute(sa.select(tables.endpoint_share.c.replica))).scalars().all()

    assert ended.code == 4, ended.err
    assert len(await collecting.endpoint.calls(model="ada", outcome="completed")) == 6
    assert models["ada"]["peak_in_flight"] == 1
    assert [tuple(row) for row in cooling] == [("bea", "key_refused")]
    assert not [name for name in shares if name.startswith("collect@")]
