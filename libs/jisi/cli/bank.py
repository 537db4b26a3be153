"""`jisi bank`: fill the support set, look at it, take it out again."""

import dataclasses
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from sqlalchemy.ext.asyncio import AsyncEngine

from jisi.cli.bank_collect import collect
from jisi.cli.bank_display import export_bar, show_findings, show_import, show_statistics
from jisi.cli.bank_importing import import_with_bar
from jisi.cli.on_database import run_on_database
from jisi.cli.output import AsJson, notes, print_json, print_line, results
from jisi.database import driver_connection
from jisi.errors import InputError, TransientError
from jisi.llm.pool import load_pool
from jisi.llm.store import NoPoolError, newest_pool
from jisi.support.check import Finding, check_bank
from jisi.support.exporting import export_bank
from jisi.support.identity import TokenBasis
from jisi.support.importing import ImportReport
from jisi.support.lines import Split
from jisi.support.removal import clear_bank, remove_dataset, remove_model
from jisi.support.stats import BankStatistics, bank_statistics

app = typer.Typer(
    add_completion=False, no_args_is_help=True, help="The support set: collect, import, look at, check, export, remove."
)
app.command("collect")(collect)

OfSplit = Annotated[Split | None, typer.Option(help="Only items of this split.", show_default=False)]


@app.command("import")
def import_files(
    files: Annotated[list[Path], typer.Argument(help="Bank files: .jsonl or .jsonl.gz.")],
    *,
    split: OfSplit = None,
    token_basis: Annotated[
        TokenBasis | None,
        typer.Option(
            help="What completion_tokens count: as billed (usage) or without reasoning (visible). Default: as the bank"
            " does, and usage for a new one.",
            show_default=False,
        ),
    ] = None,
    skip_bad: Annotated[
        bool, typer.Option("--skip-bad", help="Leave out lines that are wrong, and list them.")
    ] = False,
    merge: Annotated[
        bool, typer.Option("--merge", help="Add to the items that are there: models a line does not name stay.")
    ] = False,
    cache: Annotated[bool, typer.Option(help="Keep vectors in the user's cache folder for the next import.")] = True,
    as_json: AsJson = False,
) -> None:
    """Add the items of FILES, or replace those that changed. Interrupted, it goes on where it stopped."""

    async def work(engine: AsyncEngine) -> tuple[ImportReport, int]:
        return await import_with_bar(
            engine, files, split=split, token_basis=token_basis, skip_bad=skip_bad, merge=merge, cache=cache
        )

    try:
        report, from_disk = run_on_database(work)
    except (KeyboardInterrupt, TransientError):
        notes().print("Not all was imported. What was committed stays, and the same command goes on from there.")
        raise
    if as_json:
        bad = [
            {"file": error.file, "line": error.line, "field": error.field, "problem": error.problem}
            for error in report.bad
        ]
        fields = {field.name: getattr(report, field.name) for field in dataclasses.fields(report)}
        print_json({**fields, "bad": bad, "from_disk": from_disk})
    else:
        show_import(results(), report, from_disk=from_disk)


@app.command()
def stats(as_json: AsJson = False) -> None:
    """Show what is in the bank: datasets, models, scores, tokens, cost."""

    async def work(engine: AsyncEngine) -> BankStatistics:
        async with driver_connection(engine, autocommit=True) as connection:
            return await bank_statistics(connection)

    statistics = run_on_database(work)
    if as_json:
        totals = {"items": statistics.items, "train_items": statistics.train_items}
        print_json({**dataclasses.asdict(statistics), **totals})
    else:
        show_statistics(results(), statistics)


@app.command()
def check(
    pool: Annotated[
        Path | None, typer.Option(help="Check against this pool file.", show_default="the applied pool")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Say what is weak about the bank, and what to do. Ends with code 1 when routing by it would be pointless."""

    async def work(engine: AsyncEngine) -> list[Finding]:
        eligible = await _eligible(engine, pool)
        async with driver_connection(engine, autocommit=True) as connection:
            return await check_bank(connection, pool=eligible)

    findings = run_on_database(work)
    if as_json:
        print_json({"findings": [dataclasses.asdict(finding) for finding in findings]})
    else:
        show_findings(results(), findings)
    if any(finding.level == "error" for finding in findings):
        raise typer.Exit(1)


@app.command()
def export(
    file: Annotated[Path, typer.Argument(help="Where to: .jsonl, or .jsonl.gz to pack it.")],
    split: OfSplit = None,
    dataset: Annotated[str | None, typer.Option(help="Only items of this dataset.", show_default=False)] = None,
    as_json: AsJson = False,
) -> None:
    """Write the bank to FILE, in the format that import reads; nothing is lost."""

    async def work(engine: AsyncEngine) -> int:
        with export_bar(notes()) as exported:
            return await export_bank(engine, file, split=split, dataset=dataset, exported=exported)

    items = run_on_database(work)
    if as_json:
        print_json({"file": str(file), "items": items})
    else:
        print_line(f"{items:,} items written to {file}.")


@app.command()
def clear(
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: AsJson = False,
) -> None:
    """Remove everything from the bank; the next import may use another embedder or token basis."""
    if not yes:
        if not sys.stdin.isatty():
            raise InputError("This removes the whole bank: add --yes if that is meant.")
        typer.confirm("Remove the whole bank?", abort=True)

    async def work(engine: AsyncEngine) -> int:
        async with driver_connection(engine, autocommit=True) as connection:
            return await clear_bank(connection)

    _report_removed({"items": run_on_database(work)}, as_json=as_json)


@app.command()
def remove(
    dataset: Annotated[str | None, typer.Option(help="Remove all items of this dataset.", show_default=False)] = None,
    model: Annotated[str | None, typer.Option(help="Remove all records of this model.", show_default=False)] = None,
    as_json: AsJson = False,
) -> None:
    """Remove a dataset or a model from the bank."""

    async def work(engine: AsyncEngine) -> dict[str, int]:
        async with driver_connection(engine, autocommit=True) as connection:
            match dataset, model:
                case str(), None:
                    return {"items": await remove_dataset(connection, dataset)}
                case None, str():
                    return {"records": await remove_model(connection, model)}
                case _:
                    raise InputError("Give either --dataset or --model.")

    _report_removed(run_on_database(work), as_json=as_json)


async def _eligible(engine: AsyncEngine, file: Path | None) -> list[str] | None:
    """Give the models that may be asked, by the file or else by the applied pool; None where there is neither."""
    try:
        pool = load_pool(file) if file is not None else (await newest_pool(engine))[1]
    except NoPoolError:
        return None
    return [model.name for model in pool.eligible]


def _report_removed(removed: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json({"removed": removed})
    else:
        for what, count in removed.items():
            print_line(f"{count:,} {what} removed.")
