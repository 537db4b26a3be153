"""Before a stack is of use: its pool is applied and, with the simulated models, its bank imported."""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncEngine

from jisi.cli.pool_source import PoolSource, remember_choice
from jisi.cli.remembering import remembering_embedder
from jisi.cli.versions import stored_versions, until_used
from jisi.database import create_engine, driver_connection
from jisi.llm.pool import load_pool
from jisi.llm.store import NoPoolError, apply_pool, newest_pool
from jisi.simulate.bank import write_bank
from jisi.simulate.demo import DEMO_ITEMS, DEMO_SEED
from jisi.simulate.models import MODEL_BY_NAME
from jisi.simulate.pool_file import replay_pool_toml, simulated_pool_toml
from jisi.stack.process import ProcessState
from jisi.support.importing import ImportBank, ImportReport
from jisi.support.lines import Split
from jisi.support.scan import Scan
from jisi.support.store import Written

_SIMULATED = "simulated-"
"""What the names of the simulated bank's datasets begin with."""

Say = Callable[[str], None]


@dataclass(slots=True)
class SaidImport:
    """Tells how far an import is, in words, each time a twentieth more is done."""

    say: Say
    total: int = 0
    done: int = 0
    told: int = field(default=-1)

    def begin(self, found: Scan) -> None:
        """Say how much there is to do."""
        self.total = found.texts

    def embedded(self, texts: int) -> None:
        """Say how much is done."""
        self.done += texts
        percent = 20 * self.done // max(1, self.total) * 5
        if percent != self.told:
            self.told = percent
            self.say(f"embedding the bank: {self.done:,} of {self.total:,} texts, {percent}%")

    def committed(self, written: Written) -> None:
        """Nothing to say: the percentage tells it."""


async def prepare(
    database_url: str, data: Path, source: PoolSource, *, processes: Callable[[], Iterable[ProcessState]], say: Say
) -> None:
    """Apply the pool, import the simulated bank into an empty bank, and wait until every service uses both.

    A pool that was applied by hand is kept, unless another one is asked for.

    Raises:
        VersionNotUsedError: one of the `processes` does not take them over.
    """
    engine = create_engine(database_url, pool_size=2, application_name="jisi-up")
    try:
        kept = not source.chosen and source.kind == "simulated" and await _holds_other_pool(engine)
        if kept:
            say("the pool applied with `jisi pool apply` is kept; the simulated models are there but not asked")
            remember_choice(data, replace(source, kind="applied", port=None))
            return
        changed = await _apply(engine, data, source)
        if source.kind == "simulated" and await _holds_only_simulated(engine):
            changed |= await _import_simulated(engine, data, say)
        remember_choice(data, source)
        if changed:
            say("services take over the new pool and bank")
        await until_used(processes, await stored_versions(engine))
    finally:
        await engine.dispose()


async def import_files(
    engine: AsyncEngine, files: Iterable[Path], *, say: Say, split: Split | None = None
) -> ImportReport:
    """Import bank files with vectors kept in the user's cache: the next database needs no embedding."""
    async with remembering_embedder() as embedder:
        return await ImportBank(engine=engine, embedder=embedder, progress=SaidImport(say)).run(files, split=split)


async def _apply(engine: AsyncEngine, data: Path, source: PoolSource) -> bool:
    """Apply the pool of a source, and say whether it is another one than before."""
    file = data / f"{source.kind}-pool.toml" if source.file is None else source.file
    if source.kind == "applied":
        return False
    if source.kind == "simulated" and source.file is None:
        file.write_text(simulated_pool_toml(source.base_url), encoding="utf-8")
    elif source.kind == "replay":
        text = replay_pool_toml(source.recorded[0].with_name("meta.json"), source.base_url)
        file.write_text(text, encoding="utf-8")
    before = await _pool_version(engine)
    return await apply_pool(engine, load_pool(file)) != before


async def _import_simulated(engine: AsyncEngine, data: Path, say: Say) -> bool:
    """Import the generated bank, made once; what is there already is left alone."""
    file = data / f"simulated-bank-{DEMO_ITEMS}-{DEMO_SEED}.jsonl.gz"
    if not file.exists():
        part = file.with_name(f"new-{file.name}")
        await asyncio.to_thread(write_bank, part, items=DEMO_ITEMS, seed=DEMO_SEED)
        part.replace(file)
    report = await import_files(engine, [file], say=say)
    return bool(report.added or report.replaced)


async def _holds_only_simulated(engine: AsyncEngine) -> bool:
    """Whether the bank is empty or begun by us: only then may the simulated bank go into it."""
    async with driver_connection(engine, autocommit=True) as connection:
        cursor = await connection.execute(
            "select 1 from item where not starts_with(dataset, %s) limit 1", (_SIMULATED,)
        )
        return await cursor.fetchone() is None


async def _holds_other_pool(engine: AsyncEngine) -> bool:
    """Whether a pool is in force that is not of simulated models."""
    try:
        _, pool = await newest_pool(engine)
    except NoPoolError:
        return False
    return not pool.by_name.keys() <= MODEL_BY_NAME.keys()


async def _pool_version(engine: AsyncEngine) -> int | None:
    try:
        return (await newest_pool(engine))[0]
    except NoPoolError:
        return None
