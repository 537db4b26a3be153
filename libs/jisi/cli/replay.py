"""`jisi replay`: the whole system on recorded responses, every decision held against the maths."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from jisi.artefacts import cache_folder
from jisi.cli.long_running import run_to_end, unless_it_fails
from jisi.cli.output import AsJson, notes, print_json
from jisi.cli.preparing import import_files
from jisi.cli.replay_view import ReplayView, show_report
from jisi.cli.temporary_stack import Servers, keeping_logs, own_servers, services_on, temporary_folder
from jisi.cli.versions import Versions, stored_versions, until_used
from jisi.database import create_engine
from jisi.embedding import EmbedderSettings, create_embedder
from jisi.embedding.cached import CachedEmbedder
from jisi.evaluation.asking import ask_rows
from jisi.evaluation.family import Family, read_family
from jisi.evaluation.replay import compare_with_maths
from jisi.evaluation.report import ReplayReport, build_report
from jisi.llm.pool import load_pool
from jisi.llm.spec import Pool
from jisi.llm.store import apply_pool
from jisi.simulate.pool_file import replay_pool_toml
from jisi.stack.ports import LOOPBACK, free_port
from jisi.stack.services import ExtraProcess

app = typer.Typer(add_completion=False)

IN_FLIGHT = 32
"""Queries under way at once, by default: keeps two cores busy; more would only wait for the embedder."""


@app.command()
def replay(
    family: Annotated[
        Path, typer.Argument(metavar="FAMILY", help="Folder with train.jsonl.gz, test.jsonl.gz and meta.json.")
    ],
    *,
    report: Annotated[Path | None, typer.Option(help="Write the figures here, as JSON.", show_default=False)] = None,
    limit: Annotated[
        int | None, typer.Option(min=1, help="Ask only so many test rows, evenly spread.", show_default=False)
    ] = None,
    in_flight: Annotated[int, typer.Option(min=1, help="Queries under way at once.")] = IN_FLIGHT,
    logs: Annotated[Path | None, typer.Option(help="Keep the services' logs here.", show_default=False)] = None,
    as_json: AsJson = False,
) -> None:
    """Import the train rows of FAMILY, ask the services its test rows, and compare each decision with the pure maths.

    The models' recorded responses answer, over HTTP; a fusion, which was never recorded, is replayed by its first
    reference and scored as such. Ends with code 1 where an answer is missing or a decision differs by more than
    rounding.
    """
    with ReplayView(notes(), silent=as_json) as view:
        figures = run_to_end(_replay(family, limit=limit, in_flight=in_flight, logs=logs, view=view))
    if report is not None:
        report.parent.mkdir(parents=True, exist_ok=True)
        report.write_text(figures.model_dump_json(indent=2) + "\n")
    if as_json:
        print_json(figures)
    else:
        show_report(figures)
    if figures.answered < figures.rows or figures.disagreements:
        raise typer.Exit(1)


async def _replay(
    folder: Path, *, limit: int | None, in_flight: int, logs: Path | None, view: ReplayView
) -> ReplayReport:
    view.say("reading the files")
    family = await asyncio.to_thread(read_family, folder, limit=limit)
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
        await import_files(engine, [family.train_file], say=view.say)
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
    embedder = await asyncio.to_thread(create_embedder, EmbedderSettings())
    engine = create_engine(servers.database_url, pool_size=2, application_name="jisi-replay")
    try:
        cached = CachedEmbedder(embedder=embedder, folder=cache_folder() / "embeddings")
        replayed = await compare_with_maths(family, run, pool, engine=engine, embedder=cached, say=view.say)
    finally:
        await engine.dispose()
        await embedder.close()
    return build_report(replayed, in_flight=in_flight)
