"""`jisi prepare`: what a deployment needs besides its schema and topics, before the services are of use."""

import asyncio
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer

from jisi.cli.addresses import find_database
from jisi.cli.output import AsJson, notes, print_json
from jisi.cli.pool_source import pool_of_deployment
from jisi.cli.preparing import prepare as prepare_stack

app = typer.Typer(add_completion=False)


@app.command()
def prepare(
    *,
    file: Annotated[Path, typer.Argument(help="The pool file.")],
    as_json: AsJson = False,
) -> None:
    """Put the pool of FILE into force; with simulated models, import their bank into an empty one.

    What is there already stays as it is, so that it may run at every start: a pool applied by hand is not replaced by
    one of simulated models, nor is anything added to a bank of other data. Importing needs the embedder.
    """
    source = pool_of_deployment(file)
    with TemporaryDirectory(prefix="jisi-prepare-") as folder:
        work = prepare_stack(find_database().session_url, Path(folder), source, processes=tuple, say=notes().print)
        asyncio.run(work)
    if as_json:
        print_json({"prepared": True, "kind": source.kind})
    else:
        notes().print("The pool is in force.")
