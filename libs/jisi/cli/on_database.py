"""Running a command's work on the database that is meant, and telling its failures in a sentence."""

import asyncio
import json
import os
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Annotated, Any, NoReturn, TypeVar

import typer
from rich.console import Console
from sqlalchemy.ext.asyncio import AsyncEngine

from jisi.database import DatabaseUnavailableError, create_engine, is_database_outage
from jisi.database.migrations import check_schema
from jisi.errors import InputError, JisiError
from jisi.stack.folder import DataFolder

Result = TypeVar("Result")

Database = Annotated[
    str | None,
    typer.Option(
        "--database",
        envvar="JISI_DATABASE_URL",
        help="Postgres; default: that of the running `jisi up`.",
        show_default=False,
        show_envvar=True,
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object, for programs.")]

_DATA_FOLDER = "~/.local/share/jisi"
_INTERRUPTED = 130
"""What a shell reports of a command ended by Ctrl-C."""


def run_on_database(
    work: Callable[[AsyncEngine], Coroutine[Any, Any, Result]], *, database: str | None, as_json: bool
) -> Result:
    """Do the work on an engine of its own and give its result.

    A failure raised on purpose is printed, as JSON where that is asked for, and ends the command with code 1.
    """
    try:
        return asyncio.run(_with_engine(work, database or _running_database()))
    except JisiError as error:
        _fail(error, as_json=as_json)
    except KeyboardInterrupt:
        Console(stderr=True).print("Interrupted. What was committed stays; the same command goes on from there.")
        raise typer.Exit(_INTERRUPTED) from None


def print_json(content: dict[str, Any]) -> None:
    """Print one JSON object on standard output."""
    typer.echo(json.dumps(content, ensure_ascii=False))


async def _with_engine(work: Callable[[AsyncEngine], Coroutine[Any, Any, Result]], database: str) -> Result:
    engine = create_engine(database, application_name="jisi-cli")
    try:
        await check_schema(engine)
        return await work(engine)
    except Exception as error:
        if is_database_outage(error) and not isinstance(error, JisiError):
            reason = str(error.__cause__ or error).strip().splitlines()[0]
            raise DatabaseUnavailableError(f"Postgres cannot be reached or went away: {reason}") from error
        raise
    finally:
        await engine.dispose()


def _running_database() -> str:
    folder = Path(os.environ.get("JISI_DATA") or _DATA_FOLDER)
    running = DataFolder(folder).running()
    if running is None:
        raise InputError("No database is known: start `jisi up`, or give the address of one in JISI_DATABASE_URL.")
    return running.database_url


def _fail(error: JisiError, *, as_json: bool) -> NoReturn:
    if as_json:
        print_json({"error": error.code, "message": str(error)})
    else:
        Console(stderr=True).print(str(error), style="red", markup=False, highlight=False, soft_wrap=True)
    raise typer.Exit(1)
