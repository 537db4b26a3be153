"""The work of `jisi bank collect`: where pool and database come from, what is shown, what is imported."""

import os
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import typer
from sqlalchemy.ext.asyncio import AsyncEngine

from jisi.cli.addresses import NothingRunsError, find_database
from jisi.cli.bank_collect_options import CollectOptions
from jisi.cli.bank_collect_view import (
    collect_view,
    forecast_json,
    result_json,
    show_forecast,
    show_result,
)
from jisi.cli.bank_display import show_import
from jisi.cli.bank_importing import import_with_bar
from jisi.cli.long_running import run_to_end
from jisi.cli.output import notes, print_json, results
from jisi.collecting.request import CollectRequest, CollectResult, check_out
from jisi.collecting.turns import shared_turns
from jisi.database import DatabaseAddress, create_engine, driver_connection
from jisi.database.migrations import check_schema
from jisi.errors import InputError
from jisi.llm.pool import load_pool
from jisi.llm.spec import Pool
from jisi.llm.store import newest_pool
from jisi.support.identity import TokenBasis
from jisi.support.stats import bank_statistics

BUDGET_ENDED = 3
"""Exit code: a bound kept calls from being made."""
INCOMPLETE = 4
"""Exit code: answers are missing because calls or gradings failed."""


def run_collect(options: CollectOptions) -> int:
    """Collect, or say what it would take; gives the exit code."""
    try:
        result = run_to_end(_run(options))
    except (KeyboardInterrupt, typer.Exit):
        if not options.dry_run:
            _tell_stop(options)
        raise
    if result is None or not result.missing:
        return 0
    return INCOMPLETE if result.budget_ended is None else BUDGET_ENDED


async def _run(options: CollectOptions) -> CollectResult | None:
    async with _known_database() as database:
        request = CollectRequest(
            tasks=options.tasks,
            pool=await _pool(options.pool, database),
            models=options.models,
            judge=options.judge,
            samples=options.samples,
            limit=options.limit,
            concurrency=options.concurrency,
        )
        if options.dry_run:
            await _forecast(request, database, options)
            return None
        return await _collect(request, database, options)


@dataclass(frozen=True, slots=True)
class _Database:
    """The database in force."""

    address: DatabaseAddress
    engine: AsyncEngine


@asynccontextmanager
async def _known_database() -> AsyncIterator[_Database | None]:
    """Give the database that is meant, if one is known."""
    try:
        address = find_database()
    except NothingRunsError:
        yield None
        return
    engine = create_engine(address, application_name="jisi-collect")
    try:
        await check_schema(engine)
        yield _Database(address, engine)
    finally:
        await engine.dispose()


async def _pool(file: Path | None, database: _Database | None) -> Pool:
    if file is not None:
        return load_pool(file)
    if database is None:
        raise InputError("No pool is known: give a pool file by --pool, or start `jisi up` in another terminal.")
    return (await newest_pool(database.engine))[1]


async def _forecast(request: CollectRequest, database: _Database | None, options: CollectOptions) -> None:
    check_out(options.out)
    tokens: dict[str, float] = {}
    if database is not None:
        async with driver_connection(database.engine, autocommit=True) as connection:
            statistics = await bank_statistics(connection)
        tokens = {one.model: one.mean_tokens for one in statistics.models if one.mean_tokens is not None}
    wanted = request.wanted()
    _tell_remarks(request, options)
    forecast = request.forecast(wanted, options.work, bank_tokens=tokens)
    if options.as_json:
        print_json(forecast_json(forecast))
    else:
        show_forecast(results(), forecast)


async def _collect(request: CollectRequest, database: _Database | None, options: CollectOptions) -> CollectResult:
    check_out(options.out)
    wanted = request.wanted()
    _tell_remarks(request, options)
    async with AsyncExitStack() as stack:
        turns = None
        if database is not None:
            asked = [*wanted.models, *([request.judge_spec] if request.judge_spec is not None else [])]
            turns = await stack.enter_async_context(
                shared_turns(
                    database.engine,
                    address=database.address.session_url,
                    replica=f"collect@{socket.gethostname()}:{os.getpid()}",
                    models=list({spec.name: spec for spec in asked}.values()),
                    concurrency=request.concurrency,
                )
            )
        view = stack.enter_context(collect_view(notes(), as_json=options.as_json))
        result = await request.run(
            wanted,
            options.out,
            options.work,
            max_cost=options.max_cost,
            max_calls=options.max_calls,
            watcher=view,
            turns=turns,
        )
    if options.as_json:
        print_json(result_json(result))
    else:
        show_result(results(), result)
    await _import(result, database, options)
    return result


async def _import(result: CollectResult, database: _Database | None, options: CollectOptions) -> None:
    """Add what was collected to the bank in force, or say how that is done."""
    if options.no_import or database is None or not result.written.items:
        if not options.as_json and result.written.items:
            why = "" if options.no_import else "No database is known here: start `jisi up` in another terminal. "
            told = f"{why}Import it by: jisi bank import --merge {options.out}"
            notes().print(told, markup=False, soft_wrap=True)
        return
    basis: TokenBasis = "usage"
    report, from_disk = await import_with_bar(database.engine, [options.out], token_basis=basis, merge=True)
    if options.as_json:
        counts = {"added": report.added, "replaced": report.replaced, "unchanged": report.unchanged}
        print_json({"event": "imported", **counts, "version": report.version})
    else:
        show_import(results(), report, from_disk=from_disk)


def _tell_remarks(request: CollectRequest, options: CollectOptions) -> None:
    """Say what of the tasks' data is left out."""
    for remark in request.remarks():
        if options.as_json:
            print_json({"event": "remark", "message": remark})
        else:
            notes().print(remark, style="yellow", markup=False, soft_wrap=True)


def _tell_stop(options: CollectOptions) -> None:
    """Say how to go on."""
    if options.as_json:
        print_json({"event": "stopped", "work": str(options.work)})
        return
    notes().print(
        f"Stopped. All that was answered is kept in {options.work}: the same command goes on from there.",
        markup=False,
        soft_wrap=True,
    )
