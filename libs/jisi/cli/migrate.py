"""`jisi migrate`: bring the database to the schema of this version, and create the topics."""

import asyncio
from typing import Annotated

import typer

from jisi.cli.addresses import find_database, find_kafka
from jisi.cli.output import AsJson, notes, print_json
from jisi.database.migrations import upgrade_async
from jisi.messaging.settings import TopicSettings
from jisi.messaging.topics import create_topics

app = typer.Typer(add_completion=False)


@app.command()
def migrate(
    *,
    topics: Annotated[bool, typer.Option("--topics", help="Also create Kafka's topics that are missing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Apply all migrations that are missing. Services check the schema when they start, and never change it."""
    shape = TopicSettings()  # what is wrong with it is told before anything is done
    asyncio.run(upgrade_async(find_database().session_url))
    if topics:
        place = find_kafka()
        asyncio.run(create_topics(place.kafka, prefix=place.prefix, **shape.model_dump()))
    if as_json:
        print_json({"migrated": True, "topics": topics})
    else:
        also = ", and the topics are there" if topics else ""
        notes().print(f"The database is at the schema of this version{also}.")
