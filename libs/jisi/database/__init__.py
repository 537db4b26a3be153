"""Postgres: the engine, the driver's own connection, notifications, migrations."""

from jisi.database.engine import (
    DatabaseUnavailableError,
    create_engine,
    driver_connection,
    driver_url,
    is_database_outage,
)
from jisi.database.metadata import metadata
from jisi.database.notifications import Notifications

__all__ = [
    "DatabaseUnavailableError",
    "Notifications",
    "create_engine",
    "driver_connection",
    "driver_url",
    "is_database_outage",
    "metadata",
]
