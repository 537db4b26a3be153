"""`jisi bank collect`: what can be said on its command line; the work is loaded when it is called."""

from pathlib import Path
from typing import Annotated

import typer

from jisi.cli.bank_collect_options import CollectOptions
from jisi.cli.output import AsJsonLines
from jisi.runtime.importing import importing


def collect(
    tasks: Annotated[
        list[str],
        typer.Argument(metavar="TASKS...", help="NAME, NAME:COUNT for generated questions, NAME=FILE for a benchmark."),
    ],
    *,
    out: Annotated[Path, typer.Option(metavar="FILE", help="The bank: .jsonl, or .jsonl.gz to pack it.")],
    pool: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The models: pool.toml.", show_default="the pool in force")
    ] = None,
    models: Annotated[
        str | None, typer.Option(metavar="A,B", help="Only these models.", show_default="all eligible ones")
    ] = None,
    samples: Annotated[int, typer.Option(min=1, help="Answers of each model to each question.")] = 1,
    limit: Annotated[
        int | None, typer.Option(min=1, help="Questions of each task, from its first.", show_default="all")
    ] = None,
    max_cost: Annotated[
        float | None,
        typer.Option(min=0, metavar="USD", help="What all runs on the work folder may spend.", show_default=False),
    ] = None,
    max_calls: Annotated[
        int | None, typer.Option(min=0, help="How many calls all runs on the work folder may make.", show_default=False)
    ] = None,
    judge: Annotated[
        str | None,
        typer.Option(
            metavar="MODEL", help="Model of the pool that judges, for tasks that need one.", show_default=False
        ),
    ] = None,
    concurrency: Annotated[int, typer.Option(min=1, help="Calls at once over all models.")] = 16,
    work: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Where the journal is.", show_default="OUT.work")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what it would take; ask nothing.")] = False,
    no_import: Annotated[bool, typer.Option("--no-import", help="Do not import the bank.")] = False,
    as_json: AsJsonLines = False,
) -> None:
    """Ask every model every question of TASKS, grade the answers, write a bank and import it.

    What was bought is never bought again: after Ctrl-C, a kill, or the end of the budget the same command goes on. Ends
    with code 3 when a bound kept calls from being made, 4 when answers are missing because calls or gradings failed.
    """
    options = CollectOptions(
        tasks=tasks,
        pool=pool,
        models=None if models is None else [name.strip() for name in models.split(",")],
        judge=judge,
        samples=samples,
        limit=limit,
        concurrency=concurrency,
        out=out,
        work=work or out.with_name(f"{out.name}.work"),
        max_cost=max_cost,
        max_calls=max_calls,
        dry_run=dry_run,
        no_import=no_import,
        as_json=as_json,
    )
    with importing():
        from jisi.cli.bank_collect_work import run_collect  # noqa: PLC0415 - the other commands do without it
    code = run_collect(options)
    if code:
        raise typer.Exit(code)
