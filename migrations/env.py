"""Alembic's entry point: connects to the address that `jisi.database.migrations` hands over."""

import jisi.ledger.tables
import jisi.llm.tables
import jisi.support.tables
import jisi.telemetry.tables  # noqa: F401 - the imports register the tables
from alembic import context
from jisi.database.engine import DRIVER
from jisi.database.metadata import metadata
from sqlalchemy import create_engine, make_url, text

LOCK_TIMEOUT = "10s"
"""A migration that waits longer for a lock gives up rather than stop the services behind it."""


def run() -> None:
    """Apply the migrations asked for, one process at a time."""
    url = make_url(context.config.attributes["url"]).set(drivername=DRIVER)
    engine = create_engine(url)
    with engine.connect() as connection:
        connection.execute(text("select set_config('lock_timeout', :timeout, false)"), {"timeout": LOCK_TIMEOUT})
        connection.execute(text("select pg_advisory_lock(hashtext('jisi-migrations'))"))
        connection.commit()
        context.configure(connection=connection, target_metadata=metadata, compare_type=True)
        with context.begin_transaction():
            context.run_migrations()
        connection.execute(text("select pg_advisory_unlock(hashtext('jisi-migrations'))"))
        connection.commit()
    engine.dispose()


run()
