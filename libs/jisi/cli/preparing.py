"""Before a stack is of use: its pool is applied and, with models we bring ourselves, their bank imported."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncEngine

from jisi.cli.brought_banks import BROUGHT_MODELS, import_brought_bank
from jisi.cli.pool_source import PoolSource, remember_choice
from jisi.cli.said_import import Say
from jisi.cli.versions import stored_versions, until_used
from jisi.database import create_engine
from jisi.llm.pool import load_pool
from jisi.llm.store import NoPoolError, apply_pool, newest_pool
from jisi.local.pool_file import local_pool_toml
from jisi.simulate.pool_file import replay_pool_toml, simulated_pool_toml
from jisi.stack.process import ProcessState


async def prepare(
    database_url: str, data: Path, source: PoolSource, *, processes: Callable[[], Iterable[ProcessState]], say: Say
) -> None:
    """Apply the pool, import the bank of models we bring into an empty bank, and wait until every service uses both.

    A pool that was applied by hand is kept, unless another one is asked for.

    Raises:
        VersionNotUsedError: one of the `processes` does not take them over.
    """
    engine = create_engine(database_url, pool_size=2, application_name="jisi-up")
    try:
        brought = source.kind in {"simulated", "local"}
        if brought and not source.chosen and await _holds_pool_applied_by_hand(engine):
            say(f"the pool applied with `jisi pool apply` is kept; the {source.kind} models are there but not asked")
            remember_choice(data, replace(source, kind="applied", port=None))
            return
        changed = await _apply(engine, data, source)
        match source.kind:
            case "simulated" | "local" as kind:
                changed |= await import_brought_bank(engine, data, kind, say=say)
            case _:
                pass
        remember_choice(data, source)
        if changed:
            say("services take over the new pool and bank")
        await until_used(processes, await stored_versions(engine))
    finally:
        await engine.dispose()


async def _apply(engine: AsyncEngine, data: Path, source: PoolSource) -> bool:
    """Apply the pool of a source, and say whether it is another one than before."""
    file = data / f"{source.kind}-pool.toml" if source.file is None else source.file
    if source.kind == "applied":
        return False
    if source.kind == "simulated" and source.file is None:
        file.write_text(simulated_pool_toml(source.base_url), encoding="utf-8")
    elif source.kind == "local":
        file.write_text(local_pool_toml(source.base_url), encoding="utf-8")
    elif source.kind == "replay":
        text = replay_pool_toml(source.recorded[0].with_name("meta.json"), source.base_url)
        file.write_text(text, encoding="utf-8")
    before = await _pool_version(engine)
    return await apply_pool(engine, load_pool(file)) != before


async def _holds_pool_applied_by_hand(engine: AsyncEngine) -> bool:
    """Whether a pool is in force that is not of models we bring."""
    try:
        _, pool = await newest_pool(engine)
    except NoPoolError:
        return False
    return not pool.by_name.keys() <= BROUGHT_MODELS


async def _pool_version(engine: AsyncEngine) -> int | None:
    try:
        return (await newest_pool(engine))[0]
    except NoPoolError:
        return None
