"""A family replayed: services on recorded responses, over real HTTP, every decision held against the maths."""

from pathlib import Path

from jisi.cli.long_running import unless_it_fails
from jisi.cli.remembering import remembering_embedder
from jisi.cli.replay_view import ReplayView
from jisi.cli.said_import import import_files
from jisi.cli.temporary_stack import Servers, keeping_logs, own_servers, services_on, temporary_folder
from jisi.cli.versions import Versions, stored_versions, until_used
from jisi.database import create_engine
from jisi.evaluation.replay.against_maths import compare_with_maths
from jisi.evaluation.replay.asking import ask_rows
from jisi.evaluation.replay.family import Family
from jisi.evaluation.replay.report import ReplayReport, build_report
from jisi.llm.pool import load_pool
from jisi.llm.spec import Pool
from jisi.llm.store import apply_pool
from jisi.simulate.pool_file import replay_pool_toml
from jisi.stack.ports import LOOPBACK, free_port
from jisi.stack.services import ExtraProcess

IN_FLIGHT = 32
"""Queries under way at once, by default: keeps two cores busy; more would only wait for the embedder."""


async def replay_family(family: Family, *, in_flight: int, logs: Path | None, view: ReplayView) -> ReplayReport:
    """Import the train rows, ask the services the test rows, and hold every decision against the maths.

    Kafka, Postgres and the services are started for it, or those that are given are used, and ended again.
    """
    async with (
        temporary_folder() as scratch,
        own_servers(scratch, on_change=view.changed) as servers,
    ):
        port = free_port()
        pool_file = scratch / "pool.toml"
        pool_file.write_text(replay_pool_toml(family.meta_file, f"http://{LOOPBACK}:{port}/v1"), encoding="utf-8")
        pool = load_pool(pool_file)
        versions = await _prepare(servers, family, pool, view)
        endpoint = ExtraProcess(
            name="replayed-models",
            module="jisi.simulate",
            port=port,
            arguments=("replay", "--port", str(port), str(family.test_file.resolve())),
            health_path="/health",
        )
        view.say("starting the services")
        stack = services_on(servers, scratch, processes=[endpoint], replicas={}, on_change=view.changed)
        async with keeping_logs(stack, logs), stack:
            await unless_it_fails(stack, until_used(lambda: stack.processes, versions))
            work = _ask_and_compare(servers, family, pool, in_flight=in_flight, view=view)
            return await unless_it_fails(stack, work)


async def _prepare(servers: Servers, family: Family, pool: Pool, view: ReplayView) -> Versions:
    """Fill the database before any service sees it: all queries are then planned on the same bank."""
    engine = create_engine(servers.database_url, pool_size=2, application_name="jisi-replay")
    try:
        await apply_pool(engine, pool)
        await import_files(engine, [family.train_file], say=view.say, split="train")
        return await stored_versions(engine)
    finally:
        await engine.dispose()


async def _ask_and_compare(
    servers: Servers, family: Family, pool: Pool, *, in_flight: int, view: ReplayView
) -> ReplayReport:
    view.asking(len(family.test))
    run = await ask_rows(
        family.test, kafka=servers.kafka, prefix=servers.prefix, in_flight=in_flight, done=view.answered
    )
    engine = create_engine(servers.database_url, pool_size=2, application_name="jisi-replay")
    try:
        async with remembering_embedder() as embedder:
            replayed = await compare_with_maths(family, run, pool, engine=engine, embedder=embedder, say=view.say)
    finally:
        await engine.dispose()
    return build_report(replayed, in_flight=in_flight)
