"""`jisi migrate`: bring the database to the schema of this version."""

import asyncio

import typer

from jisi.cli.addresses import find_database
from jisi.cli.output import AsJson, notes, print_json
from jisi.database.migrations import upgrade_async

app = typer.Typer(add_completion=False)


@app.command()
def migrate(*, as_json: AsJson = False) -> None:
    """Apply all migrations that are missing. Services check the schema when they start, and never change it."""
    asyncio.run(upgrade_async(find_database()))
    if as_json:
        print_json({"migrated": True})
    else:
        notes().print("The database is at the schema of this version.")
