"""`jisi asyncapi`: the public topics, as AsyncAPI 3.0."""

from importlib import metadata
from typing import Annotated

import typer

from jisi.cli.output import AsJson, print_json
from jisi.contracts.asyncapi import asyncapi_document
from jisi.contracts.topics import Topics

app = typer.Typer(add_completion=False)


@app.command()
def asyncapi(
    *,
    prefix: Annotated[str, typer.Option(envvar="JISI_TOPIC_PREFIX", help="Put before every topic's name.")] = "",
    as_json: AsJson = True,  # noqa: ARG001 - it is JSON either way
) -> None:
    """Print what may be published and consumed, as AsyncAPI 3.0: for generators of code and documentation."""
    print_json(asyncapi_document(Topics(prefix), version=metadata.version("jisi")))
